"""Who is within a radius when a few places meet millions of points.

One pass over blocks of points that stay in the first cache leaves a bit a pair; a second pass
turns the bits into point numbers. Rows come out in ascending point order without any sorting.
Distances are compared unrounded, as sqrt(dx² + dy²).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.walking.intrinsics import count_bits, lowest_bit
from siting.walking.sorting import DIGIT_BITS, sort_distances

FEW = 1024
"""Up to so many places the pass over all points is the faster way."""
GATHER = np.uint64(0x0102040810204080)
BLOCK = 2048
"""Points looked at by every place before going on; a multiple of 64."""


def within_few(
    place_xy: NDArray[np.float64],
    point_xy: NDArray[np.float64],
    radius: float,
    strict: bool,
    threads: int | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Pointers (n_places + 1,) and points (n_pairs,), ascending within a row; euclidean."""
    place = np.ascontiguousarray(place_xy, np.float64)
    point = np.ascontiguousarray(point_xy, np.float64)
    largest = _largest_square(radius, strict)
    n_blocks = -(-len(point) // BLOCK)
    threads = threads or cpu_count() or 1
    per = -(-n_blocks // (8 * threads)) or 1
    begins = range(0, n_blocks, per)
    bits = np.zeros((len(place), n_blocks * (BLOCK // 64)), np.uint64)
    counts = np.zeros((len(begins) + 1, len(place)), np.int64)

    def mark(k: int) -> None:
        begin = begins[k]
        _mark(place, point, largest, begin, min(begin + per, n_blocks), bits, counts[k + 1])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(mark, range(len(begins))))
        start = np.zeros(len(place) + 1, np.int64)
        np.cumsum(counts.sum(axis=0), out=start[1:])
        items = np.empty(start[-1], np.int32)

        def write(s: int) -> None:
            _write(bits[s], items[start[s] : start[s + 1]])

        list(pool.map(write, range(len(place))))
    return start, items


def _largest_square(radius: float, strict: bool) -> float:
    """The largest float whose root is <= radius (strict: < radius); below 0 when there is none.

    Roots are rounded correctly and never fall, so comparing squares with it is comparing the
    distances themselves.
    """
    if radius < 0 or (strict and radius == 0):
        return -1.0
    square = radius * radius

    def inside(x: float) -> bool:
        root = float(np.sqrt(x))
        return root < radius or (root == radius and not strict)

    while not inside(square):
        square = float(np.nextafter(square, -np.inf))
    while inside(above := float(np.nextafter(square, np.inf))) and above < np.inf:
        square = above
    return square


def sorted_by_distance(
    place_xy: NDArray[np.float64],
    point_xy: NDArray[np.float64],
    start: NDArray[np.int64],
    item: NDArray[np.int32],
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Distances of all pairs; sorts ``item`` in place by (distance, point) within each row."""
    place = np.ascontiguousarray(place_xy, np.float64)
    point = np.ascontiguousarray(point_xy, np.float64)
    cost = np.empty(len(item))

    def row(s: int) -> None:
        part = slice(start[s], start[s + 1])
        _sort(place[s, 0], place[s, 1], point, item[part], cost[part])

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        list(pool.map(row, range(len(place))))
    return cost


@njit(nogil=True, cache=True)
def _sort(px, py, point, item, cost):  # type: ignore[no-untyped-def]
    n = len(item)
    distance, by_point = np.empty(n), item.copy()
    for k in range(n):
        dx, dy = point[by_point[k], 0] - px, point[by_point[k], 1] - py
        distance[k] = np.sqrt(dx * dx + dy * dy)
    count = np.zeros((1 << DIGIT_BITS) + 2, np.int64)
    key, spare = np.empty(n, np.int64), np.empty(n, np.int64)
    sort_distances(distance, by_point, n, key, spare, count, cost, item)


@njit(nogil=True, cache=True)
def _mark(place, point, largest, begin, end, bits, counts):  # type: ignore[no-untyped-def]
    x, y = np.empty(BLOCK), np.empty(BLOCK)
    inside = np.empty(BLOCK, np.uint8)
    eights = inside.view(np.uint64)
    for block in range(begin, end):
        first = block * BLOCK
        n = min(BLOCK, len(point) - first)
        for k in range(n):
            x[k], y[k] = point[first + k, 0], point[first + k, 1]
        for k in range(n, BLOCK):
            x[k] = y[k] = np.inf
        for s in range(len(place)):
            px, py = place[s, 0], place[s, 1]
            for k in range(BLOCK):
                dx, dy = x[k] - px, y[k] - py
                inside[k] = dx * dx + dy * dy <= largest
            for w in range(BLOCK >> 6):
                word = np.uint64(0)
                for k in range(8):
                    # Eight bytes of 0 or 1 become eight bits by one multiplication.
                    byte = (eights[(w << 3) + k] * GATHER) >> np.uint64(56)
                    word |= byte << np.uint64(k << 3)
                bits[s, (first >> 6) + w] = word
                counts[s] += count_bits(word)


@njit(nogil=True, cache=True)
def _write(bits, items):  # type: ignore[no-untyped-def]
    at = 0
    for w in range(len(bits)):
        word = bits[w]
        while word != 0:
            items[at] = (w << 6) + np.int64(lowest_bit(word))
            at += 1
            word &= word - np.uint64(1)
