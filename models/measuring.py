"""Exact figures of a set of options, in integers, for the claims a formulation makes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from siting.models.covering import need
from siting.problem import Problem

Ints = NDArray[np.int64]


def times_reached(problem: Problem, chosen: Ints, t: int) -> Ints:
    """How many chosen options serve each point of a target, shape (n_points,)."""
    points = [reached_points(problem, int(option), t) for option in chosen]
    together = np.concatenate(points) if points else np.zeros(0, np.int32)
    return np.bincount(together, minlength=problem.n_points).astype(np.int64)


def reached_points(problem: Problem, option: int, t: int) -> NDArray[np.int32]:
    """Points within the standard of one option, if it serves the target."""
    o = problem.options
    if not problem.serves[o.format[option], o.phase[option], t]:
        return np.zeros(0, np.int32)
    site = int(o.site[option])
    limit = problem.targets[t].limit
    points = problem.reach.row(site)
    if not problem.reach.has_cost:
        return points if limit >= 0 else points[:0]
    cost = problem.reach.row_cost(site)
    return points[: np.searchsorted(cost, cost.dtype.type(min(limit, _largest(cost))), "right")]


def _largest(cost: NDArray) -> float:
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
    t = rule.target
    new = (times_reached(problem, chosen, t) > 0) & ~problem.covered_before[:, t]
    persons = problem.persons[problem.targets[t].group]
    districts: tuple[int | None, ...] = (None,) if rule.districts is None else rule.districts
    for district in districts:
        inside = new
        if district is not None and problem.point_district is not None:
            inside = new & (problem.point_district == district)
        if int(persons[inside].sum()) < need(problem, rule, district)[1]:
            return False
    return True


def without_idle(problem: Problem, chosen: Ints, times: Callable[[int], Ints]) -> Ints:
    """The options less those that gain nothing and that no rule needs (dearest dropped first).

    Args:
        times: for a target, how many further outlets each point needs to count as covered
            (1 where an outlet in reach is enough, 0 where it is covered already).
    """
    counted = [t for t, target in enumerate(problem.targets) if target.weight_micro > 0]
    needed = {t: times(t) for t in counted}
    reached = {t: times_reached(problem, chosen, t) for t in counted}
    weighs = {t: problem.persons[problem.targets[t].group] > 0 for t in counted}
    kept = [int(option) for option in chosen]
    for option in sorted(kept, key=lambda o: (-int(problem.options.cost[o]), o)):
        gains = False
        points = {t: reached_points(problem, option, t) for t in counted}
        for t, there in points.items():
            critical = (reached[t][there] == needed[t][there]) & (needed[t][there] > 0)
            if (critical & weighs[t][there]).any():
                gains = True
                break
        if gains:
            continue
        rest = np.array([o for o in kept if o != option], np.int64)
        if rules_hold(problem, rest):
            kept.remove(option)
            for t, there in points.items():
                reached[t][there] -= 1
    return np.array(kept, np.int64)
