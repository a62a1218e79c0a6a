"""The roads from a problem to a solution, each imported when it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.engine.params import EngineParams
from siting.errors import ArgumentError
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.progress import Linked, Listener, Progress, Stop
from siting.solving.auto import FEW_PEOPLE, engine_of, may_hand_on

if TYPE_CHECKING:
    from siting.solvers.pool import SolverPool

SMALL = 2_000_000
"""Pairs times targets up to which a greedy plan to begin with costs next to nothing."""

HAND_ON_AFTER, LOOSE = 0.2, 0.02
"""Share of the time after which HiGHS may take over, and the relative gap from which on."""
FIRST_SHARE = 0.25
"""Of the time, at most, for a first plan where the rules demand one."""


@dataclass(frozen=True)
class Asked:
    """One question to a method."""

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
    hand_on: bool = False
    """Whether HiGHS may go on where the engine's bound stays loose."""

    @property
    def tuned(self) -> tuple[Any, ...]:
        """The same with the engine's parameters."""
        return (*self.question, self.params)

    @property
    def question(self) -> tuple[Any, ...]:
        """What every method is called with, in its order."""
        return (
            self.problem, self.objective, self.stop, self.seed, self.threads, self.begin,
            self.listener,
        )  # fmt: skip


def take(road: str, asked: Asked) -> Solution:
    """Solve by one method: ``city``, ``greedy``, or the name of an outside solver.

    Raises:
        ArgumentError: ``write`` or ``options`` for a method that has no outside solver.
    """
    if road not in ("city", "greedy"):
        return _exact(road, asked)
    for name, given in (("write", asked.write), ("options", asked.options)):
        if given:
            raise ArgumentError(f"{name} needs the method of an outside solver; got {road!r}")
    return _city(asked) if road == "city" else _greedy(asked)


def _city(a: Asked) -> Solution:
    engine = engine_of(a.problem, a.objective)
    if engine == "center":
        from siting.engine.center.method import solve_center

        return solve_center(*a.question)
    if engine == "median":
        from siting.engine.median.method import solve_median

        found = solve_median(*a.tuned)
        # None: p outlets may not serve everybody, which the formulation decides.
        return _exact("highs", a) if found is None else found
    if engine == "capacity":
        return _capacitated(a)
    begin = a.begin
    if _demands(a.problem) and not _kept(a, begin) and not _kept(a, np.zeros(0, np.int64)):
        found = _first_plan(a)
        if found.status == "infeasible":
            return found
        begin = found.options if found.options is not None else begin
    a = replace(a, begin=begin)
    timed = a.stop.time_limit is not None and a.stop.work_limit is None
    return _handed_on(a) if a.hand_on and timed else _engine(a)


def _engine(a: Asked) -> Solution:
    from siting.engine.cover.method import solve_city

    return solve_city(*a.tuned)


def _handed_on(a: Asked) -> Solution:
    """The engine, and HiGHS from its plan where after a while bound and plan are far apart: then
    the relaxation is loose, and only a search tree narrows it."""
    assert a.stop.time_limit is not None
    after = HAND_ON_AFTER * a.stop.time_limit
    enough = Linked(a.stop.interrupt)
    stages, asked = 0, False

    def hear(news: Progress) -> None:
        nonlocal stages, asked
        a.listener(news)
        stages += news.stage == "reduce"
        loose = news.gap is not None and news.gap > LOOSE
        # What a later tier may still win depends on what is held, which HiGHS has not proven.
        if stages == 1 and news.stage == "search" and loose and news.seconds > after and not asked:
            asked = True  # counting the links of a whole city takes a while
            if may_hand_on(a.problem, a.objective):
                enough.set()

    found = _engine(replace(a, stop=replace(a.stop, interrupt=enough), listener=hear))
    if not enough.alone or found.options is None:
        return found
    solved = _exact("highs", replace(a, begin=found.options))
    if solved.options is None:
        return found
    return replace(
        solved, certificates=found.certificates, timings={**found.timings, **solved.timings},
        notes=(*found.notes, Notice("run.handed_on"), *solved.notes),
        statistics={**found.statistics, **solved.statistics},
    )  # fmt: skip


def _capacitated(a: Asked) -> Solution:
    """The engine; where it finds no plan that serves the minimum coverages, from any that HiGHS
    finds."""
    from siting.engine.capacity.method import solve_capacitated

    found = solve_capacitated(*a.tuned)
    lacks = found.options is None and found.status == "no_solution" and found.limit != "memory"
    if not lacks or not a.problem.min_coverage or not _fits(a):
        return found
    any_plan = _any_plan(a)
    if any_plan.status == "infeasible":
        return any_plan
    if any_plan.options is None:
        return found
    return solve_capacitated(*replace(a, begin=any_plan.options).tuned)


def _fits(a: Asked) -> bool:
    """Whether an outside solver could hold the program of who serves whom."""
    from siting.solving.memory import physical_gb, unmerged_gb

    limit = a.stop.memory_limit
    return unmerged_gb(a.problem) <= (physical_gb() if limit is None else limit / 1e9)


def _demands(problem: Problem) -> bool:
    """Whether opening nothing may break a rule."""
    return bool(problem.min_coverage) or any(
        (rule.rhs > 0).any() if rule.sense == ">=" else (rule.rhs < 0).any()
        for rule in problem.rules
    )


def _kept(a: Asked, options: NDArray[np.int64] | None) -> bool:
    """Whether a plan keeps every rule."""
    from siting.verification.evaluation import evaluate

    return options is not None and evaluate(a.problem, options, a.objective).feasible


def _first_plan(a: Asked) -> Solution:
    """Some plan where the rules demand one (a hub, a required site, a least coverage): the greedy's
    if that keeps them, else any that HiGHS finds, or its proof that there is none.

    The engine opens one outlet after the other and may not get through where only several at once
    keep a rule.
    """
    found = _greedy(replace(a, listener=lambda news: None))
    if found.options is not None or found.status == "infeasible":
        return found
    return _any_plan(a)


def _any_plan(a: Asked) -> Solution:
    """A plan that HiGHS finds to keep the rules, its proof that there is none, or neither."""
    from siting.solving.feasibility import Feasibility

    share = a.stop.seconds_left * FIRST_SHARE
    stop = Stop(time_limit=None if share == float("inf") else share, interrupt=a.stop.interrupt)
    a.listener(Progress(a.stop.seconds, "construct", note="any plan that keeps the rules"))
    with Feasibility(stop, a.seed, a.threads) as ask:
        options, possible = ask.any_plan(a.problem)
    return Solution("infeasible" if possible is False else "no_solution", options)


def _greedy(a: Asked) -> Solution:
    from siting.engine.cover.greedy import solve_greedy

    return solve_greedy(*a.question)


def _exact(road: str, a: Asked) -> Solution:
    """An outside solver, with a plan to begin with where it needs one.

    Where few people are to be won the solver finds plans at once, and the greedy, whose compiling
    takes a new machine longer than the solve, is asked only if the solver comes back with none:
    a limit then never leaves the planner with nothing where the greedy finds something.
    """
    from siting.solving.exact import solve_exact
    from siting.verification.evaluation import evaluate

    begin = a.begin
    small = a.problem.reach.n_pairs * a.problem.n_targets <= SMALL
    greedy = begin is None and small and traits_of(a.objective.model).greedy
    if greedy and np.count_nonzero(a.problem.value) > FEW_PEOPLE:
        begin = _greedy_start(a, a.stop)
    gb = None if a.stop.memory_limit is None else a.stop.memory_limit / 1e9
    with nullcontext() if a.solvers is None else a.solvers.lend(road, gb) as solver:
        solution = solve_exact(
            a.problem, a.objective, road, a.stop, a.seed, a.threads, begin, a.listener,
            memory_gb=gb, write=a.write, options=a.options, solver=solver,
        )  # fmt: skip
    if solution.status != "no_solution" or solution.limit == "memory":
        return solution
    if begin is None and greedy:
        begin = _greedy_start(a, Stop())  # the run's own has ended
    if begin is not None and evaluate(a.problem, begin, a.objective).feasible:
        return replace(solution, status="feasible", options=begin)
    return solution


def _greedy_start(a: Asked, stop: Stop) -> NDArray[np.int64] | None:
    return _greedy(replace(a, stop=stop, listener=lambda news: None)).options
