"""Patterns where few sites meet millions of points: merged by their exact sets of sites.

One pass over blocks of points that stay in the cache: the sites in reach of a point are bits of a
few words, and points of equal words are one pattern. Nothing is kept a point, no signature can
collide, and ranges of points go to threads. Needs rows in ascending point order, which a
:class:`~siting.problem.reach.Reach` without costs has.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.problem.prefixes import first_not_below
from siting.problem.reach import Reach

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
FEW = 1024
"""Sites up to which a point's words are worth keeping in a row."""
BLOCK = 4096
"""Points whose words are held at a time."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_NO_KEY = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Merged:
    """Patterns in order of their first point; arrays of shape (n_patterns,) unless said."""

    words: Words
    """Bit s % 64 of word s // 64: site s reaches the pattern, shape (n_patterns, n_words)."""
    key: Ints
    head: Ints
    points: Ints
    persons: Ints
    group: NDArray[np.int32]
    """Pattern of each point, -1 = none, shape (n_points,); empty when not asked for."""

    def sites(self) -> tuple[Ints, Ints]:
        """(pattern, site) of every pair, patterns ascending, then sites."""
        bits = np.unpackbits(self.words.view(np.uint8), axis=1, bitorder="little")
        pattern, site = np.nonzero(bits)
        return pattern.astype(np.int64), site.astype(np.int64)


def fits(reach: Reach) -> bool:
    """Whether merging by exact sets is possible and pays."""
    return not reach.has_cost and reach.n_places <= FEW


def merge_few(
    reach: Reach,
    ends: Ints,
    wanted: NDArray[np.bool_],
    persons: Ints,
    key: NDArray[np.integer] | None = None,
    *,
    unreached: bool = False,
    grouped: bool = False,
    threads: int | None = None,
) -> Merged:
    """Merge the wanted points.

    Args:
        ends: end of each site's pairs that count, shape (n_sites,).
        wanted, persons, key: shape (n_points,); points of different keys stay apart.
        unreached: keep points that nothing reaches as a pattern without sites.
        grouped: tell each point's pattern.
    """
    threads = threads or cpu_count() or 1
    n_blocks = -(-len(wanted) // BLOCK)
    per = max(1, -(-n_blocks // threads)) * BLOCK
    begins = range(0, max(1, len(wanted)), per)
    keys = _NO_KEY if key is None else key.astype(np.int64)
    group = np.full(len(wanted) if grouped else 0, -1, np.int32)

    def part(begin: int) -> Words:
        end = min(begin + per, len(wanted))
        found: Words = _merge(
            reach.start, ends, reach.point, begin, end, wanted, persons, keys, unreached, group
        )
        return found

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(part, begins))
    lines, same = _unite(np.concatenate(parts))
    offset = 0
    for begin, mine in zip(begins, parts, strict=True):
        if grouped:
            here = group[begin : begin + per]
            here[here >= 0] = same[here[here >= 0] + offset]
        offset += len(mine)
    whole = lines.view(np.int64)
    return Merged(
        np.ascontiguousarray(lines[:, _WORDS:]),
        whole[:, _KEY],
        whole[:, _HEAD],
        whole[:, _POINTS],
        whole[:, _PERSONS],
        group,
    )


# A table of patterns: a line each, so that looking one up touches one stretch of memory.
# Columns: key, number + 1 (0 = free place), first point, points, persons, then the words.
_KEY, _NUMBER, _HEAD, _POINTS, _PERSONS, _WORDS = range(6)


@njit(cache=True, nogil=True)
def _place(table, words, row, key):  # type: ignore[no-untyped-def]
    """Where the pattern ``words[row]`` stands in the table, or the free place for it."""
    value = np.uint64(key) * _GOLDEN
    for w in range(words.shape[1]):
        value = (value ^ words[row, w]) * _GOLDEN
        value ^= value >> np.uint64(29)
    mask = np.uint64(len(table) - 1)
    at = value & mask
    while table[at, _NUMBER] != 0:
        equal = table[at, _KEY] == np.uint64(key)
        for w in range(words.shape[1]):
            equal = equal and table[at, _WORDS + w] == words[row, w]
        if equal:
            break
        at = (at + np.uint64(1)) & mask
    return at


@njit(cache=True, nogil=True)
def _wider(table):  # type: ignore[no-untyped-def]
    """The same patterns in a table of twice the places."""
    wider = np.zeros((2 * len(table), table.shape[1]), np.uint64)
    words = np.ascontiguousarray(table[:, _WORDS:])
    for row in range(len(table)):
        if table[row, _NUMBER] != 0:
            wider[_place(wider, words, row, np.int64(table[row, _KEY]))] = table[row]
    return wider


@njit(cache=True, nogil=True)
def _lines(table, count):  # type: ignore[no-untyped-def]
    """The table's patterns in order of their numbers."""
    lines = np.empty((count, table.shape[1]), np.uint64)
    for row in range(len(table)):
        if table[row, _NUMBER] != 0:
            lines[table[row, _NUMBER] - np.uint64(1)] = table[row]
    return lines


@njit(cache=True, nogil=True)
def _merge(  # type: ignore[no-untyped-def]
    start, ends, point, begin, end, wanted, persons, keys, unreached, group
):
    n_sites = len(ends)
    n_words = max(1, (n_sites + 63) >> 6)
    at_pair = np.empty(n_sites, np.int64)
    for s in range(n_sites):
        at_pair[s] = first_not_below(point, start[s], ends[s], begin)
    bits = np.zeros((BLOCK, n_words), np.uint64)
    table = np.zeros((4096, _WORDS + n_words), np.uint64)
    count = 0
    for first in range(begin, end, BLOCK):
        last = min(first + BLOCK, end)
        bits[:] = np.uint64(0)
        for s in range(n_sites):
            word, bit = s >> 6, np.uint64(1) << np.uint64(s & 63)
            k, stop = at_pair[s], ends[s]
            while k < stop and point[k] < last:
                bits[point[k] - first, word] |= bit
                k += 1
            at_pair[s] = k
        for i in range(first, last):
            row = i - first
            reached = unreached
            for w in range(n_words):
                reached = reached or bits[row, w] != 0
            if not (wanted[i] and reached):
                continue
            key = keys[i] if len(keys) else np.int64(0)
            at = _place(table, bits, row, key)
            if table[at, _NUMBER] == 0:
                if 2 * count >= len(table):
                    table = _wider(table)
                    at = _place(table, bits, row, key)
                count += 1
                table[at, _KEY], table[at, _NUMBER], table[at, _HEAD] = key, count, i
                table[at, _WORDS:] = bits[row]
            table[at, _POINTS] += np.uint64(1)
            table[at, _PERSONS] += np.uint64(persons[i])
            if len(group):
                group[i] = table[at, _NUMBER] - np.uint64(1)
    return _lines(table, count)


@njit(cache=True)
def _unite(lines):  # type: ignore[no-untyped-def]
    """(patterns of several ranges as one, each range's lines' numbers there)."""
    words = np.ascontiguousarray(lines[:, _WORDS:])
    table = np.zeros((4096, lines.shape[1]), np.uint64)
    same = np.empty(len(lines), np.int64)
    count = 0
    for row in range(len(lines)):
        key = np.int64(lines[row, _KEY])
        at = _place(table, words, row, key)
        if table[at, _NUMBER] == 0:
            if 2 * count >= len(table):
                table = _wider(table)
                at = _place(table, words, row, key)
            count += 1
            table[at] = lines[row]
            table[at, _NUMBER] = count
        else:
            table[at, _POINTS] += lines[row, _POINTS]
            table[at, _PERSONS] += lines[row, _PERSONS]
        same[row] = table[at, _NUMBER] - np.uint64(1)
    return _lines(table, count), same
