"""Key figures of a plan before and after: coverage, completeness, walking, access, equity.

The numbers are those of the project's list of KPIs:

     1 format coverage (people, and points)      7 walking minutes to the nearest outlet
     2 coverage within capacity                  8 decay score of that walk
     3 completeness of people's circles          9 two-step floating catchment area (2SFCA)
     4 formats that stand in a district          10 Gini, Palma and worst-off tenth of 9
     5 districts complete on average             11 floor space of new outlets
     6 the elderly and young children apart      12 chain rate, sites with several functions

KPI 4 asks where outlets stand (:mod:`siting.analysis.homes`), all others whom they reach; both
count stops of mobile units as outlets. A format that another stands in for is there with it.
KPI 11 also tells each community's commercial floor against its gross floor (the 10 % rule), and
floor per 100 households where ``households`` is a group. What a scenario does not tell - chains,
floor of what stands - is left out rather than guessed, and satisfaction is never inferred. KPIs 7
and 8 look beyond the standards: see :mod:`siting.analysis.walks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.communities import Community
from siting.analysis.completeness import completeness, presence
from siting.analysis.equity import equity
from siting.analysis.figures import Access, Kpi, share
from siting.analysis.homes import Homes
from siting.analysis.walks import DM_A_MINUTE, Nearest, Walks, before_and_after, in_reach
from siting.problem import UNLIMITED, Objective, Problem
from siting.vehicles import option_kinds, site_kinds
from siting.verification.evaluation import reported
from siting.verification.minima import needs
from siting.verification.people import exact_sum
from siting.verification.service import serve

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Kpi", "kpis", "table"]

Ints = NDArray[np.int64]
Float = NDArray[np.float64]
SPEED_M_PER_S = 1.2
"""Of adults, where no speed is given."""
VULNERABLE = ("elderly", "toddlers")
HOUSEHOLDS = "households"
"""Group of the demand that counts homes instead of people."""


def kpis(
    problem: Problem,
    options: Ints,
    speed_m_per_s: Mapping[str, float] | None = None,
    communities: Sequence[Community] = (),
    chain_rate: float | None = None,
    nearest: Nearest | None = None,
    homes: Homes | None = None,
) -> list[Kpi]:
    """All figures that the problem can tell.

    Args:
        options: of the plan.
        speed_m_per_s: walking speed of each group, ``default`` for the others.
        communities: their floor under this plan.
        chain_rate: of what stands; that of new outlets is the operators' to tell.
        nearest: who tells how far the nearest outlet is beyond the standards; None = nobody.
        homes: districts of what stands where polygons tell them.
    """
    options = options[site_kinds(problem)[problem.options.site[options]] != "vehicle"]
    none = np.zeros(0, np.int64)
    kind = option_kinds(problem)[options]
    fixed, options = options[kind == ""], options[kind != "vehicle"]
    told = sorted(reported(problem).values())
    counts = [_counts_places(problem, t, options) for t in told]
    before = [_access(problem, t, none, c) for t, c in zip(told, counts, strict=True)]
    after = [_access(problem, t, options, c) for t, c in zip(told, counts, strict=True)]
    found: list[Kpi] = []
    for a, b in zip(before, after, strict=True):
        found += _coverage(problem, a, b)
    found += _served(problem, told, options)
    found += completeness(problem, before, after)
    stands = {t: _standing(problem, t) for t in told}
    opens = {t: problem.options.site[_serving(problem, t, options)] for t in told}
    found += presence(problem, stands, opens, Homes.of(problem, homes))
    found += _groups(problem, before, after)
    nearest = nearest or in_reach(problem)
    if nearest is not None:
        found += _walks(problem, options, told, nearest, speed_m_per_s)
    for a, b in zip(before, after, strict=True):
        found += _evenness(problem, a, b)
    found += _floor(problem, fixed)
    found += [
        Kpi(11, "commercial_floor", "", community.name, "share", *community.ratios)
        for community in communities
    ]
    if chain_rate is not None:
        found.append(Kpi(12, "chain_rate", "", "", "share", chain_rate, None))
    return sorted(found, key=lambda kpi: kpi.number)


def table(found: list[Kpi]) -> pd.DataFrame:
    """One row a figure."""
    import pandas as pd

    columns = ["kpi", "name", "format", "group", "unit", "before", "after"]
    return pd.DataFrame(
        [[k.number, k.name, k.format, k.group, k.unit, k.before, k.after] for k in found],
        columns=columns,
    )


def _whole_group(problem: Problem, t: int) -> str:
    """The group of a target, whichever circle's part of it (``all@Bell``) the target counts."""
    return problem.labels.groups[problem.targets[t].group].partition("@")[0]


def _serving(problem: Problem, t: int, options: Ints) -> Ints:
    """Those of some options that serve a target."""
    return options[problem.serves[problem.kind[options], t]]


def _standing(problem: Problem, t: int) -> Ints:
    """Outlets that serve a target today."""
    return np.flatnonzero(np.isin(problem.outlets.format, np.array(problem.targets[t].served_by)))


def _counts_places(problem: Problem, t: int, options: Ints) -> bool:
    """Whether every capacity is known, today's and the plan's: before and after have one unit."""
    known = (
        problem.outlets.capacity[_standing(problem, t)],
        problem.options.capacity[_serving(problem, t, options)],
    )
    return all(bool((capacity < UNLIMITED).all()) for capacity in known)


def _access(problem: Problem, t: int, options: Ints, counts_places: bool) -> Access:
    target, o = problem.targets[t], problem.options
    people = problem.persons[target.group] / problem.person_units
    stands, serving = _standing(problem, t), _serving(problem, t, options)
    if not counts_places:  # an outlet made larger is not another outlet
        serving = serving[~problem.acting("enlarge")[serving]]
    covered = problem.covered_before[:, t].copy()
    access = np.zeros(problem.n_points)
    # Whose standards differ by circle share the same outlets.
    parts = [
        other
        for k, other in enumerate(problem.targets)
        if (other.format, other.phase) == (target.format, target.phase)
        and _whole_group(problem, k) == _whole_group(problem, t)
    ]
    for reach, places, capacity in (
        (problem.outlets.reach, stands, problem.outlets.capacity[stands]),
        (problem.reach, o.site[serving].astype(np.int64), o.capacity[serving]),
    ):
        near = reach.rows(places)
        row = np.repeat(np.arange(len(places)), np.diff(near.start))
        crowd = np.zeros(len(places))
        for part in parts:
            inside = near.cost <= part.limit
            who = problem.persons[part.group] / problem.person_units
            crowd += np.bincount(row[inside], who[near.point[inside]], minlength=len(places))
        inside = near.cost <= target.limit
        covered[near.point[inside]] = True
        supply = capacity.astype(np.float64) if counts_places else np.ones(len(places))
        # Luo and Wang (2003): what an outlet offers per person in its catchment, then summed.
        ratio = np.divide(supply, crowd, out=np.zeros(len(places)), where=crowd > 0)
        access += np.bincount(near.point[inside], ratio[row[inside]], minlength=problem.n_points)
    return Access(t, people, covered, 1000.0 * access)


def _names(problem: Problem, t: int) -> tuple[str, str]:
    target = problem.targets[t]
    return problem.labels.formats[target.format], problem.labels.groups[target.group]


def _coverage(problem: Problem, before: Access, after: Access) -> list[Kpi]:
    names = _names(problem, before.target)
    all_people, points = float(before.people.sum()), float((before.people > 0).sum())
    return [
        Kpi(1, "coverage", *names, "share", *(
            share(float(a.people[a.covered].sum()), all_people) for a in (before, after)
        )),
        Kpi(1, "coverage_points", *names, "share", *(
            share(float((a.covered & (a.people > 0)).sum()), points) for a in (before, after)
        )),
    ]  # fmt: skip


def _served(problem: Problem, told: Sequence[int], options: Ints) -> list[Kpi]:
    """KPI 2, whatever the model; where some capacity is known, today's or the plan's."""
    limited = any(
        (problem.outlets.capacity[_standing(problem, t)] < UNLIMITED).any()
        or (problem.options.capacity[_serving(problem, t, options)] < UNLIMITED).any()
        for t in told
    )
    if not limited:
        return []
    spec = Objective("capacitated_cover", problem.objective.order)
    before = serve(problem, spec, options[:0], []).served
    after = serve(problem, spec, options, needs(problem)).served
    found = []
    for t in told:
        people = exact_sum(problem.persons[problem.targets[t].group])
        shares = [share(float(served[t]), float(people)) for served in (before, after)]
        found.append(Kpi(2, "served", *_names(problem, t), "share", *shares))
    return found


def _groups(problem: Problem, before: list[Access], after: list[Access]) -> list[Kpi]:
    """KPI 6: coverage over the formats of a group, and how far it is from that of everybody."""
    shares: dict[str, tuple[float | None, float | None]] = {}
    for group in {_whole_group(problem, a.target) for a in before}:
        pair = []
        for found in (before, after):
            mine = [a for a in found if _whole_group(problem, a.target) == group]
            people = sum(float(a.people.sum()) for a in mine)
            pair.append(share(sum(float(a.people[a.covered].sum()) for a in mine), people))
        shares[group] = pair[0], pair[1]
    told: list[Kpi] = []
    for group in VULNERABLE:
        if group not in shares:
            continue
        told.append(Kpi(6, "group_coverage", "", group, "share", *shares[group]))
        if "all" in shares:
            apart = [
                None if mine is None or everybody is None else mine - everybody
                for mine, everybody in zip(shares[group], shares["all"], strict=True)
            ]
            told.append(Kpi(6, "distance_to_all", "", group, "share", apart[0], apart[1]))
    return told


def _walks(
    problem: Problem,
    options: Ints,
    targets: Sequence[int],
    nearest: Nearest,
    speeds: Mapping[str, float] | None,
) -> list[Kpi]:
    """KPIs 7 and 8, in the order of the targets."""
    known = speeds or {}

    def speed(t: int) -> float:
        return float(known.get(_whole_group(problem, t), known.get("default", SPEED_M_PER_S)))

    found = {
        t: (before, after)
        for t, before, after in before_and_after(problem, options, targets, nearest, speed)
    }
    return [kpi for t in targets for kpi in _walk(problem, t, found[t], nearest, speed(t))]


def _walk(
    problem: Problem, t: int, pair: tuple[Walks, Walks], nearest: Nearest, speed: float
) -> Iterator[Kpi]:
    before, after = pair
    names = _names(problem, t)
    yield Kpi(7, "minutes_mean", *names, "minutes", before.mean, after.mean)
    yield Kpi(7, "minutes_p50", *names, "minutes", before.p50, after.p50)
    yield Kpi(7, "minutes_p90", *names, "minutes", before.p90, after.p90)
    if np.isfinite(nearest.walked_dm):
        limit = nearest.walked_dm / DM_A_MINUTE / speed
        yield Kpi(7, "beyond_what_was_walked", *names, "share", before.beyond, after.beyond)
        yield Kpi(7, "minutes_walked_at_most", *names, "minutes", limit, limit)
    else:
        yield Kpi(7, "unreachable", *names, "share", before.beyond, after.beyond)
    yield Kpi(8, "decay_score", *names, "score", before.decay, after.decay)


def _evenness(problem: Problem, before: Access, after: Access) -> list[Kpi]:
    names = _names(problem, before.target)
    pair = [equity(a.access, a.people) for a in (before, after)]
    if pair[0] is None or pair[1] is None:
        return []
    one, other = pair[0], pair[1]
    return [
        Kpi(9, "access_2sfca", *names, "per_1000", one.mean, other.mean),
        Kpi(10, "gini", *names, "ratio", one.gini, other.gini),
        Kpi(10, "palma", *names, "ratio", one.palma, other.palma),
        Kpi(10, "worst_tenth", *names, "per_1000", one.worst_tenth, other.worst_tenth),
    ]


def _floor(problem: Problem, options: Ints) -> list[Kpi]:
    """KPIs 11 and 12 of what the plan adds at premises.

    Only floor that a new outlet takes is added: who is kept or moves had it before. A site's
    functions are the plan's and those that stand there.
    """
    o = problem.options
    people = float(problem.persons.max(axis=0, initial=0).sum()) / problem.person_units
    area = float(o.area[options][o.action[options] == 0].sum())
    found = [
        Kpi(11, "m2_added_per_1000", "", "", "m2", 0.0, share(1000.0 * area, people)),
    ]
    if HOUSEHOLDS in problem.labels.groups:
        persons = problem.persons[problem.labels.groups.index(HOUSEHOLDS)]
        homes = float(persons.sum()) / problem.person_units
        added = share(100.0 * area, homes)
        found.append(Kpi(11, "m2_added_per_100_households", "", "", "m2", 0.0, added))
    if len(options):
        outlets, planned = problem.outlets, np.unique(o.site[options])
        beside = np.isin(outlets.site, planned)
        shops = np.stack([
            np.concatenate([o.site[options], outlets.site[beside]]),
            np.concatenate([o.format[options], outlets.format[beside]]),
        ])  # fmt: skip
        _, functions = np.unique(np.unique(shops, axis=1)[0], return_counts=True)
        found.append(
            Kpi(12, "several_functions", "", "", "share", None, float((functions > 1).mean()))
        )
    return found
