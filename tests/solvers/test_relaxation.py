"""Objectives of very small coefficients."""

from __future__ import annotations

import numpy as np

from siting import solve
from siting.problem import Problem


def test_people_finer_than_a_solvers_tolerance_count() -> None:
    """Weights that need a unit of a thousand-millionth are worth what they say, not nothing."""
    weights = [0.909584488, 0.402125092, 1.209338959]
    apart = np.where(np.eye(3) > 0, 0.0, np.inf)
    problem = Problem.from_matrix(apart, weights=weights, radius=1.0)
    assert problem.person_units == 10**9
    for p, best in ((1, 1.209338959), (3, sum(weights))):
        found = solve(problem, model="capacitated_cover", p=p, threads=1)
        assert found.status == "optimal" and found.chosen is not None and len(found.chosen) == p
        assert abs((found.objective or 0.0) - best) < 1e-9
