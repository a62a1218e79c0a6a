"""Ascending pairs in numba: what stands in each site's prefix, and where a value begins."""

from __future__ import annotations

import numpy as np

from siting.kernels import njit


@njit(cache=True, nogil=True)
def any_in_prefix(start, end, point, mask):  # type: ignore[no-untyped-def]
    """Whether a row's pairs ``start[s]:end[s]`` hold a point of the mask, shape (n_places,)."""
    found = np.zeros(len(end), np.bool_)
    for s in range(len(end)):
        for k in range(start[s], end[s]):
            if mask[point[k]]:
                found[s] = True
                break
    return found


@njit(cache=True, nogil=True)
def count_in_prefix(start, end, point, mask):  # type: ignore[no-untyped-def]
    """How many points of the mask each row's pairs ``start[s]:end[s]`` hold."""
    count = np.zeros(len(end), np.int64)
    for s in range(len(end)):
        for k in range(start[s], end[s]):
            count[s] += mask[point[k]]
    return count


@njit(cache=True, nogil=True)
def first_not_below(ascending, low, high, value):  # type: ignore[no-untyped-def]
    """The first position of ``low:high`` whose entry is at least ``value``; ``high`` when none."""
    while low < high:
        middle = (low + high) >> 1
        if ascending[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low
