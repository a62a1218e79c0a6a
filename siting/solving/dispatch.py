"""Each method's run, from a request to a solution; what a method needs is imported when it runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.engine.params import EngineParams
from siting.errors import NoAnswerError
from siting.models.traits import formulated, module_of, traits_of
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.problem.tiers import tiers_in_order
from siting.progress import Listener, Progress, Stop
from siting.solving.auto import FEW_PEOPLE, check_outside, engine_of, may_run_beside
from siting.solving.beside import GRACE, Beside
from siting.solving.outcome import better
from siting.tiles.tiling import Tiling

if TYPE_CHECKING:
    from siting.solvers.pool import SolverPool

SMALL = 2_000_000
"""Pairs times targets up to which a greedy plan to begin with costs next to nothing."""

FIRST_SHARE = 0.25
"""Of the time, at most, for a first plan where the rules demand one."""


@dataclass(frozen=True)
class Request:
    """What a method is asked to solve, and within which limits."""

    problem: Problem
    objective: Objective
    stop: Stop
    seed: int
    threads: int
    begin: NDArray[np.int64] | None
    """Option positions to begin with; need not keep the rules."""
    listener: Listener
    write: tuple[str | Path, ...] = ()
    """Files for the model of an outside solver."""
    options: Mapping[str, Any] | None = None
    """An outside solver's own options."""
    solvers: SolverPool | None = None
    """Where outside solvers come from and go back to; None = the run starts and ends its own."""
    params: EngineParams | None = None
    """The engine's; None = the defaults."""
    beside: bool = False
    """Whether another method may run beside the one that leads."""
    tiling: Tiling | None = None
    """How the city is solved in tiles; None = at once."""

    @property
    def tuned(self) -> tuple[Any, ...]:
        """The same with the engine's parameters."""
        return (*self.arguments, self.params)

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What every method is called with, in its order."""
        return (
            self.problem,
            self.objective,
            self.stop,
            self.seed,
            self.threads,
            self.begin,
            self.listener,
        )


def run(method: str, request: Request) -> Solution:
    """Solve by one method: ``city``, ``greedy``, or the name of an outside solver.

    Raises:
        ArgumentError: ``write`` or ``options`` for a method that has no outside solver.
    """
    if method not in ("city", "greedy"):
        if _both(method, request):
            solution = _raced(method, request)
        elif _timed_pair(request) and _capacity_fits(request):
            solution = _beside(method, request)
        else:
            solution = _exact(method, request)
        return _with_some_plan(request, solution) if request.beside else solution
    check_outside(method, write=request.write, options=request.options)
    if method == "greedy":
        return _proven(request, _with_some_plan(request, _greedy(request)))
    return _with_some_plan(request, _city(request))


def _with_some_plan(request: Request, solution: Solution) -> Solution:
    """The solution; where its time went by without a plan, with the greedy's if that finds one.

    However short the limit or busy the machine, a planner gets a plan: the greedy is asked by its
    work, some passes over the pairs, and not by the clock. A named outside solver is answered for
    what it does itself, but where the greedy costs next to nothing (:func:`_exact`).
    """
    if solution.options is None and solution.status != "no_solution":
        return solution
    if solution.limit == "memory" or request.stop.interrupt.is_set():
        return solution
    if request.tiling is not None or not traits_of(request.objective.model).greedy:
        return solution
    if engine_of(request.problem, request.objective) == "capacity" or not _in_memory(request):
        return solution
    if solution.options is not None:
        return _with_later_tiers(request, solution)
    options = _greedy_start(request, Stop(interrupt=request.stop.interrupt))
    if not _kept(request, options):
        return solution
    return replace(solution, status="feasible", options=options)


def _with_later_tiers(request: Request, solution: Solution) -> Solution:
    """The solution; where the time went by before the last tier had anything, with what the greedy
    adds for it to the plan."""
    from siting.verification.evaluation import evaluate

    problem, spec = request.problem, request.objective
    tiers = tiers_in_order(problem, spec)
    if not tiers or solution.options is None or solution.status == "optimal":
        return solution
    before = evaluate(problem, solution.options, spec)
    if before.tiers[tiers[-1]]:
        return solution
    begun = replace(request, begin=solution.options)
    options = _greedy_start(begun, Stop(interrupt=request.stop.interrupt))
    after = before if options is None else evaluate(problem, options, spec)
    kept = after.feasible and all(after.tiers[t] >= before.tiers[t] for t in tiers)
    return replace(solution, options=after.options) if kept else solution


def _in_memory(request: Request) -> bool:
    """Whether the memory allowed is enough for the engine."""
    limit = request.stop.memory_limit
    if limit is None:
        return True
    if engine_of(request.problem, request.objective) == "capacity":
        from siting.engine.capacity.method import memory_needed
    else:
        from siting.engine.cover.method import memory_needed

    return memory_needed(request.problem, request.threads) <= limit


def _city(request: Request) -> Solution:
    engine = engine_of(request.problem, request.objective)
    if engine == "center":
        from siting.engine.center.method import solve_center

        return solve_center(*request.arguments)
    if engine == "median":
        from siting.engine.median.method import solve_median

        found = solve_median(*request.tuned)
        # None: p outlets may not serve everybody, which the formulation decides.
        return _exact("highs", request) if found is None else found
    if engine == "capacity":
        return _capacitated(request)
    begin, nothing = request.begin, np.zeros(0, np.int64)
    if _asks_for_outlets(request.problem) and not any(_kept(request, o) for o in (begin, nothing)):
        found = _first_plan(request)
        if found.status == "infeasible":
            return found
        begin = found.options if found.options is not None else begin
    request = replace(request, begin=begin)
    if request.tiling is not None:
        return _in_tiles(request)
    return _raced("city", request) if _both("city", request) else _engine(request)


def _in_tiles(request: Request) -> Solution:
    from siting.tiles.method import solve_tiles

    assert request.tiling is not None
    begin = request.begin if _kept(request, request.begin) else None
    return solve_tiles(
        request.problem,
        request.objective,
        request.stop,
        request.tiling,
        request.seed,
        request.threads,
        begin,
        request.listener,
        request.params,
    )


def _engine(request: Request) -> Solution:
    from siting.engine.cover.method import solve_city

    return solve_city(*request.tuned)


def _raced(method: str, request: Request) -> Solution:
    """An outside solver and the engine side by side."""
    from siting.solving.race import race

    stop, leads = request.stop, method != "city"
    gb = None if stop.memory_limit is None else stop.memory_limit / 1e9
    name = method if leads else "highs"
    with nullcontext() if request.solvers is None else request.solvers.lend(name, gb) as solver:
        return race(
            request.problem,
            request.objective,
            name,
            stop,
            request.seed,
            request.threads,
            request.begin,
            request.listener,
            request.params,
            alone_first=leads,
            memory_gb=gb,
            solver=solver,
        )


def _both(method: str, request: Request) -> bool:
    """Whether two methods may share a run: the clock ends it, and each can solve the problem."""
    if not _timed_pair(request) or method == "greedy":
        return False
    if engine_of(request.problem, request.objective) != "cover":
        return False
    if method == "city":
        return may_run_beside(request.problem, request.objective)
    return _in_memory(request)


def _timed_pair(request: Request) -> bool:
    """Whether the clock ends the run, and nothing binds it to one method."""
    stop = request.stop
    timed = stop.time_limit is not None and stop.work_limit is None
    return request.beside and timed and not (request.write or request.options)


def _capacity_fits(request: Request) -> bool:
    """Whether covered means served within capacity, and the engine has the memory for it."""
    return engine_of(request.problem, request.objective) == "capacity" and _in_memory(request)


def _beside(method: str, request: Request) -> Solution:
    """An outside solver and the capacitated engine, each for itself."""
    problem, objective = request.problem, request.objective

    def ahead(one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
        from siting.verification.evaluation import evaluate

        mine, theirs = (evaluate(problem, options, objective) for options in (one, other))
        return mine.feasible and (not theirs.feasible or better(mine, theirs, objective))

    def solver(stop: Stop, listener: Listener) -> Solution:
        asked = replace(request, stop=stop, listener=listener, threads=1)
        return _exact(method, asked, grace=GRACE)

    def engine(stop: Stop, listener: Listener) -> Solution:
        threads = max(1, request.threads - 1)
        return _capacitated(replace(request, stop=stop, listener=listener, threads=threads))

    names = (method, "city")
    return Beside(solver, engine, ahead, request.stop, request.listener, names).solve()


def _capacitated(request: Request) -> Solution:
    """The engine; where it finds no plan that serves the minimum coverages, from any that HiGHS
    finds."""
    from siting.engine.capacity.method import solve_capacitated

    found = solve_capacitated(*request.tuned)
    lacks = found.options is None and found.status == "no_solution" and found.limit != "memory"
    if not lacks or not request.problem.min_coverage or not _fits(request):
        return found
    any_plan = _any_plan(request)
    if any_plan.status == "infeasible":
        return any_plan
    if any_plan.options is None:
        return found
    return solve_capacitated(*replace(request, begin=any_plan.options).tuned)


def _fits(request: Request) -> bool:
    """Whether an outside solver could hold the program of who serves whom."""
    from siting.solving.memory import physical_gb, unmerged_gb

    limit = request.stop.memory_limit
    return unmerged_gb(request.problem) <= (physical_gb() if limit is None else limit / 1e9)


def _asks_for_outlets(problem: Problem) -> bool:
    """Whether opening nothing may break a rule."""
    return bool(problem.min_coverage) or any(
        (rule.rhs > 0).any() if rule.sense == ">=" else (rule.rhs < 0).any()
        for rule in problem.rules
    )


def _kept(request: Request, options: NDArray[np.int64] | None) -> bool:
    """Whether a plan keeps every rule."""
    from siting.verification.evaluation import evaluate

    return options is not None and evaluate(request.problem, options, request.objective).feasible


def _first_plan(request: Request) -> Solution:
    """Some plan where the rules demand one (a hub, a required site, a least coverage): the greedy's
    if that keeps them, else any that HiGHS finds, or its proof that there is none.

    The engine opens one outlet after the other and may not get through where only several at once
    keep a rule.
    """
    found = _greedy(replace(request, listener=lambda news: None))
    if found.options is not None or found.status == "infeasible":
        return found
    return _any_plan(request)


def _any_plan(request: Request) -> Solution:
    """A plan that HiGHS finds to keep the rules, its proof that there is none, or neither."""
    from siting.solving.feasibility import Feasibility

    share = request.stop.seconds_left * FIRST_SHARE
    seconds = None if share == float("inf") else share
    stop = Stop(time_limit=seconds, interrupt=request.stop.interrupt)
    request.listener(Progress(request.stop.seconds, "construct", note=Notice("progress.any_plan")))
    with Feasibility(stop, request.seed, request.threads) as ask:
        options, possible = ask.any_plan(request.problem)
    return Solution("infeasible" if possible is False else "no_solution", options)


def _proven(request: Request, solution: Solution) -> Solution:
    """The same with what a tree proves of the plan, where one is small enough; of a study's many
    solves none is asked."""
    if request.solvers is not None:
        return solution
    from siting.solvers.child import WarmSolver
    from siting.solving.tree import certified

    problem, objective = request.problem, request.objective
    model = module_of(formulated(problem, objective))
    with WarmSolver("highs") as prover:
        return certified(
            problem,
            objective,
            solution,
            lambda options, tier: model.measure(problem, objective, options, tier),
            prover,
            request.stop,
        )


def _greedy(request: Request) -> Solution:
    from siting.engine.cover.greedy import solve_greedy

    return solve_greedy(*request.arguments)


def _exact(method: str, request: Request, grace: float | None = None) -> Solution:
    """An outside solver, with a plan to begin with where it needs one.

    Where few people are to be won the solver finds plans at once, and the greedy, whose compiling
    takes a new machine longer than the solve, is asked only if the solver comes back with none:
    neither a limit nor a solver that dies then leaves the planner with nothing where the greedy
    finds something.
    """
    from siting.solving.exact import solve_exact
    from siting.verification.evaluation import evaluate

    begin = request.begin
    small = request.problem.reach.n_pairs * request.problem.n_targets <= SMALL
    greedy = begin is None and small and traits_of(request.objective.model).greedy
    if greedy and np.count_nonzero(request.problem.value) > FEW_PEOPLE:
        begin = _greedy_start(request, request.stop)
    gb = None if request.stop.memory_limit is None else request.stop.memory_limit / 1e9
    died: NoAnswerError | None = None
    lent = nullcontext() if request.solvers is None else request.solvers.lend(method, gb)
    try:
        with lent as solver:
            solution = solve_exact(
                request.problem,
                request.objective,
                method,
                request.stop,
                request.seed,
                request.threads,
                begin,
                request.listener,
                memory_gb=gb,
                write=request.write,
                options=request.options,
                solver=solver,
                grace=grace,
            )
    except NoAnswerError as error:
        if begin is not None or not greedy:
            raise
        died, solution = error, Solution("no_solution", None)
    if solution.status != "no_solution" or solution.limit == "memory":
        return solution
    if begin is None and greedy:  # by its work: the run's own clock may have ended
        begin = _greedy_start(request, Stop(interrupt=request.stop.interrupt))
    if begin is not None and evaluate(request.problem, begin, request.objective).feasible:
        notes = (
            solution.notes if died is None else (Notice("run.greedy_instead", fault=died.args[0]),)
        )
        return replace(solution, status="feasible", options=begin, notes=notes)
    if died is not None:
        raise died
    return solution


def _greedy_start(request: Request, stop: Stop) -> NDArray[np.int64] | None:
    return _greedy(replace(request, stop=stop, listener=lambda news: None)).options
