"""Runs: the points within each standard of each site, found from the problem's reach.

Points (patterns) stand along Hilbert's curve, so those within a standard of a site, its *disc*,
are few runs of consecutive ones: their number grows with the disc's rim, not with its area. They
are found site by site from the problem's own pairs, so that no second list of pairs is ever held.

Points are cut into blocks and runs end at a block's end. Arrays of sums keep one more place a
block than it has points (:mod:`~siting.engine.shared.discs` says why), and runs name places:
point i of block b stands at place i + b. Blocks have one point less than a power of two, so that
the way back is a shift.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from siting.engine.shared.arrays import Int, Ints, Ints32, Mask
from siting.engine.shared.threads import ThreadPool
from siting.kernels import njit

SHIFT = 11
"""Place p is in block ``p >> SHIFT`` and holds point ``p - (p >> SHIFT)``."""
BLOCK = (1 << SHIFT) - 1
"""Points of a block: with ten targets what a pass touches of one fits a core's second cache."""


GROUP = 4
"""2^GROUP points are looked through together while runs are found."""


class Runs(NamedTuple):
    """Discs as runs. A row is a (site, class) pair, ``site * n_classes + class``, of a class of
    targets with one standard, the nearest first; a disc that no option asks for is empty."""

    start: Ints
    """Row r has the runs ``start[r]:start[r + 1]``, ascending; shape (n_sites * n_classes + 1,)."""
    begin: Ints32
    """Place of a run's first point."""
    end: Ints32
    """The one behind its last point's."""


class Seen(NamedTuple):
    """Which sites reach a point, for every so-manieth point."""

    every: int
    """Row j is point ``j * every``."""
    segment: Ints
    """Sites for which row j is in ring k (within the class's standard and no narrower one) are
    ``site[segment[j, k]:segment[j, k + 1]]``; shape (n_rows, n_classes + 1)."""
    site: Ints32
    """Ascending within a ring."""


class Found(NamedTuple):
    """What ``find_runs`` finds."""

    runs: Runs
    seen: Seen
    pairs: Ints
    """Pairs (site, point) before each site and in all, shape (n_sites + 1,)."""
    rings: Ints
    """Pairs of each ring, all sites together, shape (n_classes,)."""


def find_runs(
    ends: Ints,
    level: Ints32,
    point: Ints32,
    pattern: Ints32,
    size: Ints,
    needed: Mask,
    every: int,
    pool: ThreadPool,
) -> Found:
    """The runs of all discs, and the proof that no two different points were merged: each level of
    a site must hold all members of a pattern or none.

    Args:
        ends: site s reaches ``point[ends[s, k]:ends[s, k + 1]]`` within standard k and no narrower
            one, shape (n_sites, n_classes + 1).
        level: how many of the targets the site can serve count there, shape (n_sites, n_classes).
        pattern: of each of the problem's points; negative ones are left out.
        size: members of each pattern.
        needed: discs that some option asks for, shape (n_sites, n_classes).
        every: which points ``Seen`` has.
    """
    n_sites, n_classes = needed.shape
    work = np.append(0, np.cumsum(ends[:, -1] - ends[:, 0])).astype(np.int64)
    parts = pool.over(
        pool.split(work), _find, ends, level, point, pattern, size, needed, np.int64(every)
    )
    if any(part[-1] for part in parts):
        raise AssertionError("two different points share a 128-bit signature")
    none = np.zeros(0, np.int32)
    counts, begin, end, pairs, row, site = (
        np.concatenate([none, *(part[k] for part in parts)]) for k in range(6)
    )
    start = np.zeros(n_sites * n_classes + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    rings = np.zeros(n_classes, np.int64)
    for part in parts:
        rings += part[6]
    n_rows = -(-len(size) // every)
    seen = Seen(every, *_by_ring(row, site, n_rows, n_classes))
    before = np.append(0, np.cumsum(pairs)).astype(np.int64)
    return Found(Runs(start, begin.astype(np.int32), end.astype(np.int32)), seen, before, rings)


@njit(cache=True, nogil=True)
def _longer(old: Ints32, n: Int, more: Int) -> Ints32:
    """Room for so many more behind the first n."""
    if n + more <= len(old):
        return old
    new = np.empty(max(2 * len(old), int(n + more)), np.int32)
    new[:n] = old[:n]
    return new


@njit(cache=True, nogil=True)
def _find(
    ends: Ints,
    level: Ints32,
    point: Ints32,
    pattern: Ints32,
    size: Ints,
    needed: Mask,
    every: Int,
    low: Int,
    high: Int,
) -> tuple[Ints, Ints32, Ints32, Ints, Ints32, Ints32, Ints, bool]:
    """Of sites low..high: runs by row, their ends, pairs by site, what is seen of every so-manieth
    point (``point * n_classes + ring``, site), pairs by ring, and whether patterns are torn."""
    n_classes = needed.shape[1]
    counts = np.zeros((high - low) * n_classes, np.int64)
    pairs = np.zeros(high - low, np.int64)
    rings = np.zeros(n_classes, np.int64)
    begin, end = np.empty(1024, np.int32), np.empty(1024, np.int32)
    row, site = np.empty(1024, np.int32), np.empty(1024, np.int32)
    total, n_seen, torn = np.int64(0), np.int64(0), False
    longest = np.int64(0)
    for s in range(low, high):
        longest = max(longest, ends[s, n_classes] - ends[s, 0])
    first = np.empty((n_classes, longest), np.int32)
    last = np.empty((n_classes, longest), np.int32)
    # Instead of being sorted, points are marked, and groups of them looked through in order.
    members = np.zeros(len(size), np.int32)
    ring_of = np.zeros(len(size), np.int32)
    touched = np.zeros(1 + (len(size) >> GROUP), np.bool_)
    groups = np.empty(len(touched), np.int32)
    for s in range(low, high):
        n = 0
        for k in range(n_classes):
            if level[s, k] == 0:
                continue
            ring = k  # rings of one level are one, the last: the site does not tell them apart
            while ring + 1 < n_classes and level[s, ring + 1] == level[s, k]:
                ring += 1
            for at in range(ends[s, k], ends[s, k + 1]):
                g = pattern[point[at]]
                if g < 0:
                    continue
                if members[g] == 0:
                    ring_of[g] = ring
                    if not touched[g >> GROUP]:
                        touched[g >> GROUP] = True
                        groups[n] = g >> GROUP
                        n += 1
                torn |= ring_of[g] != ring
                members[g] += 1
        own = groups[:n]
        own.sort()
        found = counts[(s - low) * n_classes : (s - low + 1) * n_classes]
        for at in range(n << GROUP):
            group = own[at >> GROUP]
            touched[group] = False
            i = (np.int64(group) << GROUP) + (at & ((1 << GROUP) - 1))
            if i >= len(size) or members[i] == 0:
                continue
            torn |= members[i] != size[i]
            members[i] = 0
            ring = int(ring_of[i])
            pairs[s - low] += 1
            rings[ring] += 1
            if i % every == 0:
                row = _longer(row, n_seen, 1)
                site = _longer(site, n_seen, 1)
                row[n_seen] = i // every * n_classes + ring
                site[n_seen] = s
                n_seen += 1
            block = i // BLOCK
            inner = i > block * BLOCK
            place = i + block
            for k in range(ring, n_classes):
                r = found[k]
                if inner and r > 0 and last[k, r - 1] == place:
                    last[k, r - 1] = place + 1
                elif needed[s, k]:
                    first[k, r] = place
                    last[k, r] = place + 1
                    found[k] = r + 1
        more = np.int64(0)
        for k in range(n_classes):
            more += found[k]
        begin = _longer(begin, total, more)
        end = _longer(end, total, more)
        for k in range(n_classes):
            for r in range(found[k]):
                begin[total] = first[k, r]
                end[total] = last[k, r]
                total += 1
    return (
        counts,
        begin[:total].copy(),
        end[:total].copy(),
        pairs,
        row[:n_seen].copy(),
        site[:n_seen].copy(),
        rings,
        torn,
    )


@njit(cache=True)
def _by_ring(row: Ints32, site: Ints32, n_rows: Int, n_classes: Int) -> tuple[Ints, Ints32]:
    """Counting sort; sites come ascending and stay so."""
    start = np.zeros(n_rows * n_classes + 1, np.int64)
    for at in range(len(row)):
        start[row[at] + 1] += 1
    for r in range(n_rows * n_classes):
        start[r + 1] += start[r]
    segment = np.empty((n_rows, n_classes + 1), np.int64)
    for j in range(n_rows):
        segment[j] = start[j * n_classes : (j + 1) * n_classes + 1]
    out = np.empty(len(site), np.int32)
    for at in range(len(row)):
        out[start[row[at]]] = site[at]
        start[row[at]] += 1
    return segment, out
