"""Planning distances (300, 500, 1,000 m) beside the walks that count: whom each would reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.subjects import whole_groups
from siting.problem import Problem
from siting.result.quantities import reached

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ByDistance:
    """One format and group; shares of the group's people, 0..1, None where there are none."""

    format: str
    group: str
    standard_m: float | None
    """The walk that counts; None where circles differ."""
    planning_m: float
    before: float | None
    after: float | None
    planning_before: float | None
    """By the planning distance; None where it is longer than any walk that was measured."""
    planning_after: float | None


def by_planning_distance(
    problem: Problem, planning_m: Mapping[str, float], plan: Ints | None = None
) -> tuple[ByDistance, ...]:
    """Those whose planning distance is not the walk that counts.

    Args:
        planning_m: format: its planning distance; formats without one are left out.
        plan: options of a plan; None = what stands today, so that after is before.
    """
    if problem.reach.cost.dtype.kind not in "iu":
        return ()
    walked = max((int(target.limit) for target in problem.targets), default=0)
    today = problem.kept_today
    options = today if plan is None else plan
    found = []
    for (format_, group), parts in whole_groups(problem).items():
        name = problem.labels.formats[format_]
        distance = round(10 * planning_m.get(name, 0))
        limits = {int(problem.targets[t].limit) for t in parts}
        if not distance or limits == {distance}:
            continue
        other = _with_limit(problem, parts, distance)
        known = distance <= walked
        found.append(
            ByDistance(
                name,
                group,
                limits.pop() / 10 if len(limits) == 1 else None,
                distance / 10,
                _share(problem, parts, today),
                _share(problem, parts, options),
                _share(other, parts, today) if known else None,
                _share(other, parts, options) if known else None,
            )
        )
    return tuple(found)


def _with_limit(problem: Problem, parts: list[int], limit: int) -> Problem:
    targets = list(problem.targets)
    for t in parts:
        targets[t] = replace(targets[t], limit=limit)
    return problem.replace(targets=tuple(targets))


def _share(problem: Problem, parts: list[int], options: Ints) -> float | None:
    """Of all people of the parts, those within their limits."""
    persons = [problem.persons[problem.targets[t].group] for t in parts]
    people = sum(int(each.sum()) for each in persons)
    within = sum(
        int(each[reached(problem, options, t)].sum())
        for t, each in zip(parts, persons, strict=True)
    )
    return within / people if people else None
