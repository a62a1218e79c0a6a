"""Jobs on this machine."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self

from siting.executors.executor import J, Outcome
from siting.notice import plain
from siting.system.memory import free_bytes, resident_bytes

FIRST_BYTES = 1e9
"""What a job is thought to need before one has ended."""

Run = Callable[[J, Callable[[], bool], Callable[[int], None]], Outcome]
"""Runs a job's process to its end; asks whether it shall end, tells the process id once."""


class Local(Generic[J]):
    """A thread a running job, which watches the job's process: a process that is killed takes no
    other with it.

    No job is started beside others where memory would not do for what the largest has needed.
    """

    def __init__(self, run: Run[J], workers: int, known_bytes: float = 0.0):
        self.workers = workers
        self._run = run
        self._need = known_bytes or FIRST_BYTES
        self._asked = threading.Event()
        self._ended: queue.SimpleQueue[tuple[J, Outcome]] = queue.SimpleQueue()
        self._running: dict[str, int] = {}
        """Process ids by the jobs' keys, 0 before one has started."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._asked.set()

    def free(self) -> bool:
        """Whether a worker is idle and there is memory for one more."""
        if not self._running:
            return True
        if len(self._running) >= self.workers:
            return False
        growing = sum(
            max(0.0, self._need - (resident_bytes(pid) if pid else 0))
            for pid in self._running.values()
        )
        return free_bytes() >= growing + self._need

    def start(self, job: J) -> None:
        """Begin a job in a process of its own."""
        self._running[job.key] = 0
        threading.Thread(target=self._watch, args=(job,), daemon=True).start()

    def ended(self, seconds: float) -> list[tuple[J, Outcome]]:
        """As of :class:`Executor`."""
        found = []
        try:
            found.append(self._ended.get(timeout=seconds))
            while True:
                found.append(self._ended.get_nowait())
        except queue.Empty:
            pass
        for job, outcome in found:
            self._running.pop(job.key, None)
            self._need = max(self._need if self._need != FIRST_BYTES else 0, outcome.peak_bytes)
            self._need = self._need or FIRST_BYTES
        return found

    def ask(self) -> None:
        """As of :class:`Executor`."""
        self._asked.set()

    def _watch(self, job: J) -> None:
        def started(pid: int) -> None:
            if job.key in self._running:
                self._running[job.key] = pid

        try:
            outcome = self._run(job, self._asked.is_set, started)
        except Exception as error:  # of this machine: no room, no process; the others go on
            outcome = Outcome("failed", None, plain(" ".join(str(error).split())), 0.0, 0, True)
        self._ended.put((job, outcome))
