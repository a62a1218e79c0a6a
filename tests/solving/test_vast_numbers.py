"""People and money of any size: near zero, near 2**53, up to what 64 bits hold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import siting
from siting.errors import SolverError
from siting.problem.solution import Certificate
from siting.solvers import SOLVERS
from siting.solvers.base import SearchTree
from siting.solvers.child import WarmSolver
from siting.solvers.magnitude import EXACT, LARGE, beyond_floats, fitted, unscaled
from siting.solvers.pool import SolverPool
from siting.solvers.program import Block, Program
from tests.fuzz.truths import against_all_plans
from tests.tools.depth import examples
from tests.tools.vast import vast

SEEDS = st.integers(0, 2**32 - 1)
SECONDS = 5.0
"""A solve of ten options; numbers at the edge of a float may keep a solver for as long as it may,
and what it has by then must hold as well."""


@pytest.fixture(scope="module")
def pool() -> Iterator[SolverPool]:
    """Solvers that all examples share."""
    shared = SolverPool()
    yield shared
    shared.close()


@examples(5)
@given(SEEDS, st.booleans())
def test_the_engine_takes_numbers_of_any_size(pool: SolverPool, seed: int, capacity: bool) -> None:
    """Plan, bound, status and ``verify`` by the engine and the greedy hold against every plan."""
    problem = vast(np.random.default_rng(seed), capacity=capacity)
    for method in ("city", "greedy"):
        assert against_all_plans(problem, method, pool) == []


@pytest.mark.slow
@pytest.mark.parametrize("method", SOLVERS)
def test_each_solver_takes_numbers_of_any_size(pool: SolverPool, method: str) -> None:
    """What a solver's floats cannot hold is scaled, or refused where no plan of ours is known;
    nothing wrong is claimed."""

    @examples(3)
    @given(SEEDS)
    def run(seed: int) -> None:
        problem = vast(np.random.default_rng(seed))
        assert against_all_plans(problem, method, pool, SECONDS) == []

    run()


def program(coefficients: list[float], limit: float) -> Program:
    """max Σ x, one row, binary columns."""
    n = len(coefficients)
    return Program(
        "max",
        np.ones(n),
        np.zeros(n),
        np.ones(n),
        np.ones(n, bool),
        csr_array(np.array([coefficients])),
        np.array([-np.inf]),
        np.array([limit]),
        (Block("open", 0, n),),
        (Block("budget", 0, 1, ["total"]),),
    )


@given(st.lists(st.integers(0, 2**53), min_size=1, max_size=8), st.integers(0, 2**53))
def test_rows_are_scaled_without_rounding(coefficients: list[int], limit: int) -> None:
    """Every coefficient and limit comes back exactly, and none is above what solvers take."""
    given_ = program([float(c) for c in coefficients], float(limit))
    scaled, factor = fitted(given_)
    assert np.abs(scaled.rows.data).max(initial=0) <= max(LARGE, 1)
    by = 1.0 if factor is None else factor[0]
    assert [int(c) for c in scaled.rows.toarray()[0] / by] == coefficients
    assert int(scaled.row_upper[0] / by) == limit
    tree = SearchTree(
        np.zeros((0, 4), np.int64), np.zeros(2, np.int64), np.zeros(1, np.int64), np.ones(1)
    )
    assert unscaled(tree, np.array([by])).leaf_dual[0] == by


def test_what_no_float_tells_apart_is_refused() -> None:
    """Sums from 2**53 on that can bind; not those that cannot, nor of columns without whole
    numbers."""
    whole = program([EXACT, 1.0], EXACT)
    refused = beyond_floats(whole)
    assert refused is not None and "budget(total)" in refused
    assert beyond_floats(program([EXACT / 2, 1.0], EXACT / 2)) is None
    assert beyond_floats(program([EXACT, 1.0], 2 * EXACT)) is None
    with WarmSolver("highs") as solver:
        with pytest.raises(SolverError, match=r"2\^53"):
            solver.solve(whole)
        assert solver.attempt(whole).status == "no_solution"
        assert "2^53" in solver.deaths[0]


def test_people_who_do_not_count_leave_certificates_their_room() -> None:
    """Of whoever is covered today nobody is won, but the judge's numbers hold them too."""
    problem = siting.Problem.from_matrix(
        [[1.0, 9.0], [9.0, 2.0]], weights=[2**50, 3], radius=5, existing=[0]
    )
    result = siting.solve(problem, p=1, method="city", work_limit=20, time_limit=None)
    assert siting.verify(problem, result).ok
    assert isinstance(result.certificates[0], Certificate)
