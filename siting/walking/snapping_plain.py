"""What the kernel of :mod:`siting.walking.snapping` finds where no wall hides a street, by
operations on whole arrays.

For a few points this takes less time than a new machine takes to compile the kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from siting.walking.segment_grid import Filed, spread

Float = NDArray[np.float64]
Ints = NDArray[np.int64]

FEW = 10_000_000
"""Segments near points up to which nothing is compiled."""
TOGETHER = 1_000_000
"""Segments that are looked at together, at least."""


@dataclass(frozen=True)
class Runs:
    """Segments of the cells around points: a run for each row of cells."""

    point: Ints
    """Ascending."""
    begin: Ints
    end: Ints
    """``filed.segment[begin:end]`` of each run."""

    @classmethod
    def around(cls, xy: Float, reach: float, filed: Filed) -> Runs | None:
        """Around points, shape (n, 2), up to a distance; None where they are too many."""
        shape = np.array([filed.nx, filed.ny])
        low, high = (
            np.floor(np.clip((xy + side * reach - filed.low) / filed.cell, -1.0, shape)).astype(
                np.int64
            )
            for side in (-1, 1)
        )
        below, above = np.maximum(low[:, 1], 0), np.minimum(high[:, 1], filed.ny - 1)
        if np.maximum(above - below + 1, 0).sum() > FEW:
            return None
        point, row = spread(below, above)
        first = np.maximum(low[point, 0], 0)
        last = np.minimum(high[point, 0], filed.nx - 1)
        some = first <= last
        point, cell = point[some], row[some] * filed.nx + first[some]
        begin = filed.start[cell]
        end = filed.start[cell + last[some] - first[some] + 1]
        return cls(point, begin, end) if (end - begin).sum() <= FEW else None


def nearest_plain(
    xy: Float, limit: float, tie: float, shape: Float, filed: Filed, edge: NDArray[np.int32]
) -> tuple[Ints, Float, Ints, Float] | None:
    """The nearest segment of each point that has one within the limit: the point, the squared
    distance to the nearest, the segment's vertex and the share of it up to the nearest place.

    Of segments no more than ``tie`` farther the lowest edge is taken, then the lowest vertex, then
    the place nearest to it. None where too many segments are near for this.
    """
    runs = Runs.around(xy, limit + 2 * tie + 1e-6 * filed.cell, filed)
    if runs is None:
        return None
    found = []
    before = np.concatenate([[0], np.cumsum(runs.end - runs.begin)])
    at = runs.point.searchsorted(np.arange(len(xy) + 1))  # runs of each point
    cuts = np.unique(before[at].searchsorted(np.arange(TOGETHER, before[-1], TOGETHER)))
    bounds = [0, *cuts.tolist(), len(xy)]
    for low, high in pairwise(bounds):
        part = slice(at[low], at[high])
        run, place = spread(runs.begin[part], runs.end[part] - 1)
        point, a = runs.point[part][run], filed.segment[place].astype(np.int64)
        found.append(_nearest(xy, limit, tie, shape, edge, point, a))
    point, square, vertex, share = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return point, square, vertex, share


def _nearest(
    xy: Float, limit: float, tie: float, shape: Float, edge: NDArray[np.int32], point: Ints, a: Ints
) -> tuple[Ints, Float, Ints, Float]:
    """Among pairs of points (ascending) and segments near them."""
    square, share = _to_segment(xy[point], shape[a], shape[a + 1])
    which, first = np.unique(point, return_index=True)
    if not len(which):
        return point, square, a, share
    least = np.minimum.reduceat(square, first)
    away = np.full(len(xy), -1.0)
    away[which] = np.where(np.sqrt(least) <= limit + tie, np.sqrt(least) + tie, -1.0)
    close = np.flatnonzero(np.sqrt(square) <= away[point])
    order = close[np.lexsort((share[close], a[close], edge[a[close]], point[close]))]
    mine, begin = np.unique(point[order], return_index=True)
    best = order[begin]
    return mine, least[which.searchsorted(mine)], a[best], share[best]


def _to_segment(p: Float, a: Float, b: Float) -> tuple[Float, Float]:
    """Squared distances from places to segments and the share of each up to the nearest place."""
    (px, py), (ax, ay), (bx, by) = p.T, a.T, b.T
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    along = (px - ax) * dx + (py - ay) * dy
    share = np.divide(along, length2, out=np.zeros_like(along), where=length2 > 0)
    share = np.clip(share, 0.0, 1.0)
    # At an end the vertex itself is taken, so that edges that meet there tie exactly.
    ex = px - np.where(share <= 0.0, ax, np.where(share >= 1.0, bx, ax + share * dx))
    ey = py - np.where(share <= 0.0, ay, np.where(share >= 1.0, by, ay + share * dy))
    return ex * ex + ey * ey, share
