"""Who is within whose standard: recomputed from the raw arrays of a problem.

Symbols as in :mod:`siting.problem`; "today" means by what stands, whatever is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import gcd

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.problem import MICRO, Problem
from siting.problem.reach import Reach

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

SAFE = 2**62
"""Integers below this can be added once more in int64."""
BLOCK = 2**18
"""Numbers that are added at a time."""
FEW = 2_000
"""Places up to which each is looked at as a whole, which needs nothing compiled."""


def common_weight(problem: Problem) -> int:
    """Greatest common divisor of the targets' weights, millionths."""
    return gcd(*(target.weight_micro for target in problem.targets)) or MICRO


def multipliers(problem: Problem) -> list[int]:
    """Units of the objective in one 1/person_units of a person, one a target."""
    common = common_weight(problem)
    return [target.weight_micro // common for target in problem.targets]


def weighted_unit(problem: Problem) -> Fraction:
    """Weighted persons in one integer unit of a cover model's objective."""
    return Fraction(common_weight(problem), MICRO * problem.person_units)


def option_serves(problem: Problem, t: int) -> Mask:
    """Options whose outlets count for a target: a serving format, there in its phase."""
    target = problem.targets[t]
    o = problem.options
    there = (o.phase <= target.phase) & (target.phase <= o.last)
    return np.isin(o.format, np.array(target.served_by)) & there


def outlet_serves(problem: Problem, t: int) -> Mask:
    """Existing outlets that count for a target."""
    return np.isin(problem.outlets.format, np.array(problem.targets[t].served_by))


def count_today(problem: Problem, t: int, keep: Mask | None = None) -> NDArray[np.int32]:
    """Existing serving outlets (of ``keep``) within the target's standard, shape (n_points,)."""
    serving = outlet_serves(problem, t)
    if keep is not None:
        serving &= keep
    return count_within(
        problem.outlets.reach, np.flatnonzero(serving), problem.targets[t].limit, problem.n_points
    )


def count_within(reach: Reach, places: Ints, limit: float, n_points: int) -> NDArray[np.int32]:
    """How many of the places (repeats count) have each point within the limit."""
    times = np.zeros(n_points, np.int32)
    places = np.asarray(places, np.int64)
    if len(places) <= FEW:
        for _, points, _ in _within(reach, places, limit):
            times[points] += 1
    else:
        _count(reach.start, reach.point, reach.cost, places, limit, times)
    return times


def nearest(
    reach: Reach, places: Ints, limit: float, n_points: int
) -> tuple[NDArray, NDArray[np.int32], NDArray[np.int32]]:
    """Cost of each point to the nearest of the places within the limit, which one it is, and how
    many there are (repeats count).

    Ties go to the place listed first; position -1 where there is none (its cost is meaningless).
    """
    who = np.full(n_points, -1, np.int32)
    times = np.zeros(n_points, np.int32)
    places = np.asarray(places, np.int64)
    if not reach.has_cost:
        if limit >= 0:
            _first(reach.start, reach.point, places, who, times)
        return np.broadcast_to(np.zeros(1, reach.cost.dtype), (n_points,)), who, times
    best = np.zeros(n_points, reach.cost.dtype)
    if len(places) <= FEW:
        for at, points, cost in _within(reach, places, limit):
            times[points] += 1
            nearer = (who[points] < 0) | (cost < best[points])
            who[points[nearer]] = at
            best[points[nearer]] = cost[nearer]
    else:
        _nearest(reach.start, reach.point, reach.cost, places, limit, best, who, times)
    return best, who, times


def _within(
    reach: Reach, places: Ints, limit: float
) -> Iterator[tuple[int, NDArray[np.int32], NDArray]]:
    """Position of each place, the points that it has within the limit and what they cost."""
    for at, place in enumerate(places):
        low, high = reach.start[place], reach.start[place + 1]
        cost = reach.cost[low:high]
        near = slice(0, np.count_nonzero(cost <= limit))
        yield at, reach.point[low:high][near], cost[near]


def exact_sum(values: NDArray[np.integer], where: NDArray[np.bool_] | None = None) -> int:
    """Σ values as a Python integer, whatever its size. Values in int64's range.

    Args:
        where: of these only; same shape.
    """
    values, total = values.ravel(), 0
    mask = None if where is None else where.ravel()
    for first in range(0, len(values), BLOCK):
        some = values[first : first + BLOCK].astype(np.int64, copy=False)
        if mask is not None:
            some = some[mask[first : first + BLOCK]]
        # Sums of the upper bits and of the lower 31: neither overflows.
        total += (int((some >> 31).sum()) << 31) + int((some & (2**31 - 1)).sum())
    return total


def dot(a: NDArray[np.integer], b: NDArray[np.integer]) -> int:
    """Σ a b as a Python integer. Both non-negative."""
    if not a.size:
        return 0
    if int(a.max()) * int(b.max()) * a.size < SAFE:
        return int(a.astype(np.int64, copy=False) @ b.astype(np.int64, copy=False))
    return sum(int(x) * int(y) for x, y in zip(a.tolist(), b.tolist(), strict=True))


@njit(cache=True)
def _count(start, point, cost, places, limit, times):  # type: ignore[no-untyped-def]
    for place in places:
        for k in range(start[place], start[place + 1]):
            if cost[k] > limit:
                break
            times[point[k]] += 1


@njit(cache=True)
def _nearest(start, point, cost, places, limit, best, who, times):  # type: ignore[no-untyped-def]
    for at in range(len(places)):
        place = places[at]
        for k in range(start[place], start[place + 1]):
            if cost[k] > limit:
                break
            p = point[k]
            times[p] += 1
            if who[p] < 0 or cost[k] < best[p]:
                who[p] = at
                best[p] = cost[k]


@njit(cache=True)
def _first(start, point, places, who, times):  # type: ignore[no-untyped-def]
    """The same where all costs are equal."""
    for at in range(len(places)):
        place = places[at]
        for k in range(start[place], start[place + 1]):
            p = point[k]
            times[p] += 1
            if who[p] < 0:
                who[p] = at


def add_by(total: Ints, who: NDArray[np.integer], persons: Ints, mask: Mask) -> None:
    """total[who[i]] += persons[i] for the points of the mask."""
    np.add.at(total, who[mask], persons[mask])
