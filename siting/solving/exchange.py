"""What two runners that solve one stage side by side tell each other: plans, bounds, who moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import floor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from siting.progress import Listener, Progress, relative_gap

Ints = NDArray[np.int64]
HAIR = 1e-9
"""Relative: plans that differ by less are told alike."""
STIR = 1e-5
"""Relative change of a plan or a bound that counts as a move."""


@dataclass
class Told:
    """What a runner has told of the stage that runs; value and bound in weighted persons."""

    value: float = -np.inf
    """Of the best plan that it showed."""
    plan: Callable[[], Ints | None] | None = None
    bound: float = np.inf
    moved: float = 0.0
    """When it last made the best plan or the least bound better, seconds of the run."""
    given: float = -np.inf
    """Value of the last plan of the other runner that it was given."""


@dataclass
class Exchange:
    """One stage's news of all runners, merged for the listener.

    Args:
        listener: hears of the best plan and the least bound that any runner knows.
        step: of the stage's value, weighted persons; 0 = none.
        gap: relative gap at which the stage may end.
    """

    listener: Listener
    step: float
    gap: float
    runners: dict[str, Told] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._value, self._bound = -np.inf, np.inf
        self.leader = ""
        """The runner that first had the best plan."""

    def join(self, runner: str, seconds: float) -> None:
        """A runner begins."""
        self.runners[runner] = Told(moved=seconds)

    def hear(self, runner: str, news: Progress) -> None:
        """Note a runner's news, and hand them on with what all runners know."""
        with self.lock:
            told = self.runners[runner]
            if news.bound is not None and news.bound < told.bound:
                if news.bound < self._bound - STIR * abs(news.bound):
                    told.moved = news.seconds
                told.bound = news.bound
            best = news.plan is not None and news.objective is not None
            if best and news.objective > told.value:  # type: ignore[operator]
                assert news.objective is not None
                if news.objective > self._value + STIR * abs(self._value):
                    told.moved = news.seconds
                told.value, told.plan = news.objective, news.plan
            new = told.value > self._value
            if new:
                self._value, self.leader = told.value, runner
            self._bound = min(self._bound, told.bound)
            value = None if self._value == -np.inf else self._value
            bound = None if self._bound == np.inf else self._bound
            gap = relative_gap(value, bound)
            merged = replace(
                news, objective=value, bound=bound, gap=gap, plan=news.plan if new else None
            )
            self.listener(merged)

    def better(self, runner: str, value: float | None = None) -> Ints | None:
        """Another runner's plan that wins more than this runner's best, each once.

        Args:
            value: of this runner's best plan, where it knows better than it told.
        """
        with self.lock:
            mine = self.runners[runner]
            least = max(mine.value, mine.given, -np.inf if value is None else value)
            others = [told for name, told in self.runners.items() if name != runner and told.plan]
            other = max(others, key=lambda told: told.value, default=None)
            if other is None or other.value <= least + HAIR * abs(least):
                return None
            mine.given, plan = other.value, other.plan
        assert plan is not None
        return plan()

    @property
    def closed(self) -> bool:
        """Whether no plan is better than the best by more than the gap asked, or by a step."""
        value, bound = self._value, self._bound
        if value == -np.inf or bound == np.inf:
            return False
        if bound - value <= max(self.gap, HAIR) * abs(value):
            return True
        return (
            bool(self.step) and floor(bound / self.step + 1e-6) * self.step < value + self.step / 2
        )

    def bounds(self, runner: str) -> bool:
        """Whether no other runner has a lesser bound."""
        mine = self.runners[runner].bound
        return mine < np.inf and mine <= self._bound

    def still(self, runner: str, seconds: float) -> float:
        """Seconds since a runner last moved."""
        return seconds - self.runners[runner].moved
