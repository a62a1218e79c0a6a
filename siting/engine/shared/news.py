"""News: what a running method knows of its plan and bound, told to its listener."""

from __future__ import annotations

from dataclasses import dataclass

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

    def tell(self, stage: str, note: str = "") -> None:
        """One line of news with the gap between plan and bound, where both are known."""
        gap = None
        if self.bound is not None and self.objective:
            gap = abs(self.bound - self.objective) / abs(self.objective)
        self.listener(
            Progress(self.stop.seconds, stage, self.objective, self.bound, gap, note, self.tier)
        )

    def better(self, value: float, how: str) -> None:
        """A search's news: its best plan's weighted persons and how it was found."""
        self.objective = value
        self.tell("search", how)

    def bounded(self, units: float) -> None:
        """A bound's news, in ``problem.unit``."""
        self.bound = units * self.unit
        self.tell("bound")
