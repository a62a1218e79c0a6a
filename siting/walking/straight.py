"""Straight lines: the reach of places without a network, and exact distances for instances.

Points stand in bands of equal y (or latitude), ordered by x (longitude) within a band; a place
looks only at the stretch of each band that can be near enough. Where a few places meet millions
of points, sorting the points would cost more than looking at all of them: see ``few_places``.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.kernels import njit, prange
from siting.notice import Notice
from siting.problem.prefixes import first_not_below
from siting.problem.reach import Reach
from siting.walking import straight_plain
from siting.walking.blocks import joined
from siting.walking.few_places import FEW, sorted_by_distance, within_few
from siting.walking.growing import longer
from siting.walking.rounding import LONGEST_DM, limit_decimetres
from siting.walking.sorting import DIGIT_BITS, sort_distances, sort_row

Metric = Literal["euclidean", "great_circle"]
EARTH_M = 6_378_137.0
"""Radius of the sphere, metres, as in the published maximal-covering instances."""
BLOCK = 64
"""Places one thread takes at a time."""


def walk_straight(
    place_xy: NDArray[np.float64],
    point_xy: NDArray[np.float64],
    limit_m: float | None,
    metric: Metric = "euclidean",
    detour: float = 1.0,
    threads: int | None = None,
) -> Reach:
    """Who is within ``limit_m`` of each place, at straight-line distance x detour.

    cost = distance x detour, rounded half up to whole decimetres.

    Args:
        place_xy, point_xy: planar metres, or (lat, lon) degrees for great_circle, shape (n, 2).
        limit_m: inclusive, rounded down to decimetres; None = no limit.
        detour: factor on the straight line, >= 1 as a rule, > 0 always.
    """
    if not detour > 0:
        raise ArgumentError(Notice("fault.detour", detour=detour))
    limit = LONGEST_DM if limit_m is None else limit_decimetres(limit_m)
    dtype = np.uint16 if limit < 2**16 else np.int32
    if limit < 0:
        return Reach.empty(len(place_xy), len(point_xy), dtype)
    radius = np.inf if limit == LONGEST_DM else (limit + 0.5) / 10 / detour
    return _reach(place_xy, point_xy, radius, False, metric, limit, detour, dtype, threads)


def within(
    place_xy: NDArray[np.float64],
    point_xy: NDArray[np.float64],
    radius: float | None,
    metric: Metric = "euclidean",
    strict: bool = False,
    distances: bool = True,
    threads: int | None = None,
) -> Reach:
    """Points with distance <= radius (strict: < radius) and their exact float64 distances.

    Args:
        radius: in the coordinates' unit, metres for great_circle; None = all points.
        distances: False keeps only who is within; rows then stand in ascending point order.
    """
    limit = np.inf if radius is None else float(radius)
    if len(place_xy) <= FEW and metric == "euclidean" and np.isfinite(limit):
        start, point = within_few(place_xy, point_xy, limit, strict, threads)
        if not distances:
            return Reach(start, point, _nothing(len(point)), len(point_xy), has_cost=False)
        cost = sorted_by_distance(place_xy, point_xy, start, point, threads)
        return Reach(start, point, cost, len(point_xy))
    reach = _reach(place_xy, point_xy, limit, strict, metric, -1, 1.0, np.float64, threads)
    if distances:
        return reach
    point = reach.point.copy()
    _sort_points(reach.start, point)
    return Reach(reach.start, point, _nothing(len(point)), len(point_xy), has_cost=False)


def great_circle(
    lat_a: NDArray[np.float64],
    lon_a: NDArray[np.float64],
    lat_b: NDArray[np.float64],
    lon_b: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Haversine distance on the sphere, metres; degrees in."""
    a1, o1, a2, o2 = (np.radians(x) for x in (lat_a, lon_a, lat_b, lon_b))
    h = np.sin((a2 - a1) / 2) ** 2 + np.cos(a1) * np.cos(a2) * np.sin((o2 - o1) / 2) ** 2
    return 2 * EARTH_M * np.arcsin(np.sqrt(np.minimum(h, 1.0)))


def _nothing(n: int) -> NDArray[np.float64]:
    """A constant zero cost that takes no memory."""
    return np.broadcast_to(np.zeros(1), (n,))


@dataclass(frozen=True)
class _Bands:
    """Points by band, then x. On a sphere y is the latitude and x the longitude, in radians."""

    low: float
    height: float
    start: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    item: NDArray[np.int32]


def _bands(x: NDArray[np.float64], y: NDArray[np.float64], radius: float) -> _Bands:
    low, high = (float(y.min()), float(y.max())) if len(y) else (0.0, 0.0)
    height = max(min(radius / 4, high - low), (high - low) / 65536, 1e-12)
    band = ((y - low) / height).astype(np.int64)
    order = np.lexsort((x, band))
    n_bands = int(band.max(initial=0)) + 1
    start = np.zeros(n_bands + 1, np.int64)
    np.cumsum(np.bincount(band, minlength=n_bands), out=start[1:])
    return _Bands(low, height, start, x[order], y[order], order.astype(np.int32))


def _reach(
    place_xy: NDArray[np.float64],
    point_xy: NDArray[np.float64],
    radius: float,
    strict: bool,
    metric: Metric,
    limit_dm: int,
    detour: float,
    dtype: type,
    threads: int | None,
) -> Reach:
    """Rows sorted by (cost, point); costs in decimetres when ``limit_dm`` >= 0, else exact."""
    place = np.ascontiguousarray(place_xy, np.float64).reshape(-1, 2)
    point = np.ascontiguousarray(point_xy, np.float64).reshape(-1, 2)
    sphere = metric == "great_circle"
    if not sphere and len(place) * len(point) <= straight_plain.FEW:
        rows = straight_plain.rows_plain(place, point, radius, strict, limit_dm, detour)
        return joined([rows], len(place), len(point), dtype)
    if sphere:
        place, point = np.radians(place[:, ::-1]), np.radians(point[:, ::-1])
        radius_y = min(radius / EARTH_M, np.pi)
    else:
        radius_y = radius
    bands = _bands(point[:, 0], point[:, 1], radius_y)
    kind: NDArray = np.zeros(1, dtype)

    def block(begin: int) -> tuple[NDArray, NDArray, NDArray]:
        return _rows(
            place[begin : begin + BLOCK],
            radius,
            radius_y,
            strict,
            sphere,
            limit_dm,
            detour,
            bands.low,
            bands.height,
            bands.start,
            bands.x,
            bands.y,
            bands.item,
            kind,
        )

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        blocks = list(pool.map(block, range(0, len(place), BLOCK)))
    return joined(blocks, len(place), len(point), dtype)


@njit(nogil=True, cache=True)
def _rows(  # type: ignore[no-untyped-def]
    place, radius, radius_y, strict, sphere, limit_dm, detour, low, height, start, x, y, item, kind
):
    n_bands = len(start) - 1
    rows = np.zeros(len(place), np.int64)
    point, cost = np.empty(1024, np.int32), np.empty(1024, kind.dtype)
    row_d, row_item = np.empty(1024), np.empty(1024, np.int32)
    key, spare = np.empty(0, np.int64), np.empty(0, np.int64)
    count = np.zeros((1 << DIGIT_BITS) + 2, np.int64)
    cost_bits = 1
    while (1 << cost_bits) <= limit_dm:
        cost_bits += 1
    turn = 2 * np.pi
    used = 0
    for s in range(len(place)):
        px, py = place[s, 0], place[s, 1]
        half = radius_y * (1 + 1e-9) + 1e-12
        wide = half
        copies = 1
        if sphere:
            # Longitudes within the circle; all of them where it holds a pole.
            wide = np.pi
            if abs(py) + half < np.pi / 2:
                wide = min(np.pi, np.arcsin(min(1.0, np.sin(half) / np.cos(py))) + 1e-12)
            copies = 3
        n = 0
        b0 = 0.0
        b1 = float(n_bands - 1)
        if half < np.inf:
            b0 = max(b0, np.floor((py - half - low) / height) - 1)
            b1 = min(b1, np.floor((py + half - low) / height) + 1)
        for band in range(int(min(b0, n_bands)), int(max(b1, -1.0)) + 1):
            first = start[band]
            for c in range(copies):
                shift = 0.0 if c == 0 else (turn if c == 1 else -turn)
                if first == start[band + 1]:
                    break
                left, right = px - wide + shift, px + wide + shift
                if sphere and wide >= np.pi:
                    if c > 0:
                        break
                    left, right = -np.inf, np.inf
                k = first_not_below(x, first, start[band + 1], left)
                while k < start[band + 1] and x[k] <= right:
                    if sphere:
                        h = (
                            np.sin((y[k] - py) / 2) ** 2
                            + np.cos(py) * np.cos(y[k]) * np.sin((x[k] - px) / 2) ** 2
                        )
                        d = 2 * 6_378_137.0 * np.arcsin(np.sqrt(min(h, 1.0)))
                    else:
                        dx, dy = x[k] - px, y[k] - py
                        d = np.sqrt(dx * dx + dy * dy)
                    if d < radius or (d == radius and not strict):
                        if n == len(row_d):
                            row_d = longer(row_d, n, 2 * n)
                            row_item = longer(row_item, n, 2 * n)
                        row_d[n], row_item[n] = d, item[k]
                        n += 1
                    k += 1
        if used + n > len(point):
            point = longer(point, used, 2 * (used + n))
            cost = longer(cost, used, 2 * (used + n))
        if len(key) < n:
            key, spare = np.empty(2 * n, np.int64), np.empty(2 * n, np.int64)
        if limit_dm >= 0:
            m = 0
            for k in range(n):
                dm = np.int64(np.floor(row_d[k] * detour * 10.0 + 0.500001))
                if dm <= limit_dm:
                    key[m] = (dm << 32) | row_item[k]
                    m += 1
            row = sort_row(key, spare, m, cost_bits, count)
            for k in range(m):
                point[used + k] = row[k] & 0xFFFFFFFF
                cost[used + k] = row[k] >> 32
            n = m
        else:
            sort_distances(row_d, row_item, n, key, spare, count, cost[used:], point[used:])
        used += n
        rows[s] = n
    return rows, point[:used].copy(), cost[:used].copy()


@njit(nogil=True, cache=True, parallel=True)
def _sort_points(start, point):  # type: ignore[no-untyped-def]
    for row in prange(len(start) - 1):
        point[start[row] : start[row + 1]].sort()
