"""Lines that cross or nearly meet, and yet share no vertex.

Street centre lines are often drawn so; a network is joined at common vertices only, as bridges
need it, so whoever draws must be told. Bridges, tunnels and other storeys, where the map tells of
them, cross rightly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.notice import Notice
from siting.walking.network import Network
from siting.walking.osm_rules import Trait

NEAR_M = 1.0
"""A line that ends so near another was meant to meet it."""
AS_DRAWN = 1.02
"""Edges that are given longer than they are drawn have another course than the one that is seen."""
MOST_EDGES = 1_000_000
"""Of a larger network nobody looks at every pair."""


def tell_crossings(network: Network) -> Network:
    """The network, with warnings of crossings and of ends that do not meet."""
    if network.n_edges > MOST_EDGES:
        return network
    of_edge = np.repeat(np.arange(network.n_edges), np.diff(network.shape_start))
    lines = shapely.linestrings(network.shape_xy, indices=of_edge)
    drawn = network.edge_m <= AS_DRAWN * shapely.length(lines) + NEAR_M
    looked = _once(network) & drawn & ~_spanning(network)
    number = np.flatnonzero(looked)
    lines = lines[number]
    u, v = network.edge_u[number], network.edge_v[number]
    tree = shapely.STRtree(lines)
    one, other = tree.query(lines, predicate="crosses")
    once = one < other
    meeting = shapely.intersection(lines[one[once]], lines[other[once]])
    places = np.unique(np.round(shapely.get_coordinates(meeting), 3), axis=0)
    told = []
    if len(places):
        x, y = places[0]
        told.append(Notice("network.crossings", n=len(places), x=x, y=y))
    degree = np.bincount(np.concatenate([u, v]), minlength=network.n_nodes)
    ends = np.flatnonzero(degree == 1)
    spot, edge = tree.query(
        shapely.points(network.node_xy[ends]), predicate="dwithin", distance=NEAR_M
    )
    strange = (u[edge] != ends[spot]) & (v[edge] != ends[spot])
    if network.traits is not None:  # two ends at one place are those of a closed gate
        here, xy = network.node_xy[ends[spot]], network.node_xy
        strange &= (xy[u[edge]] != here).any(axis=1) & (xy[v[edge]] != here).any(axis=1)
    loose = np.unique(ends[spot[strange]])
    if len(loose):
        x, y = network.node_xy[loose[0]]
        told.append(Notice("network.near_ends", n=len(loose), metres=NEAR_M, x=x, y=y))
    return replace(network, warnings=(*network.warnings, *told))


def _once(network: Network) -> NDArray[np.bool_]:
    """False for an edge given before, in either direction: what it does is told once."""
    low = np.minimum(network.edge_u, network.edge_v)
    high = np.maximum(network.edge_u, network.edge_v)
    middle = (network.shape_start[:-1] + network.shape_start[1:] - 1) / 2
    # the mean of both middle vertices is the same from either end
    two = np.column_stack([np.floor(middle), np.ceil(middle)]).astype(np.int64)
    there = np.round(network.shape_xy[two].mean(axis=1), 3)
    key = np.column_stack([low, high, np.round(network.edge_m, 3), there])
    first = np.zeros(network.n_edges, np.bool_)
    first[np.unique(key, axis=0, return_index=True)[1]] = True
    return first


def _spanning(network: Network) -> NDArray[np.bool_]:
    if network.traits is None:
        return np.zeros(network.n_edges, np.bool_)
    return (network.traits.trait & Trait.SPANS) != 0
