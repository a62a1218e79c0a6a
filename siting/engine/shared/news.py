"""News: what a running method knows of its plan and bound, told to its listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from siting.engine.shared.arrays import Ints
from siting.progress import Listener, Progress, Stop


@dataclass
class News:
    """The latest figures; ``tell`` hands them on."""

    stop: Stop
    """Its clock dates the news."""
    listener: Listener
    unit: float
    """Weighted persons in one unit of a bound, ``problem.unit``."""
    objective: float | None = None
    """The best plan's weighted persons."""
    bound: float | None = None
    """The least proven bound, weighted persons."""
    tier: str | None = None
    """Whose people count, where tiers are served one after the other."""
    plan: Callable[[], Ints | None] | None = None
    """Option positions of the best plan, where a search keeps it."""

    def tell(self, stage: str, note: str = "", *, found: bool = False) -> None:
        """One line of news with the gap between plan and bound, where both are known.

        Args:
            found: whether the plan is new.
        """
        gap = None
        if self.bound is not None and self.objective:
            gap = abs(self.bound - self.objective) / abs(self.objective)
        seconds, plan = self.stop.seconds, self.plan if found else None
        self.listener(
            Progress(seconds, stage, self.objective, self.bound, gap, note, self.tier, plan)
        )

    def better(self, value: float, how: str) -> None:
        """A search's news: its best plan's weighted persons and how it was found."""
        self.objective = value
        self.tell("search", how, found=True)

    def bounded(self, units: float) -> None:
        """A bound's news, in ``problem.unit``."""
        self.bound = units * self.unit
        self.tell("bound")
