"""load_network: the one way in from any kind of file that holds streets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from siting.errors import Fault, InputError
from siting.files.boundary import oddness, reading
from siting.files.raw import MAX_FILE_BYTES, MAX_TEXT_BYTES
from siting.notice import Notice
from siting.walking.network import Network

GRAPHML = (".graphml", ".graphml.xml")
PAIR = ("edges", "nodes")
"""Keys of a pair of tables."""


def load_network(
    source: str | Path | Mapping[str, str | Path],
    crs: str,
    names: Mapping[Path, str] | None = None,
) -> Network:
    """Read a walking network.

    Args:
        source: an OpenStreetMap extract (.osm.pbf, .osm, also compressed), OSMnx GraphML, a layer
            of LineStrings (gpkg, gdb, geojson, shp, fgb, kml, parquet), or
            ``{"edges": ..., "nodes": ...}``, a pair of csv or parquet tables (edges: u, v,
            length_m; nodes: node, x, y in crs).
        crs: metric coordinate system to work in, for instance ``EPSG:32635``.
        names: of the files, as messages give them. Default: their paths.

    Raises:
        InputError: with every fault found.
    """
    from siting.walking import graphml, layers, osm, tables
    from siting.walking.projecting import metric_crs

    metric_crs(crs)
    called = {} if names is None else names
    if isinstance(source, Mapping):
        if set(source) != set(PAIR):
            found = ", ".join(sorted(map(str, source))) or Notice("fault.nothing")
            raise InputError(Fault("network", Notice("fault.pair_of_tables"), found))
        edges, nodes = Path(source["edges"]), Path(source["nodes"])
        of_edges, of_nodes = (called.get(Path(source[kind]), str(source[kind])) for kind in PAIR)
        with reading(f"{of_edges}, {of_nodes}", Notice("fault.csv_parquet")):
            return tables.read(edges, nodes, crs, of_edges, of_nodes)
    path = Path(source).absolute()  # a prefix of its name is then none for any library
    where, name = called.get(Path(source), str(path)), path.name.lower()
    odd = None
    if not (name.endswith(".gdb") and path.is_dir()):  # of which the reader looks at every file
        odd = oddness(path, MAX_TEXT_BYTES if name.endswith(GRAPHML) else MAX_FILE_BYTES)
    if odd is not None:
        raise InputError(Fault(where, *odd))
    if name.endswith((".pbf", ".osm", ".osm.bz2", ".osm.gz")):
        with reading(where, Notice("fault.osm_data")):
            return osm.read(path, crs, where)
    if name.endswith(GRAPHML):
        with reading(where, Notice("fault.graphml"), Notice("fault.save_graphml")):
            return graphml.read(path, crs, where)
    with reading(where, Notice("fault.readable_lines")):
        return layers.read(path, crs, where)
