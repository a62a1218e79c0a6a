"""A walkable street network for a synthetic city: its block grid, with what real grids have.

Crossings are shifted, some streets are missing (gated compounds), a few blocks carry a diagonal
path, and the river is crossed on bridges only.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siting.demo.layout import ORIGIN, RIVER_M, Ground, river_y

BRIDGE_EVERY = 7
"""Of the streets across the river, every so many has a bridge."""


def lay_streets(ground: Ground, rng: Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Edges (u, v, length_m) and nodes (node, x, y in the city's CRS), one connected piece."""
    nx, ny = len(ground.xs), len(ground.ys)
    x = np.tile(ground.xs, ny) + rng.normal(0, 6, nx * ny)
    y = np.repeat(ground.ys, nx) + rng.normal(0, 6, nx * ny)
    at = np.arange(nx * ny).reshape(ny, nx)
    pairs = [
        np.column_stack((at[:, :-1].ravel(), at[:, 1:].ravel())),
        np.column_stack((at[:-1].ravel(), at[1:].ravel())),
        np.column_stack((at[:-1, :-1].ravel(), at[1:, 1:].ravel())),
    ]
    kept = [rng.random(len(p)) >= gone for p, gone in zip(pairs, (0.10, 0.10, 0.97), strict=True)]
    u, v = np.concatenate([p[k] for p, k in zip(pairs, kept, strict=True)]).T
    side_m = float(ground.xs[-1])
    above = y > river_y(x, side_m)
    crossing = above[u] != above[v]
    bridge = (u % nx % BRIDGE_EVERY == 3) & (v - u == nx)
    u, v = u[~crossing | bridge], v[~crossing | bridge]
    u, v = _largest_piece(u, v, nx * ny)
    wet = np.abs(y - river_y(x, side_m)) < RIVER_M / 3
    bend = np.where(wet[u] | wet[v], 1.0, rng.uniform(1.0, 1.06, len(u)))
    length = np.round(np.hypot(x[u] - x[v], y[u] - y[v]) * bend, 1)
    used, flat = np.unique(np.concatenate((u, v)), return_inverse=True)
    u, v = flat.reshape(2, -1)
    edges = pd.DataFrame({"u": u + 1, "v": v + 1, "length_m": length})
    nodes = pd.DataFrame(
        {
            "node": np.arange(len(used)) + 1,
            "x": np.round(x[used] + ORIGIN[0], 1),
            "y": np.round(y[used] + ORIGIN[1], 1),
        }
    )
    return edges, nodes


def _largest_piece(u: np.ndarray, v: np.ndarray, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """The edges of the component that has the most nodes."""
    graph = coo_array((np.ones(len(u)), (u, v)), shape=(n_nodes, n_nodes))
    _, piece = connected_components(graph, directed=False)
    main = np.bincount(piece).argmax()
    return u[piece[u] == main], v[piece[u] == main]
