"""Network: the walkable streets as frozen arrays, and what an edge is.

An *edge* is what one rounding of a length applies to:

- node/edge tables and OSMnx GraphML: each edge as given, with the length given;
- OpenStreetMap and LineString layers: the part of a way (line) between two places where it
  meets another or ends, with its planar length in the network's crs.

Every edge may be walked both ways; oneway says nothing to walkers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice


@dataclass(frozen=True)
class EdgeTraits:
    """What a map tells of edges beyond their course. Arrays of shape (n_edges,)."""

    trait: NDArray[np.uint8]
    """Sums of :class:`siting.walking.osm_rules.Trait`."""
    grade: NDArray[np.float64]
    """Rise over run from u to v, nan where nobody measured it."""

    def rows(self, edges: NDArray[np.integer] | NDArray[np.bool_]) -> EdgeTraits:
        """Some edges only."""
        return EdgeTraits(self.trait[edges], self.grade[edges])


@dataclass(frozen=True)
class Network:
    """Streets one may walk. Edges keep the order of their source, which decides ties."""

    node_xy: NDArray[np.float64]
    """Metres in ``crs``, shape (n_nodes, 2)."""
    edge_u: NDArray[np.int32]
    """First node of each edge, shape (n_edges,)."""
    edge_v: NDArray[np.int32]
    edge_m: NDArray[np.float64]
    """Length as given, metres, >= 0, shape (n_edges,); parts of an edge are parts of this."""
    edge_dm: NDArray[np.int32]
    """The same as whole decimetres, rounded half up."""
    shape_start: NDArray[np.int64]
    """Vertices of edge e are ``shape_xy[shape_start[e]:shape_start[e + 1]]``, from u to v."""
    shape_xy: NDArray[np.float64]
    """Metres in ``crs``, at least two vertices an edge."""
    crs: str
    report: dict[str, float] = field(default_factory=dict)
    """Counts worth telling: nodes, edges, km, components, what was left out and why."""
    warnings: tuple[Notice, ...] = ()
    traits: EdgeTraits | None = None
    """None where the source tells nothing of them."""
    decided: Mapping[str, int] = field(default_factory=dict)
    """OpenStreetMap ways by the rule that decided whether one walks there, in the order asked."""
    source: str | None = None
    """System that the file's own coordinates are in; None where that is ``crs``."""

    @property
    def n_nodes(self) -> int:
        return len(self.node_xy)

    @property
    def n_edges(self) -> int:
        return len(self.edge_u)
