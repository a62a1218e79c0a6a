"""Commercial and service floor of communities against their share (10 % of new building)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.problem import Action, Problem
from siting.scenario.schema.values import exact

if TYPE_CHECKING:
    from siting.scenario import Scenario
    from siting.scenario.schema.rules import FloorShare

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Community:
    """One community of ``rules.floor_share``; floor in m2."""

    name: str
    district: str
    new: bool
    """True: its share must be kept; False: it is reported only."""
    gross_m2: float
    before_m2: float
    """Commercial and service floor that stands."""
    added_m2: int
    """Floor that new outlets of the plan take there: only what is built or converted counts."""
    share: float
    """The least share."""
    short_m2: int
    """What is still missing with the plan, whole m2, rounded up."""

    @property
    def ratios(self) -> tuple[float | None, float | None]:
        """Share of the gross floor space before and after; None where there is none."""
        if not self.gross_m2:
            return None, None
        return self.before_m2 / self.gross_m2, (self.before_m2 + self.added_m2) / self.gross_m2


def communities(
    problem: Problem, options: Ints, floor_shares: Sequence[FloorShare]
) -> list[Community]:
    """Every community the scenario names, new or old, with what the plan adds.

    Args:
        options: of the plan; none = what stands today.
    """
    o, names = problem.options, problem.labels.districts
    opened = options[o.action[options] == Action.OPEN.code]
    found = []
    for rule in floor_shares:
        here = np.zeros(len(opened), np.bool_)
        if problem.site_district is not None and rule.district in names:
            here = problem.site_district[o.site[opened]] == names.index(rule.district)
        added = int(o.area[opened[here]].sum())
        lacking = exact(rule.share) * exact(rule.gross_m2) - exact(rule.commercial_m2)
        found.append(
            Community(
                rule.name or rule.district,
                rule.district,
                rule.new,
                rule.gross_m2,
                rule.commercial_m2,
                added,
                rule.share,
                max(0, ceil(lacking) - added),
            )
        )
    return found


def chain_rate(scenario: Scenario) -> float | None:
    """Outlets of a chain among those that stand and tell; None where none tells."""
    outlets = scenario.contents.outlets
    counted = np.isin(outlets.format, np.array(scenario.standards.use, object))
    counted &= outlets.status != "closed"
    told = [cell for cell in outlets.chain[counted] if cell]
    return sum(cell == "1" for cell in told) / len(told) if told else None
