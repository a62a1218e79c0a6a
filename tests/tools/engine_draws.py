"""Small problems as the engine holds them, and their pairs as dense matrices."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from siting.engine.shared.cover_state import CoverState, new_cover_state
from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.pairs import Pairs
from siting.engine.shared.rows import Rows, gather_rows
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from siting.solvers import scipy
from siting.solvers.base import Settings, SolverOutcome, Talk
from siting.solvers.child import WarmSolver
from siting.solvers.program import Program
from tests.tools.brute import Truth


def packed(problem: Problem) -> tuple[Instance, Rows]:
    """The reduced problem and its rows."""
    with ThreadPool(1) as pool:
        instance = pack(problem, problem.value, pool)
    return instance, gather_rows(instance)


def empty_state(
    instance: Instance, rows: Rows, theta: NDArray[np.float64] | None = None
) -> CoverState:
    """An empty plan whose people count in weighted persons."""
    weight = np.ascontiguousarray(
        (instance.value * float(instance.problem.unit)).T.astype(np.float32)
    )
    return new_cover_state(instance, rows, weight, np.zeros(len(rows)) if theta is None else theta)


def dense(pairs: Pairs, n_columns: int, target: int) -> NDArray[np.int64]:
    """0/1 of the pairs that count for a target, shape (n_rows, n_columns)."""
    out = np.zeros((len(pairs.segment), n_columns), np.int64)
    for r, segment in enumerate(pairs.segment):
        for k, width in enumerate(pairs.width):
            if target < width:
                out[r, pairs.index[segment[k] : segment[k + 1]]] += 1
    return out


def option_sites(instance: Instance) -> list[NDArray[np.int64]]:
    """The options of each site of the instance."""
    ends = instance.site_options
    return [np.arange(ends[s], ends[s + 1]) for s in range(instance.n_sites)]


def same_books(state: CoverState, fresh: CoverState) -> None:
    """A state says what one says that was filled with the same options at once."""
    np.testing.assert_array_equal(fresh.chosen, state.chosen)
    np.testing.assert_array_equal(fresh.covers, state.covers)
    np.testing.assert_array_equal(fresh.floor, state.floor)
    np.testing.assert_array_equal(fresh.used, state.used)
    np.testing.assert_allclose(fresh.total, state.total, rtol=1e-5, atol=1e-6)


def plans_of(problem: Problem, instance: Instance) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Every feasible plan over the instance's options, shape (n_plans, n_options), and its worth in
    ``problem.unit``, tiers added up; from enumeration."""
    truth = Truth(problem, problem.objective)
    plans = truth.feasible_plans()
    inside = np.zeros(problem.n_options, np.bool_)
    inside[instance.option] = True
    plans = plans[~plans[:, ~inside].any(axis=1)]
    worth = np.array([sum(hope) for hope in truth.hopes(plans)], np.int64)
    return plans[:, instance.option].astype(np.bool_), worth


class _InProcess:
    """HiGHS without a child process."""

    def solve(self, program: Program, settings: Settings, **asked: Any) -> SolverOutcome:
        del asked
        return scipy.solve(program, settings, Talk(settings=settings))

    attempt = solve


def in_process() -> WarmSolver:
    """An outside solver that needs no process of its own; for programs of a few columns."""
    return cast(WarmSolver, _InProcess())
