"""Run: what every method does around its own stages.

Memory is counted before anything is built, time is shared among tiers, seconds are noted by name,
and what the stages reached is put together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, thread_time
from typing import Literal

from siting.engine.shared.arrays import Ints
from siting.engine.shared.threads import ThreadPool
from siting.notice import Notice
from siting.problem import Problem
from siting.problem.solution import Certificate, Solution
from siting.progress import Stop


@dataclass
class StageResult:
    """What one stage reached."""

    options: Ints | None
    """The problem's."""
    infeasible: bool = False
    bound: float | None = None
    """In ``problem.unit``; None when nothing was proven."""
    proof: Literal["certificate", "solver"] = "certificate"
    """What stands behind the bound."""
    certificate: Certificate | None = None
    notes: tuple[Notice, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds by step."""
    statistics: dict[str, float] = field(default_factory=dict)


def refused(needed: int, stop: Stop) -> Solution | None:
    """The answer of a method that would not fit into memory; None where it would.

    Args:
        needed: bytes at the peak, an upper estimate.
    """
    if stop.memory_limit is None or needed <= stop.memory_limit:
        return None
    note = Notice("run.memory", needed=needed / 1e9, limit=stop.memory_limit / 1e9)
    return Solution("no_solution", None, limit="memory", notes=(note,))


LANES = 2
"""Searches side by side where work ends the run."""


def lanes(stop: Stop, pool: ThreadPool, *, by_turns: bool = False) -> int:
    """How many searches go side by side: one a thread. Where work ends the run they are always as
    many, so that any number of threads makes the same plan.

    Args:
        by_turns: they last, and wait for their turn when fewer threads may work.
    """
    if stop.work_limit is not None:
        return LANES
    return pool.most if by_turns else pool.threads


class Pace:
    """How long things take here, by what the calling thread has done since this was made."""

    def __init__(self) -> None:
        self._clock, self._work = monotonic(), thread_time()

    @property
    def stretch(self) -> float:
        """Seconds on the clock for a second of work; 1 on a core of one's own, more where others
        share it."""
        return max(1.0, (monotonic() - self._clock) / max(1e-3, thread_time() - self._work))


def stage_ends(stop: Stop, n: int) -> Iterator[float]:
    """When each of n stages, one after the other, has to end: an equal share of what is then left.
    Seconds on the run's clock, inf without a time limit."""
    for number in range(n):
        yield stop.seconds + 1.0 / (n - number) * stop.seconds_left


@contextmanager
def timed(stop: Stop, timings: dict[str, float], name: str) -> Iterator[None]:
    """Add the seconds spent inside to a name's."""
    begun = stop.seconds
    try:
        yield
    finally:
        add_to(timings, {name: stop.seconds - begun})


def add_to(total: dict[str, float], figures: dict[str, float]) -> None:
    """Sum figures by name."""
    for name, figure in figures.items():
        total[name] = total.get(name, 0.0) + figure


def joined(
    problem: Problem, tiers: list[str | None], results: list[StageResult], stop: Stop
) -> Solution:
    """The last stage's plan with the sum of all bounds.

    Args:
        tiers: all that were to be solved, in order; ``results`` may be fewer.
    """
    if results[0].infeasible:
        return Solution("infeasible", None, notes=results[0].notes)
    options = next((r.options for r in reversed(results) if r.options is not None), None)
    unit = float(problem.unit)
    complete = len(results) == len(tiers) and all(r.bound is not None for r in results)
    bound = sum(r.bound or 0 for r in results) * unit if complete else None
    by_solver = any(r.proof == "solver" for r in results)
    if by_solver and any(r.proof != "solver" for r in results):
        bound = None  # a sum of a tree's word and of multipliers that are recomputed first
    last = results[-1].certificate
    timings: dict[str, float] = {}
    statistics: dict[str, float] = {}
    for r in results:
        add_to(timings, r.timings)
        add_to(statistics, r.statistics)
    return Solution(
        "no_solution" if options is None else "feasible",
        options,
        bound=bound,
        bound_proof="solver" if by_solver else None if bound is None else "certificate",
        limit=stop.reached,
        certificates=tuple(r.certificate for r in results if r.certificate is not None),
        tier_bounds={
            t: r.bound * unit
            for t, r in zip(tiers, results, strict=False)
            if t and r.bound is not None and (r.proof == "solver" or not by_solver)
        },
        held=None if last is None else last.held,
        notes=results[-1].notes,
        timings=timings,
        statistics=statistics,
    )
