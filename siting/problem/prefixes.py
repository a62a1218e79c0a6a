"""Ascending pairs in numba: what stands in each site's prefix, and where a value begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit

FEW = 400_000
"""Pairs up to which a new machine would rather add them all up than compile a kernel."""


def any_in_prefix(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    point: NDArray[np.int32],
    mask: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Whether a row's pairs ``start[s]:end[s]`` hold a point of the mask, shape (n_places,)."""
    if len(point) <= FEW:
        running = np.concatenate([[0], np.cumsum(mask[point])])
        return running[end] > running[start[: len(end)]]
    found: NDArray[np.bool_] = _any_in_prefix(start, end, point, mask)
    return found


@njit(cache=True, nogil=True)
def _any_in_prefix(start, end, point, mask):  # type: ignore[no-untyped-def]
    found = np.zeros(len(end), np.bool_)
    for s in range(len(end)):
        for k in range(start[s], end[s]):
            if mask[point[k]]:
                found[s] = True
                break
    return found


def count_in_prefix(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    point: NDArray[np.int32],
    mask: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """How many points of the mask each row's pairs ``start[s]:end[s]`` hold, shape (n_places,)."""
    if len(point) <= FEW:
        running = np.concatenate([[0], np.cumsum(mask[point])])
        return running[end] - running[start[: len(end)]]
    count: NDArray[np.int64] = _count_in_prefix(start, end, point, mask)
    return count


@njit(cache=True, nogil=True)
def _count_in_prefix(start, end, point, mask):  # type: ignore[no-untyped-def]
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
