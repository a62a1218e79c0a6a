"""Key figures of a plan before and after: coverage, completeness, walking, access, equity.

The numbers are those of the project's list of KPIs:

     1 format coverage (people, and points)      7 walking minutes to the nearest outlet
     2 coverage within capacity                  8 decay score of that walk
     3 completeness of people's circles          9 two-step floating catchment area (2SFCA)
     4 formats that stand in a district          10 Gini, Palma and worst-off tenth of 9
     5 districts complete on average             11 floor space of new outlets
     6 the elderly and young children apart      12 chain rate, sites with several functions

Before is what stands today, what may move or close included; after is what stands with the plan.
Figures of people are of a group as a whole, each person by the standard that holds at home, and
then of each part that has a standard of its own.

KPI 4 asks where outlets stand (:mod:`siting.analysis.kpis.site_districts`), all others whom they
reach; both count stops of mobile units as outlets. A format that another stands in for is there
with it. KPI 11 also tells each community's commercial floor against its gross floor (the 10 %
rule), and floor per 100 households where ``households`` is a group. What a scenario does not tell -
chains, floor of what stands - is left out rather than guessed, and satisfaction is never inferred.
KPIs 6 to 8 look beyond the standards that the problem counts: see
:mod:`siting.analysis.kpis.vulnerable_groups` and :mod:`siting.analysis.kpis.walks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.completeness import completeness, presence
from siting.analysis.kpis.equity import equity
from siting.analysis.kpis.kpi import Access, Kpi, share
from siting.analysis.kpis.premises import floor_added, several_functions
from siting.analysis.kpis.site_districts import SiteDistricts
from siting.analysis.kpis.subjects import Subject, subjects, whole_group
from siting.analysis.kpis.vulnerable_groups import (
    Limits,
    shares_by_targets,
    shares_by_walks,
    vulnerable,
)
from siting.analysis.kpis.walks import DM_A_MINUTE, Nearest, before_and_after, in_reach, walks
from siting.problem import UNLIMITED, Action, Problem
from siting.problem.vehicles import at_places
from siting.result.communities import Community
from siting.verification.evaluation import reported
from siting.verification.minima import needs
from siting.verification.people import exact_sum
from siting.verification.service import serve

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Kpi", "kpis", "table"]

Ints = NDArray[np.int64]
Float = NDArray[np.float64]
Accesses = Mapping[int, Access]
"""By target."""
SPEED_M_PER_S = 1.2
"""Of adults, where no speed is given."""


def kpis(
    problem: Problem,
    options: Ints,
    speed_m_per_s: Mapping[str, float] | None = None,
    communities: Sequence[Community] = (),
    chain_rate: float | None = None,
    nearest: Nearest | None = None,
    site_districts: SiteDistricts | None = None,
    limits: Limits | None = None,
) -> list[Kpi]:
    """All figures that the problem can tell.

    Args:
        options: of the plan.
        speed_m_per_s: walking speed of each group, ``default`` for the others.
        communities: their floor under this plan.
        chain_rate: of what stands; that of new outlets is the operators' to tell.
        nearest: who tells how far the nearest outlet is beyond the standards; None = nobody.
        site_districts: districts of what stands where polygons tell them, and premises.
        limits: standards of every format for every group; None = those that the problem counts.
    """
    options = at_places(problem, options)
    today, site_districts = problem.kept_today, SiteDistricts.of(problem, site_districts)
    told = sorted(reported(problem).values())
    counts = {t: _counts_places(problem, t, today, options) for t in told}
    before = {t: _access(problem, t, today, counts[t]) for t in told}
    after = {t: _access(problem, t, options, counts[t]) for t in told}
    people = subjects(problem)
    found: list[Kpi] = []
    for subject in people:
        found += _coverage(problem, subject, before, after)
        found += _evenness(problem, subject, before, after)
    found += _served(problem, people, today, options)
    found += completeness(problem, list(before.values()), list(after.values()))
    found += presence(
        problem,
        {t: _staying(problem, t) for t in told},
        {t: problem.options.site[_serving(problem, t, today)] for t in told},
        {t: problem.options.site[_serving(problem, t, options)] for t in told},
        site_districts,
    )
    nearest = nearest or in_reach(problem)
    walked = {} if nearest is None else before_and_after(problem, options, told, nearest)
    if limits is None:
        shares = shares_by_targets(problem, people, before, after)
    else:
        by_format = {problem.targets[t].format: pair for t, pair in walked.items()}
        shares = shares_by_walks(problem, by_format, limits)
    found += vulnerable(problem, shares)
    if nearest is not None:
        for subject in people:
            found += _walk(problem, subject, walked, nearest, speed_m_per_s or {})
    found += floor_added(problem, options)
    found += several_functions(problem, options, site_districts.premises)
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


def _serving(problem: Problem, t: int, options: Ints) -> Ints:
    """Those of some options that serve a target."""
    return options[problem.serves[problem.kind[options], t]]


def _staying(problem: Problem, t: int) -> Ints:
    """Outlets that serve a target whatever the plan."""
    return np.flatnonzero(np.isin(problem.outlets.format, np.array(problem.targets[t].served_by)))


def _counts_places(problem: Problem, t: int, today: Ints, options: Ints) -> bool:
    """Whether every capacity is known, today's and the plan's: before and after have one unit."""
    known = (
        problem.outlets.capacity[_staying(problem, t)],
        problem.options.capacity[_serving(problem, t, today)],
        problem.options.capacity[_serving(problem, t, options)],
    )
    return all(bool((capacity < UNLIMITED).all()) for capacity in known)


def _access(problem: Problem, t: int, options: Ints, counts_places: bool) -> Access:
    target, o = problem.targets[t], problem.options
    people = problem.persons[target.group] / problem.person_units
    stands, serving = _staying(problem, t), _serving(problem, t, options)
    if not counts_places:  # an outlet made larger is not another outlet
        serving = serving[~problem.acting(Action.ENLARGE)[serving]]
    covered = problem.covered_before[:, t].copy()
    access = np.zeros(problem.n_points)
    # Whose standards differ by circle share the same outlets.
    parts = [
        other
        for k, other in enumerate(problem.targets)
        if (other.format, other.phase) == (target.format, target.phase)
        and whole_group(problem, k) == whole_group(problem, t)
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


def _coverage(problem: Problem, subject: Subject, before: Accesses, after: Accesses) -> list[Kpi]:
    """KPI 1: people first, then points."""
    names = subject.names(problem)
    both = [subject.access(problem, of) for of in (before, after)]
    all_people, points = float(both[0].people.sum()), float((both[0].people > 0).sum())
    return [
        Kpi(
            1,
            "coverage",
            *names,
            "share",
            *(share(float(a.people[a.covered].sum()), all_people) for a in both),
        ),
        Kpi(
            1,
            "coverage_points",
            *names,
            "share",
            *(share(float((a.covered & (a.people > 0)).sum()), points) for a in both),
        ),
    ]


def _served(problem: Problem, told: Sequence[Subject], today: Ints, options: Ints) -> list[Kpi]:
    """KPI 2, whatever the model; where some capacity is known, today's or the plan's."""
    every = np.concatenate(
        [
            problem.outlets.capacity,
            problem.options.capacity[today],
            problem.options.capacity[options],
        ]
    )
    if not (every < UNLIMITED).any():
        return []
    before = serve(problem, problem.objective, today, []).served
    after = serve(problem, problem.objective, options, needs(problem)).served
    found = []
    for subject in told:
        parts = list(subject.targets)
        people = sum(exact_sum(problem.persons[problem.targets[t].group]) for t in parts)
        shares = [share(float(served[parts].sum()), float(people)) for served in (before, after)]
        found.append(Kpi(2, "served", *subject.names(problem), "share", *shares))
    return found


def _walk(
    problem: Problem,
    subject: Subject,
    walked: Mapping[int, tuple[Float, Float]],
    nearest: Nearest,
    speeds: Mapping[str, float],
) -> Iterator[Kpi]:
    """KPIs 7 and 8."""
    default = speeds.get("default", SPEED_M_PER_S)
    speed = float(speeds.get(whole_group(problem, subject.targets[0]), default))
    limit = nearest.walked_dm / DM_A_MINUTE / speed
    names, people = subject.names(problem), subject.people(problem)
    before, after = (
        walks(dm / (DM_A_MINUTE * speed), people, limit) for dm in walked[subject.targets[0]]
    )
    yield Kpi(7, "minutes_mean", *names, "minutes", before.mean, after.mean)
    yield Kpi(7, "minutes_p50", *names, "minutes", before.p50, after.p50)
    yield Kpi(7, "minutes_p90", *names, "minutes", before.p90, after.p90)
    if np.isfinite(nearest.walked_dm):
        yield Kpi(7, "beyond_what_was_walked", *names, "share", before.beyond, after.beyond)
        yield Kpi(7, "minutes_walked_at_most", *names, "minutes", limit, limit)
    else:
        yield Kpi(7, "unreachable", *names, "share", before.beyond, after.beyond)
    yield Kpi(8, "decay_score", *names, "score", before.decay, after.decay)


def _evenness(problem: Problem, subject: Subject, before: Accesses, after: Accesses) -> list[Kpi]:
    """KPIs 9 and 10."""
    names = subject.names(problem)
    both = [subject.access(problem, of) for of in (before, after)]
    one, other = (equity(a.access, a.people) for a in both)
    if one is None or other is None:
        return []
    return [
        Kpi(9, "access_2sfca", *names, "per_1000", one.mean, other.mean),
        Kpi(10, "gini", *names, "ratio", one.gini, other.gini),
        Kpi(10, "palma", *names, "ratio", one.palma, other.palma),
        Kpi(10, "worst_tenth", *names, "per_1000", one.worst_tenth, other.worst_tenth),
    ]
