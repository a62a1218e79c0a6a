"""What the kernel of :mod:`siting.walking.straight` finds in the plane, by whole arrays.

For a few places and points this takes less time than a new machine takes to compile the kernel. On
a sphere the kernel stays: its sines are not the library's to the last bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

FEW = 5_000_000
"""Places x points up to which nothing is compiled."""


def rows_plain(
    place: Float, point: Float, radius: float, strict: bool, limit_dm: int, detour: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray]:
    """Sorted rows of all places: their lengths, and point and cost of each pair.

    Args:
        limit_dm: inclusive; costs are whole decimetres up to it, exact distances where it is < 0.
    """
    dx, dy = (point[:, k] - place[:, k, np.newaxis] for k in (0, 1))
    distance = np.sqrt(dx * dx + dy * dy)
    row, item = np.nonzero(distance < radius if strict else distance <= radius)
    cost = distance[row, item]
    if limit_dm >= 0:
        cost = np.floor(cost * detour * 10.0 + 0.500001)
        near = cost <= limit_dm
        row, item, cost = row[near], item[near], cost[near].astype(np.int64)
    order = np.lexsort((item, cost, row))
    return np.bincount(row, minlength=len(place)), item[order], cost[order]
