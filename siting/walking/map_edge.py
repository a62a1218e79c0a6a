"""Who lives so near the end of the streets that outlets beyond could be in reach, uncounted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CELLS_A_WALK = 8
MOST_CELLS = 2000
"""Along one side of the grid."""


def near_edge(
    node_xy: NDArray[np.float64], xy: NDArray[np.float64], walk_m: float
) -> NDArray[np.bool_]:
    """Places outside the ground that the streets cover, or inside it by less than a walk.

    That ground is the nodes' morphological closing by a walk, its holes filled: what no two walks
    bridge is outside, be it a bay of the border or the land around it; parks and rivers between
    streets are inside. Seen on a grid; a place in doubt by one cell is taken to be near.

    Args:
        node_xy: (n, 2) metres, nodes of the network.
        xy: (m, 2) metres.
        walk_m: the longest standard, > 0.

    Returns:
        (m,) mask.
    """
    from scipy import ndimage

    margin = 3 * walk_m
    low, high = node_xy.min(axis=0) - margin, node_xy.max(axis=0) + margin
    cell = max(walk_m / CELLS_A_WALK, float((high - low).max()) / MOST_CELLS)
    shape = np.ceil((high - low) / cell).astype(np.int64) + 1
    streets = np.zeros(shape, np.bool_)
    streets[tuple(((node_xy - low) // cell).astype(np.int64).T)] = True
    wide = ndimage.distance_transform_edt(~streets) * cell <= walk_m
    closed = ndimage.distance_transform_edt(wide) * cell > walk_m
    ground = ndimage.binary_fill_holes(closed | streets)
    inward = ndimage.distance_transform_edt(ground) * cell
    at = np.floor((xy - low) / cell)
    within = ((at >= 0) & (at < shape)).all(axis=1)
    near = np.ones(len(xy), np.bool_)
    near[within] = inward[tuple(at[within].astype(np.int64).T)] <= walk_m + cell
    return near
