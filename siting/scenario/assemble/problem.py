"""From settings and layers to the Problem: ids become positions here, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.cache import Cache
from siting.errors import Fault, InputError
from siting.notice import Notice, first
from siting.problem import MICRO, Action, Labels, Objective, Outlets, Problem
from siting.scenario.assemble.contents import Contents
from siting.scenario.assemble.kept_walk import walk_or_recall
from siting.scenario.assemble.options import make_options
from siting.scenario.assemble.reach import Walked
from siting.scenario.assemble.rule_maker import RuleMaker
from siting.scenario.assemble.rules import make_min_coverage, make_rules
from siting.scenario.assemble.rules_form import wished_forms
from siting.scenario.assemble.rules_spacing import spacings
from siting.scenario.assemble.sites import Sites, make_sites
from siting.scenario.assemble.targets import make_targets
from siting.scenario.checks.wide_polygons import tell_wide
from siting.scenario.document.paths import Folder
from siting.scenario.formats.standards import Standards
from siting.scenario.layers.columns import MOST_NAMED
from siting.scenario.layers.commitments import with_commitments
from siting.scenario.layers.gaits import gaits_of
from siting.scenario.layers.gather import Gathered
from siting.scenario.layers.phases import phases_of
from siting.scenario.schema.settings import Settings
from siting.scenario.schema.values import exact


@dataclass(frozen=True)
class Assembled:
    """The problem, and what its making found."""

    problem: Problem
    walked: Walked
    standing: NDArray[np.int64]
    """Rows of the outlet layers that are outlets of the problem, shape (n_outlets,)."""
    placed: NDArray[np.int64]
    """Rows that were walked: those, and outlets that the plan may upgrade, move or close."""
    sites: Sites
    """What the problem's sites are."""
    warnings: tuple[Notice, ...]

    @property
    def standing_walked(self) -> NDArray[np.int64]:
        """The problem's outlets among those that were walked, shape (n_outlets,)."""
        return np.searchsorted(self.placed, self.standing)

    @property
    def standing_xy(self) -> NDArray[np.float64]:
        """Where the problem's outlets are, planar metres, shape (n_outlets, 2)."""
        return self.walked.xy["outlets"][self.standing_walked]


def assemble(
    settings: Settings,
    standards: Standards,
    contents: Contents,
    folder: Folder,
    sha256: Mapping[Path, str],
    cache: Cache,
) -> Assembled:
    """Walk the layers and build the problem.

    Args:
        sha256: of the scenario's files.
        cache: where the walk may be found, and is kept.

    Raises:
        InputError: the network cannot be read, or places cannot be put on it.
    """
    demand, outlets = contents.demand, contents.outlets
    settings = with_commitments(settings)
    assert settings.travel is not None
    use = {name: f for f, name in enumerate(standards.use)}
    phases = phases_of(settings)
    counted = make_targets(settings, standards, demand, phases, contents.districts)
    placed = _placed(contents, standards)
    places = {
        "demand": demand.places,
        "premises": contents.premises.places,
        "outlets": outlets.places.rows(placed),
    }
    if len(contents.stops):
        places["stops"] = contents.stops.places
    limit = max((int(target.limit) for target in counted.targets), default=0)
    walked = walk_or_recall(
        cache,
        sha256,
        settings.travel,
        settings.crs,
        places,
        limit,
        folder,
        contents.barriers,
        contents.compounds,
        gaits_of(settings.travel, demand.groups),
        demand.gait,
        beside=contents.beside,
    )
    sites = make_sites(contents, walked, placed)
    named = tuple(phase.name for phase in phases)
    options, sizes = make_options(contents, sites, standards.formats, standards.use, named)
    districts = {name: d for d, name in enumerate(contents.districts)}
    unsettled = np.isin(placed, list(outlets.unsettled))
    standing = np.flatnonzero((outlets.status[placed] == "open") & ~unsettled)
    rows = placed[standing]
    problem = Problem(
        persons=counted.persons,
        reach=sites.reach,
        options=options,
        targets=counted.targets,
        site_area=sites.area,
        opening_cost=sites.opening_cost,
        outlets=Outlets(
            format=_positions(outlets.format[rows], use),
            reach=walked.outlets.rows(standing),
            capacity=outlets.capacity[rows],
            site=_standing_sites(contents, sites, rows),
        ),
        objective=_objective(settings),
        respect_capacity=settings.rules.respect_capacity,
        point_district=_positions(demand.district, districts),
        site_district=_positions(sites.district, districts),
        site_xy=sites.xy,
        point_xy=walked.xy["demand"],
        labels=Labels(
            sites=list(sites.ids),
            points=list(demand.places.ids),
            outlets=list(outlets.places.ids[rows]),
            changeable=list(sites.changeable),
            formats=standards.use,
            groups=counted.groups,
            districts=contents.districts,
            sizes=sizes,
            phases=named or ("",),
            site_lonlat=sites.lonlat,
            point_lonlat=demand.places.lonlat,
            outlet_lonlat=outlets.places.lonlat[rows],
            currency=settings.currency,
        ),
    )
    _refuse_overflow(problem)
    maker = RuleMaker(
        problem,
        settings,
        standards.formats,
        contents,
        sites,
        walked.crs,
        walked.xy["outlets"][standing],
        standards.nuisances,
    )
    problem = problem.replace(
        rules=make_rules(maker),
        spacings=spacings(maker),
        min_coverage=make_min_coverage(maker, counted),
        wishes=tuple(wished_forms(maker)),
    )
    warnings = list(walked.warnings)
    smallest = min((int(target.limit) for target in counted.targets), default=0)
    warnings += tell_wide(demand, smallest / 10)
    if unsettled.any():
        warnings.append(Notice("outlets.may_change", n=unsettled.sum()))
    warnings += _off_network(places, walked, demand.persons, demand.groups)
    warnings += maker.warnings
    return Assembled(problem, walked, rows, placed, sites, tuple(warnings))


def _placed(contents: Contents, standards: Standards) -> NDArray[np.int64]:
    """Rows of outlets that matter: of a format in use and open, or substandard but upgradable."""
    outlets = contents.outlets
    in_use = np.isin(outlets.format, np.array(standards.use, object))
    upgradable = np.zeros(len(in_use), np.bool_)
    for action in outlets.actions:
        upgradable[action.outlet] |= action.kind is Action.UPGRADE
    return np.flatnonzero(in_use & ((outlets.status == "open") | upgradable))


def _standing_sites(contents: Contents, sites: Sites, rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Site each standing outlet is at: the premises it names, else its own, else -1."""
    known = {name: s for s, name in enumerate(contents.premises.places.ids)}
    at = _positions(contents.outlets.site[rows], known)
    mine = np.array([sites.of_outlet.get(int(row), -1) for row in rows], np.int32)
    return np.where(at >= 0, at, mine).astype(np.int32)


def _positions(names: NDArray[np.object_], known: Mapping[str, int]) -> NDArray[np.int32]:
    """Position of each name, -1 for the empty one."""
    return np.fromiter((known.get(name, -1) for name in names), np.int32, len(names))


def _objective(settings: Settings) -> Objective:
    given = settings.objective
    share: Fraction | None = None if given.share is None else exact(given.share)
    tolerance = exact(given.tolerance)
    return Objective(given.model, given.order, given.p, share, given.times, tolerance)


def _refuse_overflow(problem: Problem) -> None:
    """Sums of weighted thousandths must stay exact in 64 bits."""
    common = gcd(*(target.weight_micro for target in problem.targets)) or MICRO
    people = problem.persons.sum(axis=1)
    total = sum(int(people[t.group]) * (t.weight_micro // common) for t in problem.targets)
    if total >= 2**61:
        raise InputError(
            Fault(
                "formats",
                Notice("fault.weights_too_fine"),
                Notice("fault.beyond_64_bits"),
            )
        )


def _off_network(
    places: Mapping[str, Gathered],
    walked: Walked,
    persons: NDArray[np.int64],
    groups: tuple[str, ...],
) -> list[Notice]:
    told = []
    within = walked.walled_in
    if walked.compounds is not None and within is not None:
        told.append(
            Notice(
                "compounds.within",
                n=len(walked.compounds),
                gates=walked.compounds.n_gates,
                points=within.sum(),
                people=_people(groups, persons, within),
            )
        )
    for kind, lost in walked.unreachable.items():
        if not lost.any():
            continue
        ids, n = first(places[kind].ids[lost], MOST_NAMED), lost.sum()
        if kind == "demand":
            people = _people(groups, persons, lost)
            told.append(Notice("demand.unreachable", n=n, of=len(lost), people=people, ids=ids))
        else:
            told.append(Notice("network.unreachable", kind=kind, n=n, of=len(lost), ids=ids))
    stranded = walked.stranded
    if stranded is not None and stranded.any():
        ids = first(places["demand"].ids[stranded], MOST_NAMED)
        people = _people(groups, persons, stranded)
        told.append(
            Notice("demand.stranded", n=stranded.sum(), of=len(stranded), people=people, ids=ids)
        )
    near = walked.near_edge
    if near is not None and near.any():
        told.append(Notice("network.edge", n=near.sum(), people=_people(groups, persons, near)))
    return told


def _people(
    groups: tuple[str, ...], persons: NDArray[np.int64], mask: NDArray[np.bool_]
) -> dict[str, float]:
    """Persons of each group among some points."""
    return {g: float(p[mask].sum()) / 1000 for g, p in zip(groups, persons, strict=True)}
