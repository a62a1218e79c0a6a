"""Sums over discs and over what two of them share: what a move wins and loses.

The kernels take plain arrays, not the plan: see :mod:`~siting.engine.shared.moves`.
"""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Floats32, Int, Ints, Ints32
from siting.engine.shared.point_runs import SHIFT
from siting.kernels import njit


@njit(cache=True, nogil=True)
def disc_sum(
    run_start: Ints, run_begin: Ints32, run_end: Ints32, disc: Int, people: Floats32
) -> np.float64:
    """Σ people over the points of a disc.

    Args:
        disc: row of :class:`~siting.engine.shared.point_runs.Runs`.
        people: of one target, shape (n_points,).
    """
    # Half of the runs have one or two points and a few have hundreds: two sums side by side take
    # both as they come, where vector instructions lose more at every run's ends than they win.
    even, odd = np.float32(0), np.float32(0)
    for at in range(run_start[disc], run_start[disc + 1]):
        shift = np.uint64(run_begin[at] >> SHIFT)
        i, end = np.uint64(run_begin[at]) - shift, np.uint64(run_end[at]) - shift
        while i + np.uint64(1) < end:
            even += people[i]
            odd += people[i + np.uint64(1)]
            i += np.uint64(2)
        if i < end:
            even += people[i]
    return np.float64(even + odd)


@njit(cache=True, nogil=True, fastmath=True)
def common_sum(
    run_start: Ints, run_begin: Ints32, run_end: Ints32, disc: Int, other: Int, people: Floats32
) -> np.float64:
    """Σ people over the points that two discs share: their runs ascend, so both are walked once."""
    part = np.float32(0)
    a, a_end = run_start[disc], run_start[disc + 1]
    b, b_end = run_start[other], run_start[other + 1]
    if a == a_end or b == b_end:
        return np.float64(part)
    if run_end[a_end - 1] <= run_begin[b] or run_end[b_end - 1] <= run_begin[a]:
        return np.float64(part)
    while a < a_end and b < b_end:
        low, high = max(run_begin[a], run_begin[b]), min(run_end[a], run_end[b])
        if low < high:
            shift = low >> SHIFT
            for i in range(low - shift, high - shift):
                part += people[i]
        if run_end[a] < run_end[b]:
            a += 1
        else:
            b += 1
    return np.float64(part)
