"""Solver processes that several solves share, one after the other or side by side.

A child of a solver takes a third of a second to start, as long as many a small program takes to be
solved; a study asks dozens of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from siting.solvers.child import WarmSolver


class SolverPool:
    """Lends solvers and keeps those that come back; close it, or let it be collected."""

    def __init__(self) -> None:
        self._idle: list[WarmSolver] = []
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def lend(self, name: str, memory_gb: float | None = None) -> Iterator[WarmSolver]:
        """A solver that nobody else has meanwhile; one that runs already where there is one."""
        with self._lock:
            fitting = [s for s in self._idle if (s.name, s.memory_gb) == (name, memory_gb)]
            solver = fitting[-1] if fitting else WarmSolver(name, memory_gb=memory_gb)
            self._idle = [s for s in self._idle if s is not solver]
        try:
            yield solver
        except BaseException:
            solver.close()  # it may still be at work
            raise
        with self._lock:
            kept = not self._closed
            if kept:
                self._idle.append(solver)
        if not kept:
            solver.close()

    def close(self) -> None:
        """End the idle solvers; those that are lent end when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for solver in idle:
            solver.close()
