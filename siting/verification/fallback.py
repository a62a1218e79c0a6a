"""Bounds that need no certificate: cheap, valid for every model, seldom tight.

max models    everybody whom an option newly reaches; with one certificate of full shares
              (u = 1 where somebody reaches, no prices): what the sites could collect at most
set_cover     dual ascent: each person, in turn, pays what no option in reach is paid yet
partial_cover the fractional knapsack of the cheapest options per person
p_median      everybody at the nearest place there is
p_center      the farthest of these
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from siting.kernels import njit
from siting.problem import Objective, Problem
from siting.verification.objectives import (
    KNOWN,
    coverable,
    unit_of,
    usable,
    with_capacity,
)
from siting.verification.people import (
    Ints,
    count_today,
    count_within,
    exact_sum,
    multipliers,
    nearest,
    option_serves,
    outlet_serves,
)

MOST_PAIRS = 20_000_000
"""Pairs that the dual ascent of a set cover looks at; of more people every k-th pays."""


def plain_bound(problem: Problem, spec: Objective, tier: str | None = None) -> Fraction:
    """No plan is better than this, in the model's unit.

    Args:
        tier: of this tier alone (models that count people).
    """
    known = KNOWN[spec.model]
    if known.counts == "price":
        return Fraction(_set_cover(problem))
    if known.counts == "share":
        return Fraction(_partial_cover(problem, spec))
    if known.walks:
        return _nearest_places(problem, spec)
    return _everybody(problem, spec, tier)


def _everybody(problem: Problem, spec: Objective, tier: str | None) -> Fraction:
    """Whom the options can newly reach; under capacity no more than they can take."""
    weight = multipliers(problem)
    counts = KNOWN[spec.model].counts
    enough = (spec.times or 2) if counts == "backup" else 1
    circle = counts == "circles"
    capacity = with_capacity(problem, spec)
    total = 0
    circles: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for t, target in enumerate(problem.targets):
        if tier not in (None, target.tier) or weight[t] == 0:
            continue
        serving = option_serves(problem, t)
        sites = problem.options.site[serving].astype(np.int64)
        times = count_within(problem.reach, sites, target.limit, problem.n_points)
        today = count_today(problem, t)
        if circle:
            if target.tier == "basic":
                everywhere = np.ones(problem.n_points, bool)
                can, has = circles.get(target.phase, (everywhere, everywhere))
                there = (today > 0) | problem.elsewhere(t)
                circles[target.phase] = can & ((times > 0) | there), has & there
            continue
        can = times > 0 if capacity else (today < enough) & (today + times >= enough)
        people = exact_sum(problem.persons[target.group], can)
        if capacity:
            most = sum(problem.options.capacity[serving].tolist()) * problem.person_units
            people = min(people, most)
        total += people * weight[t]
    crowd = problem.persons.max(axis=0) if circle else np.zeros(0, np.int64)
    total += sum(exact_sum(crowd, can & ~has) for can, has in circles.values())
    return total * unit_of(problem, spec)


def _prices(problem: Problem) -> Ints:
    """Price of each option without its site's opening cost; 1 each where nothing costs."""
    if problem.options.cost.any() or problem.opening_cost.any():
        return problem.options.cost
    return np.ones(problem.n_options, np.int64)


def _set_cover(problem: Problem) -> int:
    """Feasible duals of  Σ_{o in reach} x_o >= 1  for whoever must be covered."""
    slack = _prices(problem).astype(np.int64).copy()
    can = usable(problem)
    total = 0
    reach = problem.reach
    # Whoever is left out pays nothing, which keeps the bound valid.
    every = -(-reach.n_pairs // MOST_PAIRS)
    asked = np.arange(0, problem.n_points, max(1, every))
    first, place, cost = _of_points(reach.start, reach.point, reach.cost, asked, problem.n_points)
    for t, target in enumerate(problem.targets):
        if target.weight_micro == 0:
            continue
        must = coverable(problem, t) & (problem.persons[target.group] > 0)
        must &= count_today(problem, t) == 0
        serving = np.flatnonzero(option_serves(problem, t) & can)
        site = problem.options.site[serving]
        serving = serving[np.argsort(site, kind="stable")]
        start = np.searchsorted(problem.options.site[serving], np.arange(problem.n_sites + 1))
        total += int(_ascend(first, place, cost, target.limit, must[asked], start, serving, slack))
    return total


@njit(cache=True)
def _of_points(start, point, cost, asked, n_points):  # type: ignore[no-untyped-def]
    """(row pointers, places, costs): by each of some points, which places have it in reach."""
    row = np.full(n_points, -1, np.int32)
    for k in range(len(asked)):
        row[asked[k]] = k
    first = np.zeros(len(asked) + 1, np.int64)
    for p in point:
        if row[p] >= 0:
            first[row[p] + 1] += 1
    first = np.cumsum(first)
    fill = first[:-1].copy()
    place, costs = np.empty(first[-1], np.int32), np.empty(first[-1], cost.dtype)
    for s in range(len(start) - 1):
        for k in range(start[s], start[s + 1]):
            r = row[point[k]]
            if r >= 0:
                place[fill[r]], costs[fill[r]] = s, cost[k]
                fill[r] += 1
    return first, place, costs


@njit(cache=True)
def _ascend(start, place, cost, limit, must, first, serving, slack):  # type: ignore[no-untyped-def]
    total = np.int64(0)
    for i in range(len(must)):
        if not must[i]:
            continue
        pays = np.int64(2**62)
        for k in range(start[i], start[i + 1]):
            if cost[k] > limit:
                continue
            for at in range(first[place[k]], first[place[k] + 1]):
                pays = min(pays, slack[serving[at]])
        if not 0 < pays < 2**62:
            continue
        total += pays
        for k in range(start[i], start[i + 1]):
            if cost[k] > limit:
                continue
            for at in range(first[place[k]], first[place[k] + 1]):
                slack[serving[at]] -= pays
    return total


def _partial_cover(problem: Problem, spec: Objective) -> int:
    """Cheapest way to reach enough people if nobody were reached twice and parts could be had."""
    weight = multipliers(problem)
    wanted = Fraction(0)
    value = np.zeros(problem.n_options, object)
    for t, target in enumerate(problem.targets):
        if weight[t] == 0:
            continue
        persons = problem.persons[target.group]
        today = count_today(problem, t) > 0
        share = Fraction(1) if spec.share is None else Fraction(spec.share)
        wanted += (share * exact_sum(persons) - exact_sum(persons, today)) * weight[t]
        new = np.where(today, 0, persons)
        reach = problem.reach
        by_site = _within(reach.start, reach.point, reach.cost, target.limit, new)
        serving = option_serves(problem, t)
        value[serving] += by_site[problem.options.site[serving]].astype(object) * weight[t]
    price = _prices(problem)
    total = Fraction(0)
    order = sorted(
        (o for o in range(problem.n_options) if value[o] > 0),
        key=lambda o: Fraction(int(price[o]), int(value[o])),
    )
    for o in order:
        if wanted <= 0:
            break
        part = min(Fraction(1), wanted / int(value[o]))
        total += part * int(price[o])
        wanted -= int(value[o])
    return -(-total.numerator // total.denominator)


@njit(cache=True)
def _within(start, point, cost, limit, value):  # type: ignore[no-untyped-def]
    total = np.zeros(len(start) - 1, np.int64)
    for row in range(len(total)):
        for k in range(start[row], start[row + 1]):
            if cost[k] > limit:
                break
            total[row] += value[point[k]]
    return total


def _nearest_places(problem: Problem, spec: Objective) -> Fraction:
    """p_median and p_center if everything that is allowed were open."""
    total, farthest = Fraction(0), Fraction(0)
    can = usable(problem)
    for t, target in enumerate(problem.targets):
        persons = problem.persons[target.group]
        if target.weight_micro == 0:
            continue
        sites = np.unique(problem.options.site[can & option_serves(problem, t)]).astype(np.int64)
        best = np.full(problem.n_points, np.inf)
        for reach, places in (
            (problem.reach, sites),
            (problem.outlets.reach, np.flatnonzero(outlet_serves(problem, t))),
        ):
            cost, who, _ = nearest(reach, places, target.limit, problem.n_points)
            best = np.where(who >= 0, np.minimum(best, cost), best)
        real = np.isfinite(best) & (persons > 0)
        weight = multipliers(problem)[t]
        total += weight * sum(
            (int(n) * Fraction(c) for n, c in zip(persons[real], best[real].tolist(), strict=True)),
            Fraction(0),
        )
        farthest = max(farthest, Fraction(best[real].max(initial=0.0).item()))
    longest = KNOWN[spec.model].counts == "longest"
    return farthest if longest else total * unit_of(problem, spec)
