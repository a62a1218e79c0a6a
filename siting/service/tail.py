"""News of a job as its process appends them, each read once.

A page asks five times a second, and a job of an hour has thousands of lines: what was read is kept
in memory, and only what came since is read and parsed.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any


class Tail:
    """The lines of one file; may be asked from any thread.

    Args:
        file: of JSON lines, each with a rising ``seq``; it need not be there yet.
    """

    def __init__(self, file: Path):
        self._file, self._lock = file, Lock()
        self._read_bytes = 0
        self._events: list[dict[str, Any]] = []
        self._numbers: list[int] = []
        self._first_gap: float | None = None
        self._least_gap: float | None = None

    def after(self, seq: int) -> list[dict[str, Any]]:
        """News whose number is above ``seq``."""
        with self._lock:
            self._read()
            return self._events[bisect_right(self._numbers, seq) :]

    def closed(self) -> float:
        """Share of the first gap told that has been closed since, 0..1."""
        with self._lock:
            self._read()
            if not self._first_gap or self._least_gap is None:
                return 0.0
            return 1 - self._least_gap / self._first_gap

    def _read(self) -> None:
        """What was appended since, as far as its last whole line."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._read_bytes)
                fresh = file.read()
        except FileNotFoundError:
            return
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        for line in whole.splitlines():
            with suppress(ValueError, KeyError, TypeError):  # a process died while it wrote
                self._keep(json.loads(line))

    def _keep(self, event: dict[str, Any]) -> None:
        number, gap = int(event["seq"]), event["gap"]
        self._events.append(event)
        self._numbers.append(number)
        if gap is not None:
            self._first_gap = gap if self._first_gap is None else self._first_gap
            self._least_gap = gap if self._least_gap is None else min(self._least_gap, gap)
