"""KPI 6: how the elderly and young children (一老一小) are covered, format by format.

Everybody is asked of every format, whoever it is meant for: whether its nearest outlet is within
its standard at the walking speed of the group. The distance is what the group has less than all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.kpi import Access, Kpi, share
from siting.analysis.kpis.subjects import Subject
from siting.problem import Problem

Float = NDArray[np.float64]
Limits = Callable[[int, str], NDArray[np.integer]]
"""The standard of a format (its position) for a group at each point, decimetres, (n_points,)."""
VULNERABLE, EVERYBODY = ("elderly", "toddlers"), "all"
Shares = Mapping[tuple[int, str], tuple[float | None, float | None]]
"""Coverage before and after of (format, group)."""


def shares_by_walks(
    problem: Problem, walks: Mapping[int, tuple[Float, Float]], limits: Limits
) -> Shares:
    """Of every group that a scenario has, whatever its formats count.

    Args:
        walks: decimetres to the nearest outlet, before and after, by the format's position.
    """
    found = {}
    for group in (*VULNERABLE, EVERYBODY):
        if group not in problem.labels.groups:
            continue
        persons = problem.persons[problem.labels.groups.index(group)]
        people = persons / problem.person_units
        for format_, (before, after) in walks.items():
            limit = limits(format_, group)
            found[format_, group] = (
                share(float(people[before <= limit].sum()), float(people.sum())),
                share(float(people[after <= limit].sum()), float(people.sum())),
            )
    return found


def shares_by_targets(
    problem: Problem,
    told: Sequence[Subject],
    before: Mapping[int, Access],
    after: Mapping[int, Access],
) -> Shares:
    """Of those groups only that a format counts: all that a problem without a scenario knows."""
    found = {}
    for subject in told:
        one, other = (subject.access(problem, of) for of in (before, after))
        total = float(one.people.sum())
        found[subject.format, subject.group] = (
            share(float(one.people[one.covered].sum()), total),
            share(float(other.people[other.covered].sum()), total),
        )
    return found


def vulnerable(problem: Problem, shares: Shares) -> list[Kpi]:
    """Coverage of each group, and its distance to that of all where that is known."""
    told: list[Kpi] = []
    for format_ in sorted({format_ for format_, _ in shares}):
        name, of_all = problem.labels.formats[format_], shares.get((format_, EVERYBODY))
        for group in VULNERABLE:
            mine = shares.get((format_, group))
            if mine is None:
                continue
            told.append(Kpi(6, "group_coverage", name, group, "share", *mine))
            if of_all is not None:
                apart = [
                    None if a is None or b is None else a - b
                    for a, b in zip(mine, of_all, strict=True)
                ]
                told.append(Kpi(6, "distance_to_all", name, group, "share", apart[0], apart[1]))
    return told
