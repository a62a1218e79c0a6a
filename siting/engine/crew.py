"""Crew: a fixed number of threads over ranges of rows, balanced by their pairs.

Kernels are numba functions that release the interpreter's lock and write to their own rows only,
so the answer does not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Crew:
    """``threads`` workers; use as a context manager."""

    def __init__(self, threads: int):
        self.threads = max(1, threads)
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

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
        """Call ``kernel(*arguments, low, high)`` for every range between two cuts."""
        ranges = [(int(a), int(b)) for a, b in pairwise(cuts) if b > a]
        if self._pool is None or len(ranges) == 1:
            return [kernel(*arguments, low, high) for low, high in ranges]
        jobs = [self._pool.submit(kernel, *arguments, low, high) for low, high in ranges]
        return [job.result() for job in jobs]

    def each(self, jobs: list[Callable[[], Any]]) -> list[Any]:
        """Run independent jobs side by side and return their answers in order."""
        if self._pool is None or len(jobs) == 1:
            return [job() for job in jobs]
        return [future.result() for future in [self._pool.submit(job) for job in jobs]]

    def cuts(self, work: NDArray[np.int64], chunks_per_thread: int = 4) -> NDArray[np.int64]:
        """Cut rows into ranges of about equal work.

        Args:
            work: cumulative work before each row and at the end, shape (n_rows + 1,).
        """
        parts = self.threads * chunks_per_thread if self.threads > 1 else 1
        goals = np.linspace(work[0], work[-1], parts + 1)[1:-1]
        inner = np.searchsorted(work, goals)
        return np.unique(np.concatenate(([0], inner, [len(work) - 1]))).astype(np.int64)
