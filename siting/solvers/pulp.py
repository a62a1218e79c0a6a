"""PuLP 3 and 4: CBC by default (Forrest et al.), or any solver PuLP finds (``solver: NAME``).

PuLP 4 (Python 3.12 and later) has another way to make variables, tells how a run ended by
``LpSolveStats``, and brings no CBC: ``pip install pulp[cbc]`` does, or a ``cbc`` on the path.
Where there is none, the default is the HiGHS that stands behind PuLP.
"""

from __future__ import annotations

import re
import time
import warnings
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from siting.errors import SolverError
from siting.notice import Notice
from siting.progress import Limit
from siting.solvers.base import Features, Settings, SolverOutcome, Talk, unknown_status
from siting.solvers.minimum import as_minimum
from siting.solvers.program import Program
from siting.system.scratch import scratch

FEATURES = Features(warm_start=True, threads=True)
CBC = ("PULP_CBC_CMD", "COIN_CMD")
"""CBC as PuLP 3 ships it, and as a command of its own."""
DEFAULTS = (*CBC, "HiGHS")

_CBC_BOUND = re.compile(r"^(?:Lower|Upper) bound:\s+(\S+)", re.MULTILINE)
_REFUSED = re.compile(
    r"licen[cs]e|size.limited|size limits|community edition|too large for", re.IGNORECASE
)
"""Words of the solvers that are sold: no licence, or one for small programs only."""
_LIMITS: dict[str, Limit] = {
    "TimeLimit": "time",
    "MemoryLimit": "memory",
    "NodeLimit": "work",
    "IterationLimit": "work",
    "SolutionLimit": "work",
    "GapLimit": "gap",
    "Interrupted": "interrupt",
    "NotSolved": "time",
    "Undefined": "time",
    "Stopped": "time",
}
"""PuLP 4's reasons why a solver stopped; of the last three nobody says more, and the clock is the
only limit it is given."""


@dataclass(frozen=True)
class _End:
    """How a run ended, the same from either version."""

    proven: bool
    found: bool
    infeasible: bool
    limit: Limit | None
    bound: float | None
    raw: str
    coarse: float = 0.0
    """How far the bound that was meant may be from the one that was printed."""


def solve(program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
    """Solve in this process; CBC is a process of its own and dies with this one's group."""
    import pulp

    name = _name(pulp, settings.options.get("solver"))
    problem, variables = _problem(pulp, program)
    with scratch() as folder:
        log = folder / "log"
        keywords: dict[str, Any] = {"msg": False, "gapRel": settings.gap}
        keywords |= {k: v for k, v in settings.options.items() if k != "solver"}
        if talk.seconds_left is not None:
            # The clock ran while the model was made; writing it to a file takes half as long again.
            made = time.monotonic() - talk.begun
            keywords["timeLimit"] = max(0.1, talk.seconds_left - 0.5 * made)
        if name in CBC:
            # CBC takes 100 + n as n threads that give the same plan again.
            threads = settings.threads if settings.threads == 1 else 100 + settings.threads
            keywords |= {"threads": threads, "logPath": str(log)}
            keywords |= {"warmStart": program.start is not None}
            keywords["options"] = [
                *keywords.get("options", ()),
                f"randomCbcSeed {settings.seed + 1}",
            ]
        try:
            solver = pulp.getSolver(name, **keywords)
        except TypeError as error:
            raise SolverError(Notice("solver.pulp_option", why=str(error))) from error
        try:
            told = problem.solve(solver)
        except Exception as error:  # each solver behind PuLP raises errors of its own
            raise _failed(name, error) from error
        words = log.read_text(errors="replace") if log.exists() else ""
    end = _ended(problem, told, words)
    return replace(_outcome(program, variables, end, settings.gap), solver=name)


def check_name(asked: str) -> None:
    """Raises SolverError where PuLP finds no solver of that name."""
    import pulp

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP 3 of its own CBC
        try:
            _name(pulp, asked)
        except SolverError as error:
            raise SolverError(Notice("fault.solver_says", name="pulp", text=error.notice)) from None


def _name(pulp: Any, asked: str | None) -> str:
    """The solver that was asked for, or the first of the defaults that is there."""
    there = pulp.listSolvers(onlyAvailable=True)
    if asked is None:
        asked = next((name for name in DEFAULTS if name in there), DEFAULTS[0])
    if asked not in there:
        known = pulp.listSolvers()
        key = "solver.pulp_finds" if asked in known else "solver.pulp_knows"
        found = list(there) or Notice("solver.none_at_all")
        raise SolverError(Notice(key, asked=asked, there=found))
    return str(asked)


def _failed(name: str, error: Exception) -> SolverError:
    """One line; a refusal for want of a licence is told as one."""
    told = " ".join(str(error).split()) or type(error).__name__
    if _REFUSED.search(told):
        return SolverError(Notice("fault.pulp_refuses", name=name, told=told))
    return SolverError(Notice("fault.pulp_failed", name=name, told=told))


def _problem(pulp: Any, program: Program) -> tuple[Any, list[Any]]:
    """Always a minimum, so that every solver behind PuLP tells its bound with one sign."""
    program = as_minimum(replace(program, constant=0.0))
    problem = pulp.LpProblem("siting", pulp.LpMinimize)
    four = hasattr(pulp, "LpSolveStats")
    terms = pulp.LpAffineExpression.from_list if four else pulp.LpAffineExpression
    make = problem.add_variable if four else pulp.LpVariable
    variables = [
        make(
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
    problem += terms([(variables[j], float(cost)) for j, cost in enumerate(program.objective)])
    rows = program.rows
    for r in range(program.n_rows):
        begin, end = rows.indptr[r], rows.indptr[r + 1]
        left = terms(
            [
                (variables[j], float(value))
                for j, value in zip(rows.indices[begin:end], rows.data[begin:end], strict=True)
            ]
        )
        lower, upper = float(program.row_lower[r]), float(program.row_upper[r])
        if lower == upper:
            problem += left == lower
        elif np.isfinite(lower):
            problem += left >= lower
        elif np.isfinite(upper):
            problem += left <= upper
    return problem, variables


def _ended(problem: Any, told: Any, words: str) -> _End:
    """From what ``LpProblem.solve`` returns and what CBC wrote.

    Nothing here is unbounded; CBC's presolve says so of programs without a plan, and PuLP calls
    that undefined.
    """
    empty = "infeasible" in words.lower()
    spoken = _CBC_BOUND.findall(words)
    bound, coarse = _printed(spoken[-1]) if spoken else (None, 0.0)
    if hasattr(told, "has_solution"):  # PuLP 4
        reason, finer = told.status.name, told.best_bound
        if bound is None or (finer is not None and abs(finer - bound) <= coarse):
            bound, coarse = finer, 0.0
        return _End(
            proven=reason == "Optimal",
            found=told.has_solution,
            infeasible=reason in ("Infeasible", "Unbounded")
            or (reason in ("Undefined", "NotSolved") and empty),
            limit=_LIMITS.get(reason),
            bound=bound,
            raw=f"{reason}, {'a' if told.has_solution else 'no'} solution",
            coarse=coarse,
        )
    run, solution = problem.status, problem.sol_status
    return _End(
        proven=solution == 1,
        found=solution in (1, 2),
        infeasible=run in (-1, -2) or (run == -3 and empty),
        limit="time" if solution == 2 or run in (0, -3) else None,
        bound=bound,
        raw=f"status {run}, solution {solution}",
        coarse=coarse,
    )


def _printed(word: str) -> tuple[float, float]:
    """A number as CBC prints it, and what its rounding may hide: three places in CBC 2.10, six
    digits in 2.929 (-1.03085e+07 of -10308520.58)."""
    number = Decimal(word)
    if not number.is_finite():
        return float(number), 0.0
    last = int(number.as_tuple().exponent)
    if "e" in word.lower() or last >= 0:
        last = min(last, number.adjusted() - 5)  # zeros at the end are left out
    return float(number), float(Decimal(1).scaleb(last)) / 2


def _outcome(program: Program, variables: list[Any], end: _End, gap: float) -> SolverOutcome:
    if end.infeasible:
        return SolverOutcome("infeasible", raw=end.raw)
    sign = -1.0 if program.sense == "max" else 1.0
    # Of a minimum: what was printed, less what its rounding may hide.
    bound = None if end.bound is None else sign * (end.bound - end.coarse) + program.constant
    if end.found:
        x = np.array([v.value() if v.value() is not None else 0.0 for v in variables])
        objective = float(program.objective @ x) + program.constant
        if end.proven or end.limit == "gap":
            return _proven(program, x, objective, bound, end, gap)
        return SolverOutcome("feasible", x, objective, bound, end.limit, end.raw)
    if end.limit is not None:
        return SolverOutcome("no_solution", bound=bound, limit=end.limit, raw=end.raw)
    raise unknown_status("pulp", end.raw)


def _proven(
    program: Program, x: np.ndarray, objective: float, bound: float | None, end: _End, gap: float
) -> SolverOutcome:
    """A run called optimal: at its gap target if it told a bound that is away, or told none and
    may have ended at a gap."""
    away = max(program.integral_objective, 1e-6 * max(1.0, abs(objective))) + 2 * end.coarse
    open_ = gap > 0 or end.limit == "gap" if bound is None else abs(bound - objective) >= away
    if open_:
        return SolverOutcome("feasible", x, objective, bound, "gap", end.raw)
    return SolverOutcome("optimal", x, objective, objective, None, end.raw)
