"""What every executor does, and how a job's try ends."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self, TypeVar

from siting.notice import Hint, Notice
from siting.system import children

MEMORY, TIME = Notice("ended.memory"), Notice("ended.time")


@dataclass(frozen=True)
class Outcome:
    """How a try ended."""

    state: Literal["done", "interrupted", "failed"]
    exit_code: int | None
    reason: Hint
    """Why it failed, as a notice of the section ``ended`` or in another program's words."""
    seconds: float
    peak_bytes: int
    again: bool = False
    """Whether another try may end better."""


def how_it_ended(code: int) -> Notice:
    """What ended a process that left no word, by its exit code."""
    if code < 0:
        return Notice("ended.signal", name=children.signal_name(-code))
    return Notice("ended.exit_code", code=code)


class Job(Protocol):
    """What an executor must know of a job."""

    @property
    def key(self) -> str:
        """Unique among those that run."""


J = TypeVar("J", bound=Job)


class Executor(Protocol[J]):
    """Runs jobs; all calls come from one thread."""

    def free(self) -> bool:
        """Whether another job may be started now."""

    def start(self, job: J) -> None:
        """Begin a job."""

    def ended(self, seconds: float) -> list[tuple[J, Outcome]]:
        """Jobs that have ended; waits so long for one."""

    def ask(self) -> None:
        """All that run shall end with what they have."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; what still runs ends by itself."""
