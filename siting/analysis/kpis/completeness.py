"""How complete circles are: KPIs 3 and 5 by what people reach, KPI 4 by what stands there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.kpi import EXACT, Access, Kpi, is_basic, share
from siting.analysis.kpis.site_districts import SiteDistricts
from siting.problem import Problem

Float = NDArray[np.float64]
COMPLETE_ON_AVERAGE = 0.8
"""KPI 5: mean completeness from which a district counts."""


def completeness(problem: Problem, before: list[Access], after: list[Access]) -> list[Kpi]:
    """KPIs 3 and 5: over the basic formats, by the largest group at each point."""
    people = problem.persons.max(axis=0, initial=0) / problem.person_units
    then, now = (
        shares_of_points(problem, {one.target: one.covered for one in found})
        for found in (before, after)
    )
    if then is None or now is None:
        return []
    shares = (then, now)
    total = float(people.sum())
    found = [
        Kpi(
            3,
            "completeness",
            "",
            "",
            "share",
            *(share(float((s * people).sum()), total) for s in shares),
        ),
        Kpi(
            3,
            "complete_circle",
            "",
            "",
            "share",
            *(share(float(people[s > 1 - EXACT].sum()), total) for s in shares),
        ),
    ]
    home = problem.point_district
    reached: list[list[float]] = [[], []]
    for d in _inhabited(problem):
        inside = (home == d) & (people > 0)
        for k, each in enumerate(shares):
            mean = float((each * people)[inside].sum() / people[inside].sum())
            reached[k].append(float(mean > COMPLETE_ON_AVERAGE - EXACT))
    if reached[0]:
        both = (float(np.mean(values)) for values in reached)
        found.append(Kpi(5, "districts_complete", "", "", "share", *both))
    return found


def presence(
    problem: Problem,
    stays: Mapping[int, NDArray[np.integer]],
    today: Mapping[int, NDArray[np.integer]],
    planned: Mapping[int, NDArray[np.integer]],
    site_districts: SiteDistricts,
) -> list[Kpi]:
    """KPI 4: basic formats in use that stand in a district, of all such; the mean, then each.

    Args:
        stays: outlets that serve each target whatever the plan.
        today: sites where what may move or close serves it.
        planned: sites where the plan has what serves it.
    """
    names, inhabited = problem.labels.districts, _inhabited(problem)
    required = {problem.targets[t].format: t for t in stays if is_basic(problem, t)}
    if not inhabited or not required:
        return []
    here = np.zeros((2, len(required), len(names)), np.bool_)
    for row, t in enumerate(required.values()):
        for k, sites in enumerate((today[t], planned[t])):
            there = np.concatenate([site_districts.outlets[stays[t]], site_districts.sites[sites]])
            here[k, row, there[there >= 0]] = True
    before, after = here.mean(axis=1)[:, inhabited]
    return [
        Kpi(4, "formats_present", "", "", "share", float(before.mean()), float(after.mean())),
        *(
            Kpi(4, "formats_present", "", names[d], "share", float(was), float(now))
            for d, was, now in zip(inhabited, before, after, strict=True)
        ),
    ]


def _inhabited(problem: Problem) -> list[int]:
    """Districts where somebody lives."""
    home, there = problem.point_district, problem.persons.max(axis=0, initial=0) > 0
    return [] if home is None else np.unique(home[there & (home >= 0)]).tolist()


def shares_of_points(problem: Problem, covered: Mapping[int, NDArray[np.bool_]]) -> Float | None:
    """Weighted share of the basic formats in reach of each point, shape (n_points,); all of them
    where a circle does without any. None of a problem without basic formats.

    Args:
        covered: by target, who is within its standard; those of other formats are left out.
    """
    basic = sorted(t for t in covered if is_basic(problem, t))
    if not basic:
        return None
    weight = np.stack(
        [problem.targets[t].weight_micro * ~problem.elsewhere(t) for t in basic]
    ).astype(np.float64)
    reached = (np.stack([covered[t] for t in basic]) * weight).sum(axis=0)
    asked = weight.sum(axis=0)
    return np.divide(reached, asked, out=np.ones(len(asked)), where=asked > 0)
