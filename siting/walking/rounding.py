"""The one rule of rounding for walks: half up to whole decimetres.

Floating-point noise must not decide a half: 16.15 m is 161.5 dm and rounds to 162 although its
binary image lies a hair below. A tenth of a micrometre is forgiven.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.kernels import njit

FORGIVEN_DM = 1e-6
"""Noise forgiven below a half, in decimetres."""
LONGEST_DM = 2**30 - 1
"""No walk is longer than this (107,000 km), so that sums of two fit 32 bits."""


def decimetres(metres: ArrayLike) -> NDArray[np.int32]:
    """Metres (finite, 0 .. 1e8) as whole decimetres, rounded half up."""
    return np.floor(np.asarray(metres, np.float64) * 10.0 + (0.5 + FORGIVEN_DM)).astype(np.int32)


@njit(inline="always")
def decimetre(metres: float) -> np.int32:
    """One length, as :func:`decimetres`, inside compiled code."""
    return np.int32(min(np.floor(metres * 10.0 + (0.5 + FORGIVEN_DM)), LONGEST_DM))


def limit_decimetres(metres: float) -> int:
    """A standard in metres as whole decimetres, rounded down; infinite = no limit."""
    return int(min(np.floor(metres * 10.0 + FORGIVEN_DM), LONGEST_DM))
