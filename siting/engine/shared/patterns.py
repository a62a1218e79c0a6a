"""Patterns: points that see the same sites for every target, merged into one.

Points are grouped by a 128-bit signature of what they see; that no two different points were
merged is proven pair by pair where their runs are found (``runs.find_runs``).
"""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Int, Ints, Ints32, Mask, Words
from siting.engine.shared.pairs import Pairs
from siting.kernels import njit


@njit(cache=True)
def _mix(x: np.uint64) -> np.uint64:
    """SplitMix64's finaliser: a 64-bit hash. Steele, Lea and Flood (2014), fig. 16."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True)
def signatures(ends: Ints, level: Ints32, point: Ints32, worth: Mask) -> tuple[Words, Words]:
    """128-bit sums of hashes of (site, level) over what each point sees; 0, 0 = nothing."""
    first = np.zeros(len(worth), np.uint64)
    second = np.zeros(len(worth), np.uint64)
    for s in range(len(ends)):
        for k in range(ends.shape[1] - 1):
            if level[s, k] == 0:
                continue
            seed = np.uint64(s) * np.uint64(65536) + np.uint64(level[s, k])
            a = _mix(seed * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1))
            b = _mix(seed * np.uint64(0xD1B54A32D192ED03) + np.uint64(7))
            for at in range(ends[s, k], ends[s, k + 1]):
                i = point[at]
                first[i] += a
                second[i] += b
    return first, second


@njit(cache=True)
def group(
    visit: Ints, first: Words, second: Words, label: Ints32, worth: Mask
) -> tuple[Ints32, int]:
    """Number equal signatures in the order visited, by open addressing."""
    n = len(visit)
    pattern = np.empty(n, np.int32)
    size = np.int64(1 << 16)
    table = np.full(size, -1, np.int32)
    leader = np.empty(1 << 15, np.int64)
    count = 0
    for at in range(n):
        i = visit[at]
        if not worth[i]:
            pattern[i] = -2
            continue
        if first[i] == 0 and second[i] == 0:
            pattern[i] = -1
            continue
        slot = np.int64((first[i] ^ np.uint64(label[i])) & np.uint64(size - 1))
        while True:
            g = table[slot]
            if g < 0:
                if count == len(leader):  # double the table and put everybody in again
                    larger = np.empty(2 * len(leader), np.int64)
                    larger[:count] = leader
                    leader = larger
                    size *= 4
                    table = np.full(size, -1, np.int32)
                    for h in range(count):
                        j = leader[h]
                        slot = np.int64((first[j] ^ np.uint64(label[j])) & np.uint64(size - 1))
                        while table[slot] >= 0:
                            slot = (slot + 1) & (size - 1)
                        table[slot] = h
                    slot = np.int64((first[i] ^ np.uint64(label[i])) & np.uint64(size - 1))
                    continue
                table[slot] = count
                leader[count] = i
                pattern[i] = count
                count += 1
                break
            j = leader[g]
            if first[j] == first[i] and second[j] == second[i] and label[j] == label[i]:
                pattern[i] = g
                break
            slot = (slot + 1) & (size - 1)
    return pattern, count


def merge_pairs(
    ends: Ints, level: Ints32, point: Ints32, pattern: Ints32, n_patterns: int, width: Ints32
) -> Pairs:
    """Pairs (site, pattern) by ring, ascending within it."""
    segment = np.zeros((len(ends), len(width) + 1), np.int64)
    n_pairs = _count_pairs(ends, level, point, pattern, n_patterns, segment)
    index = np.empty(n_pairs, np.int32)
    _fill_pairs(ends, level, point, pattern, n_patterns, segment, index)
    return Pairs(segment, index, width)


@njit(cache=True)
def _count_pairs(
    ends: Ints, level: Ints32, point: Ints32, pattern: Ints32, n_patterns: Int, segment: Ints
) -> int:
    stamp = np.full(n_patterns, -1, np.int64)
    total = 0
    n_classes = ends.shape[1] - 1
    for s in range(len(ends)):
        segment[s, 0] = total
        k = 0
        while k < n_classes:
            last = k  # segments of one level belong together: the site does not tell them apart
            while last + 1 < n_classes and level[s, last + 1] == level[s, k]:
                last += 1
            # One level's pairs go to its last segment: targets that only nearer ones count for are
            # not permitted.
            segment[s, k + 1 : last + 1] = total
            if level[s, k] > 0:
                for at in range(ends[s, k], ends[s, last + 1]):
                    g = pattern[point[at]]
                    if g >= 0 and stamp[g] != s:
                        stamp[g] = s
                        total += 1
            segment[s, last + 1] = total
            k = last + 1
    return total


@njit(cache=True)
def _fill_pairs(
    ends: Ints,
    level: Ints32,
    point: Ints32,
    pattern: Ints32,
    n_patterns: Int,
    segment: Ints,
    index: Ints32,
) -> None:
    stamp = np.full(n_patterns, -1, np.int64)
    n_classes = ends.shape[1] - 1
    for s in range(len(ends)):
        fill = segment[s, 0]
        for k in range(n_classes):
            if level[s, k] == 0:
                continue
            for at in range(ends[s, k], ends[s, k + 1]):
                g = pattern[point[at]]
                if g >= 0 and stamp[g] != s:
                    stamp[g] = s
                    index[fill] = g
                    fill += 1
        for k in range(n_classes):
            index[segment[s, k] : segment[s, k + 1]].sort()
