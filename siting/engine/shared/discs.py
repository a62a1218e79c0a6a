"""Discs: the runs of :mod:`~siting.engine.shared.point_runs`, laid out for the bound's passes.

Sums over a disc are differences of prefix sums, two look-ups a run, and covering a disc is two
marks a run in an array of differences. In whole numbers modulo 2^32 both are exact whatever the
order of the sums.

Targets of one standard share a disc (a *class* of targets, contiguous in memory). Runs end at a
block's end, so every block has prefix sums and differences of its own, and any number of threads
does the same sums; behind each block there is one more place, for the sum up to its end.

Where points have no order that keeps neighbours together, runs are short; then the pairs
themselves are passed over, ring after ring (:class:`~siting.engine.shared.pairs.Pairs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from siting.engine.shared.arrays import Int, Ints, Ints32
from siting.engine.shared.instance import Instance
from siting.engine.shared.point_runs import BLOCK
from siting.engine.shared.threads import ThreadPool
from siting.kernels import njit

PER_RUN = 3
"""What finding a run or a pair costs, in additions of a target."""


class Spans(NamedTuple):
    """Runs or pairs as the kernels take them.

    A row is a (site, class) pair, ``site * n_classes + class``; row r has spans
    ``start[r]:start[r + 1]``, ascending by point. A span is a run ``begin..end`` or, where
    ``running`` is false, the single point ``begin``.
    """

    running: bool
    start: Ints
    """Shape (n_sites * n_classes + 1,)."""
    begin: Ints32
    """Place of a span's first point in an array of sums."""
    end: Ints32
    """Place behind its last; the same array where not running."""
    low: Ints32
    """First target that a row counts for, by class, shape (n_classes,)."""
    high: Ints32
    """And the one behind its last."""
    piece_start: Ints
    """Block b holds the pieces ``piece_start[b]:piece_start[b + 1]``, shape (n_blocks + 1,)."""
    piece_row: Ints32
    """Row of each piece of consecutive spans within one block."""
    piece_begin: Ints
    piece_end: Ints
    border: Ints
    """First point of each block and the number of points, shape (n_blocks + 1,)."""


@dataclass(frozen=True)
class Reached:
    """Who is within which standard of each site, for passes in whole numbers."""

    spans: Spans
    n_points: int
    n_sites: int
    n_targets: int

    @property
    def n_blocks(self) -> int:
        return len(self.spans.border) - 1

    @property
    def n_places(self) -> int:
        """Rows of an array of sums: where runs count, every block has one more than points."""
        return self.n_points + (self.n_blocks if self.spans.running else 0)

    @property
    def n_spans(self) -> int:
        return len(self.spans.begin)

    @cached_property
    def site_work(self) -> Ints:
        """Spans before each site and in all, for balancing threads, shape (n_sites + 1,)."""
        return (
            self.spans.start[:: len(self.spans.low)]
            if len(self.spans.low)
            else np.zeros(self.n_sites + 1, np.int64)
        )

    def sums(self) -> Ints32:
        """An array of sums, nothing summed yet, shape (n_places, n_targets)."""
        return np.zeros((self.n_places, self.n_targets), np.int32)


def lay_out(instance: Instance, pool: ThreadPool, *, running: bool | None = None) -> Reached:
    """The instance's reach as its runs, or as pairs where those are cheaper.

    Args:
        running: True for runs, False for pairs; None = whichever passes cost less.
    """
    border = np.append(np.arange(0, instance.n_points, BLOCK), instance.n_points).astype(np.int64)
    narrower = np.append(instance.width[1:], 0).astype(np.int32)
    if running is None:
        running = _runs_pay(instance, narrower)
    if running:
        start, begin, end = instance.runs
        low, high = narrower, instance.width
    else:
        pairs = instance.by_site
        start = np.append(pairs.segment[:, :-1].ravel(), len(pairs.index)).astype(np.int64)
        begin = end = pairs.index
        low, high = np.zeros_like(narrower), instance.width
    first, row, since, until = _pieces(start, begin, running, len(border) - 1)
    spans = Spans(running, start, begin, end, low, high, first, row, since, until, border)
    return Reached(spans, instance.n_points, instance.n_sites, instance.n_targets)


def _runs_pay(instance: Instance, narrower: Ints32) -> bool:
    """Whether passes over runs cost less than passes over pairs."""
    by_class = (
        np.diff(instance.runs.start).reshape(instance.n_sites, instance.n_classes).sum(axis=0)
    )
    by_runs = 2 * int((by_class * (PER_RUN + instance.width - narrower)).sum())
    by_pairs = int((instance.ring_pairs * (PER_RUN + instance.width)).sum())
    return by_runs < by_pairs or not by_pairs


@njit(cache=True)
def _pieces(
    start: Ints, begin: Ints32, running: bool, n_blocks: Int
) -> tuple[Ints, Ints32, Ints, Ints]:
    """The spans of every row cut at the borders of blocks, listed by block."""
    length = BLOCK + 1 if running else BLOCK
    piece_start = np.zeros(n_blocks + 1, np.int64)
    for r in range(len(start) - 1):
        before = np.int64(-1)
        for at in range(start[r], start[r + 1]):
            block = np.int64(begin[at]) // length
            if block != before:
                piece_start[block + 1] += 1
                before = block
    for b in range(n_blocks):
        piece_start[b + 1] += piece_start[b]
    fill = piece_start[:-1].copy()
    n = piece_start[-1]
    row, first, last = np.empty(n, np.int32), np.empty(n, np.int64), np.empty(n, np.int64)
    for r in range(len(start) - 1):
        before = np.int64(-1)
        for at in range(start[r], start[r + 1]):
            block = np.int64(begin[at]) // length
            if block != before:
                row[fill[block]] = r
                first[fill[block]] = at
                before = block
                fill[block] += 1
            last[fill[block] - 1] = at + 1
    return piece_start, row, first, last
