"""solve: the spine. A request is checked, solved by one method, verified, told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.engine.params import EngineParams
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.progress import Listener, Progress, Stop
from siting.result import Result
from siting.solving.arguments import (
    check_kinds,
    objective_of,
    options_of,
    seed_of,
    stop_of,
    threads_of,
    tiling_of,
)
from siting.solving.auto import choose, with_capacity
from siting.solving.dispatch import Request, run
from siting.solving.outcome import better, verified
from siting.solving.warm_start import Start, start_options
from siting.solving.wishes import before_wishes, with_wishes
from siting.system.pace import stretch
from siting.tiles.tiling import Tiling
from siting.verification.evaluation import evaluate

if TYPE_CHECKING:
    from siting.solvers.pool import SolverPool


def solve(
    problem: Problem,
    model: str | None = None,
    method: str = "auto",
    *,
    p: int | None = None,
    share: float | Fraction | None = None,
    times: int | None = None,
    time_limit: float | None = 300,
    gap: float = 0.0,
    seed: int = 0,
    threads: int | None = None,
    start: Start | None = None,
    listener: Listener | None = None,
    work_limit: int | None = None,
    memory_limit: float | None = None,
    interrupt: Event | None = None,
    write: tuple[str | Path, ...] = (),
    options: Mapping[str, Any] | EngineParams | None = None,
    solvers: SolverPool | None = None,
    tiles: int | Tiling | None = None,
) -> Result:
    """The best plan found, what is proven about it, and nothing that verification refuses.

    Args:
        problem: what is planned.
        model, p, share, times: instead of the problem's own objective; ``p`` at most so many
            outlets, ``share`` of all people (partial_cover), ``times`` covered (backup_cover).
        method: ``auto``, ``city``, ``greedy`` or an outside solver (``siting.solvers.SOLVERS``).
            Within a time limit ``auto`` runs ``city`` and an outside solver side by side.
        time_limit: seconds for building, solving and verifying; None = no limit.
        gap: the run may end when the proven relative gap is at most this.
        seed: an integer >= 0; the same seed, threads and inputs give the same plan unless a clock
            ended the run, or ``auto`` needed two methods.
        threads: None = every core this process may use.
        start: a Result, a Plan, a result folder or option positions to begin with; what no longer
            exists is dropped and told in ``warnings``.
        listener: called with :class:`~siting.progress.Progress`.
        work_limit: units of the method's own work, a deterministic end.
        memory_limit: GB (10^9 bytes); a run that would not fit ends before it allocates.
        interrupt: set it to end the run with the best plan so far.
        write: files for the model of an outside solver, ``.lp`` or ``.mps``.
        options: an outside solver's own options; for ``city`` the engine's parameters, as
            :class:`~siting.engine.params.EngineParams` or as a mapping of the same shape
            (``{"bound": {"time_share": 0.5}}``). The result's ``parameters`` tell what was used.
        solvers: outside solvers that several solves share; None = each starts its own.
        tiles: solve a city in so many parts (method ``city``, model max_cover), each by a process
            of its own that holds no more than its part; ``threads`` is how many work at once. The
            bound's certificate is then recomputed tile by tile.

    Returns:
        A plan that verification accepted, or none and why; with the bound, objective and gap in
        the model's unit.

    Raises:
        ArgumentError: an impossible value.
        SolverError: the method failed, or its plan was refused.
    """
    if not isinstance(problem, Problem):
        raise ArgumentError(Notice("data.a_problem", kind=type(problem).__name__))
    check_kinds(listener, interrupt, write, options, solvers)
    stop = stop_of(time_limit, work_limit, memory_limit, gap, interrupt)
    objective = objective_of(problem, model, p, share, times)
    problem = problem.under(objective)
    asked, seed, threads = threads, seed_of(seed), threads_of(threads)
    tiling = tiling_of(problem, objective, method, tiles)
    chosen = choose(problem, objective, method) if tiling is None else "city"
    own, params = options_of(chosen, method, options)
    begin, dropped = start_options(problem, start)
    tell = listener or (lambda news: None)
    mine = _less_checking(problem, stop, 1 if begin is None else 3)
    main = before_wishes(problem, mine)
    beside = method == "auto"
    request = Request(
        problem.replace(wishes=()) if problem.wishes else problem,
        objective,
        main,
        seed,
        threads,
        begin,
        tell,
        write,
        own,
        solvers,
        params,
        beside,
        tiling,
    )
    solution = _no_worse(problem, objective, begin, run(chosen, request))
    whole = replace(request, problem=problem)
    solution, wished = with_wishes(chosen, whole, mine, solution)
    bound = None if solution.tier_bounds else solution.bound  # a sum of tiers is told by nobody
    # The engine's plan was told with what it wins when it was found.
    found = None if solution.objective is None else solution.options
    plan = None if found is None else partial(np.copy, found)
    tell(Progress(stop.seconds, "verify", solution.objective, bound, plan=plan))
    result = verified(problem, objective, solution, mine)
    return replace(
        result,
        notes=(*result.notes, *wished, *_overran(stop)),
        method=solution.method or chosen,
        seed=seed,
        threads=threads,
        warnings=(*dropped, *_fewer_threads(asked, threads), *result.warnings),
        parameters={} if params is None else {"engine": params.to_dict()},
    )


LATE_SECONDS, LATE_SHARE = 1.0, 0.1
"""Beyond its limit, in all and of it, after which a run says that it was late."""


def _overran(stop: Stop) -> tuple[Notice, ...]:
    limit, seconds = stop.time_limit, stop.seconds
    if limit is None or seconds <= limit + max(LATE_SECONDS, LATE_SHARE * limit):
        return ()
    return (Notice("run.overran", seconds=seconds, limit=limit),)


def _fewer_threads(asked: int | None, threads: int) -> tuple[Notice, ...]:
    if asked is None or asked <= threads:
        return ()
    return (Notice("run.fewer_threads", asked=asked, threads=threads),)


def _no_worse(
    problem: Problem, objective: Objective, begin: NDArray[np.int64] | None, solution: Solution
) -> Solution:
    """What was found, or the plan that was begun with where that keeps all rules and is better:
    no method promises to come back to it before a limit ends its run."""
    if begin is None or solution.status in ("optimal", "infeasible"):
        return solution
    before = evaluate(problem, begin, objective)
    if not before.feasible:
        return solution
    if solution.options is not None:
        found = evaluate(problem, solution.options, objective)
        if found.feasible and not better(before, found, objective):
            return solution
    return replace(solution, status="feasible", options=begin, objective=before.objective)


def _less_checking(problem: Problem, stop: Stop, plans: int) -> Stop:
    """The method's own limits: verification keeps a part of the time, by the passes it makes over
    so many plans, and more of it where others use the cores."""
    if stop.time_limit is None:
        return stop
    # Who is served within capacity is a maximum flow: some passes, out of order.
    each = 2e-7 if with_capacity(problem, problem.objective) else 2e-8
    seconds = 0.2 + plans * each * problem.reach.n_pairs * max(1, problem.n_targets)
    seconds = min(seconds * stretch(), 0.2 * stop.time_limit)
    return replace(stop, time_limit=stop.time_limit - seconds, checking=seconds)
