"""Instance: a Problem reduced and packed for passes over its pairs.

Lossless: points that see the same sites for every target are one pattern; points that nobody
reaches or that have nothing to win are left out; so are options that cannot be in a plan.
``Instance`` keeps the way back.

Memory layout. Targets stand in descending order of their standard, so the targets that a pair
(site, point) counts for are always the first ``width`` ones. Each row's pairs are grouped into
segments by that width and ascend within a segment: a pass reads, for each pair, one contiguous run
of a [point, target] or [site, target] array, and serves all formats at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from siting.engine.shared.options import possible
from siting.engine.shared.threads import Crew
from siting.notice import Notice
from siting.problem import Options, Problem
from siting.problem.morton import morton_order

Ints = NDArray[np.int64]
Kernel = Callable[..., Any]


@dataclass(frozen=True)
class Pairs:
    """One direction of the reach: rows with segments of equal width."""

    segment: Ints
    """Row r's segment k is ``index[segment[r, k]:segment[r, k + 1]]``.
    Shape (n_rows, n_classes + 1)."""
    index: NDArray[np.int32]
    """The other side of each pair, ascending within a segment."""
    width: NDArray[np.int32]
    """How many targets (the first ones) segment k counts for, descending, shape (n_classes,)."""

    @property
    def work(self) -> Ints:
        """Pairs before each row and in all, for balancing threads."""
        return (
            np.append(self.segment[:, 0], self.segment[-1:, -1])
            if len(self.segment)
            else np.zeros(1, np.int64)
        )


@dataclass(frozen=True)
class Instance:
    """See the module. Positions: pattern i, site s, option o, target t are the instance's own."""

    problem: Problem
    by_site: Pairs
    by_point: Pairs
    target: Ints
    """Problem's target of each of the instance's, shape (n_targets,)."""
    value: Ints
    """w[i,t] summed over the pattern's members, in ``problem.unit``.
    Shape (n_points, n_targets)."""
    pattern: NDArray[np.int32]
    """Pattern of each of the problem's points; -1 nobody reaches it, -2 nothing to win there."""
    site: Ints
    """Problem's site of each of the instance's, in Morton order."""
    option: Ints
    """Problem's option of each of the instance's, ordered by the instance's site."""
    options: Options
    """Of the instance: ``site`` is the instance's."""
    site_options: Ints
    """Options of site s: ``site_options[s]:site_options[s + 1]``."""
    serve_start: NDArray[np.int32]
    """What an option of a kind (``Problem.kind``) serves: pointers to ``serve_target``."""
    serve_target: NDArray[np.int32]

    @property
    def n_points(self) -> int:
        return len(self.value)

    @property
    def n_sites(self) -> int:
        return len(self.site)

    @property
    def n_targets(self) -> int:
        return len(self.target)

    @property
    def n_options(self) -> int:
        return len(self.option)

    @property
    def n_pairs(self) -> int:
        return len(self.by_site.index)

    @cached_property
    def kind(self) -> NDArray[np.int32]:
        """``Problem.kind`` of each option."""
        return self.problem.kind[self.option]

    @cached_property
    def area(self) -> Ints:
        """Floor space of each site."""
        return self.problem.site_area[self.site]

    @cached_property
    def opening_cost(self) -> Ints:
        """Opening cost of each site."""
        return self.problem.opening_cost[self.site]

    @cached_property
    def spread_kinds(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """``serve_start`` and ``serve_target`` by option, as a pair of CSR arrays."""
        length = np.diff(self.serve_start)[self.kind]
        start = np.zeros(self.n_options + 1, np.int32)
        np.cumsum(length, out=start[1:])
        take = np.repeat(self.serve_start[self.kind] - start[:-1], length) + np.arange(start[-1])
        return start, self.serve_target[take]

    @cached_property
    def reach_end(self) -> NDArray[np.int32]:
        """Number of segments (nearest first) in which a target counts, shape (n_targets,)."""
        return np.searchsorted(
            -self.by_site.width, -np.arange(1, self.n_targets + 1), side="right"
        ).astype(np.int32)

    def notes(self) -> tuple[Notice, ...]:
        """What the reduction did, for the reports."""
        p = self.problem
        return (
            Notice("run.patterns", before=p.n_points, after=self.n_points),
            Notice("run.options", before=p.n_options, after=self.n_options),
            Notice("run.pairs", before=p.reach.n_pairs, after=self.n_pairs),
        )


def pack(
    problem: Problem,
    value: Ints,
    crew: Crew,
    *,
    needed: NDArray[np.bool_] | None = None,
    keep_apart: NDArray[np.int32] | None = None,
) -> Instance:
    """Reduce and pack.

    Args:
        value: w[i,t] >= 0, shape (n_points, n_targets) of the problem.
        needed: people some row over coverage counts, same shape.
        keep_apart: points of different labels are not merged (districts of coverage rules).
    """
    useful = np.asarray(value.any(axis=0))
    worth = np.asarray(value.any(axis=1))
    if needed is not None:
        useful |= needed.any(axis=0)
        worth |= needed.any(axis=1)
    option = np.flatnonzero(possible(problem, useful))
    site_problem = np.unique(problem.options.site[option]).astype(np.int64)
    if problem.site_xy is not None:
        site_problem = site_problem[morton_order(problem.site_xy[site_problem], len(site_problem))]
    n_sites = len(site_problem)
    site_of = np.full(problem.n_sites, -1, np.int64)
    site_of[site_problem] = np.arange(n_sites)

    # Targets by descending standard; classes of equal standard, the nearest segment first.
    limits = np.array([t.limit for t in problem.targets], np.float64)
    target = np.flatnonzero(useful)
    target = target[np.argsort(-limits[target], kind="stable")].astype(np.int64)
    distinct = np.unique(limits[target])
    width = np.array([(limits[target] >= limit).sum() for limit in distinct], np.int32)

    options = problem.options.take(option)
    order = np.argsort(site_of[options.site], kind="stable")
    option = option[order]
    options = problem.options.take(option)
    object.__setattr__(options, "site", site_of[options.site].astype(np.int32))
    serve_target = [np.flatnonzero(row) for row in problem.serves[:, target]]
    serve_start = np.zeros(len(serve_target) + 1, np.int32)
    np.cumsum([len(row) for row in serve_target], out=serve_start[1:])

    # A pair counts for no more than the targets its site can serve: `level` is that number, and
    # with it a site tells two of its points apart exactly when some plan could.
    permitted = np.zeros((n_sites, len(target)), np.bool_)
    kind_of = problem.kind[option]
    for kind in np.unique(kind_of):
        there = options.site[kind_of == kind]
        permitted[np.ix_(np.unique(there), serve_target[kind])] = True
    level = (
        np.cumsum(permitted, axis=1)[:, width - 1].astype(np.int32)
        if len(width)
        else np.zeros((n_sites, 0), np.int32)
    )
    ends = np.empty((n_sites, len(distinct) + 1), np.int64)
    ends[:, 0] = problem.reach.start[:-1][site_problem]
    for k, limit in enumerate(distinct):
        ends[:, k + 1] = problem.reach.prefix_end(limit)[site_problem]

    reach = problem.reach
    first, second = _signatures(ends, level, reach.point, worth)
    label = np.zeros(problem.n_points, np.int32) if keep_apart is None else keep_apart
    visit = morton_order(problem.point_xy, problem.n_points)
    pattern, n_patterns = _group(visit, first, second, label, worth)
    del first, second, visit
    merged = _merge_pairs(ends, level, reach.point, pattern, n_patterns, width)
    by_point = _transpose(merged, n_patterns, crew)
    by_site = _transpose(by_point, n_sites, crew)
    total = np.zeros((n_patterns, len(target)), np.int64)
    inside = pattern >= 0
    for k, t in enumerate(target):
        np.add.at(total[:, k], pattern[inside], value[inside, t])
    return Instance(
        problem, by_site, by_point, target, total, pattern, site_problem, option, options,
        np.searchsorted(options.site, np.arange(n_sites + 1)).astype(np.int64),
        serve_start, np.concatenate([*serve_target, np.zeros(0, np.int64)]).astype(np.int32),
    )  # fmt: skip


@nb.njit(cache=True)
def _mix(x):
    """SplitMix64's finaliser: a 64-bit hash. Steele, Lea and Flood (2014), fig. 16."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@nb.njit(cache=True)
def _signatures(ends, level, point, worth):
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


@nb.njit(cache=True)
def _group(visit, first, second, label, worth):
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


def _merge_pairs(ends, level, point, pattern, n_patterns, width):
    """Pairs (site, pattern), and the proof that no two different points were merged: each level of
    a site must hold all members of a pattern or none."""
    size = np.bincount(pattern[pattern >= 0], minlength=n_patterns)
    segment = np.zeros((len(ends), len(width) + 1), np.int64)
    n_pairs, collision = _count_pairs(ends, level, point, pattern, size, segment)
    if collision:
        raise AssertionError("two different points share a 128-bit signature")
    index = np.empty(n_pairs, np.int32)
    _fill_pairs(ends, level, point, pattern, n_patterns, segment, index)
    return Pairs(segment, index, width)


@nb.njit(cache=True)
def _count_pairs(ends, level, point, pattern, size, segment):
    seen = np.zeros(len(size), np.int64)
    touched = np.empty(len(size), np.int32)
    total = 0
    n_classes = ends.shape[1] - 1
    collision = False
    for s in range(len(ends)):
        segment[s, 0] = total
        k = 0
        while k < n_classes:
            last = k  # segments of one level belong together: the site does not tell them apart
            while last + 1 < n_classes and level[s, last + 1] == level[s, k]:
                last += 1
            n_touched = 0
            if level[s, k] > 0:
                for at in range(ends[s, k], ends[s, last + 1]):
                    g = pattern[point[at]]
                    if g >= 0:
                        if seen[g] == 0:
                            touched[n_touched] = g
                            n_touched += 1
                        seen[g] += 1
            for at in range(n_touched):
                g = touched[at]
                collision |= seen[g] != size[g]
                seen[g] = 0
            # One level's pairs go to its narrowest segment: the targets beyond are not permitted.
            for j in range(k, last):
                segment[s, j + 1] = total
            total += n_touched
            segment[s, last + 1] = total
            k = last + 1
    return total, collision


@nb.njit(cache=True)
def _fill_pairs(ends, level, point, pattern, n_patterns, segment, index):
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


def _transpose(pairs: Pairs, n_rows: int, crew: Crew) -> Pairs:
    """Exchange rows and indices; within a segment the new indices ascend."""
    n_classes = len(pairs.width)
    segment = np.zeros((n_rows, n_classes + 1), np.int64)
    _count_rows(pairs.segment, pairs.index, segment)
    flat = np.zeros(n_rows * n_classes + 1, np.int64)
    np.cumsum(segment[:, 1:].ravel(), out=flat[1:])
    index = np.empty(len(pairs.index), np.int32)
    fill = flat[:-1].reshape(n_rows, n_classes).copy()
    _scatter(pairs.segment, pairs.index, fill, index)
    segment[:, :-1] = flat[:-1].reshape(n_rows, n_classes)
    segment[:, -1] = flat[n_classes::n_classes] if n_classes else 0
    return Pairs(segment, index, pairs.width)


@nb.njit(cache=True)
def _count_rows(segment, index, out):
    for r in range(len(segment)):
        for k in range(segment.shape[1] - 1):
            for at in range(segment[r, k], segment[r, k + 1]):
                out[index[at], k + 1] += 1


@nb.njit(cache=True)
def _scatter(segment, index, fill, out):
    for r in range(len(segment)):
        for k in range(segment.shape[1] - 1):
            for at in range(segment[r, k], segment[r, k + 1]):
                i = index[at]
                out[fill[i, k]] = r
                fill[i, k] += 1
