"""The loop of all bounds: it looks, and ends for one of five reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat

import numpy as np
import pytest

from siting.engine.params import LoopParams
from siting.engine.shared.bound_loop import iterate, never, relaxation_gap
from siting.engine.shared.run import StageResult, joined, refused, stage_ends
from siting.problem import Problem
from siting.progress import Stop


@dataclass(frozen=True)
class Value:
    """A bound without multipliers."""

    value: float


@dataclass
class Falling:
    """An iteration whose looks give these bounds, two passes an iteration."""

    values: Iterator[float]
    best: Value | None = None
    lower: float = 0.0
    iterations: int = 0
    seen: list[float] = field(default_factory=list)
    rough_until: int = 0

    @property
    def rough(self) -> bool:
        return self.iterations <= self.rough_until

    @property
    def work(self) -> int:
        return 2 * self.iterations

    @property
    def passes(self) -> int:
        return 2 * self.iterations + 3

    def run(self, iterations: int, ended: Callable[[], bool] = never) -> Value:
        for _ in range(iterations):
            self.iterations += 1
            if ended():
                break
        found = Value(next(self.values))
        self.seen.append(found.value)
        if self.best is None or found.value < self.best.value:
            self.best = found
        return found


PARAMS = LoopParams(look=10, stall_looks=3, stalled=0.01, iterations=1000, time_share=0.5)


def looks(values: Iterator[float], stop: Stop, below: float = -1.0, until: float = 1e9) -> int:
    """How often the loop looked before it ended."""
    dual = Falling(values)
    iterate(dual, PARAMS, (stop,), until, lambda found: found.value < below)
    return len(dual.seen)


def falling() -> Iterator[float]:
    """Bounds that never stall."""
    return (1000.0 * 0.9**k for k in range(10_000))


def test_it_ends_where_it_is_enough() -> None:
    """At the first look whose bound is."""
    assert looks(falling(), Stop(), below=700) == 5


def test_it_ends_where_it_stalls() -> None:
    """When the least bound fell by less than 1 % over three looks; a look that is worse counts for
    what the best one is."""
    assert looks(chain([100.0, 90.0], repeat(95.0)), Stop()) == 5


def test_what_is_rough_neither_converges_nor_stalls() -> None:
    """Iterations of a coarser kind end by a limit only; the first look that is none may end it."""
    for values in (falling(), repeat(95.0)):
        dual = Falling(values, rough_until=70)
        iterate(dual, PARAMS, (Stop(),), 1e9, lambda found: found.value < 900)
        assert dual.iterations == 80


def test_it_ends_at_most_iterations() -> None:
    """A hundred looks of ten."""
    assert looks(falling(), Stop()) == 100


def test_it_ends_at_its_share_of_the_work() -> None:
    """Half of 200 units: after the look whose passes exceed it; each look is charged its own."""
    stop = Stop(work_limit=200)
    assert looks(falling(), stop) == 5
    assert stop.work == 100
    assert stop.reached is None


def test_it_ends_with_the_run() -> None:
    """Where the work is up, somebody interrupts, or the clock of the last stop passes ``until``."""
    stop = Stop(work_limit=20)
    assert looks(falling(), stop) == 1
    stop = Stop()
    stop.interrupt.set()
    assert looks(falling(), stop) == 1
    assert looks(falling(), Stop(), until=-1.0) == 1


@pytest.mark.parametrize(("value", "lower", "gap"), [(11, 10, 0.1), (9, 10, -0.1), (0, 0, 0)])
def test_the_relaxation_gap_is_relative(value: float, lower: float, gap: float) -> None:
    """Negative where the fractional plan overspends."""
    assert relaxation_gap(value, lower) == pytest.approx(gap)


def test_stages_share_what_is_left() -> None:
    """Each ends after an equal share of the time then left; without a limit none has an end."""
    stop = Stop(time_limit=100)
    ends = list(stage_ends(stop, 4))
    assert ends == pytest.approx([25, 33.3, 50, 100], rel=0.02)
    assert list(stage_ends(Stop(), 2)) == [np.inf, np.inf]


def test_too_large_is_refused_before_anything_is_built() -> None:
    """Only where there is a limit and it is exceeded."""
    assert refused(10**9, Stop()) is None
    assert refused(10**9, Stop(memory_limit=10**9)) is None
    found = refused(2 * 10**9, Stop(memory_limit=10**9))
    assert found is not None and found.limit == "memory"
    assert "2.0 GB" in found.notes[0]


def test_bounds_of_stages_add_up() -> None:
    """The last plan with the sum of all bounds; none where a stage is missing, or where one bound
    is a solver's word and another still to be recomputed."""
    problem = Problem.from_points(np.zeros((1, 2)), np.zeros((1, 2)), radius=1)
    unit = float(problem.unit)
    one = StageResult(np.array([0]), bound=3, timings={"bound": 1.0})
    two = StageResult(None, bound=4, timings={"bound": 2.0})
    found = joined(problem, ["basic", "quality"], [one, two], Stop())
    assert found.bound == 7 * unit and found.bound_proof == "certificate"
    assert found.options is not None and found.options.tolist() == [0]
    assert found.timings == {"bound": 3.0}
    assert found.tier_bounds == {"basic": 3 * unit, "quality": 4 * unit}
    assert joined(problem, ["basic", "quality"], [one], Stop()).bound is None
    two.proof = "solver"
    mixed = joined(problem, ["basic", "quality"], [one, two], Stop())
    assert mixed.bound is None and mixed.tier_bounds == {"quality": 4 * unit}
