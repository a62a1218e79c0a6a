"""CP-SAT of OR-Tools: whole numbers only, scaled exactly or refused (Perron and Didier, 2023)."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import SolverError
from siting.notice import Notice
from siting.progress import Limit
from siting.solvers.base import (
    Features,
    OutcomeStatus,
    Settings,
    SolverOutcome,
    Talk,
    finite,
    unknown_status,
)
from siting.solvers.program import Program

FEATURES = Features(
    integer_data_only=True,
    warm_start=True,
    threads=True,
    seed=True,
    news=True,
    interrupt=True,
    work_limit="deterministic seconds of CP-SAT",
)

_STATUS: dict[str, OutcomeStatus] = {
    "OPTIMAL": "optimal",
    "FEASIBLE": "feasible",
    "INFEASIBLE": "infeasible",
    "UNKNOWN": "no_solution",
}
"""MODEL_INVALID is missing on purpose: it is a fault of ours."""
_INTERRUPT_POLL_SECONDS = 0.1


def solve(program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
    """Solve in this process."""
    from ortools.sat.python import cp_model

    model, variables, step = _model(cp_model, program)
    solver = cp_model.CpSolver()
    parameters: dict[str, Any] = {
        "num_workers": settings.threads,
        "random_seed": settings.seed,
        "relative_gap_limit": settings.gap,
        # Only with this do several workers give the same plan again.
        "interleave_search": settings.threads > 1,
        # Covers are proven by their linear relaxation, of which the level that is the default
        # takes too little: 5,000 x 500 x 4 formats in 60 s, gap 41 % instead of 0.04 %.
        "linearization_level": 2,
        **settings.options,
    }
    if talk.seconds_left is not None:
        parameters["max_time_in_seconds"] = talk.seconds_left
    if settings.work_limit is not None:
        parameters["max_deterministic_time"] = float(settings.work_limit)
    for name, value in parameters.items():
        try:
            setattr(solver.parameters, name, value)
        except (AttributeError, TypeError, ValueError) as error:
            raise SolverError(
                Notice("solver.refuses_option", solver="cpsat", name=name, value=value)
            ) from error

    def weighed(value: float) -> float:
        return value * step + program.constant

    class Listener(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            x = np.array([self.value(v) for v in variables], np.float64)
            talk.tell(weighed(self.objective_value), weighed(self.best_objective_bound), x)

    heard: list[float] = []

    def hear_bound(bound: float) -> None:
        heard[:] = [bound]
        talk.tell(None, weighed(bound))

    solver.best_bound_callback = hear_bound
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_INTERRUPT_POLL_SECONDS):
            if talk.interrupted():
                solver.stop_search()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        status = solver.solve(model, Listener())
    finally:
        done.set()
        watcher.join()
    return _outcome(solver, status, variables, settings, talk, weighed, heard)


def _outcome(
    solver: Any,
    status: Any,
    variables: list[Any],
    settings: Settings,
    talk: Talk,
    weighed: Any,
    heard: list[float],
) -> SolverOutcome:
    raw = solver.status_name(status)
    if raw not in _STATUS:
        raise unknown_status("cpsat", f"{raw} {solver.solution_info()}")
    told = _STATUS[raw]
    if told == "infeasible":
        return SolverOutcome("infeasible", raw=raw)
    # Stopped before it had a bound, CP-SAT says 0: without a plan only what it told counts.
    said = [solver.best_objective_bound] if told != "no_solution" else heard
    bound = finite(said[-1]) if said else None
    bound = None if bound is None or abs(bound) > 1e17 else weighed(bound)
    x = objective = None
    if told in ("optimal", "feasible"):
        x = np.array([solver.value(v) for v in variables], np.float64)
        objective = weighed(solver.objective_value)
    limit: Limit | None = None
    if told == "optimal" and bound is not None and objective is not None and settings.gap:
        # CP-SAT calls a run optimal that ended at its gap target.
        told, limit = ("feasible", "gap") if bound != objective else ("optimal", None)
    elif told != "optimal":
        limit = _limit(solver, settings, talk)
    work = int(solver.response_proto.deterministic_time) + 1
    return SolverOutcome(told, x, objective, bound, limit, raw, work)


def _limit(solver: Any, settings: Settings, talk: Talk) -> Limit:
    if talk.interrupted():
        return "interrupt"
    done = solver.response_proto.deterministic_time
    if settings.work_limit is not None and done >= settings.work_limit:
        return "work"
    return "time"


def _model(cp_model: Any, program: Program) -> tuple[Any, list[Any], float]:
    """The model, its variables, and what one unit of its objective is worth."""
    model = cp_model.CpModel()
    lower, upper = np.ceil(program.lower).astype(int), np.floor(program.upper).astype(int)
    variables = [
        model.new_int_var(int(low), int(high), f"c{j}")
        for j, (low, high) in enumerate(zip(lower, upper, strict=True))
    ]
    rows = program.rows
    least, most = _whole(program.row_lower, np.ceil), _whole(program.row_upper, np.floor)
    for r in range(program.n_rows):
        begin, end = rows.indptr[r], rows.indptr[r + 1]
        terms = cp_model.LinearExpr.weighted_sum(
            [variables[j] for j in rows.indices[begin:end]],
            [int(value) for value in rows.data[begin:end]],
        )
        model.add_linear_constraint(terms, least[r], most[r])
    step = program.integral_objective or 1.0
    weights = np.round(program.objective / step).astype(np.int64)
    used = np.flatnonzero(weights)
    goal = cp_model.LinearExpr.weighted_sum(
        [variables[j] for j in used], [int(w) for w in weights[used]]
    )
    if program.sense == "max":
        model.maximize(goal)
    else:
        model.minimize(goal)
    if program.start is not None:
        for j in np.flatnonzero(program.integer):
            model.add_hint(variables[j], round(program.start[j]))
    return model, variables, step


def _whole(bounds: NDArray[np.float64], rounded: Any) -> list[int]:
    far = np.int64(2**62)
    inside = np.where(np.isfinite(bounds), rounded(bounds), 0).astype(np.int64)
    return [
        int(b)
        for b in np.where(np.isposinf(bounds), far, np.where(np.isneginf(bounds), -far, inside))
    ]
