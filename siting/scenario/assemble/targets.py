"""Targets: whose people count, within which standard, in which phase, served by which formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor

import numpy as np
from numpy.typing import NDArray

from siting.problem import MICRO, Target
from siting.scenario.formats.catalogue import Format
from siting.scenario.formats.standards import Standards
from siting.scenario.layers.demand import Demand
from siting.scenario.schema.formats import TIMES
from siting.scenario.schema.settings import CircleStandard, Phase, Settings
from siting.scenario.schema.values import exact


@dataclass(frozen=True)
class Part:
    """People who share a standard: a whole group, those of one circle, or those outside."""

    group: str
    """The group's label; ``all@Bell`` for the people of the circle Bell, ``all@others`` (or
    ``all@others2`` …) for those outside the circles that change a format's standard."""
    entry: Format
    """The format with the standard that holds for them."""
    district: str | None = None
    """The circle's district."""
    without: frozenset[str] = frozenset()
    """Districts left out."""

    def positions(self, districts: Sequence[str]) -> tuple[int, ...] | None:
        """Where its people live, -1 = in no district; None = everywhere."""
        if self.district is not None:
            return (districts.index(self.district),)
        if not self.without:
            return None
        return (-1, *(d for d, name in enumerate(districts) if name not in self.without))


@dataclass(frozen=True)
class Targets:
    """What is counted."""

    targets: tuple[Target, ...]
    groups: tuple[str, ...]
    persons: NDArray[np.int64]
    """Thousandths of a person, shape (n_groups, n_points)."""
    at: Mapping[tuple[str, str, int], tuple[int, ...]]
    """(format, group, position of the phase): its targets, one for each standard."""


def limit_dm(entry: Format, group: str, speeds: Mapping[str, float]) -> int:
    """A format's standard for a group as walking cost: whole decimetres, rounded down. What is
    delivered comes as fast as its riders, whoever waits for it."""
    if entry.metres is not None:
        return floor(exact(entry.metres) * 10)
    assert entry.minutes is not None
    speed = entry.riding_m_per_s or speeds.get(group, speeds.get("default", 1.2))
    return floor(exact(entry.minutes) * 60 * exact(speed) * 10)


def make_targets(
    settings: Settings,
    standards: Standards,
    demand: Demand,
    phases: Sequence[Phase],
    districts: Sequence[str],
) -> Targets:
    """One target a format, group (or its part in a circle) and phase; no weight where only a rule
    counts it. ``districts`` are named in the order of their positions."""
    assert settings.travel is not None
    use, speeds = standards.use, settings.travel.speed_m_per_s
    years = [phase.years for phase in phases] or [1]
    counted = [
        (f, g, k, True) for k in range(len(years)) for f in use for g in standards.formats[f].groups
    ]
    ruled = dict.fromkeys(
        (rule.format, group, phase_of(rule.phase, phases))
        for rule in settings.rules.min_coverage
        for group in ((rule.group,) if rule.group else standards.formats[rule.format].groups)
    )
    # A minimum coverage adds up people of one weight: where circles weigh them differently it
    # counts them by targets of its own, which weigh nothing.
    surveyed = _survey_weights(demand)
    weighed = {
        (f, g, k)
        for f, g, k, _ in counted
        if len(surveyed) == 1 and not _weights_differ(settings, f)
    }
    counted += [(*key, False) for key in ruled if key not in weighed]
    groups = dict(zip(demand.groups, demand.persons, strict=True))
    targets: list[Target] = []
    at: dict[tuple[str, str, int], tuple[int, ...]] = {}
    for name, group, k, weighs in counted:
        entry = standards.formats[name]
        others = [f for f in use if name in standards.formats[f].stands_in_for]
        first = len(targets)
        parts = _parts(settings, entry, group, groups, demand)
        if weighs:
            parts = [one for part in parts for one in _by_weight(part, surveyed, groups, demand)]
        for part in parts:
            weight = int(exact(part.entry.weight) * MICRO) * years[k] if weighs else 0
            targets.append(
                Target(
                    format=use.index(name),
                    group=list(groups).index(part.group),
                    limit=limit_dm(part.entry, group, speeds),
                    weight_micro=weight,
                    tier=entry.tier,
                    phase=k,
                    served_by=tuple(use.index(f) for f in (name, *others)),
                    districts=part.positions(districts),
                )
            )
        at[name, group, k] = tuple(range(first, len(targets)))
    return Targets(tuple(targets), tuple(groups), np.array(list(groups.values())), at)


def _survey_weights(demand: Demand) -> list[float]:
    """Different weights of people by a survey; of nobody's point none."""
    return np.unique(demand.weight[demand.persons.any(axis=0)]).tolist() or [1.0]


def _by_weight(
    part: Part, weights: Sequence[float], groups: dict[str, NDArray[np.int64]], demand: Demand
) -> Iterator[Part]:
    """A part as it is, or the people of each survey weight by themselves (``all@×2``); new parts
    join ``groups``. All keep the part's standard and places."""
    everybody = groups[part.group]
    for weight in weights:
        entry = replace(part.entry, weight=float(exact(part.entry.weight) * exact(weight)))
        if len(weights) == 1:
            yield replace(part, entry=entry)
            continue
        here = np.where(demand.weight == weight, everybody, 0)
        between = " " if "@" in part.group else "@"
        label = f"{part.group}{between}{TIMES}{weight:g}"
        if here.any():
            groups[label] = here
            yield replace(part, group=label, entry=entry)


def _weights_differ(settings: Settings, name: str) -> bool:
    """Whether a circle weighs a format's people in a way of its own."""
    changes = (circle.change.get(name) for circle in settings.circles)
    return any(own is not None and own.use and own.weight is not None for own in changes)


def _parts(
    settings: Settings,
    entry: Format,
    group: str,
    groups: dict[str, NDArray[np.int64]],
    demand: Demand,
) -> list[Part]:
    """A group as a whole, or in the parts that circles make of it; new parts join ``groups``."""
    own = {c.district: c.change[entry.id] for c in settings.circles if entry.id in c.change}
    if not own:
        return [Part(group, entry)]
    everybody = groups[group]
    found = []
    for district, standard in own.items():
        if not standard.use:
            continue
        here = np.where(demand.district == district, everybody, 0)
        groups[f"{group}@{district}"] = here
        found.append(Part(f"{group}@{district}", in_circle(entry, standard), district))
    rest = np.where(np.isin(demand.district, list(own)), 0, everybody)
    label, n = f"{group}@others", 2
    while label in groups and not np.array_equal(groups[label], rest):
        label, n = f"{group}@others{n}", n + 1
    groups[label] = rest
    return [*found, Part(label, entry, None, frozenset(own))]


def in_circle(entry: Format, standard: CircleStandard) -> Format:
    """A format with the standard and the weight that a circle has for it."""
    weight = entry.weight if standard.weight is None else standard.weight
    if not standard.own_standard:
        return replace(entry, weight=weight)
    return replace(entry, minutes=standard.minutes, metres=standard.metres, weight=weight)


def phase_of(name: str | None, phases: Sequence[Phase]) -> int:
    """Position of a phase; the last when none is named."""
    names = [phase.name for phase in phases]
    return max(len(names) - 1, 0) if name is None else names.index(name)
