"""Patterns: people whom exactly the same options cover, merged without loss.

Two demand points of one target with the same sites in reach are interchangeable for every plan;
models write one column for all of them. With few candidates the merging is enormous
(millions of customers become thousands of patterns). References: Cordeau, Furini and Ljubić,
EJOR 275 (2019); Chen, Chen, Dai et al., EJOR 2023.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from siting.errors import SitingError
from siting.problem import Problem
from siting.reach import Reach

Ints = NDArray[np.int64]
_HASH_SEED = 0x51717


@dataclass(frozen=True)
class People:
    """The points of one target that matter to a model, before merging."""

    target: int
    wanted: NDArray[np.bool_]
    """Shape (n_points,); others are left out."""
    key: NDArray[np.integer] | None = None
    """Points with different keys stay apart (a district, a count of existing outlets)."""
    unreached: bool = False
    """Keep also the points that no option covers (as patterns without options)."""


@dataclass(frozen=True)
class Patterns:
    """Merged people. Arrays of shape (n_patterns,) unless said otherwise; ordered by target."""

    target: NDArray[np.int32]
    key: Ints
    """The key given with the people; 0 without one."""
    value: Ints
    """Σ persons times the target's weight, integer in ``Problem.unit``."""
    persons: Ints
    """Σ persons, integer in 1/person_units."""
    points: Ints
    """How many points were merged."""
    head: Ints
    """One of the points."""
    start: Ints
    """Row pointers into ``option``, shape (n_patterns + 1,)."""
    option: NDArray[np.int32]
    """Options that cover the pattern, ascending within a row."""

    def __len__(self) -> int:
        return len(self.target)

    @property
    def row(self) -> Ints:
        """Pattern of each entry of ``option``."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    def count(self, chosen: NDArray[np.integer], n_options: int) -> Ints:
        """How many of the chosen options cover each pattern."""
        open_ = np.zeros(n_options, np.int64)
        open_[chosen] = 1
        running = np.concatenate([[0], np.cumsum(open_[self.option])])
        return running[self.start[1:]] - running[self.start[:-1]]


def merge(problem: Problem, layers: Iterable[People]) -> Patterns:
    """One pattern for all wanted points of a target that the same options cover.

    Merging is by 128-bit signatures of the sites in reach, and every member is compared with its
    pattern afterwards.
    """
    return merge_mapped(problem, layers, mapped=False)[0]


def merge_mapped(
    problem: Problem, layers: Iterable[People], *, mapped: bool = True
) -> tuple[Patterns, list[Ints]]:
    """Patterns, and for each layer the pattern of every point (-1 = none), shape (n_points,)."""
    parts = [_merge_target(problem, people) for people in layers]
    none = np.zeros(0, np.int64)
    if not parts:
        empty = none.astype(np.int32)
        return Patterns(empty, none, none, none, none, none, np.zeros(1, np.int64), empty), []
    sizes = np.cumsum([0, *(len(part.persons) for part in parts)])
    width = np.concatenate([part.width for part in parts])
    patterns = Patterns(
        target=np.repeat([part.target for part in parts], np.diff(sizes)).astype(np.int32),
        key=np.concatenate([part.key for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        persons=np.concatenate([part.persons for part in parts]),
        points=np.concatenate([part.points for part in parts]),
        head=np.concatenate([part.head for part in parts]),
        start=np.concatenate([[0], np.cumsum(width)]).astype(np.int64),
        option=np.concatenate([part.option for part in parts]),
    )
    if not mapped:
        return patterns, []
    maps = [
        np.where(part.group >= 0, part.group + first, -1)
        for part, first in zip(parts, sizes[:-1], strict=True)
    ]
    return patterns, maps


def serving_options(problem: Problem, target: int) -> NDArray[np.bool_]:
    """Which options serve a target, shape (n_options,)."""
    return problem.serves[problem.options.format, problem.options.phase, target]


@dataclass(frozen=True)
class _Part:
    """Patterns of one target; fields as in Patterns, ``group`` = pattern of each point or -1."""

    target: int
    key: Ints
    value: Ints
    persons: Ints
    points: Ints
    head: Ints
    width: Ints
    option: NDArray[np.int32]
    group: Ints


def _merge_target(problem: Problem, people: People) -> _Part:
    target = problem.targets[people.target]
    reach = problem.reach
    serving = np.flatnonzero(serving_options(problem, people.target))
    site_start = np.searchsorted(problem.options.site[serving], np.arange(problem.n_sites + 1))
    ends = np.where(np.diff(site_start) > 0, reach.prefix_end(target.limit), reach.start[:-1])

    first, second = _signatures(reach, ends, reach.n_points)
    if people.key is not None:
        first = first + people.key.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    members = np.flatnonzero(people.wanted if people.unreached else people.wanted & (second != 0))
    order, begin = _groups(first[members], second[members])
    members = members[order]
    group = np.full(reach.n_points, -1, np.int64)
    group[members] = np.repeat(np.arange(len(begin)), np.diff(np.append(begin, len(members))))
    heads = members[begin]

    sites_start, sites = _site_rows(reach, ends, heads)
    if not _agree(reach.start, reach.point, ends, group, sites_start, sites):
        raise SitingError("two demand points with different sites share a 128-bit signature")
    if people.key is not None and (people.key[members] != people.key[heads][group[members]]).any():
        raise SitingError("two demand points with different keys share a 128-bit signature")

    persons = problem.persons[target.group][members]
    summed = np.add.reduceat(persons, begin) if len(begin) else np.zeros(0, np.int64)
    keys = np.zeros(len(heads), np.int64) if people.key is None else people.key[heads]
    per_site = np.diff(site_start)[sites]
    total = np.concatenate([[0], np.cumsum(per_site)])
    take = np.repeat(site_start[sites] - total[:-1], per_site) + np.arange(total[-1])
    return _Part(
        people.target,
        keys.astype(np.int64),
        summed * (target.weight_micro // problem.weight_gcd),
        summed,
        np.diff(np.append(begin, len(members))),
        heads,
        total[sites_start[1:]] - total[sites_start[:-1]],
        serving[take].astype(np.int32),
        group,
    )  # fmt: skip


def _signatures(
    reach: Reach, ends: Ints, n_points: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Sums of random words over the sites in reach of each point; the second word 0 = none."""
    words = np.random.default_rng(_HASH_SEED).integers(
        1, 2**63, size=(2, reach.n_places), dtype=np.uint64
    )
    first, second = np.zeros(n_points, np.uint64), np.zeros(n_points, np.uint64)
    _add_words(reach.start, reach.point, ends, words[0], words[1], first, second)
    return first, second


def _groups(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Order that puts equal signatures together, and where each group begins."""
    order = np.argsort(first, kind="stable")
    a, b = first[order], second[order]
    new = np.ones(len(a), np.bool_)
    new[1:] = a[1:] != a[:-1]
    if (b[1:] != b[:-1])[~new[1:]].any():
        order = np.lexsort((second, first))
        a, b = first[order], second[order]
        new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    return order, np.flatnonzero(new)


def _site_rows(reach: Reach, ends: Ints, heads: Ints) -> tuple[Ints, NDArray[np.int32]]:
    """Sites in reach of some points, ascending: row pointers and sites."""
    position = np.full(reach.n_points, -1, np.int64)
    position[heads] = np.arange(len(heads))
    length = np.zeros(len(heads) + 1, np.int64)
    _count_rows(reach.start, reach.point, ends, position, length[1:])
    start = np.cumsum(length)
    sites = np.empty(start[-1], np.int32)
    _fill_rows(reach.start, reach.point, ends, position, start[:-1].copy(), sites)
    return start, sites


@nb.njit(cache=True)
def _add_words(start, point, ends, word1, word2, first, second):  # type: ignore[no-untyped-def]
    for site in range(len(ends)):
        for k in range(start[site], ends[site]):
            first[point[k]] += word1[site]
            second[point[k]] += word2[site]


@nb.njit(cache=True)
def _count_rows(start, point, ends, position, length):  # type: ignore[no-untyped-def]
    for site in range(len(ends)):
        for k in range(start[site], ends[site]):
            at = position[point[k]]
            if at >= 0:
                length[at] += 1


@nb.njit(cache=True)
def _fill_rows(start, point, ends, position, fill, sites):  # type: ignore[no-untyped-def]
    for site in range(len(ends)):
        for k in range(start[site], ends[site]):
            at = position[point[k]]
            if at >= 0:
                sites[fill[at]] = site
                fill[at] += 1


@nb.njit(cache=True)
def _agree(start, point, ends, group, rows, sites):  # type: ignore[no-untyped-def]
    """Whether each grouped point has exactly its group's sites."""
    seen = np.zeros(len(group), np.int64)
    for site in range(len(ends)):
        for k in range(start[site], ends[site]):
            p = point[k]
            g = group[p]
            if g < 0:
                continue
            at = rows[g] + seen[p]
            if at >= rows[g + 1] or sites[at] != site:
                return False
            seen[p] += 1
    for p in range(len(group)):
        if group[p] >= 0 and seen[p] != rows[group[p] + 1] - rows[group[p]]:
            return False
    return True
