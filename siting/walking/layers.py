"""A network from a layer of LineStrings: gpkg, gdb, geojson, shp, fgb, kml or geoparquet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from siting.errors import Fault, InputError
from siting.files import gdb, geojson, gpkg, kml, ogr, parquet, shapefile
from siting.files.ogr import list_layers
from siting.files.raw import RawLayer, first_bytes
from siting.notice import Hint, Notice
from siting.notice import first as first_of
from siting.walking.components import tell
from siting.walking.crossings import tell_crossings
from siting.walking.lines import Lines, network_of
from siting.walking.network import EdgeTraits, Network
from siting.walking.osm_rules import TOLD_BY, edge_traits
from siting.walking.projecting import no_degrees, project

MOST_ROWS = 5
"""Rows that a message names; the rest are counted."""
GRID_M = 0.001
"""Vertices that agree to a millimetre are one place."""
KINDS = (".gpkg", ".gdb", ".gdb.zip", ".shp", ".fgb", ".kml", ".parquet", ".geojson", ".json")

GEODATABASES = (".gdb", ".gdb.zip")
SAVE_WITH_SYSTEM = Notice("fault.save_system")


def read(path: Path, crs: str, where: str) -> Network:
    """Read a layer and join its lines where they share a vertex.

    Args:
        where: the file, as messages name it.

    Raises:
        InputError: when the file is of another kind, has no crs, or holds no lines.
    """
    return _network(_raw(path, where), crs, where)


def read_held(content: bytes, crs: str, where: str) -> Network:
    """The same of a layer in memory, as Parquet."""
    return _network(parquet.read_held(content, where, TOLD_BY), crs, where)


def _network(raw: RawLayer, crs: str, where: str) -> Network:
    if raw.geometry is None:
        raise InputError(Fault(where, Notice("fault.has_geometry"), Notice("fault.table_without")))
    if raw.crs is None:
        raise InputError(
            Fault(where, Notice("fault.say_system"), Notice("fault.none"), hint=SAVE_WITH_SYSTEM)
        )
    told = [column for column in TOLD_BY if column in raw.frame.columns]
    traits = edge_traits(raw.frame[told].to_dict("records")) if told else None
    network = build(raw.geometry, raw.crs, crs, where, traits)
    return replace(network, warnings=(*raw.warnings, *network.warnings))


def _raw(path: Path, where: str) -> RawLayer:
    """The file by the one reader of its kind."""
    if path.name.lower().endswith(GEODATABASES):
        return gdb.read_gdb(path, where, _line_layer(where, gdb.layers_of(path, where)))
    match path.suffix.lower():
        case ".gpkg":
            held = gpkg.layers_of(path, where)
            return gpkg.read_gpkg(path, where, _line_layer(where, held))
        case ".kml":
            return kml.read_kml(path, where, _line_layer(where, list_layers(path, where)))
        case ".shp":
            return shapefile.read_shp(path, where)
        case ".fgb":
            if not first_bytes(path, 3).startswith(b"fgb"):
                other = Notice("fault.other_kind")
                raise InputError(Fault(where, Notice("fault.flatgeobuf"), other))
            return ogr.read_ogr(path, where, None, "FlatGeobuf")
        case ".parquet":
            return parquet.read_parquet(path, where, TOLD_BY)
        case ".geojson" | ".json":
            return geojson.read_geojson(path, where)
    known = ", ".join((".osm.pbf", ".osm", ".graphml", *KINDS))
    expected = Notice("fault.network_file", known=known)
    hint: Hint = Notice("fault.rename_osm") if path.suffix.lower() == ".xml" else ""
    raise InputError(Fault(where, expected, path.suffix, hint=hint))


def _line_layer(where: str, layers: list[tuple[str, str]]) -> str:
    """The one layer that holds lines, or may, of those with their kinds of geometry."""
    lines = [name for name, kind in layers if "Line" in kind]
    lines = lines or [name for name, kind in layers if kind in ("Unknown", "GeometryCollection")]
    if len(lines) == 1:
        return lines[0]
    found = ", ".join(f"{name} ({kind})" for name, kind in layers) or Notice("fault.without_layer")
    raise InputError(Fault(where, Notice("fault.one_layer"), found))


def build(
    shapes: NDArray[np.object_],
    source: Any,
    crs: str,
    name: str = "edges",
    traits: EdgeTraits | None = None,
) -> Network:
    """Edges are the parts of the lines between places where lines meet, and their ends.

    Args:
        shapes: in the system ``source``, shape (n,); None where there is none.
        name: of the file, for messages.
        traits: of the shapes.
    """
    blank = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    there = np.flatnonzero(~blank)
    lines, shape = shapely.get_parts(shapes[there], return_index=True)
    is_line = np.isin(shapely.get_type_id(lines), (1, 2))
    ignored = int((~is_line).sum())
    if ignored == len(lines):
        kinds = ", ".join(sorted({line.geom_type for line in lines})) or Notice("fault.nothing")
        raise InputError(Fault(name, Notice("fault.lines"), kinds))
    lines, shape = lines[is_line], there[shape[is_line]]
    given = shapely.get_coordinates(lines)
    xy = project(given, source, crs)
    if not np.isfinite(xy).all():
        expected = Notice("fault.where_defined", crs=crs)
        hint = no_degrees(given, source)
        raise InputError(Fault(name, expected, Notice("fault.not_projectable"), hint=hint))
    start = np.concatenate([[0], np.cumsum(shapely.get_num_points(lines))]).astype(np.int64)
    first, number = _places(xy)
    parts = Lines(start, number, xy[first], shape)
    network = network_of(parts, crs, traits, lines_read=len(lines), shapes_ignored=ignored)
    if network.n_edges == 0:
        raise InputError(
            Fault(name, Notice("fault.lines_of_length"), Notice("fault.n_points", n=len(lines)))
        )
    if blank.any():
        rows = np.flatnonzero(blank) + 1
        some = first_of(rows.tolist(), MOST_ROWS)
        told = Notice("network.blank_lines", file=Path(name).name, n=len(rows), rows=some)
        network = replace(network, warnings=(told, *network.warnings))
    if ignored:
        told = Notice("network.no_lines", file=Path(name).name, n=ignored)
        network = replace(network, warnings=(told, *network.warnings))
    own = None if CRS.from_user_input(source) == CRS.from_user_input(crs) else str(source)
    return replace(tell(tell_crossings(network)), source=own)


def _places(xy: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Number the different places: first vertex of each, and the number of each vertex."""
    key = np.round(xy / GRID_M).astype(np.int64)
    _, first, number = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return first, number.reshape(-1).astype(np.int64)
