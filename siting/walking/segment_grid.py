"""Segments filed in a uniform grid of square cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_CELLS = 4_000_000


@dataclass(frozen=True)
class Filed:
    """Which segments pass through which cell; segments of a cell in ascending order."""

    low: NDArray[np.float64]
    """Lower left corner, shape (2,)."""
    cell: float
    """Side of a cell, metres."""
    nx: int
    ny: int
    start: NDArray[np.int64]
    """Segments of cell (ix, iy) are ``segment[start[iy * nx + ix]:…]``, shape (nx * ny + 1,)."""
    segment: NDArray[np.int32]
    """Vertex where the segment begins (it ends at the next)."""


def file_segments(xy: NDArray[np.float64], begin: NDArray[np.int32], mean_m: float) -> Filed:
    """File the segments that begin at some vertices; ``mean_m`` is their usual length."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = np.maximum(high - low, 1.0)
    # Cells about as long as a segment: few cells a segment, few segments a cell.
    cell = max(mean_m, 20.0)
    cell = max(cell, float(np.sqrt(span[0] * span[1] / MOST_CELLS)), float(span.max()) / MOST_CELLS)
    nx, ny = (int(n) for n in np.floor(span / cell).astype(np.int64) + 1)
    which, passed = _passed(xy[begin] - low, xy[begin + 1] - low, cell, nx, ny)
    pointer = np.zeros(nx * ny + 1, np.int64)
    np.cumsum(np.bincount(passed, minlength=nx * ny), out=pointer[1:])
    return Filed(low, cell, nx, ny, pointer, begin[which[np.argsort(passed, kind="stable")]])


def _passed(
    one: NDArray[np.float64], other: NDArray[np.float64], cell: float, nx: int, ny: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(segment, cell) of every cell that a segment passes through, by segment, row and column.

    The part of a segment within a row of cells spans the x-range between its crossings of the
    row's borders; a hair is added on both sides, a cell too many does no harm.

    Args:
        one, other: ends of the segments from the corner of the grid, metres, shape (n, 2).
    """
    hair = 1e-6 * cell
    upward = (one[:, 1] <= other[:, 1])[:, np.newaxis]
    (x0, y0), (x1, y1) = np.where(upward, one, other).T, np.where(upward, other, one).T
    slope = np.divide(x1 - x0, y1 - y0, out=np.zeros_like(x0), where=y1 > y0)
    which, row = spread(
        np.maximum(0, ((y0 - hair) / cell).astype(np.int64)),
        np.minimum(ny - 1, ((y1 + hair) / cell).astype(np.int64)),
    )
    x0, y0, x1, y1, slope = (values[which] for values in (x0, y0, x1, y1, slope))
    xa = np.where(row * cell > y0, x0 + (row * cell - y0) * slope, x0)
    xb = np.where((row + 1) * cell < y1, x0 + ((row + 1) * cell - y0) * slope, x1)
    xa, xb = np.minimum(xa, xb), np.maximum(xa, xb)
    at, column = spread(
        np.clip(((xa - hair) / cell).astype(np.int64), 0, nx - 1),
        np.clip(((xb + hair) / cell).astype(np.int64), 0, nx - 1),
    )
    return which[at], row[at] * nx + column


def spread(
    first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(k, value) for all values first[k] .. last[k], both ends among them."""
    n = np.maximum(last - first + 1, 0)
    k = np.repeat(np.arange(len(n)), n)
    return k, np.arange(len(k)) + np.repeat(first - (np.cumsum(n) - n), n)
