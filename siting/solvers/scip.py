"""SCIP, a framework for constraint integer programming (Bolusani et al., SCIP 9, 2024)."""

from __future__ import annotations

from typing import Any

import numpy as np

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
from siting.solvers.files import write_mps
from siting.solvers.program import Program
from siting.system.scratch import scratch

FEATURES = Features(
    warm_start=True, seed=True, news=True, interrupt=True, work_limit="branch-and-bound nodes"
)

_LIMITS: dict[str, Limit] = {
    "timelimit": "time",
    "gaplimit": "gap",
    "nodelimit": "work",
    "totalnodelimit": "work",
    "memlimit": "memory",
    "userinterrupt": "interrupt",
}
_INFEASIBLE = {"infeasible", "inforunbd"}
"""No formulation here is unbounded."""


def solve(program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
    """Solve in this process."""
    model, variables = read_model(program)
    configure(model, program, settings)
    if program.start is not None:
        partial = model.createPartialSol()
        for j in np.flatnonzero(program.integer):
            model.setSolVal(partial, variables[j], float(np.round(program.start[j])))
        model.addSol(partial)
    listen(model, variables, talk, program.constant)
    optimize(model, talk)
    return outcome(model, variables, program)


def read_model(program: Program) -> tuple[Any, list[Any]]:
    """A SCIP model (without the objective's constant) and its variables in column order.

    Reading a file is far faster than building term by term through Python.
    """
    from dataclasses import replace

    import pyscipopt

    model = pyscipopt.Model()
    model.hideOutput()
    with scratch() as folder:
        path = folder / "model.mps"
        with path.open("w", encoding="ascii") as file:
            write_mps(replace(program, constant=0.0), file, numbered=True)
        model.readProblem(str(path))
    by_name = {variable.name: variable for variable in model.getVars()}
    return model, [by_name[f"c{j}"] for j in range(program.n_columns)]


def configure(model: Any, program: Program, settings: Settings) -> None:
    """Options and limits, but that of time (:func:`optimize`)."""
    parameters: dict[str, Any] = {
        "limits/gap": settings.gap,
        "randomization/randomseedshift": settings.seed,
        "misc/catchctrlc": False,
    }
    if program.integral_objective:
        parameters["limits/absgap"] = 0.999 * program.integral_objective
    if settings.work_limit is not None:
        parameters["limits/totalnodes"] = settings.work_limit
    for name, value in {**parameters, **settings.options}.items():
        try:
            model.setParam(name, value)
        except (KeyError, ValueError, TypeError) as error:
            raise SolverError(
                Notice("solver.refuses_option", solver="scip", name=name, value=value)
            ) from error


def optimize(model: Any, talk: Talk) -> None:
    """Solve in the time that is left."""
    if talk.seconds_left is not None:
        model.setParam("limits/time", talk.seconds_left)
    model.optimizeNogil()


def listen(model: Any, variables: list[Any], talk: Talk, constant: float) -> None:
    """Tell incumbents and bounds, and stop when asked."""
    import pyscipopt
    from pyscipopt.scip import PY_SCIP_EVENTTYPE as events  # noqa: N811

    class Listener(pyscipopt.Eventhdlr):
        def eventinit(self) -> None:
            for kind in (events.BESTSOLFOUND, events.NODESOLVED, events.LPSOLVED):
                self.model.catchEvent(kind, self)

        def eventexec(self, event: Any) -> dict[str, Any]:
            if talk.interrupted():
                self.model.interruptSolve()
            bound = finite(self.model.getDualbound())
            bound = None if bound is None else bound + constant
            if event.getType() == events.BESTSOLFOUND:
                best = self.model.getBestSol()
                x = np.array([self.model.getSolVal(best, v) for v in variables])
                talk.tell(self.model.getSolObjVal(best) + constant, bound, x)
            else:
                objective = finite(self.model.getPrimalbound())
                talk.tell(None if objective is None else objective + constant, bound)
            return {}

    model.includeEventhdlr(Listener(), "siting", "tells news and listens for the end")


def outcome(model: Any, variables: list[Any], program: Program) -> SolverOutcome:
    """What SCIP found."""
    raw = str(model.getStatus())
    work = int(model.getNTotalNodes())
    if raw in _INFEASIBLE:
        return SolverOutcome("infeasible", raw=raw, work=work)
    if raw != "optimal" and raw not in _LIMITS:
        raise unknown_status("scip", raw)
    x = objective = None
    if model.getNSols():
        best = model.getBestSol()
        x = np.array([model.getSolVal(best, v) for v in variables])
        objective = float(program.objective @ x) + program.constant
    bound = finite(model.getDualbound())
    bound = None if bound is None else bound + program.constant
    limit = _LIMITS.get(raw)
    if limit == "gap" and objective is not None and bound is not None:
        # The absolute target is one step of the objective: within it the plan is optimal.
        limit = None if abs(bound - objective) < program.integral_objective else "gap"
    status: OutcomeStatus = "optimal" if limit is None else "feasible"
    if x is None:
        status = "no_solution"
    return SolverOutcome(status, x, objective, bound, limit, raw, work)
