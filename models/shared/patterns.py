"""Patterns: people whom exactly the same options cover, merged without loss.

Two demand points of one target with the same sites in reach are interchangeable for every plan;
models write one column for all of them. With few candidates the merging is enormous
(millions of customers become thousands of patterns). References: Cordeau, Furini and Ljubić,
EJOR 275 (2019); Chen, Chen, Dai et al., EJOR 2023.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.errors import SitingError
from siting.kernels import njit
from siting.models.shared import patterns_plain as plain
from siting.models.shared.patterns_few import Merged, merge_few
from siting.models.shared.patterns_few import fits as few_sites
from siting.notice import Notice
from siting.problem import Problem
from siting.problem.reach import Reach

Ints = NDArray[np.int64]
_HASH_SEED = 0x51717
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ATTEMPTS = 5


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

    Few sites are compared as they are (:mod:`siting.models.shared.patterns_few`). Otherwise merging
    is by 64-bit signatures of the sites in reach; then every member's sites are compared with its
    pattern's, and other signatures are drawn in the (unseen) case that two differ.
    """
    return merge_mapped(problem, layers, mapped=False)[0]


def merge_mapped(
    problem: Problem, layers: Iterable[People], *, mapped: bool = True
) -> tuple[Patterns, list[Ints]]:
    """Patterns, and for each layer the pattern of every point (-1 = none), shape (n_points,)."""
    parts = [_merge_target(problem, people, mapped) for people in layers]
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
    return problem.serves[problem.kind, target]


LOOKED_AT = 1_000_000
"""Points of a target whose exact patterns are counted: more points can only add patterns."""


def merged_entries(problem: Problem, layers: Iterable[People]) -> int:
    """(pattern, option) pairs that merging will give at least, in the memory of a number a point.

    Exact but for few sites and more than ``LOOKED_AT`` points.
    """
    total = 0
    for people in layers:
        ends, per_site = _ends(problem, people.target)
        if few_sites(problem.reach):
            some = People(
                people.target,
                people.wanted[:LOOKED_AT],
                None if people.key is None else people.key[:LOOKED_AT],
                people.unreached,
            )
            total += int(per_site[_few(problem, some, ends, False).sites()[1]].sum())
            continue
        reach = problem.reach
        _, heads = _groups(reach, ends, people, 0)
        is_head = np.zeros(problem.n_points, np.bool_)
        is_head[heads] = True
        count = plain.head_entries if plain.few(reach) else _head_entries
        total += int(count(reach.start, reach.point, ends, is_head, per_site))
    return total


def _ends(problem: Problem, t: int) -> tuple[Ints, Ints]:
    """(end of each site's pairs within the standard, options there that serve the target)."""
    serving = problem.options.site[serving_options(problem, t)]
    per_site = np.bincount(serving, minlength=problem.n_sites).astype(np.int64)
    reach = problem.reach
    within = reach.prefix_end(problem.targets[t].limit)
    return np.where(per_site > 0, within, reach.start[:-1]), per_site


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
    group: NDArray[np.integer]


def _few(problem: Problem, people: People, ends: Ints, mapped: bool) -> Merged:
    return merge_few(
        problem.reach,
        ends,
        people.wanted,
        problem.persons[problem.targets[people.target].group],
        people.key,
        unreached=people.unreached,
        grouped=mapped,
    )


def _merge_target(problem: Problem, people: People, mapped: bool) -> _Part:
    target = problem.targets[people.target]
    ends, per_site = _ends(problem, people.target)
    found: Merged | _Signed
    if few_sites(problem.reach):
        found = _few(problem, people, ends, mapped)
    else:
        found = _by_signature(problem, people, ends)
    entry_group, sites = found.sites()
    serving = np.flatnonzero(serving_options(problem, people.target))
    site_start = np.searchsorted(problem.options.site[serving], np.arange(problem.n_sites + 1))
    counts = np.bincount(entry_group, minlength=len(found.head))
    sites_start = np.concatenate([[0], np.cumsum(counts)])
    per_entry = per_site[sites]
    total = np.concatenate([[0], np.cumsum(per_entry)])
    take = np.repeat(site_start[sites] - total[:-1], per_entry) + np.arange(total[-1])
    return _Part(
        people.target,
        found.key,
        found.persons * (target.weight_micro // problem.weight_gcd),
        found.persons,
        found.points,
        found.head,
        total[sites_start[1:]] - total[sites_start[:-1]],
        serving[take].astype(np.int32),
        found.group,
    )


@dataclass(frozen=True)
class _Signed:
    """As :class:`~siting.models.shared.patterns_few.Merged`, of points merged by signatures."""

    key: Ints
    head: Ints
    points: Ints
    persons: Ints
    group: Ints
    pairs: tuple[Ints, NDArray[np.integer]]

    def sites(self) -> tuple[Ints, NDArray[np.integer]]:
        """(pattern, site) of every pair, patterns ascending, then sites."""
        return self.pairs


def _by_signature(problem: Problem, people: People, ends: Ints) -> _Signed:
    reach = problem.reach
    few = plain.few(reach)
    rows, sums = (plain.rows, plain.sums) if few else (_rows, _sums)
    for seed in range(_ATTEMPTS):
        group, heads = _groups(reach, ends, people, seed)
        size = np.bincount(group[group >= 0], minlength=len(heads))
        entry_group, sites, agreed = rows(reach.start, reach.point, ends, group, size)
        if agreed and _keys_agree(people, group, heads):
            break
    else:
        raise SitingError(Notice("engine.signatures", n=_ATTEMPTS))
    order = np.argsort(entry_group, kind="stable")
    keys = np.zeros(len(heads), np.int64) if people.key is None else people.key[heads]
    summed = sums(group, problem.persons[problem.targets[people.target].group], len(heads))
    return _Signed(
        keys.astype(np.int64), heads, size, summed, group, (entry_group[order], sites[order])
    )


def _groups(reach: Reach, ends: Ints, people: People, seed: int) -> tuple[Ints, Ints]:
    """(group of each point or -1, first point of each group), equal signatures together."""
    rng = np.random.default_rng([_HASH_SEED, seed])
    words = rng.integers(1, 2**63, size=reach.n_places, dtype=np.uint64)
    signature = np.zeros(reach.n_points, np.uint64)
    few = plain.few(reach)
    (plain.add_words if few else _add_words)(reach.start, reach.point, ends, words, signature)
    wanted = people.wanted if people.unreached else people.wanted & (signature != 0)
    if people.key is not None:
        signature = signature + people.key.astype(np.uint64) * _GOLDEN
    found: tuple[Ints, Ints] = (plain.group if few else _group)(signature, wanted)
    return found


def _keys_agree(people: People, group: Ints, heads: Ints) -> bool:
    if people.key is None:
        return True
    member = np.flatnonzero(group >= 0)
    return bool((people.key[member] == people.key[heads[group[member]]]).all())


@njit(cache=True)
def _add_words(start, point, ends, word, signature):  # type: ignore[no-untyped-def]
    for site in range(len(ends)):
        for k in range(start[site], ends[site]):
            signature[point[k]] += word[site]


@njit(cache=True)
def _group(signature, wanted):  # type: ignore[no-untyped-def]
    """Groups of equal signatures in order of first appearance, by a hash table that grows."""
    group = np.full(len(signature), -1, np.int64)
    heads = np.empty(1024, np.int64)
    count = 0
    mask = np.uint64(4095)
    table = np.full(mask + np.uint64(1), -1, np.int64)
    for i in range(len(signature)):
        if not wanted[i]:
            continue
        if 2 * count >= len(table):
            mask = mask * np.uint64(2) + np.uint64(1)
            table = np.full(mask + np.uint64(1), -1, np.int64)
            for g in range(count):
                at = _slot(table, mask, signature, heads, signature[heads[g]])
                table[at] = g
        at = _slot(table, mask, signature, heads, signature[i])
        if table[at] < 0:
            if count == len(heads):
                longer = np.empty(2 * count, np.int64)
                for g in range(count):  # numba compiles all of its texts for a slice's message
                    longer[g] = heads[g]
                heads = longer
            table[at] = count
            heads[count] = i
            count += 1
        group[i] = table[at]
    return group, heads[:count].copy()


@njit(cache=True)
def _slot(table, mask, signature, heads, wanted):  # type: ignore[no-untyped-def]
    """Where a signature stands in the table, or the free place where it belongs."""
    at = (wanted * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(20)) & mask
    while table[at] >= 0 and signature[heads[table[at]]] != wanted:
        at = (at + np.uint64(1)) & mask
    return at


@njit(cache=True)
def _rows(start, point, ends, group, size):  # type: ignore[no-untyped-def]
    """(group, site) for every site in a group's reach, and whether its members all agree.

    A site that reaches some members of a group must reach all of them.
    """
    reached = np.zeros(len(size), np.int64)
    touched = np.empty(len(size), np.int64)
    of = np.empty(1024, np.int64)
    site_of = np.empty(1024, np.int32)
    count = 0
    for site in range(len(ends)):
        n_touched = 0
        for k in range(start[site], ends[site]):
            g = group[point[k]]
            if g >= 0:
                if reached[g] == 0:
                    touched[n_touched] = g
                    n_touched += 1
                reached[g] += 1
        if count + n_touched > len(of):
            room = 2 * (count + n_touched)
            longer, longer_site = np.empty(room, np.int64), np.empty(room, np.int32)
            longer[:count], longer_site[:count] = of[:count], site_of[:count]
            of, site_of = longer, longer_site
        for k in range(n_touched):
            g = touched[k]
            if reached[g] != size[g]:
                return of[:0].copy(), site_of[:0].copy(), False
            reached[g] = 0
            of[count], site_of[count] = g, site
            count += 1
    return of[:count].copy(), site_of[:count].copy(), True


@njit(cache=True)
def _head_entries(start, point, ends, is_head, per_site):  # type: ignore[no-untyped-def]
    total = 0
    for site in range(len(ends)):
        for k in range(start[site], ends[site]):
            if is_head[point[k]]:
                total += per_site[site]
    return total


@njit(cache=True)
def _sums(group, persons, count):  # type: ignore[no-untyped-def]
    total = np.zeros(count, np.int64)
    for i in range(len(group)):
        if group[i] >= 0:
            total[group[i]] += persons[i]
    return total
