"""What a running solve tells its listener, and what tells it to stop.

The function ``siting.progress``, the quarterly report, has the same name; so the module can be
called, and hands the call on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Limit = Literal["time", "gap", "work", "memory", "interrupt"]
"""What ended a run before its proof was closed. ``gap``: the gap asked for, or the precision of an
outside solver; ``work``: a work limit, or a method that did all it does without a proof."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of news. Objective and bound are in weighted persons (or the model's unit)."""

    seconds: float
    stage: str
    """What is being done: reach, reduce, bound, construct, search, close, solve, wish, verify."""
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    note: str = ""
    tier: str | None = None
    """Whose people the figures count, where tiers are served one after the other."""
    plan: Callable[[], NDArray[np.int64] | None] | None = field(
        default=None, compare=False, repr=False
    )
    """Gives, until the run ends, option positions of a plan at least as good as ``objective``, or
    None where what a solver told does not stand; None where the news bring no plan."""


Listener = Callable[[Progress], None]
REST_SECONDS = 0.02
"""Between two looks of a resting method at whether it may go on."""


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """|bound - objective| / |objective|: 0 where both are equal, infinite where only the objective
    is 0, None where one of them is not known."""
    if objective is None or bound is None:
        return None
    if objective == bound:
        return 0.0
    return abs(bound - objective) / abs(objective) if objective else float("inf")


class Linked(Event):
    """An interrupt of its own that is set whenever another one is, too."""

    def __init__(self, other: Event):
        super().__init__()
        self.other = other

    def is_set(self) -> bool:
        """Whether this one or the other is set."""
        return super().is_set() or self.other.is_set()

    @property
    def alone(self) -> bool:
        """Whether only this one is set."""
        return super().is_set() and not self.other.is_set()


@dataclass
class Stop:
    """Limits of one run, asked often and cheaply; the first one reached is remembered."""

    time_limit: float | None = None
    """Seconds from ``begun``."""
    work_limit: int | None = None
    """Deterministic work units; what one unit is, each method says."""
    memory_limit: int | None = None
    """Bytes the method may allocate; one that would need more says so before it begins."""
    checking: float = 0.0
    """Seconds that whoever asked has set aside to check the answer, on a core of its own."""
    gap: float = 0.0
    interrupt: Event = field(default_factory=Event)
    rest: Event | None = None
    """While it is set, whoever asks waits: somebody else has the core."""
    begun: float = field(default_factory=time.monotonic)
    work: int = 0
    reached: Limit | None = None

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self.begun

    @property
    def seconds_left(self) -> float:
        """Infinite without a time limit, never negative."""
        return float("inf") if self.time_limit is None else max(0.0, self.time_limit - self.seconds)

    @property
    def ends_by_clock(self) -> bool:
        """Whether the clock is the only limit that was set."""
        return self.time_limit is not None and self.work_limit is None and self.gap == 0

    def __call__(self, work: int = 0) -> bool:
        """Whether to stop now; ``work`` is added to the work done so far."""
        self.work += work
        while self.rest is not None and self.rest.is_set() and not self.interrupt.is_set():
            if self.seconds_left <= 0:
                break
            time.sleep(REST_SECONDS)
        if self.reached is None:
            if self.interrupt.is_set():
                self.reached = "interrupt"
            elif self.work_limit is not None and self.work >= self.work_limit:
                self.reached = "work"
            elif self.seconds_left <= 0:
                self.reached = "time"
        return self.reached is not None


class _Callable(ModuleType):
    """This module, which ``siting.progress(...)`` may call."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """See :func:`siting.execution.progress.progress`."""
        from siting.execution.progress import progress

        return progress(*arguments, **named)


sys.modules[__name__].__class__ = _Callable
