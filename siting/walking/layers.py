"""A network from a layer of LineStrings: gpkg, geojson, shp, fgb or geoparquet."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.walking.components import tell
from siting.walking.crossings import tell_crossings
from siting.walking.lines import Lines, network_of
from siting.walking.network import Network
from siting.walking.projecting import project

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

GRID_M = 0.001
"""Vertices that agree to a millimetre are one place."""
_MAGIC = {
    ".gpkg": b"SQLite format 3\x00",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb",
    ".parquet": b"PAR1",
}
_JSON = (".geojson", ".json")


def read(path: Path, crs: str) -> Network:
    """Read a layer and join its lines where they share a vertex.

    Raises:
        InputError: when the file is of another kind, has no crs, or holds no lines.
    """
    import geopandas
    import pyogrio

    _check_kind(path)
    layer = None if path.suffix.lower() in (".parquet", *_JSON) else _line_layer(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path.suffix.lower() == ".parquet":
                frame = geopandas.read_parquet(path)
            else:
                frame = pyogrio.read_dataframe(path, layer=layer, columns=[])
    except Exception as error:  # GDAL, Arrow and GEOS each have errors of their own
        raise InputError(_unreadable(path, error)) from None
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise InputError(
            Fault(str(path), Notice("fault.has_geometry"), Notice("fault.table_without"))
        )
    return build(frame, crs, str(path))


def _unreadable(path: Path, error: Exception) -> Fault:
    return Fault(str(path), Notice("fault.readable_lines"), str(error).split("\n")[0])


def _line_layer(path: Path) -> str:
    """The one layer that holds lines, or may."""
    import pyogrio

    try:
        layers = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(path)]
    except Exception as error:
        raise InputError(_unreadable(path, error)) from None
    lines = [name for name, kind in layers if "Line" in kind]
    lines = lines or [name for name, kind in layers if kind in ("Unknown", "GeometryCollection")]
    if len(lines) == 1:
        return lines[0]
    found = ", ".join(f"{name} ({kind})" for name, kind in layers) or Notice("fault.without_layer")
    raise InputError(Fault(str(path), Notice("fault.one_layer"), found))


def _refuse_virtual_tables(path: Path) -> None:
    """A virtual table of a GeoPackage could read other files; its spatial index is harmless."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as link:
            rows = link.execute(
                "select name from sqlite_master where sql like '%virtual%table%'"
                " and sql not like '%using%rtree%'"
            ).fetchall()
    except sqlite3.Error as error:
        raise InputError(_unreadable(path, error)) from None
    if rows:
        raise InputError(Fault(str(path), Notice("fault.no_virtual"), str(rows[0][0])))


def build(frame: GeoDataFrame, crs: str, name: str = "edges") -> Network:
    """Edges are the parts of the lines between places where lines meet, and their ends."""
    if frame.crs is None:
        raise InputError(Fault(name, Notice("fault.say_system"), Notice("fault.none")))
    shapes = np.asarray(frame.geometry.array, dtype=object)
    lines = shapely.get_parts(shapes[~shapely.is_missing(shapes)])
    is_line = np.isin(shapely.get_type_id(lines), (1, 2))
    ignored = int((~is_line).sum())
    lines = lines[is_line]
    if len(lines) == 0:
        kinds = ", ".join(sorted(set(frame.geom_type.dropna()))) or Notice("fault.nothing")
        raise InputError(Fault(name, Notice("fault.lines"), kinds))
    xy = project(shapely.get_coordinates(lines), frame.crs, crs)
    if not np.isfinite(xy).all():
        raise InputError(
            Fault(name, Notice("fault.where_defined", crs=crs), Notice("fault.not_projectable"))
        )
    start = np.concatenate([[0], np.cumsum(shapely.get_num_points(lines))]).astype(np.int64)
    first, number = _places(xy)
    network = network_of(
        Lines(start, number, xy[first]), crs, lines_read=len(lines), shapes_ignored=ignored
    )
    if network.n_edges == 0:
        raise InputError(Fault(name, Notice("fault.lines_of_length"), f"{len(lines)} points"))
    return tell(tell_crossings(network))


def _places(xy: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Number the different places: first vertex of each, and the number of each vertex."""
    key = np.round(xy / GRID_M).astype(np.int64)
    _, first, number = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return first, number.reshape(-1).astype(np.int64)


def _check_kind(path: Path) -> None:
    """The content must be what the name says: a driver chosen by content could read elsewhere."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(64)
    if suffix in _JSON:
        good = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    elif suffix in _MAGIC:
        good = head.startswith(_MAGIC[suffix])
    else:
        known = ".osm.pbf, .osm, .graphml, " + ", ".join([*_MAGIC, *_JSON])
        raise InputError(Fault(str(path), Notice("fault.network_file", known=known), suffix))
    if not good:
        raise InputError(
            Fault(
                str(path), Notice("fault.content_is", suffix=suffix), Notice("fault.something_else")
            )
        )
    if suffix == ".gpkg":
        _refuse_virtual_tables(path)
