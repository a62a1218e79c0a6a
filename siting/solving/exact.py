"""Exact methods: a formulation, an outside solver in a child process, and what they proved.

``solve_exact`` builds the program of a model, hands it to a solver, streams its news, and returns
a Solution whose objective is recomputed from the chosen options in exact integers. With
``order: tiers`` it solves the tiers one after the other, each holding what the earlier reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from math import ceil, floor, inf, log2
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError, SolverError
from siting.models.measuring import first_openings, rules_hold
from siting.models.traits import formulated, models_that, module_of, traits_of
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Certificate, Solution, Status
from siting.problem.tiers import tiers_in_order, to_keep
from siting.progress import Limit, Linked, Listener, Progress, Stop, relative_gap
from siting.solvers.base import Features, News, Settings, SolverOutcome, broken_rows, refuse
from siting.solvers.child import WarmSolver
from siting.solvers.program import Program
from siting.solvers.relaxation import best_given
from siting.solving.export import export
from siting.solving.memory import least_gb, physical_gb, program_gb
from siting.solving.tree import certifiable, certified, kept_for_proof, root
from siting.verification.bound import recompute_bound

Ints = NDArray[np.int64]
ROOT_SHARE = 0.6
"""Of a stage's time, at most, for the prices of its root."""
LATER_SHARE = 0.3
"""Of the time left, kept for each later tier: a proof of the first may take all there is."""
METHODS = ("highs", "scip", "benders", "cpsat", "pulp", "scipy")
"""The exact methods."""


def formulation(problem: Problem, objective: Objective) -> ModuleType:
    """The module of ``siting.models`` that fits; capacity respected makes covered mean served."""
    return module_of(formulated(problem, objective))


def takes(features: Features, model: str) -> bool:
    """Whether a solver can take the programs of a model."""
    return not features.projects or traits_of(model).projectable


@dataclass
class Run:
    """One call's settings."""

    problem: Problem
    objective: Objective
    model: ModuleType
    solver: WarmSolver
    stop: Stop
    seed: int
    threads: int
    listener: Listener
    write: tuple[Path, ...]
    memory_gb: float | None
    options: Mapping[str, Any]
    notes: list[Notice] = field(default_factory=list)
    statistics: dict[str, float] = field(default_factory=dict)
    measured: dict[tuple[bytes, str | None], Fraction | float] = field(default_factory=dict)
    until: float = inf
    """When the stage that runs has to end, seconds on the run's clock."""
    end: float = inf
    """When the last one has to."""
    rest: Event | None = None
    """While it is set the solver waits, where it can."""
    rooted: Event | None = None
    """Set where somebody else has proven what the root's prices would."""
    grace: float | None = None
    """Seconds the solver has after an interrupt; None = by its time limit."""
    offered: Callable[[], Ints | None] = lambda: None
    """Gives a plan that somebody else found for the stage that runs, once, where it is better."""
    prover: WarmSolver | None = None
    """A warm HiGHS that solves relaxations for certificates; None = none are wanted."""
    roots: list[Certificate] = field(default_factory=list)
    """Of stages whose relaxation is too large to be parted."""
    too_large: bool = False

    def worth(self, options: Ints, tier: str | None = None) -> Fraction | float:
        """What the model says of some options; a pass over the people, so asked but once."""
        key = options.tobytes(), tier
        if key not in self.measured:
            self.measured[key] = self.model.measure(self.problem, self.objective, options, tier)
        return self.measured[key]


@dataclass(frozen=True)
class StageOutcome:
    """What one program gave."""

    status: Status
    options: Ints | None
    bound: float | None
    limit: Limit | None


def solve_exact(
    problem: Problem,
    objective: Objective,
    method: str = "highs",
    stop: Stop | None = None,
    seed: int = 0,
    threads: int = 1,
    start: Ints | None = None,
    listener: Listener | None = None,
    *,
    memory_gb: float | None = None,
    write: tuple[str | Path, ...] = (),
    options: Mapping[str, Any] | None = None,
    solver: WarmSolver | None = None,
) -> Solution:
    """Solve by a formulation and an outside solver.

    Args:
        stop: limits; its ``interrupt`` ends the run with the best plan so far. A unit of work is
            what the solver declares (``Features.work_limit``).
        start: positions of options to begin with; ignored by solvers without a warm start.
        memory_gb: of the child; also refused beforehand when the program alone would not fit.
        write: files to write the program to, ``.lp`` or ``.mps``; with tiers one a tier; a table of
            the columns beside each (:mod:`siting.solving.export`).
        options: the solver's own options.
        solver: a warm solver of the same method to use and leave running.

    Raises:
        ArgumentError: the solver cannot take such a model or such a limit.
        SolverError: the solver failed without leaving a plan.
    """
    stop = stop or Stop()
    with opened(
        problem,
        objective,
        method,
        stop,
        seed,
        threads,
        listener,
        memory_gb=memory_gb,
        write=write,
        options=options,
        solver=solver,
    ) as run:
        problem = run.problem
        if run.too_large:
            return Solution("no_solution", None, limit="memory", notes=tuple(run.notes))
        tiers = tiers_in_order(problem, objective) if traits_of(objective.model).tiers else ()
        solution = _lexicographic(run, tiers, start) if tiers else _single(run, start)
        solution = proven(run, solution)
    return replace(solution, notes=tuple(run.notes), statistics=run.statistics)


@contextmanager
def opened(
    problem: Problem,
    objective: Objective,
    method: str,
    stop: Stop,
    seed: int,
    threads: int,
    listener: Listener | None,
    *,
    memory_gb: float | None = None,
    write: tuple[str | Path, ...] = (),
    options: Mapping[str, Any] | None = None,
    solver: WarmSolver | None = None,
) -> Iterator[Run]:
    """A run of :func:`solve_exact` whose stages the caller solves; its solver ends with it where
    none was given."""
    if method not in METHODS:
        raise ArgumentError(
            Notice("fault.unknown", what="method", known=METHODS, word=method, hint="")
        )
    if objective != problem.objective:  # what is derived of the problem is kept where it can be
        problem = problem.replace(objective=objective)
    own = solver is None
    solver = solver or WarmSolver(method, memory_gb=memory_gb)
    highs = WarmSolver("highs", memory_gb=memory_gb)  # its child starts when it is asked
    try:
        if stop.work_limit is not None and not solver.features.work_limit:
            raise ArgumentError(Notice("fault.no_work_limit", method=method))
        model = formulated(problem, objective)
        if not takes(solver.features, model):
            known = ", ".join(models_that(lambda traits: traits.projectable))
            raise ArgumentError(
                Notice("fault.solves_only", method=method, known=known, model=model)
            )
        solver.start()
        run = Run(
            problem,
            objective,
            module_of(model),
            solver,
            stop,
            seed,
            threads,
            listener or (lambda progress: None),
            tuple(Path(path) for path in write),
            memory_gb,
            options or {},
        )
        # A study's many solves need no proof of their own.
        if own and certifiable(problem, objective):
            run.prover = solver if method == "highs" else highs
        allowed = physical_gb() if memory_gb is None else memory_gb
        run.too_large = _too_large(run, least_gb(problem, objective, allowed))
        end = inf if stop.time_limit is None else stop.time_limit
        end -= 0.0 if run.prover is None else kept_for_proof(problem, stop)
        run.until = run.end = end
        yield run
    finally:
        highs.close()
        if own:
            solver.close()


def proven(run: Run, solution: Solution) -> Solution:
    """The solution with what the run's own certificates prove: the roots of its stages, and a tree
    where one is small enough."""
    if run.prover is None:
        return solution
    solution = replace(solution, certificates=(*solution.certificates, *run.roots))
    return certified(run.problem, run.objective, solution, run.worth, run.prover, run.stop)


def _single(run: Run, start: Ints | None) -> Solution:
    stage = solve_stage(run, start, None, {}, None)
    if stage.options is None:
        return Solution(stage.status, None, bound=stage.bound, limit=stage.limit)
    options, value = trimmed(run, stage.options, (None,))
    return Solution(
        stage.status, options, value, stage.bound, bound_proof="solver", limit=stage.limit
    )


def _lexicographic(run: Run, tiers: tuple[str, ...], start: Ints | None) -> Solution:
    """Solve tier by tier; each keeps what the earlier ones reached.

    A tier's bound holds for every plan that is lexicographically best, since such a plan keeps at
    least what the earlier tiers reached; the sum of the tiers' bounds bounds the sum.
    """
    bounds = {tier: ceiling(run.problem, tier) for tier in tiers}
    held: dict[str, int] = {}
    best: Ints | None = None
    closed, limit = True, None
    for number, tier in enumerate(tiers):
        later = len(tiers) - 1 - number
        now = run.stop.seconds
        run.until = now + (1 - LATER_SHARE) ** later * (run.end - now) if later else run.end
        if best is not None and run.stop():
            closed, limit = False, limit or run.stop.reached
        else:
            stage = solve_stage(run, best if best is not None else start, tier, held, best)
            if stage.status == "infeasible":
                return Solution("infeasible", None)
            limit = limit or stage.limit
            closed = closed and stage.status == "optimal"
            if stage.bound is not None:
                bounds[tier] = min(bounds[tier], stage.bound)
            best = stage.options
        if best is None:
            return Solution(
                "no_solution",
                None,
                bound=sum(bounds.values()),
                bound_proof="solver",
                limit=limit,
                tier_bounds=bounds,
            )
        reached = Fraction(run.worth(best, tier))
        held[tier] = to_keep(run.objective, int(reached / run.problem.unit))
    assert best is not None
    best, value = trimmed(run, best, tiers)
    return Solution(
        "optimal" if closed else "feasible",
        best,
        value,
        sum(bounds.values()),
        bound_proof="solver",
        limit=limit,
        tier_bounds=bounds,
        held=sum(held[tier] for tier in tiers[:-1]),
    )


def ceiling(problem: Problem, tier: str | None) -> float:
    """Weighted people of a tier not covered today: no plan covers more."""
    units = sum(
        int(problem.persons[t.group].sum()) * (t.weight_micro // problem.weight_gcd)
        for t in problem.targets
        if tier is None or t.tier == tier
    )
    return float(units * problem.unit)


def trimmed(run: Run, options: Ints, tiers: tuple[str | None, ...]) -> tuple[Ints, float]:
    """The plan without outlets that gain nothing and that no rule needs, and its exact value."""
    kept = run.model.trim(run.problem, run.objective, options)
    if len(kept) < len(options):
        run.notes.append(Notice("run.trimmed", n=len(options) - len(kept)))
    return kept, float(sum(run.worth(kept, tier) for tier in tiers))


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
        export(run.problem, program, path, tier)
    if begun:
        _root_first(run, tier, held)
    refuse(run.solver.name, run.solver.features, program)
    if _too_large(run, program_gb(program)):
        return StageOutcome("no_solution" if known is None else "feasible", known, None, "memory")
    if known is None and start is not None and np.isfinite(best_given(program, start)):
        known = start
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


SMALL_WORTH, LARGE_WORTH = 1e-3, 1e9
"""Objectives with no larger coefficient are scaled up: solvers take 1e-7 for nothing. Those with
a larger one are scaled down: a float's rounding of such costs exceeds a solver's tolerances."""


def scaled(program: Program) -> tuple[Program, float]:
    """The program with an objective that a solver can tell from nothing, and the exact factor, a
    power of two: no coefficient is rounded."""
    largest = float(np.abs(program.objective).max(initial=0.0))
    if not largest or SMALL_WORTH <= largest <= LARGE_WORTH:
        return program, 1.0
    factor = 2.0 ** ceil(-log2(largest))
    step = program.integral_objective
    return replace(
        program,
        objective=program.objective * factor,
        constant=program.constant * factor,
        integral_objective=step and step * factor,
    ), factor


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


def tighter(program: Program, bound: float | None) -> float | None:
    """A bound, or the one that the columns' own bounds give if that is better."""
    ends = (program.upper, program.lower)
    best, worst = ends if program.sense == "max" else ends[::-1]
    used = np.flatnonzero(program.objective)
    costs = program.objective[used]
    plain = float(np.sum(costs * np.where(costs > 0, best[used], worst[used]))) + program.constant
    if not np.isfinite(plain):
        return bound
    if bound is None:
        return plain
    return min(bound, plain) if program.sense == "max" else max(bound, plain)


FLOAT = 2.0**-49
"""Relative: sums of two floats that are the same number differ by no more."""


def attainable(program: Program, bound: float | None) -> float | None:
    """A bound rounded to the last value the objective can attain within it."""
    step = program.integral_objective
    if bound is None or not step:
        return bound
    steps = (bound - program.constant) / step
    slack = max(min(5e-4, max(1e-6, 1e-9 * abs(steps))), FLOAT * abs(steps))
    whole = floor(steps + slack) if program.sense == "max" else ceil(steps - slack)
    return program.constant + whole * step


def closed(program: Program, value: float, bound: float) -> bool:
    """Whether a value meets the bound: exactly in steps (where a float tells steps apart), else
    within a solver's precision."""
    if program.integral_objective:
        away = abs(bound - value)
        return away < 0.5 * program.integral_objective or away <= FLOAT * abs(value)
    return within_precision(value, bound)


def within_precision(value: float, bound: float) -> bool:
    """Whether two figures of a solver may mean the same."""
    return abs(bound - value) <= 1e-6 * max(1.0, abs(value))


def complete(problem: Problem, program: Program, options: Ints) -> NDArray[np.float64]:
    """A start from option positions; only its integer columns mean anything."""
    x = np.zeros(program.n_columns)
    x[program.column_block("open").begin + np.asarray(options, np.int64)] = 1.0
    opening = next((block for block in program.columns if block.name == "opening"), None)
    if opening is not None:
        cells = first_openings(problem, np.asarray(options, np.int64))
        x[opening.begin + cells] = 1.0
    return x


def _too_large(run: Run, needed_gb: float) -> bool:
    """Whether a figure is over the memory limit (or this machine); says so."""
    limit = physical_gb() if run.memory_gb is None else run.memory_gb
    if needed_gb <= limit:
        return False
    key = "run.solver_memory_machine" if run.memory_gb is None else "run.solver_memory_limit"
    run.notes.append(Notice(key, solver=run.solver.name, needed=needed_gb, limit=limit))
    run.stop.reached = run.stop.reached or "memory"
    return True
