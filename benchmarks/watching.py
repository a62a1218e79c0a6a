"""One measurement in a child process: timed, its memory watched, killed when it overruns.

    ending = watch("benchmarks.tasks:solve_case", {"case": "20k"}, Limits(time_s=60), tell)

The child runs ``python -m benchmarks.measured`` and tells its news as lines of JSON; what it told
before its end is kept, however it ended. The clock of ``time_s`` starts with the event ``begin``,
so that reading a case is not held against the method that solves it.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Event = dict[str, Any]
"""``event`` (its kind) and ``at`` (seconds since the child began), with whatever belongs to it."""
End = Literal["done", "time", "memory", "failed"]

POLL_S = 0.2
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Limits:
    """When a child is killed."""

    time_s: float | None = None
    """From the event ``begin``; None = no limit."""
    grace_s: float = 15.0
    """Added to the time before the child is killed."""
    prepare_s: float = 1800.0
    """Until the event ``begin``."""
    memory_gb: float | None = None
    """Of the child with all processes it started (10^9 bytes, resident)."""


@dataclass(frozen=True)
class Ending:
    """How a child ended, and all it told."""

    end: End
    seconds: float
    """From start to end, starting Python included."""
    peak_memory_gb: float
    """Largest resident memory of the child and everything it started, seen every 0.2 s."""
    events: list[Event] = field(default_factory=list)
    complaint: str = ""
    """The last words on standard error of a child that failed."""

    def last(self, kind: str) -> Event | None:
        """The last event of a kind."""
        return next((e for e in reversed(self.events) if e["event"] == kind), None)


def watch(
    task: str,
    arguments: Mapping[str, Any],
    limits: Limits,
    tell: Callable[[Event], None] = lambda event: None,
) -> Ending:
    """Run ``module:function`` in a child with keyword arguments (JSON) and wait for its end.

    The function gets ``tell(kind, **values)`` as its first argument.
    """
    with tempfile.TemporaryDirectory() as folder:
        news, complaints = Path(folder) / "news", Path(folder) / "complaints"
        news.touch()
        order = json.dumps({"task": task, "arguments": dict(arguments), "news": str(news)})
        begun = time.monotonic()
        with complaints.open("wb") as errors:
            child = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.measured", order],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        watcher = _Watcher(child, limits, begun)
        events: list[Event] = []
        try:
            with news.open(encoding="utf-8") as lines:
                while True:
                    over = child.poll() is not None
                    for event in _read(lines):
                        events.append(event)
                        watcher.hear(event)
                        tell(event)
                    if over or watcher.must_die():
                        break
                    time.sleep(POLL_S)
        finally:
            watcher.kill()
        end = watcher.end or ("done" if child.returncode == 0 else "failed")
        words = complaints.read_bytes()[-2000:].decode(errors="replace").strip()
        seconds = time.monotonic() - begun
    return Ending(end, seconds, watcher.peak / 1e9, events, words if end == "failed" else "")


def _read(lines: Any) -> Iterator[Event]:
    """Complete lines only: the child may be in the middle of one."""
    while True:
        at = lines.tell()
        line = lines.readline()
        if not line.endswith("\n"):
            lines.seek(at)
            return
        yield json.loads(line)


class _Watcher:
    """The child's clock and memory."""

    def __init__(self, child: subprocess.Popen[bytes], limits: Limits, begun: float):
        self.child, self.limits = child, limits
        self.deadline = begun + limits.prepare_s
        self.peak = 0
        self.end: End | None = None

    def hear(self, event: Event) -> None:
        if event["event"] == "begin":
            time_s, grace = self.limits.time_s, self.limits.grace_s
            self.deadline = float("inf") if time_s is None else time.monotonic() + time_s + grace

    def must_die(self) -> bool:
        used = sum(_resident(process) for process in family(self.child.pid))
        self.peak = max(self.peak, used)
        if self.limits.memory_gb is not None and used > self.limits.memory_gb * 1e9:
            self.end = "memory"
        elif time.monotonic() > self.deadline:
            self.end = "time"
        return self.end is not None

    def kill(self) -> None:
        """The child and whatever it started; solvers run in sessions of their own."""
        for process in family(self.child.pid) if self.child.poll() is None else []:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, 9)
        self.child.wait()


def family(pid: int) -> list[int]:
    """A process and its descendants; only itself where the system does not tell (no /proc)."""
    found = [pid]
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                for word in (thread / "children").read_text().split():
                    found += family(int(word))
    return found


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
