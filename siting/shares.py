"""Shares: how much of each district's weighted people a plan covers, once for each format."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.accounting import newly_reached
from siting.problem import Problem

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
    covered = people_covered_before(problem)
    for t in range(problem.n_targets):
        near = np.zeros(problem.n_points, np.bool_)
        near[newly_reached(problem, options, t)] = True
        covered += _by_district(problem, np.where(near, problem.value[:, t], 0))
    return np.divide(covered, everybody, out=np.zeros(len(everybody)), where=everybody > 0)


def district_people(problem: Problem) -> Ints:
    """Weighted people a district, once a target, in ``Problem.unit``; shape (n_districts,)."""
    total = np.zeros(len(problem.labels.districts), np.int64)
    for target in problem.targets:
        weight = target.weight_micro // problem.weight_gcd
        total += _by_district(problem, problem.persons[target.group] * weight)
    return total


def people_covered_before(problem: Problem) -> Ints:
    """Of :func:`district_people`, those whom what stays whatever the plan covers."""
    total = np.zeros(len(problem.labels.districts), np.int64)
    for t, target in enumerate(problem.targets):
        weight = target.weight_micro // problem.weight_gcd
        today = np.where(problem.covered_before[:, t], problem.persons[target.group], 0)
        total += _by_district(problem, today * weight)
    return total


def _by_district(problem: Problem, amount: Ints) -> Ints:
    assert problem.point_district is not None
    total = np.zeros(len(problem.labels.districts), np.int64)
    inside = problem.point_district >= 0
    np.add.at(total, problem.point_district[inside], amount[inside])
    return total
