"""Snapping: the nearest place on the network of each point, exactly.

All segments of all edges are filed in a uniform grid; a point looks at rings of cells around it
until no unseen cell can be nearer. Ties go to the lowest edge, then to its beginning.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import numba as nb
import numpy as np
from numpy.typing import NDArray

from siting.walking.morton import morton_order
from siting.walking.network import Network
from siting.walking.rounding import decimetre

TIE_M = 1e-7
"""Places this much farther are as near: floating-point noise must not decide a tie."""
MOST_CELLS = 4_000_000
BLOCK = 16384
"""Points one thread takes at a time."""


@dataclass(frozen=True)
class Snapped:
    """Places on a network. Arrays of shape (n,)."""

    edge: NDArray[np.int32]
    """-1 = farther from the network than the limit; the other values are then 0 (xy: nan)."""
    access_dm: NDArray[np.int32]
    """Straight walk between the point and the network, whole decimetres."""
    to_u_dm: NDArray[np.int32]
    """From the place along the edge to its first node, whole decimetres."""
    to_v_dm: NDArray[np.int32]
    along_m: NDArray[np.float64]
    """The same from the first node, not rounded: two places on one edge may be walked between."""
    xy: NDArray[np.float64]
    """The place, metres in the network's crs, shape (n, 2)."""

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def reachable(self) -> NDArray[np.bool_]:
        """Whether the network is near enough."""
        return self.edge >= 0


@dataclass(frozen=True)
class SegmentGrid:
    """Which segments pass through which square cell; segments of a cell in ascending order."""

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
    edge: NDArray[np.int32]
    """Edge of each vertex, shape (n_vertices,)."""
    before_m: NDArray[np.float64]
    """Planar length of the edge up to each vertex, shape (n_vertices,)."""
    stretch: NDArray[np.float64]
    """Length as given over planar length, shape (n_edges,)."""


def segment_grid(network: Network) -> SegmentGrid:
    """File the network's segments."""
    xy, start = network.shape_xy, network.shape_start
    count = np.diff(start)
    edge = np.repeat(np.arange(network.n_edges, dtype=np.int32), count)
    step = np.zeros(len(xy))
    step[1:] = np.hypot(*(xy[1:] - xy[:-1]).T)
    step[start[:-1]] = 0.0
    total = np.cumsum(step)
    before = total - np.repeat(total[start[:-1]], count)
    planar = before[start[1:] - 1]
    stretch = np.divide(network.edge_m, planar, out=np.zeros_like(planar), where=planar > 0)
    begin = np.flatnonzero(np.arange(len(xy)) < np.repeat(start[1:], count) - 1).astype(np.int32)
    low, high = xy.min(axis=0), xy.max(axis=0)
    span = np.maximum(high - low, 1.0)
    # Cells about as long as a segment: few cells a segment, few segments a cell.
    cell = max(float(planar.sum()) / max(len(begin), 1), 20.0)
    cell = max(cell, float(np.sqrt(span[0] * span[1] / MOST_CELLS)), float(span.max()) / MOST_CELLS)
    nx, ny = (int(n) for n in np.floor(span / cell).astype(np.int64) + 1)
    counts = np.zeros(nx * ny + 1, np.int64)
    _file(xy, begin, low, cell, nx, ny, counts, np.zeros(0, np.int32))
    pointer = np.zeros(nx * ny + 1, np.int64)
    np.cumsum(counts[:-1], out=pointer[1:])
    segment = np.empty(pointer[-1], np.int32)
    _file(xy, begin, low, cell, nx, ny, pointer[:-1].copy(), segment)
    return SegmentGrid(low, cell, nx, ny, pointer, segment, edge, before, stretch)


def snap(
    network: Network, xy: NDArray[np.float64], limit_m: float, threads: int | None = None
) -> Snapped:
    """The nearest place on the network of each point, at most ``limit_m`` metres away.

    Args:
        xy: metres in the network's crs, shape (n, 2); points that are not finite are unreachable.
    """
    xy = np.ascontiguousarray(xy, np.float64)
    n = len(xy)
    found = Snapped(
        np.full(n, -1, np.int32), np.zeros(n, np.int32), np.zeros(n, np.int32),
        np.zeros(n, np.int32), np.zeros(n), np.full((n, 2), np.nan),
    )  # fmt: skip
    finite = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if len(finite) == 0 or network.n_edges == 0:
        return found
    grid = segment_grid(network)
    order = finite[morton_order(xy[finite])]

    def block(begin: int) -> None:
        _snap(
            order[begin : begin + BLOCK], xy, float(limit_m), network.shape_xy, grid.low, grid.cell,
            grid.nx, grid.ny, grid.start, grid.segment, grid.edge, grid.before_m, grid.stretch,
            network.edge_m, found.edge, found.access_dm, found.to_u_dm, found.to_v_dm,
            found.along_m, found.xy,
        )  # fmt: skip

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        list(pool.map(block, range(0, len(order), BLOCK)))
    return found


@nb.njit(cache=True)
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


@nb.njit(inline="always")
def _nearest_on(px, py, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """Squared distance to a segment and the share of it up to the nearest place."""
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    share = 0.0
    if length2 > 0:
        share = ((px - ax) * dx + (py - ay) * dy) / length2
    # At an end the vertex itself is taken, so that edges that meet there tie exactly.
    if share <= 0.0:
        share = 0.0
        ex, ey = px - ax, py - ay
    elif share >= 1.0:
        share = 1.0
        ex, ey = px - bx, py - by
    else:
        ex, ey = px - (ax + share * dx), py - (ay + share * dy)
    return ex * ex + ey * ey, share


@nb.njit(nogil=True, cache=True)
def _snap(  # type: ignore[no-untyped-def]
    order, xy, limit, shape, low, cell, nx, ny, start, segment, edge, before, stretch, edge_m,
    out_edge, out_access, out_to_u, out_to_v, out_along, out_xy,
):  # fmt: skip
    for i in order:
        px, py = xy[i, 0], xy[i, 1]
        fx, fy = (px - low[0]) / cell, (py - low[1]) / cell
        # Cell of the point; a point outside the grid looks from where it stands.
        cx, cy = np.floor(min(max(fx, -1e9), 1e9)), np.floor(min(max(fy, -1e9), 1e9))
        ix, iy = int(cx), int(cy)
        first = max(0, -ix, ix - nx + 1, -iy, iy - ny + 1)
        last = max(abs(ix), abs(nx - 1 - ix), abs(iy), abs(ny - 1 - iy))
        # A ring r holds everything nearer than r cells plus the way to the own cell's border.
        margin = min(fx - cx, cx + 1 - fx, fy - cy, cy + 1 - fy)
        best = np.inf
        for second in range(2):
            # First the least distance, then the lowest edge at that distance.
            reach = limit if second == 0 else np.sqrt(best) + TIE_M
            if second == 1 and not np.sqrt(best) <= limit + TIE_M:
                break
            b_edge, b_vertex, b_share = np.int32(2147483647), -1, 0.0
            for ring in range(first, last + 1):
                seen = (ring - 1 + margin) * cell
                if seen > reach + TIE_M or (second == 0 and seen > 0 and seen * seen > best):
                    break
                for row in range(max(0, iy - ring), min(ny - 1, iy + ring) + 1):
                    if abs(row - iy) == ring:  # top or bottom of the ring: every column
                        col0, col1, step = max(0, ix - ring), min(nx - 1, ix + ring), 1
                    else:  # its sides only
                        col0, col1, step = ix - ring, ix + ring, 2 * ring
                    for col in range(col0, col1 + 1, step):
                        if 0 <= col < nx:
                            c = row * nx + col
                            for k in range(start[c], start[c + 1]):
                                a = segment[k]
                                d2, share = _nearest_on(
                                    px, py, shape[a, 0], shape[a, 1], shape[a + 1, 0],
                                    shape[a + 1, 1],
                                )  # fmt: skip
                                if second == 0:
                                    best = min(best, d2)
                                elif np.sqrt(d2) <= reach:
                                    e = edge[a]
                                    if e < b_edge or (
                                        e == b_edge
                                        and (a < b_vertex or (a == b_vertex and share < b_share))
                                    ):
                                        b_edge, b_vertex, b_share = e, a, share
            if second == 1 and b_vertex >= 0:
                a = b_vertex
                dx, dy = shape[a + 1, 0] - shape[a, 0], shape[a + 1, 1] - shape[a, 1]
                planar = before[a] + b_share * np.sqrt(dx * dx + dy * dy)
                along = min(planar * stretch[b_edge], edge_m[b_edge])
                out_edge[i] = b_edge
                out_access[i] = decimetre(np.sqrt(best))
                out_along[i] = along
                out_to_u[i] = decimetre(along)
                out_to_v[i] = decimetre(edge_m[b_edge] - along)
                out_xy[i, 0] = shape[a, 0] + b_share * dx
                out_xy[i, 1] = shape[a, 1] + b_share * dy
