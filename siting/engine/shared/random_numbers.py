"""Random numbers in compiled kernels: one state a chain, no state shared.

``state`` is the seed and what becomes of it, uint64, shape (1,).
"""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Int, Words
from siting.kernels import njit


@njit(cache=True, nogil=True)
def random64(state: Words) -> np.uint64:
    """SplitMix64: Steele, Lea and Flood (2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def uniform(state: Words) -> float:
    """In [0, 1)."""
    return (random64(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def below(state: Words, n: Int) -> np.int64:
    """Integer in 0..n-1."""
    return np.int64(uniform(state) * n)
