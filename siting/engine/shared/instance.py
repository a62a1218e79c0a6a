"""Instance: a Problem reduced and packed for passes over its pairs.

Lossless: points that see the same sites for every target are one pattern; points that nobody
reaches or that have nothing to win are left out; so are options that cannot be in a plan.
``Instance`` keeps the way back.

Memory layout. Targets stand in descending order of their standard, so those that a pair (site,
point) counts for are always the first ``width`` ones, and targets of one standard, a class, stand
together. Who is within which standard of a site is held as runs of consecutive points
(:mod:`~siting.engine.shared.point_runs`); the pairs themselves are made where a method asks for
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siting.engine.shared.arrays import Floats32, Ints, Ints32, Mask
from siting.engine.shared.options import possible
from siting.engine.shared.pairs import Pairs
from siting.engine.shared.patterns import group, merge_pairs, signatures
from siting.engine.shared.point_runs import Runs, Seen, find_runs
from siting.engine.shared.threads import ThreadPool
from siting.notice import Notice
from siting.problem import Options, Problem
from siting.problem.hilbert import hilbert_order

SEEN = 1 << 22
"""So many pairs are kept by point at most, roughly; where every site has one option and all serve
one target the search goes by points, and has them all."""


@dataclass(frozen=True)
class Instance:
    """See the module. Positions: pattern i, site s, option o, target t are the instance's own."""

    problem: Problem
    runs: Runs
    """Points within each standard of each site."""
    seen: Seen
    """Sites that reach a point, for a sample of the points."""
    pairs_before: Ints
    """Pairs (site, point) before each site and in all, shape (n_sites + 1,)."""
    ring_pairs: Ints
    """Pairs by the narrowest standard within which they are, shape (n_classes,)."""
    width: Ints32
    """How many targets (the first ones) a pair of each class counts for, descending, shape
    (n_classes,)."""
    ends: Ints
    """Site s reaches ``problem.reach.point[ends[s, k]:ends[s, k + 1]]`` within standard k and no
    narrower one, shape (n_sites, n_classes + 1)."""
    level: Ints32
    """How many of the targets the site can serve count there, shape (n_sites, n_classes)."""
    target: Ints
    """Problem's target of each of the instance's, shape (n_targets,)."""
    value: Ints
    """w[i,t] summed over the pattern's members, in ``problem.unit``.
    Shape (n_points, n_targets)."""
    pattern: Ints32
    """Pattern of each of the problem's points; -1 nobody reaches it, -2 nothing to win there."""
    site: Ints
    """Problem's site of each of the instance's, in Hilbert order."""
    option: Ints
    """Problem's option of each of the instance's, ordered by the instance's site."""
    options: Options
    """Of the instance: ``site`` is the instance's."""
    site_options: Ints
    """Options of site s: ``site_options[s]:site_options[s + 1]``."""
    serve_start: Ints32
    """What an option of a kind (``Problem.kind``) serves: pointers to ``serve_target``."""
    serve_target: Ints32

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
        return int(self.pairs_before[-1])

    @property
    def n_classes(self) -> int:
        """Different standards."""
        return len(self.width)

    @cached_property
    def by_site(self) -> Pairs:
        """The pairs, ring after ring: made from the problem's, for methods that go over pairs."""
        reach = self.problem.reach
        return merge_pairs(
            self.ends, self.level, reach.point, self.pattern, self.n_points, self.width
        )

    @cached_property
    def kind(self) -> Ints32:
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
    def spread_kinds(self) -> tuple[Ints32, Ints32]:
        """``serve_start`` and ``serve_target`` by option, as a pair of CSR arrays."""
        length = np.diff(self.serve_start)[self.kind]
        start = np.zeros(self.n_options + 1, np.int32)
        np.cumsum(length, out=start[1:])
        take = np.repeat(self.serve_start[self.kind] - start[:-1], length) + np.arange(start[-1])
        return start, self.serve_target[take]

    @cached_property
    def reach_end(self) -> Ints32:
        """Number of segments (nearest first) in which a target counts, shape (n_targets,)."""
        return np.searchsorted(-self.width, -np.arange(1, self.n_targets + 1), side="right").astype(
            np.int32
        )

    def at_patterns(self, by_point: Floats32) -> Floats32:
        """What is told of the problem's points and targets, of the instance's: a pattern's is that
        of one of its members. Shape (n_points, n_targets)."""
        inside = np.flatnonzero(self.pattern >= 0)
        told = np.ones((self.n_points, self.n_targets), np.float32)
        told[self.pattern[inside]] = by_point[np.ix_(inside, self.target)]
        return told

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
    pool: ThreadPool,
    *,
    needed: Mask | None = None,
    keep_apart: Ints32 | None = None,
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
        site_problem = site_problem[hilbert_order(problem.site_xy[site_problem], len(site_problem))]
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
    n_reached = int((ends[:, -1] - ends[:, 0]).sum())
    first, second = signatures(ends, level, reach.point, worth)
    label = np.zeros(problem.n_points, np.int32) if keep_apart is None else keep_apart
    visit = hilbert_order(problem.point_xy, problem.n_points)
    pattern, n_patterns = group(visit, first, second, label, worth)
    del first, second, visit
    size = np.bincount(pattern[pattern >= 0], minlength=n_patterns)
    reach_end = np.searchsorted(-width, -np.arange(1, len(target) + 1), side="right")
    needed = np.zeros((n_sites, len(width)), np.bool_)
    for kind in np.unique(kind_of):
        there = np.unique(options.site[kind_of == kind])
        needed[np.ix_(there, np.unique(reach_end[serve_target[kind]]) - 1)] = True
    every = 1 if len(option) == n_sites and len(target) == 1 else 1 + n_reached // SEEN
    found = find_runs(ends, level, reach.point, pattern, size, needed, every, pool)
    total = np.zeros((n_patterns, len(target)), np.int64)
    inside = pattern >= 0
    for k, t in enumerate(target):
        np.add.at(total[:, k], pattern[inside], value[inside, t])
    return Instance(
        problem,
        found.runs,
        found.seen,
        found.pairs,
        found.rings,
        width,
        ends,
        level,
        target,
        total,
        pattern,
        site_problem,
        option,
        options,
        np.searchsorted(options.site, np.arange(n_sites + 1)).astype(np.int64),
        serve_start,
        np.concatenate([*serve_target, np.zeros(0, np.int64)]).astype(np.int32),
    )
