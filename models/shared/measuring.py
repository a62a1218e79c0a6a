"""Exact figures of a set of options, in integers, for the claims a formulation makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.models.shared.opening import price, usable
from siting.problem import Problem

Ints = NDArray[np.int64]


def times_reached(problem: Problem, chosen: Ints, t: int) -> NDArray[np.int32]:
    """How many chosen options serve each point of a target, shape (n_points,)."""
    times = np.zeros(problem.n_points, np.int32)
    for option in chosen:
        times[reached_points(problem, int(option), t)] += 1
    return times


def _someone_waits(
    points: NDArray[np.int32],
    times: NDArray[np.int32],
    needed: NDArray[np.integer],
    persons: Ints,
) -> bool:
    """Whether somebody among the points has just as many outlets as it needs."""
    its = needed[points]
    return bool(((its > 0) & (times[points] == its) & (persons[points] > 0)).any())


def reached_points(problem: Problem, option: int, t: int) -> NDArray[np.int32]:
    """Points within the standard of one option, if it serves the target."""
    o = problem.options
    if not problem.serves[problem.kind[option], t]:
        return np.zeros(0, np.int32)
    site = int(o.site[option])
    limit = problem.targets[t].limit
    points = problem.reach.row(site)
    if not problem.reach.has_cost:
        return points if limit >= 0 else points[:0]
    cost = problem.reach.row_cost(site)
    return points[: np.searchsorted(cost, cost.dtype.type(min(limit, _largest(cost))), "right")]


def _largest(cost: NDArray[Any]) -> float:
    return float(np.iinfo(cost.dtype).max) if cost.dtype.kind in "iu" else np.inf


def newly_covered(problem: Problem, chosen: Ints, tier: str | None = None) -> int:
    """Σ w over the newly covered people of a tier (None = of all), in ``Problem.unit``."""
    total = 0
    for t, target in enumerate(problem.targets):
        if target.weight_micro and (tier is None or target.tier == tier):
            total += int(problem.value[times_reached(problem, chosen, t) > 0, t].sum())
    return total


def first_openings(problem: Problem, chosen: Ints) -> Ints:
    """Positions (site * n_phases + phase) at which sites first open, ascending."""
    phase = np.full(problem.n_sites, problem.n_phases, np.int64)
    np.minimum.at(phase, problem.options.site[chosen], problem.options.phase[chosen])
    sites = np.flatnonzero(phase < problem.n_phases)
    return sites * problem.n_phases + phase[sites]


def rules_hold(problem: Problem, chosen: Ints) -> bool:
    """Whether every rule row and minimum coverage holds (floor, choice and spacing apart)."""
    taken = np.zeros(problem.n_options, np.int64)
    taken[chosen] = 1
    opened = np.zeros(problem.n_sites * problem.n_phases, np.int64)
    opened[first_openings(problem, chosen)] = 1
    for rule in problem.rules:
        used = rule.options @ taken
        if rule.openings is not None:
            used = used + rule.openings @ opened
        if (used < rule.rhs if rule.sense == ">=" else used > rule.rhs).any():
            return False
    return all(_enough(problem, chosen, r) for r in range(len(problem.min_coverage)))


def _enough(problem: Problem, chosen: Ints, position: int) -> bool:
    rule = problem.min_coverage[position]
    new = {
        t: (times_reached(problem, chosen, t) > 0) & ~problem.covered_before[:, t]
        for t in rule.targets
    }
    for district in rule.places:
        inside = problem.inside(district)
        got = sum(
            int(problem.persons[problem.targets[t].group][inside & new[t]].sum())
            for t in rule.targets
        )
        if got < problem.missing(rule, district):
            return False
    return True


def price_of(problem: Problem, options: Ints) -> Fraction:
    """Money for some options and the sites they open; their number if nothing costs anything."""
    cost, opening = price(problem)
    sites = np.unique(problem.options.site[options])
    return Fraction(int(cost[options].sum()) + int(opening[sites].sum()))


def existing_cost(problem: Problem, t: int) -> NDArray[np.float64]:
    """Cost of each point to the nearest existing outlet within the standard, inf where none."""
    outlets, target = problem.outlets, problem.targets[t]
    reach = outlets.reach.rows(np.flatnonzero(np.isin(outlets.format, target.served_by)))
    nearest = reach.nearest()
    return np.where(nearest <= target.limit, nearest, np.inf)


@dataclass(frozen=True)
class Walkers:
    """The people of one target who can be covered, as p_median and p_center count them."""

    target: int
    points: Ints
    weight: Ints
    """Weighted people at each of the points, in ``Problem.unit``."""
    today: NDArray[np.float64]
    """Cost of every point to what stands today, inf where nothing does; shape (n_points,)."""

    def costs(self, problem: Problem, chosen: Ints) -> NDArray[np.float64]:
        """Cost of each of the points to the nearest outlet."""
        cost = self.today.copy()
        for option in chosen:
            reached = reached_points(problem, int(option), self.target)
            here = problem.reach.row_cost(int(problem.options.site[option]))[: len(reached)]
            np.minimum.at(cost, reached, here.astype(np.float64))
        return cost[self.points]


def walkers(problem: Problem) -> list[Walkers]:
    """Everybody who can be covered by an existing outlet or a usable option, a counted target."""
    told = []
    good = np.flatnonzero(usable(problem))
    for t, target in enumerate(problem.targets):
        if target.weight_micro == 0:
            continue
        today = existing_cost(problem, t)
        coverable = np.isfinite(today) | (times_reached(problem, good, t) > 0)
        points = np.flatnonzero(coverable & (problem.persons[target.group] > 0))
        weight = problem.persons[target.group][points] * (target.weight_micro // problem.weight_gcd)
        told.append(Walkers(t, points, weight, today))
    return told


def total_walk(problem: Problem, chosen: Ints, everybody: list[Walkers] | None = None) -> float:
    """Σ weighted persons times cost, in weighted persons and the cost's unit."""
    everybody = walkers(problem) if everybody is None else everybody
    parts = [fsum(who.weight * who.costs(problem, chosen)) for who in everybody]
    return fsum(parts) * float(problem.unit)


def longest_walk(problem: Problem, chosen: Ints, everybody: list[Walkers] | None = None) -> float:
    """The largest cost of anybody who can be covered."""
    everybody = walkers(problem) if everybody is None else everybody
    return max((float(w.costs(problem, chosen).max(initial=0.0)) for w in everybody), default=0.0)


def once(problem: Problem, t: int) -> NDArray[np.int8]:
    """Outlets each point still needs for a target: 1, or 0 where something covers it today."""
    return (~problem.covered_before[:, t]).astype(np.int8)


def without_idle(
    problem: Problem, chosen: Ints, times: Callable[[int], NDArray[np.integer]]
) -> Ints:
    """The options less those that gain nothing and that no rule needs (dearest dropped first).

    Args:
        times: for a target, how many further outlets each point needs to count as covered
            (1 where an outlet in reach is enough, 0 where it is covered already).
    """
    counted = [t for t, target in enumerate(problem.targets) if target.weight_micro > 0]
    needed = {t: times(t) for t in counted}
    reached = {t: times_reached(problem, chosen, t) for t in counted}
    persons = {t: problem.persons[problem.targets[t].group] for t in counted}
    kept = [int(option) for option in chosen]
    before = len(kept) + 1
    while len(kept) < before:  # what needed an outlet that is gone by now (a vehicle its stops)
        before = len(kept)
        for option in sorted(kept, key=lambda o: (-int(problem.options.cost[o]), o)):
            points = {t: reached_points(problem, option, t) for t in counted}
            if any(
                _someone_waits(there, reached[t], needed[t], persons[t])
                for t, there in points.items()
            ):
                continue
            rest = np.array([o for o in kept if o != option], np.int64)
            if rules_hold(problem, rest):
                kept.remove(option)
                for t, there in points.items():
                    reached[t][there] -= 1
    return np.array(kept, np.int64)


def without_worthless(problem: Problem, chosen: Ints, loses: Callable[[Ints, Ints], bool]) -> Ints:
    """As :func:`without_idle`, for values that must be recomputed (dearest dropped first).

    Args:
        loses: whether the second set of options is worth less than the first, its superset.
    """
    kept = np.asarray(chosen, np.int64)
    before = len(kept) + 1
    while len(kept) < before:  # as above
        before = len(kept)
        for option in sorted(kept.tolist(), key=lambda o: (-int(problem.options.cost[o]), o)):
            rest = kept[kept != option]
            if rules_hold(problem, rest) and not loses(kept, rest):
                kept = rest
    return kept
