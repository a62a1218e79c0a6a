"""A reach from the blocks of rows that threads have made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.problem.reach import Reach
from siting.system.memory import give_back

Block = tuple[NDArray, NDArray, NDArray]
"""Pairs of each row, points and costs of all its pairs."""
GIVEN_BACK = 2**25
"""Bytes of blocks that are freed before the system gets them."""


def joined(blocks: list[Block], n_places: int, n_points: int, dtype: type) -> Reach:
    """All blocks in order; the list is emptied."""
    start = np.zeros(n_places + 1, np.int64)
    if blocks:
        np.cumsum(np.concatenate([rows for rows, _, _ in blocks]), out=start[1:])
    point, cost = np.empty(start[-1], np.int32), np.empty(start[-1], dtype)
    at, freed = int(start[-1]), 0
    while blocks:  # the last first, so that blocks are freed while the result grows
        _, block_point, block_cost = blocks.pop()
        at -= len(block_point)
        point[at : at + len(block_point)] = block_point
        cost[at : at + len(block_point)] = block_cost
        freed += block_point.nbytes + block_cost.nbytes
        if freed >= GIVEN_BACK:
            del block_point, block_cost
            give_back()
            freed = 0
    return Reach(start, point, cost, n_points)
