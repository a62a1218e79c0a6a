"""PageGrid: places as whole grid steps, and arrays as text, for what a page draws."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = 60_000
METRES_PER_DEGREE = 111_320.0
FAR = 2.0**40
"""Steps: outside of every page, and a whole number in any type that is used."""


@dataclass(frozen=True)
class PageGrid:
    """Turns places into grid steps. For degrees the east-west scale is that of the mid-latitude."""

    west: float
    north: float
    scale_x: float
    """Steps per unit of x (degree of longitude, or metre)."""
    scale_y: float
    metres_per_step: float

    @classmethod
    def around(cls, places: Floats, degrees: bool) -> PageGrid:
        """The frame that just holds all places, shape (n, 2), with a margin of 3 %."""
        low, high = places.min(axis=0), places.max(axis=0)
        middle = np.radians((low[1] + high[1]) / 2)
        metres = np.array([METRES_PER_DEGREE * np.cos(middle), METRES_PER_DEGREE])
        if not degrees:
            metres = np.ones(2)
        size = float(max(*((high - low) * metres), 50.0)) * 1.06
        step = size / STEPS
        margin = 0.03 * size / metres
        return cls(
            west=float(low[0] - margin[0]),
            north=float(high[1] + margin[1]),
            scale_x=float(metres[0] / step),
            scale_y=float(metres[1] / step),
            metres_per_step=step,
        )

    def steps(self, places: Floats) -> NDArray[np.int64]:
        """Right and down from the north-west corner, shape (n, 2); places that are nowhere on
        earth (a street's corner beyond its system has infinite degrees) lie far outside."""
        right = (places[:, 0] - self.west) * self.scale_x
        down = (self.north - places[:, 1]) * self.scale_y
        steps = np.nan_to_num(np.round(np.column_stack((right, down))), nan=FAR)
        return np.clip(steps, -FAR, FAR).astype(np.int64)


def packed(array: NDArray[Any]) -> str:
    """Little-endian bytes in base64."""
    raw = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return base64.b64encode(raw).decode("ascii")
