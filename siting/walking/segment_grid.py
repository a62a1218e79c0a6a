"""Segments filed in a uniform grid of square cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit

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
    counts = np.zeros(nx * ny + 1, np.int64)
    _file(xy, begin, low, cell, nx, ny, counts, np.zeros(0, np.int32))
    pointer = np.zeros(nx * ny + 1, np.int64)
    np.cumsum(counts[:-1], out=pointer[1:])
    segment = np.empty(pointer[-1], np.int32)
    _file(xy, begin, low, cell, nx, ny, pointer[:-1].copy(), segment)
    return Filed(low, cell, nx, ny, pointer, segment)


@njit(cache=True)
def _file(xy, begin, low, cell, nx, ny, at, segment):  # type: ignore[no-untyped-def]
    """Count (``segment`` empty) or write the segments of each cell, row by row of cells.

    The part of a segment within a row of cells spans the x-range between its crossings of the
    row's borders; a hair is added on both sides, a cell too many does no harm.
    """
    hair = 1e-6 * cell
    for k in range(len(begin)):
        a = begin[k]
        x0, y0 = xy[a, 0] - low[0], xy[a, 1] - low[1]
        x1, y1 = xy[a + 1, 0] - low[0], xy[a + 1, 1] - low[1]
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        row0 = max(0, int((y0 - hair) / cell))
        row1 = min(ny - 1, int((y1 + hair) / cell))
        for row in range(row0, row1 + 1):
            xa, xb = x0, x1
            if y1 > y0:
                slope = (x1 - x0) / (y1 - y0)
                if row * cell > y0:
                    xa = x0 + (row * cell - y0) * slope
                if (row + 1) * cell < y1:
                    xb = x0 + ((row + 1) * cell - y0) * slope
            if xa > xb:
                xa, xb = xb, xa
            col0 = min(nx - 1, max(0, int((xa - hair) / cell)))
            col1 = max(0, min(nx - 1, int((xb + hair) / cell)))
            for col in range(col0, col1 + 1):
                c = row * nx + col
                if len(segment):
                    segment[at[c]] = a
                at[c] += 1
