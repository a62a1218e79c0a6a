"""Discs: the points within each standard of each site, as runs of consecutive points.

Points stand along Hilbert's curve, so those within a standard of a site are few runs: their number
grows with the disc's rim, not with its area. Sums over a disc are then differences of prefix sums,
two look-ups a run, and covering a disc is two marks a run in an array of differences. In whole
numbers modulo 2^32 both are exact whatever the order of the sums.

Targets of one standard share a disc (a *class* of targets, contiguous in memory). Points are cut
into blocks of fixed length and runs end at a block's end, so every block has prefix sums and
differences of its own and any number of threads does the same sums.

Where points have no order that keeps neighbours together, runs are short; then the pairs
themselves are passed over, ring after ring (:class:`~siting.engine.shared.pairs.Pairs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numba as nb
import numpy as np

from siting.engine.shared.arrays import Int, Ints, Ints32, Mask
from siting.engine.shared.instance import Instance
from siting.engine.shared.threads import ThreadPool

BLOCK = 2048
"""Points of a block: with ten targets what a pass touches of one fits a core's second cache."""
SAMPLE = 256
"""Sites whose runs are counted before runs or pairs are chosen."""
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
        return self.spans.start[:: len(self.spans.low)] if len(self.spans.low) else np.zeros(
            self.n_sites + 1, np.int64
        )  # fmt: skip

    def sums(self) -> Ints32:
        """An array of sums, nothing summed yet, shape (n_places, n_targets)."""
        return np.zeros((self.n_places, self.n_targets), np.int32)


def lay_out(instance: Instance, pool: ThreadPool, *, running: bool | None = None) -> Reached:
    """The instance's reach as runs, or as pairs where those are cheaper.

    Args:
        running: True for runs, False for pairs; None = what a sample of sites says.
    """
    pairs = instance.by_site
    needed = _needed(instance)
    border = np.append(np.arange(0, instance.n_points, BLOCK), instance.n_points).astype(np.int64)
    if running is None:
        running = _runs_pay(instance, needed)
    n_classes = len(pairs.width)
    first = np.append(pairs.width[1:], 0).astype(np.int32)
    if running:
        parts = pool.over(pool.split(pairs.work), _runs, pairs.segment, pairs.index, needed)
        counts = [part[0] for part in parts]
        begin, end = (
            np.concatenate([np.zeros(0, np.int32), *(part[k] for part in parts)]) for k in (1, 2)
        )
        start = np.zeros(instance.n_sites * n_classes + 1, np.int64)
        np.cumsum(np.concatenate([np.zeros(0, np.int64), *counts]), out=start[1:])
        low, high = first, pairs.width
    else:
        start = np.append(pairs.segment[:, :-1].ravel(), len(pairs.index)).astype(np.int64)
        begin = end = pairs.index
        low, high = np.zeros_like(first), pairs.width
    pieces = _pieces(start, begin, running, len(border) - 1)
    spans = Spans(running, start, begin, end, low, high, *pieces, border)
    return Reached(spans, instance.n_points, instance.n_sites, instance.n_targets)


def _needed(instance: Instance) -> Mask:
    """Which discs some option asks for, shape (n_sites, n_classes)."""
    start, target = instance.spread_kinds
    needed = np.zeros((instance.n_sites, len(instance.by_site.width)), np.bool_)
    site = np.repeat(instance.options.site, np.diff(start))
    needed[site, instance.reach_end[target] - 1] = True
    return needed


def _runs_pay(instance: Instance, needed: Mask) -> bool:
    """Whether passes over runs cost less than passes over pairs, by a sample of the sites."""
    pairs = instance.by_site
    sample = np.unique(np.linspace(0, instance.n_sites - 1, SAMPLE).astype(np.int64))
    if not len(pairs.index):
        return True
    n_classes = len(pairs.width)
    by_runs = by_pairs = 0
    for s in sample:
        counts, _, _ = _runs(pairs.segment, pairs.index, needed, s, s + 1)
        for k in range(n_classes):
            targets = pairs.width[k] - (pairs.width[k + 1] if k + 1 < n_classes else 0)
            by_runs += 2 * int(counts[k]) * (PER_RUN + int(targets))
            length = int(pairs.segment[s, k + 1] - pairs.segment[s, k])
            by_pairs += length * (PER_RUN + int(pairs.width[k]))
    return by_runs < by_pairs


@nb.njit(cache=True, nogil=True)
def _runs(
    segment: Ints, index: Ints32, needed: Mask, low: Int, high: Int
) -> tuple[Ints, Ints32, Ints32]:
    """Runs of the needed discs of some sites: their number by row, and their ends as places.

    The rings of a site are merged by point; a point of a ring lies in its disc and all wider ones.
    """
    n_classes = segment.shape[1] - 1
    counts = np.zeros((high - low) * n_classes, np.int64)
    longest = np.int64(0)
    for s in range(low, high):
        longest = max(longest, segment[s, n_classes] - segment[s, 0])
    first = np.empty((n_classes, longest), np.int32)
    last = np.empty((n_classes, longest), np.int32)
    begin = np.empty(1024, np.int32)
    end = np.empty(1024, np.int32)
    total = np.int64(0)
    head = np.empty(n_classes, np.int64)
    for s in range(low, high):
        found = counts[(s - low) * n_classes : (s - low + 1) * n_classes]
        for k in range(n_classes):
            head[k] = segment[s, k]
        while True:
            ring, i = -1, np.int64(2**31)
            for k in range(n_classes):
                if head[k] < segment[s, k + 1] and index[head[k]] < i:
                    ring, i = k, np.int64(index[head[k]])
            if ring < 0:
                break
            head[ring] += 1
            block = i // BLOCK
            inner = i > block * BLOCK
            place = i + block
            for k in range(ring, n_classes):
                n = found[k]
                if inner and n > 0 and last[k, n - 1] == place:
                    last[k, n - 1] = place + 1
                elif needed[s, k]:
                    first[k, n] = place
                    last[k, n] = place + 1
                    found[k] = n + 1
        more = np.int64(0)
        for k in range(n_classes):
            more += found[k]
        if total + more > len(begin):
            size = max(2 * len(begin), int(total + more))
            wider = np.empty(size, np.int32)
            wider[:total] = begin[:total]
            begin = wider
            wider = np.empty(size, np.int32)
            wider[:total] = end[:total]
            end = wider
        for k in range(n_classes):
            for n in range(found[k]):
                begin[total] = first[k, n]
                end[total] = last[k, n]
                total += 1
    return counts, begin[:total].copy(), end[:total].copy()


@nb.njit(cache=True)
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
