"""PuLP: CBC by default (Forrest et al.), or any solver PuLP finds (``options: {solver: NAME}``)."""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from siting.errors import SolverError
from siting.progress import Limit
from siting.solvers.base import Features, Settings, SolverOutcome, Talk, unknown_status
from siting.solvers.program import Program

FEATURES = Features(warm_start=True, threads=True)
DEFAULT = "PULP_CBC_CMD"

_OPTIMAL, _NOT_SOLVED, _INFEASIBLE, _UNBOUNDED, _UNDEFINED = 1, 0, -1, -2, -3
_PLAN_PROVEN, _PLAN_FOUND = 1, 2
"""PuLP's two statuses: of the run, and of the solution."""
_CBC_BOUND = re.compile(r"^(?:Lower|Upper) bound:\s+(\S+)", re.MULTILINE)


def solve(program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
    """Solve in this process; CBC is a process of its own and dies with this one's group."""
    import pulp

    name = settings.options.get("solver", DEFAULT)
    if name not in pulp.listSolvers(onlyAvailable=True):
        raise SolverError(f"PuLP finds no solver {name!r}; it finds {pulp.listSolvers(True)}")
    problem, variables = _problem(pulp, program)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        keywords: dict[str, Any] = {"msg": False, "gapRel": settings.gap}
        keywords |= {k: v for k, v in settings.options.items() if k != "solver"}
        if talk.seconds_left is not None:
            # The clock ran while the model was made; writing it to a file takes half as long again.
            made = time.monotonic() - talk.begun
            keywords["timeLimit"] = max(0.1, talk.seconds_left - 0.5 * made)
        if name == DEFAULT:
            # CBC takes 100 + n as n threads that give the same plan again.
            threads = settings.threads if settings.threads == 1 else 100 + settings.threads
            keywords |= {"threads": threads, "logPath": str(log)}
            keywords |= {"warmStart": program.start is not None, "msg": True}
            keywords["options"] = [
                *keywords.get("options", ()),
                f"randomCbcSeed {settings.seed + 1}",
            ]
        try:
            solver = pulp.getSolver(name, **keywords)
        except TypeError as error:
            raise SolverError(f"pulp refuses an option: {error}") from error
        try:
            problem.solve(solver)
        except pulp.PulpSolverError as error:
            raise SolverError(f"pulp: {error}") from error
        words = log.read_text(errors="replace") if log.exists() else ""
    return _outcome(program, problem, variables, words)


def _problem(pulp: Any, program: Program) -> tuple[Any, list[Any]]:
    """Always a minimum, so that every solver behind PuLP tells its bound with one sign."""
    problem = pulp.LpProblem("siting", pulp.LpMinimize)
    sign = -1.0 if program.sense == "max" else 1.0
    variables = [
        pulp.LpVariable(
            f"c{j}",
            None if np.isneginf(program.lower[j]) else float(program.lower[j]),
            None if np.isposinf(program.upper[j]) else float(program.upper[j]),
            pulp.LpInteger if program.integer[j] else pulp.LpContinuous,
        )
        for j in range(program.n_columns)
    ]
    if program.start is not None:
        for j in np.flatnonzero(program.integer):
            variables[j].setInitialValue(round(program.start[j]))
    problem += pulp.LpAffineExpression(
        [(variables[j], sign * float(program.objective[j])) for j in range(program.n_columns)]
    )
    rows = program.rows
    for r in range(program.n_rows):
        begin, end = rows.indptr[r], rows.indptr[r + 1]
        terms = pulp.LpAffineExpression(
            [
                (variables[j], float(value))
                for j, value in zip(rows.indices[begin:end], rows.data[begin:end], strict=True)
            ]
        )
        lower, upper = float(program.row_lower[r]), float(program.row_upper[r])
        if lower == upper:
            problem += terms == lower
            continue
        if np.isfinite(lower):
            problem += terms >= lower
        if np.isfinite(upper):
            problem += terms <= upper
    return problem, variables


def _outcome(program: Program, problem: Any, variables: list[Any], words: str) -> SolverOutcome:
    raw = f"status {problem.status}, solution {problem.sol_status}"
    sign = -1.0 if program.sense == "max" else 1.0
    if problem.status in (_INFEASIBLE, _UNBOUNDED) or (
        problem.status == _UNDEFINED and "infeasible" in words.lower()
    ):
        # Nothing here is unbounded; CBC's presolve says so of programs without a plan.
        return SolverOutcome("infeasible", raw=raw)
    bound = None
    if found := _CBC_BOUND.findall(words):
        bound = sign * float(found[-1]) + program.constant
    if problem.sol_status in (_PLAN_PROVEN, _PLAN_FOUND):
        x = np.array([v.value() if v.value() is not None else 0.0 for v in variables])
        objective = float(program.objective @ x) + program.constant
        if problem.sol_status == _PLAN_PROVEN:
            return _proven(program, x, objective, bound, raw)
        return SolverOutcome("feasible", x, objective, bound, "time", raw)
    if problem.status in (_NOT_SOLVED, _UNDEFINED):
        return SolverOutcome("no_solution", bound=bound, limit="time", raw=raw)
    raise unknown_status("pulp", raw)


def _proven(
    program: Program, x: np.ndarray, objective: float, bound: float | None, raw: str
) -> SolverOutcome:
    """A run called optimal: at its gap target if it told a bound that is away."""
    away = max(program.integral_objective, 1e-6 * max(1.0, abs(objective)))
    if bound is not None and abs(bound - objective) >= away:
        limit: Limit = "gap"
        return SolverOutcome("feasible", x, objective, bound, limit, raw)
    return SolverOutcome("optimal", x, objective, objective, None, raw)
