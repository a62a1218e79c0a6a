"""From settings and layers to the Problem: ids become positions here, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor, gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.problem import MICRO, Labels, Objective, Outlets, Problem, Target
from siting.scenario.assemble_options import make_options
from siting.scenario.assemble_rules import RuleMaker
from siting.scenario.catalogue import Format
from siting.scenario.contents import Contents
from siting.scenario.gathering import Gathered
from siting.scenario.reaching import Walked, walk_layers
from siting.scenario.schema import Settings, Travel
from siting.scenario.standards import Standards
from siting.scenario.values import exact

FREE_WALK = ("p_median", "p_center")
"""Models that count every walk, however long: no standard ends the search."""


@dataclass(frozen=True)
class Assembled:
    """The problem, and what its making found."""

    problem: Problem
    walked: Walked
    standing: NDArray[np.int64]
    """Rows of the outlet layers that are outlets of the problem, shape (n_outlets,)."""
    warnings: tuple[str, ...]


def limit_dm(entry: Format, group: str, speeds: Mapping[str, float]) -> int:
    """A format's standard for a group as walking cost: whole decimetres, rounded down."""
    if entry.metres is not None:
        return floor(exact(entry.metres) * 10)
    assert entry.minutes is not None
    speed = speeds.get(group, speeds.get("default", 1.2))
    return floor(exact(entry.minutes) * 60 * exact(speed) * 10)


def assemble(
    settings: Settings, standards: Standards, contents: Contents, folder: Path
) -> Assembled:
    """Walk the layers and build the problem.

    Raises:
        InputError: the network cannot be read, or places cannot be put on it.
    """
    demand, premises, outlets = contents.demand, contents.premises, contents.outlets
    assert settings.travel is not None
    targets, position = _targets(settings, standards, demand.groups, settings.travel)
    standing = np.flatnonzero(np.isin(outlets.format, np.array(standards.use, object)))
    places = {"demand": demand.places, "premises": premises.places,
              "outlets": _some(outlets.places, standing)}  # fmt: skip
    limit = max((int(target.limit) for target in targets), default=0)
    free = settings.objective.model in FREE_WALK
    walked = walk_layers(settings.travel, settings.crs, places, None if free else limit, folder)
    options, sizes = make_options(premises, standards.formats, standards.use)
    site = {name: s for s, name in enumerate(premises.places.ids)}
    use = {name: f for f, name in enumerate(standards.use)}
    districts = {name: d for d, name in enumerate(contents.districts)}
    problem = Problem(
        persons=demand.persons,
        reach=walked.sites,
        options=options,
        targets=targets,
        site_area=premises.area_m2,
        opening_cost=premises.opening_cost,
        outlets=Outlets(
            format=_positions(outlets.format[standing], use),
            reach=walked.outlets,
            capacity=outlets.capacity[standing],
            site=_positions(outlets.site[standing], site),
        ),
        objective=_objective(settings),
        respect_capacity=settings.rules.respect_capacity,
        point_district=_positions(demand.district, districts),
        site_district=_positions(premises.district, districts),
        site_xy=walked.xy["premises"],
        point_xy=walked.xy["demand"],
        labels=Labels(
            sites=list(premises.places.ids),
            points=list(demand.places.ids),
            outlets=list(outlets.places.ids[standing]),
            formats=standards.use,
            groups=demand.groups,
            districts=contents.districts,
            sizes=sizes,
            site_lonlat=premises.places.lonlat,
            point_lonlat=demand.places.lonlat,
            outlet_lonlat=outlets.places.lonlat[standing],
            currency=settings.currency,
        ),
    )
    _refuse_overflow(problem)
    maker = RuleMaker(problem, settings, standards.formats, walked.xy["outlets"])
    problem = problem.replace(
        rules=maker.all(), spacings=maker.spacings(), min_coverage=maker.min_coverage(position)
    )
    warnings = (*walked.warnings, *_off_network(places, walked, demand.persons, demand.groups),
                *maker.warnings)  # fmt: skip
    return Assembled(problem, walked, standing, warnings)


def _targets(
    settings: Settings, standards: Standards, groups: tuple[str, ...], travel: Travel
) -> tuple[tuple[Target, ...], dict[tuple[str, str], int]]:
    """One target a format and group; those only a rule counts have no weight."""
    wanted = {(f, g): True for f in standards.use for g in standards.formats[f].groups}
    for rule in settings.rules.min_coverage:
        for group in (rule.group,) if rule.group else standards.formats[rule.format].groups:
            wanted.setdefault((rule.format, group), False)
    targets = []
    for (name, group), counted in wanted.items():
        entry = standards.formats[name]
        weight = int(exact(entry.weight) * MICRO) if counted else 0
        limit = limit_dm(entry, group, travel.speed_m_per_s)
        targets.append(
            Target(standards.use.index(name), groups.index(group), limit, weight, entry.tier)
        )
    return tuple(targets), {key: t for t, key in enumerate(wanted)}


def _some(places: Gathered, rows: NDArray[np.int64]) -> Gathered:
    """Some places only, in their order."""
    from dataclasses import replace

    layers, begin = [], 0
    for part in places.layers:
        here = rows[(rows >= begin) & (rows < begin + len(part))] - begin
        begin += len(part)
        layers.append(replace(part, ids=part.ids[here], xy=part.xy[here]))
    return Gathered(tuple(layers), places.ids[rows], places.lonlat[rows])


def _positions(names: NDArray[np.object_], known: Mapping[str, int]) -> NDArray[np.int32]:
    """Position of each name, -1 for the empty one."""
    return np.fromiter((known.get(name, -1) for name in names), np.int32, len(names))


def _objective(settings: Settings) -> Objective:
    given = settings.objective
    share: Fraction | None = None if given.share is None else exact(given.share)
    return Objective(given.model, given.order, given.p, share, given.times)


def _refuse_overflow(problem: Problem) -> None:
    """Sums of weighted thousandths must stay exact in 64 bits."""
    common = gcd(*(target.weight_micro for target in problem.targets)) or MICRO
    people = problem.persons.sum(axis=1)
    total = sum(int(people[t.group]) * (t.weight_micro // common) for t in problem.targets)
    if total >= 2**61:
        raise InputError(
            Fault("formats", "must have weights with fewer decimals for so many people",
                  "sums beyond 64 bits")
        )  # fmt: skip


def _off_network(
    places: Mapping[str, Gathered],
    walked: Walked,
    persons: NDArray[np.int64],
    groups: tuple[str, ...],
) -> list[str]:
    told = []
    for kind, lost in walked.unreachable.items():
        if not lost.any():
            continue
        ids = places[kind].ids[lost]
        listed = ", ".join(ids[:8]) + (", …" if len(ids) > 8 else "")
        text = f"{kind}: {lost.sum():,} of {len(lost):,} cannot reach the network"
        if kind == "demand":
            text += f"; they stay in every denominator ({_people(groups, persons, lost)})"
        told.append(f"{text}: {listed}")
    near = walked.near_edge
    if near is not None and near.any():
        told.append(
            f"edge of the network: {near.sum():,} demand points ({_people(groups, persons, near)}) "
            "lie beyond it or within one walk of it; outlets beyond are not counted"
        )
    return told


def _people(groups: tuple[str, ...], persons: NDArray[np.int64], mask: NDArray[np.bool_]) -> str:
    """Persons of each group among some points: "all 1,200, elderly 250"."""
    return ", ".join(
        f"{g} {p[mask].sum() / 1000:,.0f}" for g, p in zip(groups, persons, strict=True)
    )
