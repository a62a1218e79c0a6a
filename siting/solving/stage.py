"""One program built, solved by an outside solver and read: its plan in whole numbers, its bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import InputError, SolverError
from siting.models.shared.measuring import first_openings, rules_hold
from siting.notice import Notice
from siting.problem import Problem
from siting.problem.solution import Status
from siting.progress import Limit, Linked, Progress, relative_gap
from siting.solvers.base import News, Settings, SolverOutcome, broken_rows, refuse
from siting.solvers.program import Program
from siting.solvers.relaxation import best_given
from siting.solving.export import export
from siting.solving.memory import program_gb
from siting.solving.precision import attainable, closed, scaled, tighter
from siting.solving.run import Run, too_large
from siting.solving.tree import root
from siting.verification.bound import recompute_bound
from siting.verification.evaluation import evaluate

Ints = NDArray[np.int64]
ROOT_SHARE = 0.6
"""Of a stage's time, at most, for the prices of its root."""


@dataclass(frozen=True)
class StageOutcome:
    """What one program gave."""

    status: Status
    options: Ints | None
    bound: float | None
    limit: Limit | None


def solve_stage(
    run: Run,
    start: Ints | None,
    tier: str | None,
    held: Mapping[str, int],
    known: Ints | None,
    *,
    begun: bool = True,
) -> StageOutcome:
    """Build and solve one program; ``known`` is a plan that is feasible for it for certain.

    begun: the solver begins with a plan that is known.
    """
    staged = {"tier": tier, "held": held} if tier is not None else {}
    program: Program = run.model.build(run.problem, run.objective, **staged)
    run.statistics |= {
        "rows": program.n_rows,
        "columns": program.n_columns,
        "nonzeros": program.rows.nnz,
    }
    for path in run.write:
        _export(run, program, path, tier, known)
    if begun:
        _root_first(run, tier, held)
    refuse(run.solver.name, run.solver.features, program)
    if too_large(run, program_gb(program)):
        return StageOutcome("no_solution" if known is None else "feasible", known, None, "memory")
    if known is None and start is not None and np.isfinite(best_given(program, start)):
        known = start
    if known is not None and run.stop():
        return StageOutcome("feasible", known, None, run.stop.reached)
    if known is not None and begun and run.solver.features.warm_start:
        program = replace(program, start=complete(run.problem, program, known))
    try:
        outcome = _run_solver(run, program, tier, held)
    except SolverError as error:
        if known is None:
            raise
        # A solver that died or failed does not take the plan we had.
        run.notes.append(Notice("run.failed", fault=error.notice))
        return StageOutcome("feasible", known, None, None)
    if outcome.status == "infeasible":
        if known is None:
            return StageOutcome("infeasible", None, None, None)
        run.notes.append(Notice("run.not_infeasible", solver=run.solver.name))
        return StageOutcome("feasible", known, None, None)
    # A bound that only the columns give is our own: the judge finds one, and says whose it is.
    spoken = outcome.bound is not None
    bound = attainable(program, tighter(program, outcome.bound)) if spoken else None
    found = []
    if outcome.x is not None:
        options, fault = _read(run, program, outcome.x, held)
        if fault is not None and known is None:
            raise SolverError(fault)
        if fault is not None:
            run.notes.append(fault)
        else:
            found.append(options)
    if known is not None:
        found.append(known)
    if not found:
        return StageOutcome("no_solution", None, bound, outcome.limit)
    sign = 1.0 if program.sense == "max" else -1.0
    values = [float(run.worth(options, tier)) for options in found]
    best = max(range(len(found)), key=lambda k: sign * values[k])
    if bound is not None and closed(program, values[best], bound):
        return StageOutcome("optimal", found[best], values[best], None)
    if bound is not None and sign * (values[best] - bound) > 0:
        # The plan is real, so the bound is not: rounded away, within or beyond a tolerance.
        run.notes.append(
            Notice("run.bound_beaten", solver=run.solver.name, bound=bound, value=values[best])
        )
        bound = None
    if outcome.status == "optimal" and program.start is not None and not run.stop():
        # HiGHS, begun with a plan, at times returns another than the one it calls optimal.
        return solve_stage(run, None, tier, held, found[best], begun=False)
    # Called optimal, and yet a step is left: the solver ended at the gap of its own precision.
    limit = "gap" if outcome.status == "optimal" else outcome.limit
    return StageOutcome("feasible", found[best], bound, limit)


def _export(run: Run, program: Program, path: Path, tier: str | None, known: Ints | None) -> None:
    """A file that cannot be written ends a run only where it has no plan yet: what an earlier tier
    found is not lost for it."""
    try:
        export(run.problem, program, path, tier)
    except (InputError, OSError) as error:
        if known is None:
            raise
        told = error.faults[0].found if isinstance(error, InputError) else error.strerror
        run.notes.append(Notice("run.not_exported", path=str(path), why=told or str(error)))


def _root_first(run: Run, tier: str | None, held: Mapping[str, int]) -> None:
    """What the linear relaxation's prices prove, before anything else: on a busy machine, or where
    the solver's own root takes all the time, nothing else may be proven at all."""
    if run.prover is None:
        return
    left = min(run.until, run.end) - run.stop.seconds
    limits = Settings(time_limit=None if left == inf else max(0.0, ROOT_SHARE * left))
    keeps = sum(held.values()) if held else None
    stop = run.stop if run.rooted is None else replace(run.stop, interrupt=run.rooted)
    found = root(run.problem, tier, keeps, run.prover, limits, stop, run.rest, run.grace)
    run.notes += [Notice("run.unproven", fault=one) for one in run.prover.deaths]
    run.prover.deaths.clear()
    if found is None:
        return
    run.roots.append(found)
    bound = recompute_bound(run.problem, found, run.objective) * float(run.problem.unit)
    run.listener(Progress(run.stop.seconds, "bound", bound=bound, tier=tier))


def _run_solver(
    run: Run, given: Program, tier: str | None, held: Mapping[str, int]
) -> SolverOutcome:
    program, factor = scaled(given)

    def plain(value: float | None) -> float | None:
        return None if value is None else value / factor

    def hear(news: News) -> None:
        objective, bound = plain(news.objective), plain(news.bound)
        gap = relative_gap(objective, bound)
        plan = None if news.x is None else partial(_incumbent, run, given, news.x, held)
        seconds = run.stop.seconds
        run.listener(Progress(seconds, "solve", objective, bound, gap, "", tier, plan))
        if objective is not None and seconds > run.until:
            enough.set()

    enough = Linked(run.stop.interrupt)
    # Nothing comes after a stage that has no plan: it may take the time of the later ones.
    end = run.end if program.start is None else run.until
    left = min(run.stop.seconds_left, max(0.0, end - run.stop.seconds))
    settings = Settings(
        None if left == float("inf") else left,
        run.stop.gap,
        run.seed,
        run.threads,
        None if run.stop.work_limit is None else max(1, run.stop.work_limit - run.stop.work),
        run.options,
    )
    stop = replace(run.stop, interrupt=enough)

    def offered() -> NDArray[np.float64] | None:
        options = run.offered()
        return None if options is None else complete(run.problem, given, options)

    outcome = run.solver.solve(
        program,
        settings,
        stop=stop,
        listener=hear,
        rest=run.rest,
        offered=offered,
        grace=run.grace,
    )
    if outcome.limit == "interrupt" and enough.alone:
        outcome = replace(outcome, limit="time")
    outcome = replace(outcome, objective=plain(outcome.objective), bound=plain(outcome.bound))
    run.stop.work += outcome.work
    if outcome.limit not in ("gap", "time"):  # of time, a later stage has its own
        run.stop.reached = run.stop.reached or outcome.limit
    if outcome.solver:
        ran = Notice("run.ran", solver=run.solver.name, backend=outcome.solver)
        run.notes += [] if ran in run.notes else [ran]
    if outcome.limit is None and outcome.status in ("feasible", "no_solution"):
        run.notes.append(Notice("run.ended_early", solver=run.solver.name, raw=outcome.raw))
    return outcome


def _incumbent(run: Run, program: Program, x: Any, held: Mapping[str, int]) -> Ints | None:
    """A plan on the way, read exactly; None where it does not keep what the solver promises."""
    options, fault = _read(run, program, x, held)
    return options if fault is None else None


def _read(
    run: Run, program: Program, x: Any, held: Mapping[str, int]
) -> tuple[Ints, Notice | None]:
    """The options of a solver's plan, and what is wrong with it; None when nothing is."""
    row = broken_rows(program, x)
    if row is not None:
        return np.zeros(0, np.int64), Notice("run.breaks", solver=run.solver.name, row=row)
    options = run.model.read(program, x)
    good = keeps(run, options, held)
    return options, None if good else Notice("run.falls_short", solver=run.solver.name)


def keeps(run: Run, options: Ints, held: Mapping[str, int]) -> bool:
    """Whether a plan keeps in whole numbers what a solver promises within its tolerance."""
    if not rules_hold(run.problem, options):
        return False
    if not np.isfinite(float(run.worth(options))):
        return False
    unit = run.problem.unit
    return all(
        round(Fraction(run.worth(options, tier)) / unit) >= value for tier, value in held.items()
    )


def complete(problem: Problem, program: Program, options: Ints) -> NDArray[np.float64]:
    """A start from option positions; only its integer columns mean anything."""
    x = np.zeros(program.n_columns)
    x[program.column_block("open").begin + np.asarray(options, np.int64)] = 1.0
    opening = next((block for block in program.columns if block.name == "opening"), None)
    if opening is not None:
        cells = first_openings(problem, np.asarray(options, np.int64))
        x[opening.begin + cells] = 1.0
    return x


def trimmed(run: Run, options: Ints, tiers: tuple[str | None, ...]) -> tuple[Ints, float]:
    """The plan without outlets that gain nothing and that no rule needs, and its exact value."""
    kept = run.model.trim(run.problem, run.objective, options)
    if run.within_capacity:
        # Where the model found too much to look through, those who serve nobody at least.
        kept = np.setdiff1d(kept, evaluate(run.problem, kept, run.objective).useless)
    if len(kept) < len(options):
        run.notes.append(Notice("run.trimmed", n=len(options) - len(kept)))
    return kept, float(sum(run.worth(kept, tier) for tier in tiers))
