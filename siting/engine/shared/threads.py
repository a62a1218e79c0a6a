"""ThreadPool: threads over ranges of rows, balanced by their pairs.

Kernels are numba functions that release the interpreter's lock and write to their own rows only,
so the answer does not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count, pairwise
from threading import Condition
from types import TracebackType
from typing import Any

import numpy as np

from siting.engine.shared.arrays import Ints
from siting.kernels import wanted_here, while_wanted

CHANGED_SECONDS = 0.05
"""Between two looks at whether more threads may work than before."""


class ThreadPool:
    """``most`` workers, of which ``threads`` work; use as a context manager."""

    def __init__(self, threads: int):
        self.most = max(1, threads)
        self.threads = self.most
        """At work, 1 to ``most``; whoever shares the cores with others may change it."""
        self._free, self._working = Condition(), 0
        self._executor = ThreadPoolExecutor(self.most - 1) if self.most > 1 else None

    def __enter__(self) -> ThreadPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A part of a job that lasts: of more such jobs than may work, each works in turn."""
        with self._free:
            while self._working >= self.threads:
                self._free.wait(CHANGED_SECONDS)
            self._working += 1
        try:
            yield
        finally:
            with self._free:
                self._working -= 1
                self._free.notify()

    def over(self, ranges: Ints, kernel: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Call ``kernel(*arguments, low, high)`` from each border in ``ranges`` to the next; the
        answers in order."""
        parts = [(int(a), int(b)) for a, b in pairwise(ranges) if b > a]
        return self._share(len(parts), lambda k: kernel(*arguments, *parts[k]), self.threads)

    def each(self, jobs: list[Callable[[], Any]]) -> list[Any]:
        """Run independent jobs side by side and return their answers in order."""
        return self._share(len(jobs), lambda k: jobs[k](), self.most)

    def _share(self, n: int, job: Callable[[int], Any], threads: int) -> list[Any]:
        """Every thread, the calling one among them, takes the next job until none is left: one
        hand-over a helper instead of one a job (a fifth of a small city's iteration)."""
        answers: list[Any] = [None] * n
        tickets = count()

        needless = wanted_here()

        def work() -> None:
            with while_wanted(needless):
                for k in iter(tickets.__next__, None):
                    if k >= n:
                        return
                    answers[k] = job(k)

        helpers = (
            []
            if self._executor is None
            else [self._executor.submit(work) for _ in range(min(threads, n) - 1)]
        )
        try:
            work()
        finally:
            for helper in helpers:
                helper.result()
        return answers

    def split(self, work: Ints, chunks_per_thread: int = 4) -> Ints:
        """Split rows into ranges of about equal work.

        Args:
            work: cumulative work before each row and at the end, shape (n_rows + 1,).
        """
        parts = self.most * chunks_per_thread if self.most > 1 else 1
        goals = np.linspace(work[0], work[-1], parts + 1)[1:-1]
        inner = np.searchsorted(work, goals)
        return np.unique(np.concatenate(([0], inner, [len(work) - 1]))).astype(np.int64)
