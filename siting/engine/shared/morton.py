"""Morton order: neighbours on the map become neighbours in memory."""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Floats, Ints, Words


def morton(xy: Floats | None, count: int) -> Ints:
    """Positions in Z-order of their planar coordinates; as given where there are none."""
    if xy is None or count == 0:
        return np.arange(count)
    low, high = xy.min(axis=0), xy.max(axis=0)
    extent = max(float((high - low).max()), 1e-9)
    cell = ((xy - low) * (65535.0 / extent)).astype(np.uint64)
    return np.argsort(_spread(cell[:, 0]) | (_spread(cell[:, 1]) << np.uint64(1)), kind="stable")


def _spread(value: Words) -> Words:
    """Put a zero bit before each of the lower 16 bits."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        value = (value | (value << np.uint64(shift))) & np.uint64(mask)
    return value
