"""Lines of a layer that cross or nearly meet, and yet share no vertex.

Street centre lines are often drawn so; a network is joined at common vertices only, as bridges
need it, so whoever draws must be told.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from siting.notice import Notice
from siting.walking.network import Network

NEAR_M = 1.0
"""A line that ends so near another was meant to meet it."""


def tell_crossings(network: Network) -> Network:
    """The network, with warnings of crossings and of ends that do not meet."""
    of_edge = np.repeat(np.arange(network.n_edges), np.diff(network.shape_start))
    lines = shapely.linestrings(network.shape_xy, indices=of_edge)
    tree = shapely.STRtree(lines)
    one, other = tree.query(lines, predicate="crosses")
    once = one < other
    points = shapely.intersection(lines[one[once]], lines[other[once]])
    told = []
    if len(points):
        x, y = shapely.get_coordinates(points[0])[0]
        told.append(Notice("network.crossings", n=len(points), x=x, y=y))
    u, v = network.edge_u, network.edge_v
    degree = np.bincount(np.concatenate([u, v]), minlength=network.n_nodes)
    ends = np.flatnonzero(degree == 1)
    spot, edge = tree.query(
        shapely.points(network.node_xy[ends]), predicate="dwithin", distance=NEAR_M
    )
    loose = np.unique(ends[spot[(u[edge] != ends[spot]) & (v[edge] != ends[spot])]])
    if len(loose):
        x, y = network.node_xy[loose[0]]
        told.append(Notice("network.near_ends", n=len(loose), metres=NEAR_M, x=x, y=y))
    return replace(network, warnings=(*network.warnings, *told))
