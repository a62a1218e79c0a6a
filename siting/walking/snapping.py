"""Snapping: the nearest place on the network of each point, exactly.

All segments of all edges are filed in a uniform grid; a point looks at rings of cells around it
until no unseen cell can be nearer. Ties go to the lowest edge, then to its beginning.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.problem.morton import morton_order
from siting.walking.network import Network
from siting.walking.rounding import LONGEST_DM, decimetre, decimetres
from siting.walking.segment_grid import Filed, file_segments
from siting.walking.sight import Walls, hidden
from siting.walking.snapping_plain import nearest_plain

TIE_M = 1e-7
"""Places this much farther are as near: floating-point noise must not decide a tie."""
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

    def rows(self, places: NDArray[np.integer]) -> Snapped:
        """Some places only, in the order given."""
        return Snapped(*(getattr(self, f.name)[places] for f in fields(Snapped)))


@dataclass(frozen=True)
class Sight:
    """Which streets one may step onto, and what hides them; see ``compounds.py``."""

    outside: NDArray[np.bool_]
    """Whether the stretch that begins at each vertex may be stepped onto, shape (n_vertices,)."""
    walls: Walls | None


@dataclass(frozen=True)
class SegmentGrid:
    """The network's segments."""

    filed: Filed
    edge: NDArray[np.int32]
    """Edge of each vertex, shape (n_vertices,)."""
    before_m: NDArray[np.float64]
    """Planar length of the edge up to each vertex, shape (n_vertices,)."""
    stretch: NDArray[np.float64]
    """Length as given over planar length, shape (n_edges,)."""


def segment_grid(network: Network, keep: NDArray[np.bool_] | None = None) -> SegmentGrid:
    """File the network's segments, or those that begin at the vertices to ``keep``."""
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
    begins = np.arange(len(xy)) < np.repeat(start[1:], count) - 1
    if keep is not None:
        begins &= keep
    begin = np.flatnonzero(begins).astype(np.int32)
    filed = file_segments(xy, begin, float(planar.sum()) / max(len(begin), 1))
    return SegmentGrid(filed, edge, before, stretch)


def snap(
    network: Network,
    xy: NDArray[np.float64],
    limit_m: float,
    threads: int | None = None,
    sight: Sight | None = None,
) -> Snapped:
    """The nearest place on the network of each point, at most ``limit_m`` metres away.

    Args:
        xy: metres in the network's crs, shape (n, 2); points that are not finite are unreachable.
        sight: streets in compounds and walls that hide streets; None = there are none.
    """
    xy = np.ascontiguousarray(xy, np.float64)
    n = len(xy)
    found = Snapped(
        np.full(n, -1, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros(n),
        np.full((n, 2), np.nan),
    )
    finite = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if len(finite) == 0 or network.n_edges == 0:
        return found
    grid = segment_grid(network, None if sight is None else sight.outside)
    filed, walls = grid.filed, None if sight is None else sight.walls
    if walls is None and _snap_plain(network, grid, xy, finite, float(limit_m), found):
        return found
    order = finite[morton_order(xy[finite], len(finite))]

    def block(begin: int) -> None:
        _snap(
            order[begin : begin + BLOCK],
            xy,
            float(limit_m),
            network.shape_xy,
            filed.low,
            filed.cell,
            filed.nx,
            filed.ny,
            filed.start,
            filed.segment,
            grid.edge,
            grid.before_m,
            grid.stretch,
            network.edge_m,
            walls,
            found.edge,
            found.access_dm,
            found.to_u_dm,
            found.to_v_dm,
            found.along_m,
            found.xy,
        )

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        list(pool.map(block, range(0, len(order), BLOCK)))
    return found


def _snap_plain(
    network: Network,
    grid: SegmentGrid,
    xy: NDArray[np.float64],
    finite: NDArray[np.int64],
    limit_m: float,
    found: Snapped,
) -> bool:
    """Write into ``found`` what the kernel would; False where that is too much for whole arrays."""
    shape = network.shape_xy
    near = nearest_plain(xy[finite], limit_m, TIE_M, shape, grid.filed, grid.edge)
    if near is None:
        return False
    point, square, a, share = near
    i, edge = finite[point], grid.edge[a]
    step = shape[a + 1] - shape[a]
    planar = grid.before_m[a] + share * np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])
    length = network.edge_m[edge]
    along = np.minimum(planar * grid.stretch[edge], length)
    found.edge[i], found.along_m[i] = edge, along
    found.access_dm[i] = decimetres(np.minimum(np.sqrt(square), LONGEST_DM / 10))
    found.to_u_dm[i], found.to_v_dm[i] = decimetres(along), decimetres(length - along)
    found.xy[i] = shape[a] + share[:, np.newaxis] * step
    return True


@njit(inline="always")
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


@njit(nogil=True, cache=True)
def _seen(px, py, shape, a, share, walls):  # type: ignore[no-untyped-def]
    """Whether no wall hides a place on the segment that begins at vertex ``a``."""
    if walls is None:  # compiled for it: who has no walls pays nothing for them
        return True
    x = shape[a, 0] + share * (shape[a + 1, 0] - shape[a, 0])
    y = shape[a, 1] + share * (shape[a + 1, 1] - shape[a, 1])
    return not hidden(px, py, x, y, walls)


@njit(nogil=True, cache=True)
def _snap(  # type: ignore[no-untyped-def]
    order,
    xy,
    limit,
    shape,
    low,
    cell,
    nx,
    ny,
    start,
    segment,
    edge,
    before,
    stretch,
    edge_m,
    walls,
    out_edge,
    out_access,
    out_to_u,
    out_to_v,
    out_along,
    out_xy,
):
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
                                    px,
                                    py,
                                    shape[a, 0],
                                    shape[a, 1],
                                    shape[a + 1, 0],
                                    shape[a + 1, 1],
                                )
                                if second == 0:
                                    if walls is None:
                                        best = min(best, d2)
                                    elif d2 < best and _seen(px, py, shape, a, share, walls):
                                        best = d2
                                elif np.sqrt(d2) <= reach:
                                    e = edge[a]
                                    if (
                                        e < b_edge
                                        or (
                                            e == b_edge
                                            and (
                                                a < b_vertex or (a == b_vertex and share < b_share)
                                            )
                                        )
                                    ) and _seen(px, py, shape, a, share, walls):
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
