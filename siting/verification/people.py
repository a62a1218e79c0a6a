"""Who is within whose standard: recomputed from the raw arrays of a problem.

Symbols as in :mod:`siting.problem`; "today" means by what stands, whatever is chosen.
"""

from __future__ import annotations

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
_NO_MASK = np.zeros(0, np.bool_)


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
    _count(reach.start, reach.point, reach.cost, np.asarray(places, np.int64), limit, times)
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
    _nearest(reach.start, reach.point, reach.cost, places, limit, best, who, times)
    return best, who, times


def exact_sum(values: NDArray[np.integer], where: NDArray[np.bool_] | None = None) -> int:
    """Σ values as a Python integer, whatever its size. Values in int64's range.

    Args:
        where: of these only; same shape.
    """
    mask = _NO_MASK if where is None else where.ravel()
    high, low = _halves(values.ravel(), mask, where is not None)
    return (int(high) << 31) + int(low)


def dot(a: NDArray[np.integer], b: NDArray[np.integer]) -> int:
    """Σ a b as a Python integer. Both non-negative."""
    if not a.size:
        return 0
    if int(a.max()) * int(b.max()) * a.size < SAFE:
        return int(a.astype(np.int64, copy=False) @ b.astype(np.int64, copy=False))
    return sum(int(x) * int(y) for x, y in zip(a.tolist(), b.tolist(), strict=True))


@njit(cache=True)
def _halves(values, mask, masked):  # type: ignore[no-untyped-def]
    """Sums of the values' upper bits and of their lower 31: neither overflows."""
    high, low = np.int64(0), np.int64(0)
    for i in range(len(values)):
        if not masked or mask[i]:
            high += np.int64(values[i]) >> 31
            low += np.int64(values[i]) & (2**31 - 1)
    return high, low


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


@njit(cache=True)
def add_by(total, who, persons, mask):  # type: ignore[no-untyped-def]
    """total[who[i]] += persons[i] for the points of the mask."""
    for i in range(len(mask)):
        if mask[i]:
            total[who[i]] += persons[i]
