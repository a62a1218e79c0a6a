"""Case 44: what the Python API must give: stored zeros of a sparse matrix count, repeated entries
and nan are refused, and budgets of 10^11 are kept to the unit by every method."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.sparse as sp

import siting

METHODS = ("auto", "city", "highs", "scip", "cpsat", "pulp", "benders", "scipy")
KINDS = ("tocoo", "tocsr", "tocsc", "tolil", "todok", "tobsr")


def stored_zeros_count() -> None:
    """A walk of nought is a walk, in every kind of sparse matrix."""
    walks, ends = np.array([0.0, 300.0, 400.0]), (np.array([0, 1, 2]), np.array([0, 0, 1]))
    doors = sp.coo_matrix((walks, ends), shape=(3, 2))
    for kind in KINDS:
        matrix = getattr(doors, kind)()
        problem = siting.Problem.from_matrix(matrix, weights=[10, 1, 5], radius=500)
        assert siting.solve(problem, method="greedy", p=1).objective == 11, kind


def twice_and_nan_are_refused() -> None:
    """Nobody knows which of two walks is meant, or how long nan is."""
    place = np.zeros(2, np.int64)
    twice = sp.coo_matrix((np.array([1.0, 2.0]), (place, place)), shape=(1, 1))
    for bad in (twice, np.array([[1, np.nan]])):
        with pytest.raises(ValueError):
            siting.Problem.from_matrix(bad, radius=5)


def budgets_are_kept_to_the_unit() -> None:
    """Every method finds the optimum of a budget that is one unit short of four sites."""
    rng = np.random.default_rng(0)
    cost = rng.integers(1, 10, 9) * 10**11 + rng.integers(0, 3, 9)
    people, walk = rng.integers(1, 100, 12), rng.uniform(0, 1000, (12, 9))
    budget = int(cost[:4].sum()) - 1
    best = max(
        int(people[(walk[:, list(sites)] <= 350).any(axis=1)].sum())
        for k in range(1, 10)
        for sites in itertools.combinations(range(9), k)
        if sum(int(cost[j]) for j in sites) <= budget
    )
    problem = siting.Problem.from_matrix(walk, weights=people, radius=350, site_costs=cost)
    problem = problem.replace(budget=budget)
    for method in METHODS:
        result = siting.solve(problem, method=method, time_limit=60)
        assert (result.status, result.objective) == ("optimal", best), method
        assert result.chosen is not None
        spent = sum((int(cost[j]) for j in result.chosen), 0)
        assert spent <= budget, method
        assert siting.verify(problem, result).ok, method
