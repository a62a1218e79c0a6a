"""What a rule is and what it speaks of, as data: nobody reads it out of a rule's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class RuleKind(StrEnum):
    """Family of a rule: how its rows are to be understood. Results tell it by its value."""

    BUDGET = "budget"
    """Money: costs of the options that it counts stay within a limit."""
    MAX_OUTLETS = "max_outlets"
    MAX_FORMATS_PER_SITE = "max_formats_per_site"
    REQUIRE = "require"
    FORBID = "forbid"
    """Its options can never be taken."""
    TOGETHER = "together"
    ADD_ON = "add_on"
    APART = "apart"
    HUB = "hub"
    FLOOR_SHARE = "floor_share"
    FORM = "form"
    """What opens in a circle makes the form that is asked for."""
    FLOOR = "floor"
    """What opens at premises has the floor that is not taken by what stands there by then."""
    ONCE = "once"
    """An outlet is at one place only: no planner's rule."""
    STAYS = "move"
    """An outlet that may not close is kept or moved."""
    CALLS = "mobile"
    """Calls of a mobile unit's stops within those that its vehicles make."""
    FLEET = "fleet"
    """Equal vehicles are bought in their order: no planner's rule."""
    CHANGES = "changes"
    DIFFER = "differ"
    SPLIT = "split"
    """One side of a certificate's search tree: no planner's rule."""
    FLOOR_SPACE = "floor_space"
    """Told beside the rules: the sites' own floor."""
    MIN_COVERAGE = "min_coverage"
    """Told beside the rules: ``Problem.min_coverage``."""


class Key(StrEnum):
    """Which entry of a scenario asks for a rule."""

    NONE = ""
    """A rule made by hand or by a study: its name says what it is."""
    P = "p"
    TOTAL_BUDGET = "budget.total"
    TIER_BUDGET = "budget.per_tier"
    FORMAT_BUDGET = "budget.per_format"
    DISTRICT_BUDGET = "budget.per_district"
    PHASE_BUDGET = "budget.per_phase"
    PUBLIC_BUDGET = "budget.public"
    YEARLY_BUDGET = "budget.yearly"
    MAX_OUTLETS = "max_outlets.total"
    TIER_OUTLETS = "max_outlets.per_tier"
    FORMAT_OUTLETS = "max_outlets.per_format"
    DISTRICT_OUTLETS = "max_outlets.per_district"
    MAX_FORMATS_PER_SITE = "max_formats_per_site"
    REQUIRE = "require"
    FORBID = "forbid"
    TOGETHER = "together"
    ADD_ON = "add_on"
    APART = "apart"
    AWAY = "away"
    HUB = "hub"
    FLOOR_SHARE = "floor_share"
    MIN_CATCHMENT = "min_catchment"
    LEFT_OUT = "left_out"
    NUISANCE = "nuisance"
    FORM = "form"
    FLOOR_PER = "floor_per"
    MIN_COVERAGE = "min_coverage"
    ONCE = "once"
    STAYS = "stays"
    ENLARGED = "enlarged"
    FLOOR = "floor"
    CALLS = "mobile"
    FLEET = "fleet"
    FLOOR_SPACE = "floor_space"


@dataclass(frozen=True)
class About:
    """What a rule speaks of, by ids; fields that are empty narrow nothing."""

    key: Key = Key.NONE
    name: str = ""
    """The planner's own name of the entry."""
    tier: str = ""
    site: str = ""
    formats: tuple[str, ...] = ()
    group: str = ""
    district: str = ""
    phase: str = ""
    layer: str = ""
    unit: str = ""
    """Mobile unit."""
    outlet: str = ""
    """Of those that something may be done to."""
    part: str = ""
    """Which of the rules that one entry makes: existing, changeable, formats, m2."""
    entry: int = -1
    """Position among the entries of its key, where several rules are of one."""
    number: int = 1
    """From 2 on where another rule has the name already."""

    def to_dict(self) -> dict[str, Any]:
        """What is told, for result.json."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        told = {name: value for name, value in every.items() if value != getattr(NOTHING, name)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in told.items()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> About:
        """From result.json. Raises TypeError or ValueError on anything else."""
        given = dict(told)
        if "formats" in given:
            given["formats"] = tuple(given["formats"])
        return cls(**{**given, "key": Key(given.get("key", ""))})


NOTHING = About()
"""Of a rule whose name says all that there is to say."""
