"""Hilbert order: what is near on the map is consecutive in memory.

Hilbert (1891), Über die stetige Abbildung einer Linie auf ein Flächenstück. A disc on the map is
then made of few runs of consecutive places, a quarter fewer than in Morton's order, because the
curve never jumps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.problem.morton import BITS, cells_of


def hilbert_order(xy: NDArray[np.float64] | None, count: int) -> NDArray[np.int64]:
    """Positions along Hilbert's curve through the bounding square, ties by position.

    Args:
        xy: planar coordinates, shape (count, 2), finite; None where there are none: as given.

    Returns:
        Shape (count,).
    """
    if xy is None or count == 0:
        return np.arange(count)
    cell = cells_of(xy)
    return np.argsort(_along(cell[:, 0].copy(), cell[:, 1].copy()), kind="stable")


def _along(x: NDArray[np.uint32], y: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Steps along the curve to each cell.

    From the largest quarters to the least: within the first and the last quarter of a square the
    curve runs with its axes swapped, in the last one also from the other end.
    """
    one = np.uint32(1)
    swapped, turned = np.zeros_like(x), np.zeros_like(x)
    steps = np.zeros_like(x)
    for bit in range(BITS - 1, -1, -1):
        right, up = (x >> np.uint32(bit)) & one, (y >> np.uint32(bit)) & one
        right ^= turned
        up ^= turned
        other = (right ^ up) & swapped
        right ^= other
        up ^= other
        steps = (steps << np.uint32(2)) | ((right * np.uint32(3)) ^ up)
        below = up ^ one
        swapped ^= below
        turned ^= below & right
    return steps
