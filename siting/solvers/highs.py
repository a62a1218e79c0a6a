"""HiGHS, an open-source branch-and-cut solver (Huangfu and Hall, Math. Prog. Comp. 10, 2018)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from siting.errors import SolverError
from siting.notice import Notice
from siting.progress import Limit
from siting.solvers import highs_tree
from siting.solvers.base import (
    Features,
    Settings,
    SolverOutcome,
    Talk,
    finite,
    unknown_status,
)
from siting.solvers.program import Program

FEATURES = Features(
    warm_start=True,
    threads=True,
    seed=True,
    news=True,
    interrupt=True,
    rests=True,
    takes_plans=True,
    work_limit="branch-and-bound nodes",
)

_LIMITS: dict[str, Limit] = {
    "kTimeLimit": "time",
    "kInterrupt": "interrupt",
    "kSolutionLimit": "work",
    "kIterationLimit": "work",
    "kMemoryLimit": "memory",
}
TREE = {"presolve": "off", "solver": "simplex", "threads": 1}
"""Options under which a node's basis is the next one's start."""
ROOT = {"solver": "ipm", "run_crossover": "off", "threads": 1}
"""Options of a root that is not parted: any duals near the best will do."""
_INFEASIBLE = {"kInfeasible", "kUnboundedOrInfeasible"}
"""No formulation here is unbounded: every column has bounds or is held by rows."""


def solve(program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
    """Solve in this process."""
    import highspy

    # Its threads are the process's, made by the first run: another number of them needs new ones.
    highspy.Highs.resetGlobalScheduler(True)
    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    tree = highs_tree.branching(program) is not None
    how = ROOT if settings.options.get(highs_tree.ROOT_ALONE) else TREE
    _set_options(highs, program, replace(settings, options=how) if tree else settings)
    if highs.passModel(_model(highspy, program)) == highspy.HighsStatus.kError:
        raise SolverError(Notice("fault.highs_refused"))
    if tree:
        if settings.options.get(highs_tree.ROOT_ALONE):
            _listen(highspy, highs, program, talk)
        _limit_time(highs, talk)
        return highs_tree.solve(highs, program, settings, talk)
    if program.start is not None:
        columns = np.flatnonzero(program.integer).astype(np.int32)
        highs.setSolution(len(columns), columns, program.start[columns])
    _listen(highspy, highs, program, talk)
    _limit_time(highs, talk)
    highs.run()
    return _outcome(highspy, highs, program, settings)


def _set_options(highs: Any, program: Program, settings: Settings) -> None:
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": settings.threads,
        "random_seed": settings.seed,
        "mip_rel_gap": settings.gap,
        # One step of the objective short of the next attainable value closes the gap.
        "mip_abs_gap": max(1e-9, 0.999 * program.integral_objective),
        **settings.options,
    }
    if settings.work_limit is not None:
        options["mip_max_nodes"] = settings.work_limit
    for name, value in options.items():
        status = highs.setOptionValue(name, value)
        if status.name != "kOk":
            raise SolverError(
                Notice("solver.refuses_option", solver="highs", name=name, value=value)
            )


def _limit_time(highs: Any, talk: Talk) -> None:
    if talk.seconds_left is not None:
        highs.setOptionValue("time_limit", talk.seconds_left)


def _model(highspy: Any, program: Program) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.n_columns, program.n_rows
    lp.col_cost_, lp.offset_ = program.objective, program.constant
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = program.rows.indptr.astype(np.int32)
    lp.a_matrix_.index_ = program.rows.indices.astype(np.int32)
    lp.a_matrix_.value_ = program.rows.data
    lp.sense_ = highspy.ObjSense.kMaximize if program.sense == "max" else highspy.ObjSense.kMinimize
    if program.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[i] for i in program.integer.astype(int)]
    return lp


def _listen(highspy: Any, highs: Any, program: Program, talk: Talk) -> None:
    kinds = highspy.cb.HighsCallbackType
    whole = np.flatnonzero(program.integer).astype(np.int32)

    def callback(kind: Any, message: str, out: Any, into: Any, data: object) -> None:
        del message, data
        kind = kinds(int(kind))
        if kind == kinds.kCallbackMipImprovingSolution:
            x = np.array(out.mip_solution, np.float64)
            talk.tell(out.objective_function_value, out.mip_dual_bound, x)
        elif kind == kinds.kCallbackMipLogging:
            talk.tell(out.mip_primal_bound, out.mip_dual_bound)
        elif kind in (
            kinds.kCallbackMipInterrupt,
            kinds.kCallbackSimplexInterrupt,
            kinds.kCallbackIpmInterrupt,
        ):
            # HiGHS asserts that only these kinds ask for an end.
            into.user_interrupt = talk.interrupted()
        elif kind == kinds.kCallbackMipUserSolution:
            plan = talk.offered()
            if plan is not None:
                into.setSolution(whole, plan[whole])
                into.repairSolution()

    highs.setCallback(callback, None)
    for kind in (
        kinds.kCallbackMipImprovingSolution,
        kinds.kCallbackMipLogging,
        kinds.kCallbackMipUserSolution,
        kinds.kCallbackMipInterrupt,
        kinds.kCallbackSimplexInterrupt,
        kinds.kCallbackIpmInterrupt,
    ):
        highs.startCallback(kind)


def _outcome(highspy: Any, highs: Any, program: Program, settings: Settings) -> SolverOutcome:
    raw = highs.getModelStatus().name
    info = highs.getInfo()
    mip = bool(program.integer.any())
    optimal = raw in ("kOptimal", "kModelEmpty")
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(highs.getSolution().col_value) if found or optimal else None
    objective = finite(info.objective_function_value) if x is not None else None
    bound = finite(info.mip_dual_bound) if mip else (objective if optimal else None)
    work = max(0, int(info.mip_node_count))
    if raw in _INFEASIBLE:
        return SolverOutcome("infeasible", raw=raw, work=work)
    if optimal:
        at_gap: Limit | None = "gap" if mip and _stopped_at_gap(program, objective, bound) else None
        status = "feasible" if at_gap else "optimal"
        return SolverOutcome(status, x, objective, bound, at_gap, raw, work)  # type: ignore[arg-type]
    if raw in _LIMITS:
        status = "no_solution" if x is None else "feasible"
        return SolverOutcome(status, x, objective, bound, _LIMITS[raw], raw, work)  # type: ignore[arg-type]
    raise unknown_status("highs", raw)


def _stopped_at_gap(program: Program, objective: float | None, bound: float | None) -> bool:
    """HiGHS calls a run optimal that ended at its gap target."""
    if objective is None or bound is None:
        return False
    step = max(program.integral_objective, 1e-6 * max(1.0, abs(objective)))
    return abs(bound - objective) >= step
