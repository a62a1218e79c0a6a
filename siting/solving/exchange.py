"""What two roads that solve one stage side by side tell each other: plans, bounds, who moves."""

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
    """What a road has told of the stage that runs; value and bound in weighted persons."""

    value: float = -np.inf
    """Of the best plan that it showed."""
    plan: Callable[[], Ints | None] | None = None
    bound: float = np.inf
    moved: float = 0.0
    """When it last made the best plan or the least bound better, seconds of the run."""
    given: float = -np.inf
    """Value of the last plan of the other road that it was given."""


@dataclass
class Exchange:
    """One stage's news of all roads, merged for the listener.

    Args:
        listener: hears of the best plan and the least bound that any road knows.
        step: of the stage's value, weighted persons; 0 = none.
        gap: relative gap at which the stage may end.
    """

    listener: Listener
    step: float
    gap: float
    roads: dict[str, Told] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._value, self._bound = -np.inf, np.inf
        self.leader = ""
        """The road that first had the best plan."""

    def join(self, road: str, seconds: float) -> None:
        """A road begins."""
        self.roads[road] = Told(moved=seconds)

    def hear(self, road: str, news: Progress) -> None:
        """Note a road's news, and hand them on with what all roads know."""
        with self.lock:
            told = self.roads[road]
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
                self._value, self.leader = told.value, road
            self._bound = min(self._bound, told.bound)
            value = None if self._value == -np.inf else self._value
            bound = None if self._bound == np.inf else self._bound
            gap = relative_gap(value, bound)
            merged = replace(
                news, objective=value, bound=bound, gap=gap, plan=news.plan if new else None
            )
            self.listener(merged)

    def better(self, road: str, value: float | None = None) -> Ints | None:
        """Another road's plan that wins more than this road's best, each once.

        Args:
            value: of this road's best plan, where it knows better than it told.
        """
        with self.lock:
            mine = self.roads[road]
            least = max(mine.value, mine.given, -np.inf if value is None else value)
            others = [told for name, told in self.roads.items() if name != road and told.plan]
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

    def bounds(self, road: str) -> bool:
        """Whether no other road has a lesser bound."""
        mine = self.roads[road].bound
        return mine < np.inf and mine <= self._bound

    def still(self, road: str, seconds: float) -> float:
        """Seconds since a road last moved."""
        return seconds - self.roads[road].moved
