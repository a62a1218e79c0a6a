"""Shares: how much of each district's weighted people a plan covers, once for each format."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem
from siting.result.quantities import reached

Ints = NDArray[np.int64]
Float = NDArray[np.float64]


def named_shares(problem: Problem, options: Ints) -> dict[str, float]:
    """District -> share of its weighted people covered with these options."""
    everybody = district_people(problem)
    share = district_shares(problem, options, everybody)
    return {
        problem.labels.districts[d]: float(share[d]) for d in np.flatnonzero(everybody).tolist()
    }


def district_shares(problem: Problem, options: Ints, everybody: Ints) -> Float:
    """Covered after over everybody (:func:`district_people`), 0 where nobody lives."""
    covered = people_covered(problem, options)
    return np.divide(covered, everybody, out=np.zeros(len(everybody)), where=everybody > 0)


def district_people(problem: Problem) -> Ints:
    """Weighted people a district, once a target, in ``Problem.unit``; shape (n_districts,)."""
    everywhere = np.ones(problem.n_points, np.bool_)
    return _by_district(problem, lambda t: everywhere)


def people_covered(problem: Problem, options: Ints | None = None) -> Ints:
    """Of :func:`district_people`, those whom what stays whatever the plan covers, or an option."""
    chosen = np.zeros(0, np.int64) if options is None else options
    return _by_district(problem, lambda t: reached(problem, chosen, t))


def _by_district(problem: Problem, where: Callable[[int], NDArray[np.bool_]]) -> Ints:
    """Weighted people of each target where told, summed over the targets."""
    assert problem.point_district is not None
    total = np.zeros(len(problem.labels.districts), np.int64)
    inside = problem.point_district >= 0
    for t, target in enumerate(problem.targets):
        weight = target.weight_micro // problem.weight_gcd
        people = np.where(where(t), problem.persons[target.group] * weight, 0)
        np.add.at(total, problem.point_district[inside], people[inside])
    return total
