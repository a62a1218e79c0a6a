"""load_network: the one way in from any kind of file that holds streets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.walking.network import Network


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
            found = ", ".join(sorted(map(str, source))) or Notice("fault.nothing")
            raise InputError(Fault("network", Notice("fault.pair_of_tables"), found))
        return tables.read(Path(source["edges"]), Path(source["nodes"]), crs)
    path = Path(source)
    if not path.is_file():
        raise InputError(Fault(str(path), Notice("fault.a_file"), Notice("fault.not_found")))
    name = path.name.lower()
    if name.endswith((".pbf", ".osm", ".osm.bz2", ".osm.gz")):
        return osm.read(path, crs)
    if name.endswith((".graphml", ".graphml.xml")):
        return graphml.read(path, crs)
    return layers.read(path, crs)
