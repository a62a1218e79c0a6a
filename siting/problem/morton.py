"""Morton order: neighbours on the map become neighbours in memory.

Morton (1966), A computer oriented geodetic data base. On street networks the order alone makes a
bounded search up to three times faster, because what a search touches fits the caches.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 16
"""Halvings of the bounding square."""


def morton_order(xy: NDArray[np.float64] | None, count: int) -> NDArray[np.int64]:
    """Positions along the Z-shaped curve over the bounding square, ties by position.

    Args:
        xy: planar coordinates, shape (count, 2), finite; None where there are none: as given.

    Returns:
        Shape (count,).
    """
    if xy is None or count == 0:
        return np.arange(count)
    cell = cells_of(xy).astype(np.uint64)
    return np.argsort(_spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1)), kind="stable")


def cells_of(xy: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Cells of the bounding square, 2^16 a side, that places lie in; shape (n, 2), n > 0."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    extent = max(float((high - low).max()), 1e-9)
    return ((xy - low) * ((2.0**BITS - 1) / extent)).astype(np.uint32)


def _spread(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero bit before each of the lower 16 bits."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value
