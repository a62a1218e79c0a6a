"""Bounded label-correcting search over junctions: how far is it to everything within the limit.

The frontier is a circular array of distance buckets (Dial 1969, CACM 12:632; buckets wider than
the shortest link as in Denardo and Fox 1979, Oper. Res. 27:161): constant work a label, no heap.
Unsigned numbers throughout: compiled code then checks no index for being negative.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.walking.compact import Compact
from siting.walking.intrinsics import prefetch

UInt = NDArray[np.uint32]
NONE = np.uint32(0xFFFFFFFF)
ONE, FOUR = np.uint32(1), np.uint32(4)
BUCKET_SHIFT = 6
"""Buckets are at least 2 ** 6 = 64 dm wide: about as long as the shortest links between junctions,
so that labels are rarely corrected and few buckets are empty."""
MOST_BUCKETS = 4096


@dataclass(frozen=True)
class Workspace:
    """What one thread searches with; used again for every source."""

    dist: UInt
    """Label of each junction, ``limit + 1`` where not reached; between searches nowhere."""
    touched: UInt
    """Junctions with a label, in the order they were reached."""
    first_in: UInt
    """First entry of each bucket."""
    shift: np.uint32
    """A label's bucket is (label >> shift) modulo their number."""

    @classmethod
    def of(cls, n_nodes: int, limit: int, longest: int) -> Workspace:
        """For labels up to ``limit`` and steps (links, ways to the first junction) up to
        ``longest``, both in decimetres."""
        span, shift, number = min(limit, longest) + 1, BUCKET_SHIFT, 64
        while (span >> shift) + 2 > MOST_BUCKETS:
            shift += 1
        while number < (span >> shift) + 2:
            number *= 2
        return cls(
            np.full(n_nodes, limit + 1, np.uint32),
            np.empty(n_nodes, np.uint32),
            np.full(number, NONE, np.uint32),
            np.uint32(shift),
        )


SLOTS = 4
"""Links that stand in a junction's own record; the few junctions with more have a list."""
FIRST, LAST, WIDEST, INTO, INTO_END, MORE, MORE_END = range(2 * SLOTS, 2 * SLOTS + 7)
"""Further columns of a record."""


def records(graph: Compact) -> tuple[UInt, UInt]:
    """All that a search wants to know of a junction in one cache line.

    Returns:
        records, shape (n_nodes, 16): neighbours, decimetres to them (an empty slot leads to the
        junction itself), then the columns ``FIRST`` .. ``MORE_END``, of which only the last two
        are filled: rows of the second array; links beyond ``SLOTS``, (neighbour, decimetres).
    """
    n = graph.n_nodes
    record = aligned((n, 16))
    record[:] = 0
    record[:, :SLOTS] = np.arange(n, dtype=np.uint32)[:, np.newaxis]
    start = graph.start.astype(np.int64)
    degree = np.diff(start)
    for k in range(SLOTS):
        has = np.flatnonzero(degree > k)
        record[has, k] = graph.link[start[has] + k, 0]
        record[has, SLOTS + k] = graph.link[start[has] + k, 1]
    place = np.arange(len(graph.link)) - np.repeat(start[:-1], degree)
    beyond = np.cumsum(np.maximum(degree - SLOTS, 0))
    record[1:, MORE] = beyond[:-1]
    record[:, MORE_END] = beyond
    return record, np.ascontiguousarray(graph.link[place >= SLOTS])


def aligned(shape: tuple[int, int]) -> UInt:
    """An array that begins at a cache line."""
    size = shape[0] * shape[1]
    raw = np.empty(size + 16, np.uint32)
    begin = (-raw.ctypes.data % 64) // 4
    return raw[begin : begin + size].reshape(shape)


@njit(nogil=True, cache=True)
def _grown(entry):  # type: ignore[no-untyped-def]
    grown = np.empty((2 * len(entry), 3), np.uint32)
    for k in range(len(entry)):  # element by element: slices cost seconds of compiling
        for j in range(3):
            grown[k, j] = entry[k, j]
    return grown


@njit(inline="always")
def _push(entry, new, other, label, first_in, bucket):  # type: ignore[no-untyped-def]
    entry[new, 0], entry[new, 1], entry[new, 2] = other, label, first_in[bucket]
    first_in[bucket] = new


@njit(nogil=True, cache=True)
def settle(  # type: ignore[no-untyped-def]
    record, more, spot, dist, touched, first_in, shift, entry, far, node_a, label_a, node_b, label_b
):
    """Label every junction within ``far - 1`` of a place that is label_a from node_a, and b.

    Args:
        record, more: from :func:`records`.
        spot: what the caller will look at from row ``FIRST`` on; asked for in time, not read.
        entry: scratch (node, label, next in its bucket), at least two rows.

    Returns:
        How many junctions were touched, and ``entry``, longer if it had to grow.
    """
    mask = np.uint32(len(first_in) - 1)
    n_touched, live = 0, 0
    n_entry, free = np.uint32(0), NONE
    for side in range(2):
        node = node_a if side == 0 else node_b
        label = label_a if side == 0 else label_b
        if label >= dist[node]:
            continue
        if dist[node] == far:
            touched[n_touched] = node
            n_touched += 1
        dist[node] = label
        bucket = (label >> shift) & mask
        _push(entry, n_entry, node, label, first_in, bucket)
        n_entry += ONE
        live += 1
    bucket = (min(label_a, label_b) >> shift) & mask
    while live > 0:
        e = first_in[bucket]
        while e != NONE:
            node, label = entry[e, 0], entry[e, 1]
            first_in[bucket] = entry[e, 2]
            entry[e, 2] = free
            free = e
            live -= 1
            if label != dist[node]:
                e = first_in[bucket]
                continue
            prefetch(spot, record[node, FIRST])
            prefetch(spot, record[node, FIRST] + FOUR)
            n_links = np.uint32(SLOTS) + record[node, MORE_END] - record[node, MORE]
            for k in range(n_links):
                if k < SLOTS:
                    other = record[node, k]
                    longer = np.uint32(label + record[node, k + np.uint32(SLOTS)])
                else:
                    row = record[node, MORE] + k - np.uint32(SLOTS)
                    other, longer = more[row, 0], np.uint32(label + more[row, 1])
                old = dist[other]
                if longer >= old:
                    continue
                prefetch(record, other)
                if old == far:
                    touched[n_touched] = other
                    n_touched += 1
                dist[other] = longer
                if free != NONE:
                    new = free
                    free = entry[new, 2]
                else:
                    if n_entry == len(entry):
                        entry = _grown(entry)
                    new = n_entry
                    n_entry += ONE
                _push(entry, new, other, longer, first_in, (longer >> shift) & mask)
                live += 1
            e = first_in[bucket]
        bucket = (bucket + ONE) & mask
    return n_touched, entry
