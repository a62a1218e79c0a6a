"""The bound converges to the linear relaxation over sets of options that fit their floors whole."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, lil_array, vstack

from siting.engine.cover.bound import PrimalDual
from siting.engine.cover.dual_steps import Steps
from siting.engine.shared.instance import pack
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.stage import Stage
from siting.engine.shared.threads import ThreadPool
from siting.models import max_cover
from siting.problem import Problem
from tests.tools.engine_town import town


def relaxation(problem: Problem, *, whole: bool = False) -> float:
    """The linear relaxation of the published formulation, by an outside solver.

    Args:
        whole: every site opens a mixture of sets that its floor holds, listed one by one.
    """
    program = max_cover.build(problem, problem.objective)
    rows = program.rows.tocsr()
    finite_upper, finite_lower = np.isfinite(program.row_upper), np.isfinite(program.row_lower)
    upper = vstack([rows[finite_upper], -rows[finite_lower]]).tocsr()
    most = np.concatenate([program.row_upper[finite_upper], -program.row_lower[finite_lower]])
    bounds = np.stack([program.lower, program.upper], axis=1)
    objective, equal = -program.objective, None
    if whole:
        first = program.column_block("open").begin
        columns, owners = [], []
        for s in range(problem.n_sites):
            at = np.flatnonzero(problem.options.site == s)
            for chosen in product((0.0, 1.0), repeat=len(at)):
                if problem.options.area[at] @ chosen <= problem.site_area[s]:
                    columns.append((first + at, chosen))
                    owners.append(s)
        n, new = program.n_columns, len(columns)
        mixed = lil_array((len(problem.options) + problem.n_sites, n + new))
        for o in range(len(problem.options)):
            mixed[o, first + o] = -1.0
        for k, (at, chosen) in enumerate(columns):
            mixed[at - first, n + k] = np.array(chosen)
            mixed[len(problem.options) + owners[k], n + k] = 1.0
        equal = mixed.tocsr()
        upper = hstack([upper, csr_array((upper.shape[0], new))])
        bounds = np.concatenate([bounds, np.tile([0.0, 1.0], (new, 1))])
        objective = np.append(objective, np.zeros(new))
    answer = linprog(  # type: ignore[call-overload]
        objective,
        A_ub=upper,
        b_ub=most,
        A_eq=equal,
        b_eq=None
        if equal is None
        else np.repeat([0.0, 1.0], [len(problem.options), problem.n_sites]),
        bounds=bounds,
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


def test_bound_meets_the_relaxation_over_whole_sets() -> None:
    """After enough iterations the bound is within 0.2 % of the relaxation in which sites mix sets
    that fit whole, or below it, because further rules of a site are exact in the bound; its own
    fractional plan is worth no more. That relaxation is less than the published one."""
    problem = town()
    optimum = relaxation(problem, whole=True)
    assert optimum < 0.999 * relaxation(problem)
    dual = iterated(problem, 1, 600)
    assert dual.best is not None
    bound = dual.best.value * float(problem.unit)
    assert bound <= optimum * 1.002
    lower = dual.lower * float(problem.unit)
    assert lower <= optimum * (1 + 1e-5)
    assert lower >= optimum * 0.995


def test_floors_are_filled_with_parts_only_while_far_from_the_end() -> None:
    """Cheap iterations come first and tell that they are rough; once the bound is near its plan,
    or after a hundred whatever the gap, floors hold whole sets for good. One that goes on from
    somebody's multipliers is near already."""
    problem = town()
    begun, late = iterated(problem, 1, 20), iterated(problem, 1, 160)
    assert begun.rough
    assert not late.rough
    with ThreadPool(1) as pool:
        dual = PrimalDual(
            late.instance, late.rows, pool, Stage(problem, np.ones(problem.n_targets, np.bool_))
        )
        assert late.best is not None
        dual.steps.begin_at(late.best.u, late.fractional, dual.worth.weight)
        dual.run(1)
        assert not dual.rough


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
