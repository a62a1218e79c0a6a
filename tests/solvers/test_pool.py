"""Solvers that several solves share."""

from __future__ import annotations

import gc

import pytest

from siting.analysis.study import Study
from siting.solvers.base import Settings
from siting.solvers.child import WarmSolver
from siting.solvers.pool import SolverPool
from tests.tools.examples import example
from tests.tools.programs import knapsack


def _alive(solver: WarmSolver) -> bool:
    return solver._process is not None and solver._process.poll() is None


def test_a_solver_comes_back_and_goes_out_again() -> None:
    """The second borrower has the process of the first; two at a time have two."""
    pool = SolverPool()
    with pool.lend("highs") as first:
        assert first.solve(knapsack(), Settings()).status == "optimal"
        with pool.lend("highs") as second:
            assert second is not first
    with pool.lend("highs", memory_gb=1.0) as limited:
        assert limited not in (first, second), "one with another limit"
    with pool.lend("highs") as again:
        assert again is first
        assert again.solve(knapsack(), Settings()).status == "optimal"
    pool.close()
    assert not _alive(first)


def test_a_solver_that_is_lent_while_the_pool_closes_ends_when_it_comes_back() -> None:
    """Nothing runs on after the pool."""
    pool = SolverPool()
    with pool.lend("highs") as solver:
        solver.start()
        pool.close()
        assert _alive(solver)
    assert not _alive(solver)


def test_a_solver_whose_borrower_failed_is_not_lent_again() -> None:
    """It may still be at work on what nobody waits for."""
    pool = SolverPool()
    with pytest.raises(KeyboardInterrupt), pool.lend("highs") as solver:
        solver.start()
        raise KeyboardInterrupt
    assert not _alive(solver)
    with pool.lend("highs") as other:
        assert other is not solver
    pool.close()


def test_a_study_solves_in_one_process_and_ends_it() -> None:
    """Its solves share a solver; when the study is gone, so is the process."""
    study, problem = Study("highs", 60, threads=1), example()
    first = study.solve(problem)
    pool = study._solvers
    (solver,) = pool._idle
    process = solver._process
    second = study.solve(problem)
    assert (first.status, second.status) == ("optimal", "optimal")
    assert pool._idle == [solver]
    assert process is not None
    assert solver._process is process
    del study
    gc.collect()
    assert process.poll() is not None
