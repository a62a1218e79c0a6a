"""scipy.optimize.milp: the HiGHS that comes with SciPy; no news, no warm start, one thread."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from siting.errors import SolverError
from siting.notice import Notice
from siting.progress import Limit
from siting.solvers.base import Features, Settings, SolverOutcome, Talk, finite, unknown_status
from siting.solvers.program import Program

FEATURES = Features(work_limit="branch-and-bound nodes")

_OPTIMAL, _LIMIT, _INFEASIBLE = 0, 1, 2
"""Status codes of scipy.optimize.milp; 3 (unbounded) and 4 (other) mean a fault here."""
_NODE_LIMIT = "Solution limit reached"
"""In the message of an "other" status: how HiGHS calls an end at the node limit."""


def solve(program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
    """Solve in this process."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    if program.n_columns == 0:
        return _empty(program)
    sign = -1.0 if program.sense == "max" else 1.0
    options: dict[str, Any] = {"mip_rel_gap": settings.gap, **settings.options}
    if settings.work_limit is not None:
        options["node_limit"] = settings.work_limit
    unknown = set(options) - {"disp", "mip_rel_gap", "node_limit", "presolve", "time_limit"}
    if unknown:
        raise SolverError(Notice("solver.no_option", name=sorted(unknown)[0]))
    rows = LinearConstraint(program.rows, program.row_lower, program.row_upper)
    if talk.seconds_left is not None:
        options["time_limit"] = talk.seconds_left
    found = milp(
        sign * program.objective,
        integrality=program.integer.astype(int),
        bounds=Bounds(program.lower, program.upper),
        constraints=[rows] if program.n_rows else [],
        options=cast(Any, options),
    )
    x = None if found.x is None else np.asarray(found.x, np.float64)
    objective = None if x is None else float(program.objective @ x) + program.constant
    bound = finite(found.mip_dual_bound)
    bound = None if bound is None else sign * bound + program.constant
    work = int(found.mip_node_count or 0)
    if found.status == _INFEASIBLE:
        return SolverOutcome("infeasible", raw=found.message)
    if found.status == _OPTIMAL:
        if bound is None:
            bound = objective  # a program without integer columns has no tree
        reached: Limit | None = "gap" if _open(program, settings, objective, bound) else None
        return SolverOutcome(
            "feasible" if reached else "optimal", x, objective, bound, reached, found.message, work
        )
    out_of_nodes = _NODE_LIMIT in found.message
    if found.status == _LIMIT or out_of_nodes:
        limit: Limit = "work" if out_of_nodes else "time"
        status = "no_solution" if x is None else "feasible"
        return SolverOutcome(status, x, objective, bound, limit, found.message, work)  # type: ignore[arg-type]
    raise unknown_status("scipy", f"{found.status}: {found.message}")


def _empty(program: Program) -> SolverOutcome:
    """milp refuses a program without columns; its rows then hold for zero or not at all."""
    if (program.row_lower > 0).any() or (program.row_upper < 0).any():
        return SolverOutcome("infeasible", raw="no columns")
    value = program.constant
    return SolverOutcome("optimal", np.zeros(0), value, value, raw="no columns")


def _open(
    program: Program, settings: Settings, objective: float | None, bound: float | None
) -> bool:
    """Whether a run called optimal ended at its gap target."""
    if not settings.gap or objective is None or bound is None:
        return False
    return abs(bound - objective) >= max(program.integral_objective, 1e-6 * abs(objective))
