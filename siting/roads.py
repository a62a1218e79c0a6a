"""The roads from a problem to a solution, each imported when it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.choosing import FEW_PEOPLE, with_capacity
from siting.errors import ArgumentError
from siting.problem import Objective, Problem
from siting.progress import Listener, Stop
from siting.solution import Solution

SMALL = 2_000_000
"""Pairs times targets up to which a greedy plan to begin with costs next to nothing."""


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
    question = (a.problem, a.objective, a.stop, a.seed, a.threads, a.begin, a.listener)
    if a.objective.model == "p_center":
        from siting.engine.center import solve_center

        return solve_center(*question)
    if a.objective.model == "p_median":
        from siting.engine.median import solve_median

        found = solve_median(*question)
        # None: p outlets may not serve everybody, which the formulation decides.
        return _exact("highs", a) if found is None else found
    if with_capacity(a.problem, a.objective):
        from siting.engine.capacitated_city import solve_capacitated

        return solve_capacitated(*question)
    from siting.engine.city import solve_city

    return solve_city(*question)


def _greedy(a: Asked) -> Solution:
    from siting.engine.greedy import solve_greedy

    return solve_greedy(a.problem, a.objective, a.stop, a.seed, a.threads, a.begin, a.listener)


def _exact(road: str, a: Asked) -> Solution:
    """An outside solver, with a plan to begin with where it needs one.

    Where few people are to be won the solver finds plans at once, and the greedy, whose compiling
    takes a new machine longer than the solve, is asked only if the solver comes back with none:
    a limit then never leaves the planner with nothing where the greedy finds something.
    """
    from siting.exact import solve_exact
    from siting.verification.evaluation import evaluate

    begin = a.begin
    small = a.problem.reach.n_pairs * a.problem.n_targets <= SMALL
    greedy = begin is None and small and a.objective.model == "max_cover"
    if greedy and np.count_nonzero(a.problem.value) > FEW_PEOPLE:
        begin = _greedy_start(a, a.stop)
    gb = None if a.stop.memory_limit is None else a.stop.memory_limit / 1e9
    solution = solve_exact(
        a.problem, a.objective, road, a.stop, a.seed, a.threads, begin, a.listener,
        memory_gb=gb, write=a.write, options=a.options,
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
