"""Many limits of one problem by the large-scale engine, each verified like a solve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Event
from typing import Any

from siting.engine.params import EngineParams
from siting.problem import Problem
from siting.problem.tiers import tiers_in_order
from siting.progress import Listener
from siting.result import Result
from siting.solving.arguments import options_of, seed_of, stop_of, threads_of
from siting.solving.auto import engine_of
from siting.solving.outcome import verified

METHOD_SHARE = 0.9
"""Of the time; verification has the rest."""


def can_solve_limits(problem: Problem) -> bool:
    """Whether the engine can hand on what it learnt from one limit to the next."""
    return (
        engine_of(problem, problem.objective) == "cover"
        and not problem.min_coverage
        and not tiers_in_order(problem, problem.objective)
    )


def solve_limits(
    problems: Sequence[Problem],
    *,
    time_limit: float | None = 300,
    gap: float = 0.0,
    seed: int = 0,
    threads: int | None = None,
    listener: Listener | None = None,
    interrupt: Event | None = None,
    patient: bool = True,
    options: Mapping[str, Any] | EngineParams | None = None,
) -> list[Result | None]:
    """Solve problems for which ``can_solve_limits`` holds and that differ in one limit.

    Args:
        problems: in ascending order of the limit.
        time_limit: seconds for all of them together; None = no limit.
        gap: a limit is left when its proven relative gap is at most this.
        patient: without a gap to reach, go on searching where nothing more can be proven.
        options: the engine's parameters.

    Returns:
        one a problem, None where no plan was found; ``timings["limit"]`` are the seconds that a
        limit took.

    Raises:
        ArgumentError: an impossible value.
        SolverError: a plan was refused by verification.
    """
    from siting.engine.cover.parametric import solve_parametric

    stop = stop_of(time_limit, None, None, gap, interrupt)
    seed, threads = seed_of(seed), threads_of(threads)
    mine = stop if time_limit is None else replace(stop, time_limit=METHOD_SHARE * time_limit)
    results: list[Result | None] = []
    _, params = options_of("city", "city", options)
    assert params is not None
    solutions = solve_parametric(
        problems, mine, seed, threads, listener, patient=patient, params=params
    )
    for problem, solution in zip(problems, solutions, strict=True):
        if solution is None:
            results.append(None)
            continue
        result = verified(problem, problem.objective, solution, replace(stop, reached=None))
        results.append(
            replace(
                result,
                method="city",
                seed=seed,
                threads=threads,
                parameters={"engine": params.to_dict()},
            )
        )
    return results
