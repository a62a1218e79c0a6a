"""Sorting one row of a Reach: by cost, ties by point. Radix over the cost, then runs of ties."""

from __future__ import annotations

import numba as nb
import numpy as np

DIGIT_BITS = 8
SHORT = 24
"""Rows and runs up to this length are sorted by insertion."""


@nb.njit(inline="always")
def _insertion(key, low, high):  # type: ignore[no-untyped-def]
    for i in range(low + 1, high):
        x = key[i]
        j = i - 1
        while j >= low and key[j] > x:
            key[j + 1] = key[j]
            j -= 1
        key[j + 1] = x


@nb.njit(nogil=True, cache=True)
def sort_row(key, spare, n, cost_bits, count):  # type: ignore[no-untyped-def]
    """Sort ``key[:n]`` of cost << 32 | point (int64 >= 0); returns the array that holds the result.

    Args:
        spare: scratch as long as ``key``.
        cost_bits: costs are below 2 ** cost_bits.
        count: int64 scratch, length 2 ** DIGIT_BITS + 1.
    """
    if n <= SHORT:
        _insertion(key, 0, n)
        return key
    passes = (cost_bits + DIGIT_BITS - 1) // DIGIT_BITS
    bits = (cost_bits + passes - 1) // passes
    mask = (1 << bits) - 1
    for digit in range(passes):
        shift = 32 + digit * bits
        count[: mask + 2] = 0
        for i in range(n):
            count[((key[i] >> shift) & mask) + 1] += 1
        for d in range(mask):
            count[d + 1] += count[d]
        for i in range(n):
            d = (key[i] >> shift) & mask
            spare[count[d]] = key[i]
            count[d] += 1
        key, spare = spare, key
    low = 0
    while low < n:
        high = low + 1
        cost = key[low] >> 32
        ordered = True
        while high < n and key[high] >> 32 == cost:
            ordered = ordered and key[high] > key[high - 1]
            high += 1
        if not ordered:
            if high - low <= SHORT:
                _insertion(key, low, high)
            else:
                key[low:high] = np.sort(key[low:high])
        low = high
    return key
