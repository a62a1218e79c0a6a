"""People and outlets of the capacitated formulation: who may be served by whom, in whole units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from siting.models.shared import patterns
from siting.problem import UNLIMITED, Problem

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class People:
    """Patterns of people not already served without limit. Arrays of shape (n_patterns,)."""

    patterns: patterns.Patterns
    count: Ints
    """People, in ``unit`` 1/person_units."""
    target: Ints
    phase: Ints
    weight: Ints
    """Of one 1/person_units, in ``Problem.unit``; 0 where only a minimum needs them."""
    unit: int
    minima: tuple[tuple[str, Mask, int], ...]
    """(name, patterns, people to be served in ``unit``) for each row of a minimum coverage."""

    @classmethod
    def of(cls, problem: Problem, tiers: Iterable[str] | None) -> People:
        """The people of some tiers (None = of all) and of the minimum coverages."""
        wanted = None if tiers is None else set(tiers)
        layers, settled = [], {}
        for t, target in enumerate(problem.targets):
            counts = target.weight_micro > 0 and (wanted is None or target.tier in wanted)
            if not counts and t not in problem.needed:
                continue
            limited, free = _standing(problem, t)
            settled[t] = free
            key = limited * (len(problem.labels.districts) + 1)
            if t in problem.needed and problem.point_district is not None:
                key = key + problem.point_district + 1
            persons = problem.persons[target.group] > 0
            layers.append(patterns.People(t, persons & ~free, key, unreached=True))
        merged = patterns.merge(problem, layers)
        rows = _minima(problem, merged, settled)
        finite = problem.options.capacity[problem.options.capacity < UNLIMITED]
        standing = problem.outlets.capacity[problem.outlets.capacity < UNLIMITED]
        unit = gcd(
            *merged.persons.tolist(),
            *(finite * problem.person_units).tolist(),
            *(standing * problem.person_units).tolist(),
            *(need for _, _, need in rows),
        )
        unit = unit or 1
        weight = np.array([t.weight_micro // problem.weight_gcd for t in problem.targets], np.int64)
        phase = np.array([t.phase for t in problem.targets], np.int64)
        target_of = merged.target.astype(np.int64)
        return cls(
            merged,
            merged.persons // unit,
            target_of,
            phase[target_of],
            weight[target_of],
            unit,
            tuple((name, members, need // unit) for name, members, need in rows),
        )

    def in_tier(self, problem: Problem, tier: str | None) -> Mask:
        """Patterns of a tier, of all with None."""
        tiers = np.array([tier is None or t.tier == tier for t in problem.targets], np.bool_)
        return tiers[self.target]


@dataclass(frozen=True)
class Arcs:
    """Who may serve whom."""

    pattern: Ints
    shop: Ints
    """A shop is every way (size, action) of one format at one site in one phase."""
    pattern_today: Ints
    outlet: Ints
    capacity_today: Ints
    shop_of: Ints
    """Shop of each option, shape (n_options,)."""
    capacity: Ints
    """Of each option, in the people's unit, large where not limited; shape (n_options,)."""

    def options_of(self, shop: Ints) -> tuple[Ints, Ints]:
        """(position within ``shop``, option) for every option of each shop given."""
        order = np.argsort(self.shop_of, kind="stable")
        begin = np.searchsorted(self.shop_of[order], shop)
        width = np.searchsorted(self.shop_of[order], shop, side="right") - begin
        row = np.repeat(np.arange(len(shop)), width)
        return row, order[np.repeat(begin - np.cumsum(width) + width, width) + np.arange(len(row))]


def arcs_of(problem: Problem, people: People) -> Arcs:
    """Every pair within the standard."""
    merged = people.patterns
    everybody = int(people.count.sum())

    def units(capacity: Ints) -> Ints:
        limited = np.minimum(capacity, everybody * people.unit // problem.person_units + 1)
        return limited * problem.person_units // people.unit

    outlets = problem.outlets
    pattern, outlet = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    at = np.full(problem.n_points, -1, np.int64)
    for t in np.unique(people.target):
        mine = np.flatnonzero(people.target == t)
        at[:] = -1
        at[merged.head[mine]] = mine
        for e in np.flatnonzero(np.isin(outlets.format, problem.targets[t].served_by)).tolist():
            here = outlets.reach.row(e)[outlets.reach.row_cost(e) <= problem.targets[t].limit]
            found = at[here]
            pattern.append(found[found >= 0])
            outlet.append(np.full(len(pattern[-1]), e))
    outlet_all = np.concatenate(outlet)
    o = problem.options
    key = o.site.astype(np.int64) * problem.n_kinds + problem.kind
    shop_of = np.unique(key, return_inverse=True)[1].astype(np.int64)
    n_shops = int(shop_of.max(initial=-1)) + 1
    pairs = np.unique(merged.row * n_shops + shop_of[merged.option])
    served, shop = np.divmod(pairs, max(n_shops, 1))
    return Arcs(
        served,
        shop,
        np.concatenate(pattern),
        outlet_all,
        units(outlets.capacity[outlet_all]),
        shop_of,
        units(o.capacity),
    )


def served_alone(problem: Problem, people: People, arcs: Arcs) -> dict[str, int]:
    """Weighted people (times ``people.unit``: Problem.unit) existing outlets serve, by tier.

    Served in order of tier (if tiers count) and weight. The people whom a set of outlets can
    serve form a polymatroid, so each class adds the growth of one maximum flow.
    """
    served = {"basic": 0, "quality": 0}
    if not len(arcs.outlet):
        return served
    tiered = problem.objective.order == "tiers"
    rank = np.array(
        [(tiered and t.tier == "quality", -t.weight_micro) for t in problem.targets], np.int64
    )[people.target]
    classes = np.unique(rank[people.weight > 0], axis=0)
    flows = 0
    for cls in classes:
        first = (rank[:, 0] < cls[0]) | ((rank[:, 0] == cls[0]) & (rank[:, 1] <= cls[1]))
        flow = _most_served(people, arcs, first & (people.weight > 0), problem.n_phases)
        last = (rank == cls).all(axis=1) & (people.weight > 0)
        # Targets of one class may be of both tiers when tiers do not count: their sum matters.
        tier = "quality" if cls[0] else "basic"
        served[tier] += (flow - flows) * int(people.weight[last][0])
        flows = flow
    return served


def _most_served(people: People, arcs: Arcs, among: Mask, n_phases: int) -> int:
    """Most people of some patterns that existing outlets can serve: a maximum flow as an LP."""
    from scipy.sparse import coo_array

    use = among[arcs.pattern_today]
    pattern, outlet = arcs.pattern_today[use], arcs.outlet[use]
    if not len(pattern):
        return 0
    cell, supply = np.unique(outlet * n_phases + people.phase[pattern], return_inverse=True)
    limit = np.zeros(len(cell), np.int64)
    limit[supply] = arcs.capacity_today[use]
    k = np.arange(len(pattern))
    rows = coo_array(
        (np.ones(2 * len(k)), (np.concatenate([pattern, supply + len(people.count)]), [*k, *k])),
        shape=(len(people.count) + len(cell), len(k)),
    )
    upper = np.concatenate([people.count, limit])
    # The stubs know dense matrices only.
    found = linprog(-np.ones(len(k)), A_ub=cast(Any, rows.tocsr()), b_ub=upper, method="highs")
    return round(-float(cast(float, found.fun)))


def _standing(problem: Problem, t: int) -> tuple[Ints, Mask]:
    """(a number for each point's set of limited existing outlets, points with an unlimited one)."""
    outlets, target = problem.outlets, problem.targets[t]
    words = np.random.default_rng(t).integers(1, 2**62, size=len(outlets), dtype=np.uint64)
    sums = np.zeros(problem.n_points, np.uint64)
    free = np.zeros(problem.n_points, np.bool_)
    for e in np.flatnonzero(np.isin(outlets.format, target.served_by)).tolist():
        here = outlets.reach.row(e)[outlets.reach.row_cost(e) <= target.limit]
        if outlets.capacity[e] >= UNLIMITED:
            free[here] = True
        else:
            sums[here] += words[e]
    return np.unique(sums, return_inverse=True)[1].astype(np.int64), free


def _minima(
    problem: Problem, merged: patterns.Patterns, settled: dict[int, Mask]
) -> list[tuple[str, Mask, int]]:
    rows: list[tuple[str, Mask, int]] = []
    for rule in problem.min_coverage:
        for district in rule.places:
            members = np.isin(merged.target, rule.targets) & problem.inside(district)[merged.head]
            need = problem.missing(rule, district, settled)
            if need > 0:
                name = rule.name if district is None else f"{rule.name},{district}"
                rows.append((name, members, need))
    return rows
