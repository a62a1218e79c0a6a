"""The loop of every bound: iterate and look, until it has converged, stalls or its time is up.

What is iterated (:class:`Dual`) gives a valid bound at each look, so the loop may end anywhere; it
only decides how much of a stage the bound is worth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from siting.engine.params import LoopParams
from siting.progress import Stop


class Found(Protocol):
    """A valid bound with the multipliers that prove it."""

    @property
    def value(self) -> float:
        """The bound, ``problem.unit``."""


F_co = TypeVar("F_co", bound=Found, covariant=True)


def never() -> bool:
    """No limit."""
    return False


class Dual(Protocol[F_co]):
    """An iteration whose every look gives a valid bound."""

    @property
    def best(self) -> F_co | None:
        """The least bound so far; None before the first look."""

    @property
    def lower(self) -> float:
        """What the fractional plan reaches, ``problem.unit``."""

    @property
    def iterations(self) -> int:
        """Since the iteration began."""

    @property
    def work(self) -> int:
        """Units of work so far: passes over the pairs that the iteration made."""

    @property
    def passes(self) -> int:
        """Passes over the pairs in all, those of changed prices included."""

    @property
    def rough(self) -> bool:
        """Whether the last iterations were a coarser kind, so that no end can be seen yet."""

    def run(self, iterations: int, ended: Callable[[], bool] = never) -> F_co:
        """Iterate; the bound at the averaged multipliers.

        Args:
            ended: asked after every iteration; whether to look at once.
        """


def relaxation_gap(value: float, lower: float) -> float:
    """Relative gap of the linear relaxation; negative while priced rows are still overspent, for
    the fractional plan is none yet."""
    return (value - lower) / max(abs(lower), 1e-12)


def iterate(
    dual: Dual[F_co],
    params: LoopParams,
    stops: tuple[Stop, ...],
    until: float,
    enough: Callable[[F_co], bool],
) -> None:
    """Iterate until it is enough, nothing moves any more, or a limit is reached.

    Args:
        stops: asked after every look, each charged with its work; the last one has the clock, and
            the work limit of which the bound may take its share.
        until: seconds on that clock.
        enough: called after every look with its bound; whether to end here.
    """
    history: list[float] = []
    clock = stops[-1]

    def ended() -> bool:
        return clock.seconds > until or any(stop() for stop in stops)

    while True:
        before = dual.work
        found = dual.run(params.look, ended)
        assert dual.best is not None
        history.append(dual.best.value)
        done = enough(found) or _stalled(history, params)
        if (done and not dual.rough) or dual.iterations >= params.iterations:
            return
        if any(stop(dual.work - before) for stop in stops) or clock.seconds > until:
            return
        limit = clock.work_limit
        if limit is not None and dual.passes > params.time_share * limit:
            return


def _stalled(history: list[float], params: LoopParams) -> bool:
    """Whether the least bound fell too little over the last looks."""
    if len(history) <= params.stall_looks:
        return False
    now = history[-1]
    return history[-1 - params.stall_looks] - now < params.stalled * max(abs(now), 1e-12)
