"""Streets among compounds: cut where they meet a wall, and told apart into inside and outside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.walking.components import keep_edges
from siting.walking.compounds import Compounds
from siting.walking.lines import lengths
from siting.walking.network import Network
from siting.walking.rounding import decimetres
from siting.walking.sight import Walls, walls_of
from siting.walking.snapping import Sight

Ints = NDArray[np.int64]
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Walled:
    """The streets that walls leave."""

    network: Network
    """Lengths of streets that no wall ends are as given; those that pass a gate have a further
    vertex at the wall."""
    outside: NDArray[np.bool_]
    """Whether the stretch that begins at each vertex is outside all compounds: one may step onto
    it, shape (n_vertices,)."""
    walls: Walls | None
    n_ended: int
    """Edges that end at a wall."""

    @property
    def sight(self) -> Sight:
        """What a straight walk onto these streets has to heed."""
        return Sight(self.outside, self.walls)


@dataclass(frozen=True)
class _Crossings:
    """Where streets meet the border of a core, by vertex and share. Arrays of shape (n,)."""

    vertex: Ints
    """Where the stretch begins."""
    xy: Float
    closed: NDArray[np.bool_]


def wall_off(network: Network, compounds: Compounds) -> Walled:
    """Cut the streets of a network at the compounds' walls."""
    found = _crossings(network, compounds)
    touched = np.zeros(network.n_edges, np.bool_)
    touched[np.searchsorted(network.shape_start, found.vertex, "right") - 1] = True
    cut, of_edge, n_ended = _cut(network, found)
    outside = _outside(cut, compounds, touched[of_edge])
    return Walled(cut, outside, walls_of(compounds), n_ended)


def _crossings(network: Network, compounds: Compounds) -> _Crossings:
    count = np.diff(network.shape_start)
    of_edge = np.repeat(np.arange(network.n_edges), count)
    border = shapely.boundary(compounds.core)
    streets = shapely.STRtree(shapely.linestrings(network.shape_xy, indices=of_edge))
    edges = np.unique(streets.query(border, predicate="intersects")[1])
    begin = np.flatnonzero(np.isin(of_edge, edges))
    last = np.zeros(len(of_edge), np.bool_)
    last[network.shape_start[1:] - 1] = True
    begin = begin[~last[begin]]
    ends = np.column_stack([begin, begin + 1])
    stretch = shapely.linestrings(network.shape_xy[ends])
    compound, k = shapely.STRtree(stretch).query(border, predicate="intersects")
    meeting = shapely.intersection(stretch[k], border[compound])
    xy, of = shapely.get_coordinates(meeting, return_index=True)
    vertex, compound = begin[k[of]], compound[of]
    away = np.hypot(*(xy - network.shape_xy[vertex]).T)
    order = np.lexsort((away, vertex))
    closed = ~compounds.passes(compound, xy)
    return _Crossings(vertex[order], xy[order], closed[order])


def _cut(network: Network, found: _Crossings) -> tuple[Network, Ints, int]:
    """The network cut, the edge that each of its edges was, and how many were ended."""
    # A vertex where a street passes; two where it ends, the second begins the next piece.
    repeats = np.where(found.closed, 2, 1)
    at = np.repeat(found.vertex + 1, repeats)
    shape = np.insert(network.shape_xy, at, np.repeat(found.xy, repeats, axis=0), axis=0)
    whole = network.shape_start + np.searchsorted(at, network.shape_start)
    second = (found.vertex + 1 + np.cumsum(repeats) - 1)[found.closed]
    start = np.sort(np.concatenate([whole, second]))
    edge = np.searchsorted(whole, start[:-1], "right") - 1
    first, last = np.isin(start[:-1], whole), np.isin(start[1:], whole)
    planar, metres = lengths(start, shape), network.edge_m[edge]
    is_cut = ~(first & last)
    total = np.bincount(edge, planar, minlength=network.n_edges)[edge]
    metres[is_cut] *= planar[is_cut] / total[is_cut]
    n, m = network.n_nodes, len(edge)
    # Every piece has an end of its own at the wall; those not needed go with their pieces.
    u = np.where(first, network.edge_u[edge], n + np.arange(m)).astype(np.int32)
    v = np.where(last, network.edge_v[edge], n + np.arange(m)).astype(np.int32)
    wall_xy = np.where(last[:, None], shape[start[:-1]], shape[start[1:] - 1])
    pieces = replace(
        network,
        node_xy=np.concatenate([network.node_xy, wall_xy]),
        edge_u=u,
        edge_v=v,
        edge_m=metres,
        edge_dm=np.where(is_cut, decimetres(metres), network.edge_dm[edge]).astype(np.int32),
        shape_start=start,
        shape_xy=shape,
        traits=None if network.traits is None else network.traits.rows(edge),
    )
    keep = ~is_cut | ((first | last) & (planar > 0))
    return keep_edges(pieces, keep), edge[keep], len(np.unique(edge[is_cut]))


def _outside(
    network: Network, compounds: Compounds, touched: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Of each vertex whether the stretch behind it is outside; a border never divides one."""
    xy, start = network.shape_xy, network.shape_start
    of_edge = np.repeat(np.arange(network.n_edges), np.diff(start))
    # One place tells for a street that meets no border.
    tells = np.where(touched[of_edge], np.arange(len(xy)), start[of_edge])
    asked, answer = np.unique(tells, return_inverse=True)
    middle = (xy[asked] + xy[np.minimum(asked + 1, len(xy) - 1)]) / 2
    inside = np.zeros(len(asked), np.bool_)
    cores = shapely.STRtree(compounds.core)
    inside[cores.query(shapely.points(middle), predicate="intersects")[0]] = True
    return ~inside[answer]
