"""A bound of the judge's own making, for results that carry no certificate.

The multipliers of a ``Certificate`` are read off the linear relaxation, which scipy solves in
floats; the bound is then recomputed from them in exact integers. Nothing depends on the floats
being right: any multipliers give a valid bound.

    max    Σ w[i,t] z[i,t]                                z in [0,1], y in [0,1], v in [0,1]
    link   z[i,t] <= Σ_{o in N(i,t)} y[o]                 -> u
    rows   the planner's rules                            -> θ
    clique Σ y <= 1 over options of near sites            -> cliques
    need   Σ persons z >= minimum coverage                -> φ
    held   Σ value z >= what the earlier tier reached     -> held_price
    floor, one option a format, y[o] <= Σ_{k <= phase} v[s,k]    stay in the sites' own problems
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from siting.problem import TIERS, UNLIMITED, Objective, Problem
from siting.problem.solution import Certificate, Cliques
from siting.verification.bound import FULL, recompute_bound
from siting.verification.cliques import spacing_cliques
from siting.verification.minima import inside, needs
from siting.verification.objectives import KNOWN
from siting.verification.people import (
    Ints,
    Mask,
    count_today,
    exact_sum,
    multipliers,
    option_serves,
)
from siting.verification.prices import ROOM

MOST_ENTRIES = 1_500_000
"""Coefficients up to which the relaxation is tried."""
SECONDS = 120.0
LARGEST_GAIN = 1000.0
"""The relaxation's largest gain in the solver's own numbers: its duals are right to 1e-7."""
_BITS = 58
"""Everybody's worth times D stays below this many bits."""

Float = NDArray[np.float64]


def own_bound(
    problem: Problem, spec: Objective, tier: str | None = None, held: int | None = None
) -> int | None:
    """A bound of max_cover in integer units; None where the relaxation is too large or unsolved.

    Args:
        tier: whose people count; None = everybody.
        held: what the earlier tiers reach and keep, in the same units.
    """
    if problem.respect_capacity or KNOWN[spec.model].counts != "reach":
        return None
    if n_entries(problem, tier, held) > MOST_ENTRIES:
        return None
    certificate = Relaxation(problem, tier, held).certificate()
    return None if certificate is None else recompute_bound(problem, certificate, spec)


def n_entries(problem: Problem, tier: str | None, held: int | None) -> int:
    """Coefficients of the rules and links of a :class:`Relaxation`, counted without making one."""
    o, reach = problem.options, problem.reach
    place = np.repeat(np.arange(problem.n_sites), np.diff(reach.start))
    total = sum(rule.options.nnz for rule in problem.rules)
    for t, target in enumerate(problem.targets):
        near = np.less_equal(reach.cost, target.limit) & _open(problem, t, tier, held)[reach.point]
        people = np.bincount(place[near], minlength=problem.n_sites)
        total += int(people[o.site[option_serves(problem, t)]].sum())
    return total


def _open(problem: Problem, t: int, tier: str | None, held: int | None) -> Mask:
    """Points with people of a target whom nothing covers and whom the relaxation is to count:
    for the objective, for what is held or for a minimum coverage. Shape (n_points,)."""
    target = problem.targets[t]
    weighs = multipliers(problem)[t] > 0
    counts = weighs and tier in (None, target.tier)
    keeps = weighs and held is not None and _earlier(target.tier, tier)
    if not (counts or keeps or any(t in demand.targets for demand in problem.min_coverage)):
        return np.zeros(problem.n_points, bool)
    return (problem.persons[target.group] > 0) & (count_today(problem, t) == 0)


@dataclass
class _Rows:
    """Rows  Σ value x <= limit  being collected."""

    row: list[Ints] = field(default_factory=list)
    column: list[Ints] = field(default_factory=list)
    value: list[Float] = field(default_factory=list)
    limit: list[Float] = field(default_factory=list)
    count: int = 0

    def add(self, matrix: csr_array, first_column: int, limit: Any) -> slice:
        """A block of rows over columns from ``first_column``."""
        entries = matrix.tocoo()
        self.row.append(entries.row.astype(np.int64) + self.count)
        self.column.append(entries.col.astype(np.int64) + first_column)
        self.value.append(entries.data.astype(np.float64))
        self.limit.append(np.broadcast_to(np.asarray(limit, np.float64), (matrix.shape[0],)))
        self.count += matrix.shape[0]
        return slice(self.count - matrix.shape[0], self.count)

    def also(self, rows: slice, matrix: csr_array, first_column: int) -> None:
        """Further entries of rows that stand already."""
        entries = matrix.tocoo()
        self.row.append(entries.row.astype(np.int64) + rows.start)
        self.column.append(entries.col.astype(np.int64) + first_column)
        self.value.append(entries.data.astype(np.float64))


class Relaxation:
    """The linear program  max gain x,  matrix x <= limit,  0 <= x <= most,  and where its duals
    belong. The first columns are the options."""

    def __init__(self, problem: Problem, tier: str | None, held: int | None):
        self.problem, self.tier, self.held = problem, tier, held
        weight = multipliers(problem)
        self.rows = _Rows()
        self.point: list[Ints] = []
        self.link: list[slice] = []
        self.gain: list[Float] = []
        self.held_value: list[Float] = []
        self.n_z = [0]
        n = problem.n_options
        self.first_v = n
        self.first_z = n + problem.n_sites * problem.n_phases
        for t, target in enumerate(problem.targets):
            counts = weight[t] * (tier is None or target.tier == tier)
            keeps = weight[t] * (held is not None and _earlier(target.tier, tier))
            persons = problem.persons[target.group]
            cover, who = self._cover(t, np.flatnonzero(_open(problem, t, tier, held)))
            self.point.append(who)
            first = self.first_z + self.n_z[-1]
            rows = self.rows.add(csr_array(-cover), 0, 0.0)
            one = np.arange(len(who))
            self.rows.also(rows, _matrix(one, one, 1.0, (len(who), len(who))), first)
            self.link.append(rows)
            self.gain.append(persons[who] * float(counts))
            self.held_value.append(persons[who] * float(keeps))
            self.n_z.append(self.n_z[-1] + len(who))
        self._rules()
        self._cliques()
        self._sites()
        self._people()

    def _cover(self, t: int, who: Ints) -> tuple[csr_array, Ints]:
        """Which options cover which of the points; points that none covers are left out."""
        problem, reach = self.problem, self.problem.reach
        place = np.repeat(np.arange(problem.n_sites), np.diff(reach.start))
        near: Mask = np.less_equal(reach.cost, problem.targets[t].limit)
        shape = (problem.n_points, problem.n_sites)
        points = _matrix(reach.point[near], place[near], 1.0, shape)
        serving = np.flatnonzero(option_serves(problem, t))
        at = _matrix(
            problem.options.site[serving], serving, 1.0, (problem.n_sites, problem.n_options)
        )
        if len(who) * max(1, len(serving)) == 0:
            return csr_array((0, problem.n_options)), who[:0]
        cover = csr_array(points[who] @ at)
        reached = np.diff(cover.indptr) > 0
        return csr_array(cover[np.flatnonzero(reached)]), who[reached]

    def _rules(self) -> None:
        self.rule_rows = []
        for rule in self.problem.rules:
            sign = 1 if rule.sense == "<=" else -1
            rows = self.rows.add(csr_array(sign * rule.options), 0, sign * rule.rhs)
            if rule.openings is not None:
                self.rows.also(rows, csr_array(sign * rule.openings), self.first_v)
            self.rule_rows.append(rows)

    def _cliques(self) -> None:
        """Outlets that exclude each other by a spacing."""
        self.clique_start, self.clique_option = spacing_cliques(self.problem)
        sizes = np.diff(self.clique_start)
        shape = (len(sizes), self.problem.n_options)
        row = np.repeat(np.arange(len(sizes)), sizes)
        self.clique_rows = self.rows.add(_matrix(row, self.clique_option, 1.0, shape), 0, 1.0)

    def _sites(self) -> None:
        """What the sites' own problems keep: no dual of these is needed."""
        problem, o = self.problem, self.problem.options
        every = np.arange(problem.n_options)
        limited = np.flatnonzero(problem.site_area < UNLIMITED)
        shape = (problem.n_sites, problem.n_options)
        floor = _matrix(o.site, every, o.area.astype(np.float64), shape)
        self.rows.add(csr_array(floor[limited]), 0, problem.site_area[limited])
        pair = o.site.astype(np.int64) * problem.n_formats + o.format
        _, group = np.unique(pair, return_inverse=True)
        self.rows.add(_matrix(group, every, 1.0, (group.max(initial=-1) + 1, len(o))), 0, 1.0)
        for spacing in problem.spacings:
            if len(spacing.formats) > 1:
                listed = np.flatnonzero(np.isin(o.format, np.array(spacing.formats)))
                self.rows.add(_matrix(o.site[listed], listed, 1.0, shape), 0, 1.0)
        if any(rule.openings is not None for rule in problem.rules):
            self._openings(group)

    def _openings(self, group: Ints) -> None:
        """By each phase, of one format at a site at most what of the site is open: a row over all
        sizes is stronger than one a size.

        Args:
            group: one number a (site, format), shape (n_options,).
        """
        o, n_phases = self.problem.options, self.problem.n_phases
        n_groups = int(group.max(initial=-1)) + 1
        site = np.zeros(n_groups, np.int64)
        site[group] = o.site
        for now in range(n_phases):
            by_now = np.flatnonzero(o.phase <= now)
            asked = np.unique(group[by_now])
            row = np.searchsorted(asked, group[by_now])
            shape = (len(asked), len(o))
            rows = self.rows.add(_matrix(row, by_now, 1.0, shape), 0, 0.0)
            opened = site[asked][:, np.newaxis] * n_phases + np.arange(now + 1)
            row = np.repeat(np.arange(len(asked)), now + 1)
            wide = (len(asked), self.problem.n_sites * n_phases)
            self.rows.also(rows, _matrix(row, opened.ravel(), -1.0, wide), self.first_v)

    def _people(self) -> None:
        """Minimum coverages and what is held."""
        problem = self.problem
        self.need_rows = []
        for need in needs(problem):
            here = inside(problem, need.district)
            wanted, count = np.zeros(self.n_z[-1]), need.people
            for t in need.targets:
                persons = problem.persons[problem.targets[t].group]
                count -= exact_sum(persons, here & (count_today(problem, t) > 0))
                who = self.point[t]
                wanted[self.n_z[t] : self.n_z[t + 1]] = np.where(here[who], persons[who], 0)
            row = csr_array(-wanted[None, :])
            self.need_rows.append(self.rows.add(row, self.first_z, -count))
        self.held_row = None
        if self.held is not None:
            value = np.concatenate([np.zeros(0), *self.held_value])
            self.held_row = self.rows.add(csr_array(-value[None, :]), self.first_z, -self.held)

    @cached_property
    def gain_of_all(self) -> Float:
        """Shape (n_columns,)."""
        return np.concatenate([np.zeros(self.first_z), *self.gain])

    @cached_property
    def matrix(self) -> csr_array:
        """Shape (n_rows, n_columns)."""
        rows = self.rows
        return _matrix(
            np.concatenate(rows.row),
            np.concatenate(rows.column),
            np.concatenate(rows.value),
            (rows.count, len(self.gain_of_all)),
        )

    @cached_property
    def limit(self) -> Float:
        """Shape (n_rows,)."""
        return np.concatenate(self.rows.limit)

    @cached_property
    def most(self) -> Float:
        """Shape (n_columns,). A part of an outlet that does not fit whole would make the
        relaxation worth nothing; the sites' own problems leave it out as well. What is forbidden
        stays: it is priced by its rule's row."""
        o = self.problem.options
        most = np.ones(len(self.gain_of_all))
        most[: self.problem.n_options] = o.area <= self.problem.site_area[o.site]
        return most

    @cached_property
    def unit(self) -> float:
        """What one of the solver's own numbers is worth."""
        return float(self.gain_of_all.max(initial=0.0)) / LARGEST_GAIN or 1.0

    def certificate(self) -> Certificate | None:
        """Solve, and read the multipliers off the duals; None when it was not solved in time."""
        from scipy.optimize import linprog

        minimise: Any = linprog  # its stubs know no array of bounds beside options
        solved = minimise(
            -self.gain_of_all / self.unit,
            A_ub=self.matrix,
            b_ub=self.limit,
            bounds=np.column_stack((np.zeros_like(self.most), self.most)),
            method="highs",
            options={"time_limit": SECONDS},
        )
        if solved.status != 0:
            return None
        return self.multipliers(np.maximum(-solved.ineqlin.marginals, 0) * self.unit)

    def multipliers(self, price: Float, splits: Float | None = None) -> Certificate:
        """The certificate of prices >= 0 of the rows, in units of the objective.

        Args:
            price: shape (n_rows,).
            splits: prices of a tree's splits on the way to a leaf, shape (n_splits,).
        """
        problem = self.problem
        worth = float(self.gain_of_all.sum()) or 1.0
        bits = _BITS - int(worth * max(1, problem.n_formats)).bit_length()
        # What one point's people come to at prices of their own has to fit as well.
        people = [price[block] for block in self.need_rows]
        people += [] if self.held_row is None else [price[self.held_row]]
        heaviest = max([1, *multipliers(problem)])
        rate = 1 + heaviest + sum(float(one.max(initial=0)) for one in people) * heaviest
        room = ROOM // max(1, int(problem.persons.max(initial=0)))
        bits = min(bits, int(np.floor(np.log2(max(1.0, room / rate)))))
        scale = 2 ** max(0, min(20, bits))
        # A dearer price of people would not fit at any scale; a lower one is valid too.
        dearest = float(min(2**50, max(0, room // (2 * heaviest * (1 + len(people))) - 1)))

        def whole(values: Float, most: float = 2.0**50) -> Ints:
            return np.rint(np.minimum(values * scale, most)).astype(np.int64)

        theta = tuple(whole(price[block]) for block in self.rule_rows)
        if splits is not None:
            theta += tuple(whole(split[np.newaxis]) for split in splits)
        each = [int(whole(price[block], dearest)[0]) for block in self.need_rows]
        lengths = [1 if m.districts is None else len(m.districts) for m in problem.min_coverage]
        ends = np.concatenate([[0], np.cumsum(lengths)]).astype(int).tolist()
        phi = tuple(np.array(each[a:b], np.int64) for a, b in pairwise(ends))
        held_price = 0
        if self.held_row is not None:
            held_price = int(whole(price[self.held_row], dearest)[0])
        u = np.full((problem.n_points, problem.n_targets), FULL, np.uint16)
        districts = problem.point_district
        for t, (who, block) in enumerate(zip(self.point, self.link, strict=True)):
            persons = problem.persons[problem.targets[t].group][who].astype(np.float64)
            total = (self.gain[t] + self.held_value[t] * held_price / scale) * scale
            for need, amount in zip(needs(problem), each, strict=True):
                if t in need.targets:
                    at = np.ones(len(who), bool)
                    if need.district is not None and districts is not None:
                        at = districts[who] == need.district
                    total = total + amount * persons * at
            share = np.divide(price[block] * scale, total, out=np.ones(len(who)), where=total > 0)
            u[who, t] = np.rint(np.clip(share, 0, 1) * FULL).astype(np.uint16)
        cliques = None
        if len(self.clique_start) > 1:
            paid = whole(price[self.clique_rows])
            cliques = _some_cliques(self.clique_start, self.clique_option, paid)
        return Certificate(u, theta, scale, phi, cliques, self.tier, self.held, held_price)


def _some_cliques(start: Ints, option: Ints, theta: Ints) -> Cliques:
    """The cliques that have a price."""
    kept = np.flatnonzero(theta)
    sizes = np.diff(start)
    take: Mask = np.repeat(theta > 0, sizes)
    first = np.concatenate([[0], np.cumsum(sizes[kept])]).astype(np.int64)
    return Cliques(first, option[take], theta[kept])


def _earlier(tier: str, than: str | None) -> bool:
    return than is not None and TIERS.index(tier) < TIERS.index(than)


def _matrix(row: Any, column: Any, value: Any, shape: tuple[int, int]) -> csr_array:
    """Sparse, a single value spread over all entries."""
    row = np.asarray(row, np.int64)
    values = np.broadcast_to(np.asarray(value, np.float64), row.shape)
    return csr_array(coo_array((values, (row, np.asarray(column, np.int64))), shape=shape))
