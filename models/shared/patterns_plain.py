"""What the kernels of :mod:`siting.models.shared.patterns` find, by operations on whole arrays.

Where there are few pairs these take less time than a new machine takes to compile a kernel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.problem.reach import Reach

Ints = NDArray[np.int64]

FEW = 400_000
"""Pairs up to which nothing is compiled."""


def few(reach: Reach) -> bool:
    """Whether a reach has few pairs."""
    return reach.n_pairs <= FEW and reach.n_points <= FEW


def pairs_within(start: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """(site, position) of the pairs ``start[s]:ends[s]`` of every site, ascending."""
    length = ends - start[:-1]
    site = np.repeat(np.arange(len(ends)), length)
    before = np.cumsum(length) - length
    return site, np.arange(len(site)) + np.repeat(start[:-1] - before, length)


def add_words(
    start: Ints,
    point: NDArray[np.integer],
    ends: Ints,
    word: NDArray[np.uint64],
    signature: NDArray[np.uint64],
) -> None:
    """Add each site's word to the points in its reach."""
    site, pair = pairs_within(start, ends)
    np.add.at(signature, point[pair], word[site])


def group(signature: NDArray[np.uint64], wanted: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Groups of equal signatures in order of first appearance, and the first point of each."""
    member = np.flatnonzero(wanted)
    _, first, which = np.unique(signature[member], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    found = np.full(len(signature), -1, np.int64)
    found[member] = rank[which]
    return found, member[first[order]]


def rows(
    start: Ints, point: NDArray[np.integer], ends: Ints, group: Ints, size: Ints
) -> tuple[Ints, NDArray[np.int32], bool]:
    """(group, site) for every site in a group's reach, and whether its members all agree."""
    site, pair = pairs_within(start, ends)
    of = group[point[pair]]
    member = of >= 0
    code, members = np.unique(site[member] * np.int64(len(size)) + of[member], return_counts=True)
    its_site, its_group = np.divmod(code, max(1, len(size)))
    if (members != size[its_group]).any():
        return np.zeros(0, np.int64), np.zeros(0, np.int32), False
    return its_group, its_site.astype(np.int32), True


def head_entries(
    start: Ints,
    point: NDArray[np.integer],
    ends: Ints,
    is_head: NDArray[np.bool_],
    per_site: Ints,
) -> int:
    """Options of the sites in reach of each head, all together."""
    site, pair = pairs_within(start, ends)
    return int(per_site[site[is_head[point[pair]]]].sum())


def sums(group: Ints, persons: Ints, count: int) -> Ints:
    """Persons of each group."""
    total = np.zeros(count, np.int64)
    member = group >= 0
    np.add.at(total, group[member], persons[member])
    return total
