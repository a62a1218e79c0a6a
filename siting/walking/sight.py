"""Whether a wall hides one place from another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.kernels import njit
from siting.walking.segment_grid import file_segments

if TYPE_CHECKING:
    from siting.walking.compounds import Compounds

END_M = 1e-6
"""A straight walk may end at a wall; crossings so near to its ends are none."""


class Walls(NamedTuple):
    """Borders of the compounds' cores with their openings, as compiled code reads them."""

    xy: NDArray[np.float64]
    """Vertices of all rings, shape (n_vertices, 2)."""
    compound: NDArray[np.int32]
    """Of each vertex, shape (n_vertices,)."""
    low: NDArray[np.float64]
    cell: float
    nx: int
    ny: int
    start: NDArray[np.int64]
    segment: NDArray[np.int32]
    """Vertices where the segments in each cell begin, as in ``SegmentGrid``."""
    gate_start: NDArray[np.int64]
    """Gates of compound c are rows ``gate_start[c] …`` of ``gate_xy``, shape (n + 1,)."""
    gate_xy: NDArray[np.float64]
    opening_m: float


def walls_of(compounds: Compounds) -> Walls | None:
    """File the walls; None where every compound is too small to hide anything."""
    line, compound = shapely.get_parts(shapely.boundary(compounds.core), return_index=True)
    xy, ring = shapely.get_coordinates(line, return_index=True)
    if not len(xy):
        return None
    begin = np.flatnonzero(ring[1:] == ring[:-1]).astype(np.int32)
    mean = float(np.hypot(*(xy[begin + 1] - xy[begin]).T).mean())
    filed = file_segments(xy, begin, mean)
    return Walls(
        xy,
        compound[ring].astype(np.int32),
        filed.low,
        filed.cell,
        filed.nx,
        filed.ny,
        filed.start,
        filed.segment,
        compounds.start,
        compounds.gate_xy[compounds.gate],
        compounds.opening_m,
    )


@njit(nogil=True, cache=True)
def hidden(px, py, sx, sy, walls):  # type: ignore[no-untyped-def]
    """Whether the straight line from p to s crosses a wall away from that compound's gates."""
    dx, dy = sx - px, sy - py
    length = np.sqrt(dx * dx + dy * dy)
    if length <= 2 * END_M:
        return False
    hair = 1e-6 * walls.cell
    end = END_M / length
    col0 = max(0.0, np.floor((min(px, sx) - walls.low[0] - hair) / walls.cell))
    col1 = min(walls.nx - 1.0, np.floor((max(px, sx) - walls.low[0] + hair) / walls.cell))
    row0 = max(0.0, np.floor((min(py, sy) - walls.low[1] - hair) / walls.cell))
    row1 = min(walls.ny - 1.0, np.floor((max(py, sy) - walls.low[1] + hair) / walls.cell))
    for row in range(int(row0), int(row1) + 1):
        for col in range(int(col0), int(col1) + 1):
            c = row * walls.nx + col
            for k in range(walls.start[c], walls.start[c + 1]):
                a = walls.segment[k]
                ax, ay = walls.xy[a, 0], walls.xy[a, 1]
                bx, by = walls.xy[a + 1, 0] - ax, walls.xy[a + 1, 1] - ay
                across = dx * by - dy * bx
                if across == 0:  # alongside; what it crosses are the neighbours
                    continue
                t = ((ax - px) * by - (ay - py) * bx) / across
                w = ((ax - px) * dy - (ay - py) * dx) / across
                if t <= end or t >= 1 - end or w < 0 or w > 1:
                    continue
                x, y = px + t * dx, py + t * dy
                compound = walls.compound[a]
                shut = True
                for g in range(walls.gate_start[compound], walls.gate_start[compound + 1]):
                    gx, gy = walls.gate_xy[g, 0] - x, walls.gate_xy[g, 1] - y
                    if np.sqrt(gx * gx + gy * gy) <= walls.opening_m:
                        shut = False
                        break
                if shut:
                    return True
    return False
