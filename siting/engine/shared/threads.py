"""Crew: a fixed number of threads over ranges of rows, balanced by their pairs.

Kernels are numba functions that release the interpreter's lock and write to their own rows only,
so the answer does not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Crew:
    """``threads`` workers; use as a context manager."""

    def __init__(self, threads: int):
        self.threads = max(1, threads)
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def over(
        self, cuts: NDArray[np.int64], kernel: Callable[..., Any], *arguments: Any
    ) -> list[Any]:
        """Call ``kernel(*arguments, low, high)`` for every range between two cuts; the answers in
        order."""
        ranges = [(int(a), int(b)) for a, b in pairwise(cuts) if b > a]
        return self._share(len(ranges), lambda k: kernel(*arguments, *ranges[k]))

    def each(self, jobs: list[Callable[[], Any]]) -> list[Any]:
        """Run independent jobs side by side and return their answers in order."""
        return self._share(len(jobs), lambda k: jobs[k]())

    def _share(self, n: int, job: Callable[[int], Any]) -> list[Any]:
        """Every thread, the calling one among them, takes the next job until none is left: one
        hand-over a helper instead of one a job (a fifth of a small city's iteration)."""
        answers: list[Any] = [None] * n
        tickets = count()

        def work() -> None:
            for k in iter(tickets.__next__, None):
                if k >= n:
                    return
                answers[k] = job(k)

        helpers = [] if self._pool is None else [
            self._pool.submit(work) for _ in range(min(self.threads, n) - 1)
        ]  # fmt: skip
        try:
            work()
        finally:
            for helper in helpers:
                helper.result()
        return answers

    def cuts(self, work: NDArray[np.int64], chunks_per_thread: int = 4) -> NDArray[np.int64]:
        """Cut rows into ranges of about equal work.

        Args:
            work: cumulative work before each row and at the end, shape (n_rows + 1,).
        """
        parts = self.threads * chunks_per_thread if self.threads > 1 else 1
        goals = np.linspace(work[0], work[-1], parts + 1)[1:-1]
        inner = np.searchsorted(work, goals)
        return np.unique(np.concatenate(([0], inner, [len(work) - 1]))).astype(np.int64)
