"""How often a plan, also a fractional one, covers each point, kept up while tiles change theirs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.problem import Problem
from siting.problem.reach import Reach

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]


def add_cover(
    problem: Problem, reach: Reach, row: Ints, option: Ints, amount: Floats, cover: Floats32
) -> None:
    """Add what some options cover, each by its amount.

    Args:
        reach: of some sites to the points of ``cover``.
        row: of each option's site in ``reach``, shape (n,).
        option: the problem's positions, shape (n,).
        amount: how far each is taken, shape (n,).
        cover: shape (n_points, n_targets), changed in place.
    """
    start, target = serving(problem)
    limit = np.array([t.limit for t in problem.targets], np.float64)
    kind = problem.kind[option]
    _add(reach.start, reach.point, reach.cost, limit, start, target, row, kind, amount, cover)


def serving(problem: Problem) -> tuple[Ints, Ints]:
    """Targets that options of each kind serve, as pointers and positions."""
    served = [np.flatnonzero(row) for row in problem.serves]
    start = np.zeros(len(served) + 1, np.int64)
    np.cumsum([len(targets) for targets in served], out=start[1:])
    return start, np.concatenate([*served, np.zeros(0, np.int64)]).astype(np.int64)


@njit(cache=True)
def _add(  # type: ignore[no-untyped-def]
    start, point, cost, limit, serve_start, serve_target, row, kind, amount, cover
):
    for j in range(len(row)):
        if amount[j] == 0.0:
            continue
        by = np.float32(amount[j])
        for at in range(serve_start[kind[j]], serve_start[kind[j] + 1]):
            t = serve_target[at]
            for k in range(start[row[j]], start[row[j] + 1]):
                if cost[k] > limit[t]:
                    break
                cover[point[k], t] += by
