"""g[o], what each option collects from the people it covers, in one pass over the pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit, prange
from siting.problem import Problem
from siting.problem.reach import Reach
from siting.verification.people import Ints, option_serves

_PERSONS_LIMIT = 2**31
FEW = 200_000
"""Pairs up to which nothing is worth compiling, and waking other threads not for fillings."""
BLOCK = 64
"""Rows that one thread takes at a time."""


def collect(problem: Problem, reach: Reach, pi: Ints, shift: int) -> Ints:
    """Σ Π over what each site covers, shape (n_sites, n_targets), in 2**shift, rounded up.

    Args:
        reach: of the sites; of all of them, or of some to some points.
        pi: Π, shape (n_points, n_targets), columns in the order of :func:`by_limit`.
    """
    limits = np.array([problem.targets[t].limit for t in by_limit(problem)])
    out = np.zeros((reach.n_places, problem.n_targets), np.int64)
    if reach.n_pairs < FEW:
        return _summed(reach, limits, pi, shift)
    _collect_threads(
        0, reach.n_places, reach.start, reach.point, reach.cost, limits, pi, shift, out
    )
    return out


def _summed(reach: Reach, limits: NDArray[np.float64], pi: Ints, shift: int) -> Ints:
    """The same by running sums, which needs nothing compiled."""
    out = np.zeros((reach.n_places, len(limits)), np.int64)
    running = np.zeros(reach.n_pairs + 1, np.int64)
    up = (1 << shift) - 1
    for column, limit in enumerate(limits):
        paid = (pi[reach.point, column] + up) >> shift
        np.cumsum(np.where(reach.cost <= limit, paid, 0), out=running[1:])
        out[:, column] = running[reach.start[1:]] - running[reach.start[:-1]]
    return out


def by_limit(problem: Problem) -> list[int]:
    """Targets, the widest standard first: those that a pair serves are then a prefix."""
    return sorted(range(problem.n_targets), key=lambda t: -problem.targets[t].limit)


def option_gains(problem: Problem, site_gains: Ints) -> Ints:
    """g[o] where nobody's capacity counts, from :func:`collect`. Shape (n_options,)."""
    gains = np.zeros(problem.n_options, np.int64)
    site = problem.options.site
    for column, t in enumerate(by_limit(problem)):
        gains += np.where(option_serves(problem, t), site_gains[site, column], 0)
    return gains


def filled(
    problem: Problem,
    pi: Ints,
    persons: Ints,
    site: NDArray[np.integer],
    capacity: Ints,
    serves: NDArray[np.bool_],
    reach: Reach,
    shift: int,
) -> Ints:
    """What outlets collect when each takes at most its capacity in each phase, best paid first.

    Rounded up by at most a 2**-50 of it, so that it bounds the exact filling.

    Args:
        pi, persons: Π and persons still to be served, shape (n_points, n_targets), columns in
            the order of :func:`by_limit`.
        site: row of ``reach`` of each outlet, shape (n_outlets,).
        capacity: 1/person_units, shape (n_outlets,).
        serves: shape (n_outlets, n_targets), columns in the same order.
    """
    order = by_limit(problem)
    limits = np.array([problem.targets[t].limit for t in order])
    phase = np.array([problem.targets[t].phase for t in order], np.int64)
    gains = np.zeros(len(site), np.int64)
    kernel = _fill if reach.n_pairs < FEW else _fill_threads
    kernel(
        0,
        len(site),
        reach.start,
        reach.point,
        reach.cost,
        limits,
        phase,
        problem.n_phases,
        pi,
        persons,
        np.asarray(site, np.int64),
        capacity,
        serves,
        shift,
        gains,
    )
    return gains


@njit(cache=True, parallel=True)
def _collect_threads(  # type: ignore[no-untyped-def]
    first, last, start, point, cost, limits, pi, shift, out
):
    for block in prange((last - first + BLOCK - 1) // BLOCK):
        low = first + block * BLOCK
        _collect(low, min(last, low + BLOCK), start, point, cost, limits, pi, shift, out)


@njit(cache=True)
def _collect(first, last, start, point, cost, limits, pi, shift, out):  # type: ignore[no-untyped-def]
    up = (np.int64(1) << shift) - 1
    for site in range(first, last):
        wide = len(limits)
        for k in range(start[site], start[site + 1]):
            while wide > 0 and cost[k] > limits[wide - 1]:
                wide -= 1
            if wide == 0:
                break
            row = pi[point[k]]
            if shift == 0:
                for t in range(wide):
                    out[site, t] += row[t]
            else:
                for t in range(wide):
                    out[site, t] += (row[t] + up) >> shift


@njit(cache=True, parallel=True)
def _fill_threads(  # type: ignore[no-untyped-def]
    first,
    last,
    start,
    point,
    cost,
    limits,
    phase,
    n_phases,
    pi,
    persons,
    site,
    capacity,
    serves,
    shift,
    gains,
):
    for block in prange((last - first + BLOCK - 1) // BLOCK):
        low = first + block * BLOCK
        _fill(
            low,
            min(last, low + BLOCK),
            start,
            point,
            cost,
            limits,
            phase,
            n_phases,
            pi,
            persons,
            site,
            capacity,
            serves,
            shift,
            gains,
        )


@njit(cache=True)
def _fill(  # type: ignore[no-untyped-def]
    first,
    last,
    start,
    point,
    cost,
    limits,
    phase,
    n_phases,
    pi,
    persons,
    site,
    capacity,
    serves,
    shift,
    gains,
):
    up = (np.int64(1) << shift) - 1
    for j in range(first, last):
        low, high = start[site[j]], start[site[j] + 1]
        for now in range(n_phases):
            columns = 0
            for t in range(len(limits)):
                if serves[j, t] and phase[t] == now:
                    columns += 1
            if columns == 0:
                continue
            most = (high - low) * columns
            price = np.empty(most, np.int64)
            people = np.empty(most, np.int64)
            n = 0
            wanted, total, crowd = np.int64(0), np.int64(0), False
            for t in range(len(limits)):
                if not (serves[j, t] and phase[t] == now):
                    continue
                for k in range(low, high):
                    if cost[k] > limits[t]:
                        break
                    amount = pi[point[k], t]
                    if amount > 0:
                        price[n] = (amount + up) >> shift
                        people[n] = persons[point[k], t]
                        wanted += people[n]
                        total += price[n]
                        crowd = crowd or people[n] >= _PERSONS_LIMIT
                        n += 1
            if wanted <= capacity[j] or crowd:
                gains[j] += total  # everybody fits (or the products would not fit in int64)
                continue
            order = np.argsort(-price[:n] / people[:n])
            left = capacity[j]
            sum_ = np.int64(0)
            for k in order:
                if people[k] <= left:
                    sum_ += price[k]
                    left -= people[k]
                else:
                    part = (price[k] % people[k]) * left
                    sum_ += (price[k] // people[k]) * left + (part + people[k] - 1) // people[k]
                    break
            # The order is right to within the rounding of a float.
            gains[j] += min(total, sum_ + (sum_ >> 50) + 1)
