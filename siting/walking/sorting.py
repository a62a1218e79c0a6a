"""Sorting one row of a Reach: by cost, ties by point. Radix over the cost, then runs of ties.

Distances are floats: they are sorted by their first 24 bits on the scale of the row's largest,
then exactly within the short runs that agree in these.
"""

from __future__ import annotations

import numpy as np

from siting.kernels import njit

DIGIT_BITS = 8
FINE_BITS = 24
SHORT = 24
"""Rows up to this length need no radix."""


@njit(nogil=True, cache=True)
def _sort_run(key, low, high):  # type: ignore[no-untyped-def]
    """Shell's sort: short, in place, quick to compile, and no input makes it quadratic."""
    gap = 1
    while gap < (high - low) // 3:
        gap = 3 * gap + 1  # Knuth's gaps
    while gap > 0:
        for i in range(low + gap, high):
            x = key[i]
            j = i - gap
            while j >= low and key[j] > x:
                key[j + gap] = key[j]
                j -= gap
            key[j + gap] = x
        gap //= 3


@njit(nogil=True, cache=True)
def _sort_pairs(distance, item, low, high):  # type: ignore[no-untyped-def]
    """The same by (distance, item)."""
    gap = 1
    while gap < (high - low) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(low + gap, high):
            d, x = distance[i], item[i]
            j = i - gap
            while j >= low and (distance[j] > d or (distance[j] == d and item[j] > x)):
                distance[j + gap], item[j + gap] = distance[j], item[j]
                j -= gap
            distance[j + gap], item[j + gap] = d, x
        gap //= 3


@njit(nogil=True, cache=True)
def sort_row(key, spare, n, cost_bits, count):  # type: ignore[no-untyped-def]
    """Sort ``key[:n]`` of cost << 32 | point (int64 >= 0); returns the array that holds the result.

    Args:
        spare: scratch as long as ``key``.
        cost_bits: costs are below 2 ** cost_bits.
        count: int64 scratch, length 2 ** DIGIT_BITS + 1.
    """
    if n <= SHORT:
        _sort_run(key, 0, n)
        return key
    passes = (cost_bits + DIGIT_BITS - 1) // DIGIT_BITS
    bits = (cost_bits + passes - 1) // passes
    mask = (1 << bits) - 1
    for digit in range(passes):
        shift = 32 + digit * bits
        for d in range(mask + 2):
            count[d] = 0
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
            _sort_run(key, low, high)
        low = high
    return key


@njit(nogil=True, cache=True)
def sort_distances(distance, item, n, key, spare, count, out_distance, out_item):  # type: ignore[no-untyped-def]
    """Write the first n (distance >= 0, item) in ascending order of both.

    Args:
        key, spare: int64 scratch of length >= n.
        count: as in :func:`sort_row`.
    """
    largest = 0.0
    for i in range(n):
        largest = max(largest, distance[i])
    scale = ((1 << FINE_BITS) - 1) / largest if largest > 0 else 0.0
    for i in range(n):
        key[i] = (np.int64(distance[i] * scale) << 32) | i
    row = sort_row(key, spare, n, FINE_BITS, count)
    for i in range(n):
        at = row[i] & 0xFFFFFFFF
        out_distance[i], out_item[i] = distance[at], item[at]
    low = 0
    while low < n:
        high = low + 1
        ordered = True
        while high < n and row[high] >> 32 == row[low] >> 32:
            ordered = ordered and (
                out_distance[high] > out_distance[high - 1]
                or (
                    out_distance[high] == out_distance[high - 1]
                    and out_item[high] > out_item[high - 1]
                )
            )
            high += 1
        if not ordered:
            _sort_pairs(out_distance, out_item, low, high)
        low = high
