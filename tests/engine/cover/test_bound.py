"""The primal-dual bound converges to the linear relaxation and never falls below it by much."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import vstack

from siting.engine.cover.bound import PrimalDual
from siting.engine.cover.dual_steps import Steps
from siting.engine.shared.instance import pack
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.stage import Stage
from siting.engine.shared.threads import ThreadPool
from siting.models import max_cover
from siting.problem import Problem
from tests.tools.engine_town import town


def relaxation(problem: Problem) -> float:
    """The linear relaxation of the published formulation, by an outside solver."""
    program = max_cover.build(problem, problem.objective)
    rows = program.rows.tocsr()
    finite_upper, finite_lower = np.isfinite(program.row_upper), np.isfinite(program.row_lower)
    answer = linprog(  # type: ignore[call-overload]
        -program.objective,
        A_ub=vstack([rows[finite_upper], -rows[finite_lower]]),
        b_ub=np.concatenate([program.row_upper[finite_upper], -program.row_lower[finite_lower]]),
        bounds=np.stack([program.lower, program.upper], axis=1),
    )
    return float(-answer.fun + program.constant)


def iterated(problem: Problem, threads: int, iterations: int) -> PrimalDual:
    with ThreadPool(threads) as pool:
        instance = pack(problem, problem.value, pool)
        stage = Stage(problem, np.ones(problem.n_targets, np.bool_))
        dual = PrimalDual(instance, gather_rows(instance), pool, stage)
        for _ in range(iterations // 20):
            dual.run(20)
    return dual


def test_bound_meets_the_linear_relaxation() -> None:
    """After enough iterations the bound is within 0.2 % of the linear relaxation, or below it,
    because floors are exact in the bound; its own fractional plan is worth no more than it."""
    problem = town()
    optimum = relaxation(problem)
    dual = iterated(problem, 1, 600)
    assert dual.best is not None
    bound = dual.best.value * float(problem.unit)
    assert bound <= optimum * 1.002
    lower = dual.lower * float(problem.unit)
    assert lower <= optimum * (1 + 1e-5)
    assert lower >= optimum * 0.995


def test_any_number_of_threads_gives_the_same_bits() -> None:
    """Sums go in whole numbers, or part by part: bound, fractional plan and multipliers."""
    problem = town(seed=5)
    one, *others = (iterated(problem, threads, 100) for threads in (1, 2, 3))
    assert one.best is not None
    for other in others:
        assert other.best is not None
        assert other.best.value == one.best.value
        assert other.lower == one.lower
        np.testing.assert_array_equal(other.fractional, one.fractional)
        np.testing.assert_array_equal(other.best.u, one.best.u)
        np.testing.assert_array_equal(other.best.theta, one.best.theta)


def test_runs_and_pairs_give_the_same_bound() -> None:
    """The sums are the same whole numbers either way, so everything after is too."""
    problem = town(seed=6)
    with ThreadPool(1) as pool:
        instance = pack(problem, problem.value, pool)
        rows = gather_rows(instance)
        stage = Stage(problem, np.ones(problem.n_targets, np.bool_))
        found = []
        for running in (True, False):
            dual = PrimalDual(instance, rows, pool, stage)
            dual.steps = Steps(
                instance, rows, pool, dual.worth.weight, dual.params, running=running
            )
            found.append(dual.run(60))
    assert found[0].value == found[1].value
    np.testing.assert_array_equal(found[0].u, found[1].u)
