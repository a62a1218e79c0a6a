"""Walks through gates: the walk between doors, joined with the straight ways behind them.

A place outside is its own door; a place in a compound has the compound's gates for doors, each at
the cost of the straight walk to it. Searches run between doors only, so a compound of many homes
costs them no more than its gates do.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.problem.reach import Reach
from siting.walking.blocks import joined
from siting.walking.rounding import LONGEST_DM, decimetre, decimetres
from siting.walking.sorting import DIGIT_BITS, sort_row
from siting.walking.straight import EARTH_M, great_circle

if TYPE_CHECKING:
    from siting.walking.compounds import Compounds

Float = NDArray[np.float64]
Ints = NDArray[np.int64]
BLOCK = 128
"""Places one thread takes at a time."""


@dataclass(frozen=True)
class Measure:
    """How long a straight way is."""

    sphere: bool = False
    """Coordinates are (lat, lon) degrees; otherwise planar metres."""
    detour: float = 1.0

    def decimetres(self, a: Float, b: Float) -> NDArray[np.int32]:
        """Between places, both of shape (n, 2)."""
        if self.sphere:
            return decimetres(great_circle(a[:, 0], a[:, 1], b[:, 0], b[:, 1]) * self.detour)
        return decimetres(np.sqrt(((a - b) ** 2).sum(axis=1)) * self.detour)


@dataclass(frozen=True)
class Doors:
    """The doors of some places. Of all doors, gate g is number g and place i itself n_gates + i."""

    xy: Float
    """Where the places are, in the measure's coordinates, shape (n, 2)."""
    compound: NDArray[np.int32]
    """Of each place, -1 outside, shape (n,)."""
    used: Ints
    """Numbers of the doors there are, ascending, shape (n_doors,)."""
    start: Ints
    """Doors of place i are ``door[start[i]:start[i + 1]]``, shape (n + 1,)."""
    door: NDArray[np.int32]
    """Positions in ``used``."""
    access_dm: NDArray[np.int32]
    """Straight walk to each door."""
    n_gates: int

    @classmethod
    def of(
        cls,
        compounds: Compounds,
        compound: NDArray[np.int32],
        xy: Float,
        gate_xy: Float,
        measure: Measure,
    ) -> Doors:
        """The doors of places.

        Args:
            compound: of each place, -1 = outside.
            xy, gate_xy: places and gates in the measure's coordinates.
        """
        inside, outside = np.flatnonzero(compound >= 0), np.flatnonzero(compound < 0)
        of, gate = compounds.gates_of(compound[inside])
        access = measure.decimetres(xy[inside[of]], gate_xy[gate])
        place = np.concatenate([inside[of], outside])
        number = np.concatenate([gate, compounds.n_gates + outside])
        access = np.concatenate([access, np.zeros(len(outside), np.int32)])
        order = np.argsort(place, kind="stable")
        start = np.zeros(len(xy) + 1, np.int64)
        np.cumsum(np.bincount(place, minlength=len(xy)), out=start[1:])
        used, door = np.unique(number[order], return_inverse=True)
        return cls(
            np.ascontiguousarray(xy, np.float64),
            compound,
            used,
            start,
            door.astype(np.int32),
            access[order],
            compounds.n_gates,
        )


def through_doors(
    between: Reach,
    places: Doors,
    points: Doors,
    measure: Measure,
    limit_dm: int,
    threads: int | None = None,
) -> Reach:
    """Reach of places, given the walk between doors.

    cost = straight to a door + between doors + straight from a door; none between doors where a
    gate is the door of both; straight where both are in one compound. The least counts.

    Args:
        between: rows are ``places.used``, columns ``points.used``, up to ``limit_dm`` or more.
        limit_dm: inclusive.
    """
    limit = min(int(limit_dm), LONGEST_DM)
    dtype = np.uint16 if limit < 2**16 else np.int32
    n_places, n_points = len(places.xy), len(points.xy)
    if limit < 0 or not n_places or not n_points:
        return Reach.empty(n_places, n_points, dtype)
    column = np.full(int(max(places.used.max(), points.used.max())) + 1, -1, np.int64)
    column[points.used] = np.arange(len(points.used))
    gate = places.used < places.n_gates
    same = np.where(gate, column[places.used], -1)
    point = np.repeat(np.arange(n_points, dtype=np.int32), np.diff(points.start))
    behind = _grouped(points.door, len(points.used), point, points.access_dm)
    inside = np.flatnonzero(points.compound >= 0).astype(np.int32)
    highest = int(max(places.compound.max(), points.compound.max()))
    at_home = _grouped(points.compound[inside], highest + 1, inside, np.zeros_like(inside))

    def block(begin: int) -> tuple[NDArray, NDArray, NDArray]:
        return _rows(
            begin,
            min(begin + BLOCK, n_places),
            limit,
            n_points,
            places.start,
            places.door,
            places.access_dm,
            places.compound,
            places.xy,
            same,
            between.start,
            between.point,
            between.cost,
            *behind,
            at_home[0],
            at_home[1],
            points.xy,
            measure.sphere,
            measure.detour,
            np.zeros(1, dtype),
        )

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        blocks = list(pool.map(block, range(0, n_places, BLOCK)))
    return joined(blocks, n_places, n_points, dtype)


def _grouped(
    group: NDArray[np.integer], n: int, item: NDArray[np.int32], access: NDArray[np.int32]
) -> tuple[Ints, NDArray[np.int32], NDArray[np.int32]]:
    """Pointers (n + 1,), items and accesses by group, those with the shortest access first."""
    order = np.lexsort((item, access, group))
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(group, minlength=n), out=start[1:])
    return start, item[order], access[order]


@njit(inline="always")
def _better(best, touched, n, point, cost, far):  # type: ignore[no-untyped-def]
    """Note a cost within the limit; returns how many points have one."""
    if best[point] == far:
        touched[n] = point
        n += 1
    best[point] = min(best[point], cost)
    return n


@njit(nogil=True, cache=True)
def _rows(  # type: ignore[no-untyped-def]
    begin,
    end,
    limit,
    n_points,
    p_start,
    p_door,
    p_access,
    compound,
    place_xy,
    same,
    b_start,
    b_door,
    b_cost,
    m_start,
    m_point,
    m_access,
    c_start,
    c_point,
    point_xy,
    sphere,
    detour,
    kind,
):
    """Sorted rows of the places begin .. end-1: their lengths, points and costs."""
    far = np.int64(limit + 1)
    cost_bits = np.int64(1)
    while (1 << cost_bits) <= limit:
        cost_bits += 1
    best = np.full(n_points, far, np.int64)
    touched = np.empty(n_points, np.int32)
    key, spare = np.empty(1024, np.int64), np.empty(1024, np.int64)
    count = np.zeros((1 << DIGIT_BITS) + 2, np.int64)
    rows = np.zeros(end - begin, np.int64)
    point, cost = np.empty(4096, np.int32), np.empty(4096, kind.dtype)
    used = np.int64(0)
    for s in range(begin, end):
        n = np.int64(0)
        for e in range(p_start[s], p_start[s + 1]):
            door, access = p_door[e], np.int64(p_access[e])
            if same[door] >= 0:
                for m in range(m_start[same[door]], m_start[same[door] + 1]):
                    d = access + m_access[m]
                    if d > limit:
                        break
                    n = _better(best, touched, n, m_point[m], d, far)
            for k in range(b_start[door], b_start[door + 1]):
                there = access + np.int64(b_cost[k])
                if there > limit:
                    break
                for m in range(m_start[b_door[k]], m_start[b_door[k] + 1]):
                    d = there + m_access[m]
                    if d > limit:
                        break
                    n = _better(best, touched, n, m_point[m], d, far)
        if compound[s] >= 0:
            ax, ay = place_xy[s, 0], place_xy[s, 1]
            for m in range(c_start[compound[s]], c_start[compound[s] + 1]):
                bx, by = point_xy[c_point[m], 0], point_xy[c_point[m], 1]
                if sphere:
                    lat_a, lat_b = np.radians(ax), np.radians(bx)
                    h = (
                        np.sin((lat_b - lat_a) / 2) ** 2
                        + np.cos(lat_a)
                        * np.cos(lat_b)
                        * np.sin((np.radians(by) - np.radians(ay)) / 2) ** 2
                    )
                    metres = 2 * EARTH_M * np.arcsin(np.sqrt(min(h, 1.0)))
                else:
                    metres = np.sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by))
                d = np.int64(decimetre(metres * detour))
                if d <= limit:
                    n = _better(best, touched, n, c_point[m], d, far)
        if n > len(key):
            key, spare = np.empty(2 * n, np.int64), np.empty(2 * n, np.int64)
        for i in range(n):
            key[i] = (best[touched[i]] << 32) | np.int64(touched[i])
            best[touched[i]] = far
        row = sort_row(key, spare, n, cost_bits, count)
        if used + n > len(point):
            size = 2 * (used + n)
            more_point, more_cost = np.empty(size, np.int32), np.empty(size, kind.dtype)
            more_point[:used], more_cost[:used] = point[:used], cost[:used]
            point, cost = more_point, more_cost
        for i in range(n):
            point[used + i] = row[i] & 0xFFFFFFFF
            cost[used + i] = row[i] >> 32
        used += n
        rows[s - begin] = n
    return rows, point[:used].copy(), cost[:used].copy()
