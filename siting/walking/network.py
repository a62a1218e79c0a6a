"""Network: the walkable streets as frozen arrays, and the one way in from any file.

An *edge* is what one rounding of a length applies to:

- node/edge tables and OSMnx GraphML: each edge as given, with the length given;
- OpenStreetMap and LineString layers: the part of a way (line) between two places where it
  meets another or ends, with its planar length in the network's crs.

Every edge may be walked both ways; oneway says nothing to walkers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError


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
    warnings: tuple[str, ...] = ()

    @property
    def n_nodes(self) -> int:
        return len(self.node_xy)

    @property
    def n_edges(self) -> int:
        return len(self.edge_u)


def load_network(source: str | Path | Mapping[str, str | Path], crs: str) -> Network:
    """Read a walking network.

    Args:
        source: an OpenStreetMap extract (.osm.pbf, .osm, also compressed), OSMnx GraphML, a layer
            of LineStrings (gpkg, geojson, shp, parquet), or ``{"edges": ..., "nodes": ...}``,
            a pair of csv or parquet tables (edges: u, v, length_m; nodes: node, x, y in crs).
        crs: metric coordinate system to work in, for instance ``EPSG:32635``.

    Raises:
        InputError: with every fault found.
    """
    from siting.walking import graphml, layers, osm, tables
    from siting.walking.projecting import metric_crs

    metric_crs(crs)
    if isinstance(source, Mapping):
        if set(source) != {"edges", "nodes"}:
            found = ", ".join(sorted(map(str, source))) or "nothing"
            raise InputError(
                Fault("network", "a pair of tables needs the keys edges, nodes", found)
            )
        return tables.read(Path(source["edges"]), Path(source["nodes"]), crs)
    path = Path(source)
    if not path.is_file():
        raise InputError(Fault(str(path), "must be a file", "nothing there"))
    name = path.name.lower()
    if name.endswith((".pbf", ".osm", ".osm.bz2", ".osm.gz")):
        return osm.read(path, crs)
    if name.endswith((".graphml", ".graphml.xml")):
        return graphml.read(path, crs)
    return layers.read(path, crs)
