"""GeoParquet and plain parquet tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Container
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from siting.errors import InputError
from siting.files.boundary import reading
from siting.files.raw import MAX_ROWS, RawLayer, first_bytes, refuse, to_frame
from siting.files.tables import check_header
from siting.notice import Notice, quoted

MAX_UNPACKED_BYTES = 8 * 2**30
"""Most bytes that the columns in use unpack to, 8 GiB."""
PIECE = 16_384
"""Rows unpacked at a time."""
_ENCODINGS = frozenset(
    (
        "wkb",
        "wkt",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
    )
)
"""Of geometries: GeoParquet 1.1's, and text as some write it."""
_GEOARROW = "geoarrow."
"""What the names of GeoArrow's extension types begin with."""


def read_parquet(path: Path, where: str, columns: Container[str]) -> RawLayer:
    """GeoParquet, or a plain table; only the columns asked for are read.

    Raises:
        InputError: not parquet.
    """
    if first_bytes(path, 4) != b"PAR1":
        raise refuse(where, Notice("fault.parquet"), Notice("fault.other_kind"))
    with path.open("rb") as opened:
        return _read(opened, where, columns)


def read_held(content: bytes, where: str, columns: Container[str]) -> RawLayer:
    """The same of what is held in memory."""
    return _read(BytesIO(content), where, columns)


def _read(opened: BinaryIO, where: str, columns: Container[str]) -> RawLayer:
    import pyarrow.parquet as pq

    with reading(where, Notice("fault.readable_parquet")):
        file = pq.ParquetFile(opened)
        if file.metadata.num_rows > MAX_ROWS:
            count = f"{file.metadata.num_rows:,}"
            raise refuse(where, Notice("fault.most_rows", max_rows=MAX_ROWS), count)
        schema = file.schema_arrow
        names = schema.names
        check_header(names, where)
        meta = (schema.metadata or {}).get(b"geo")
        geo = _object(meta, "geo", where) if meta else {}
        primary = geo.get("primary_column")
        native = {**_arrow(schema, where), **_native(file, names)}
        if primary is None:
            primary = next(iter(native), None)
        wanted = [name for name in names if name in columns and name != primary]
        frame = to_frame(_table(file, wanted, where))
        shape = None
        if isinstance(primary, str) and primary in names:
            shape = _table(file, [primary], where).column(primary)
    for name in names:
        if name not in frame:
            frame[name] = None  # known by name only, for messages
    if shape is None or primary is None:
        return RawLayer(frame)
    every = geo.get("columns", {})
    about = every.get(primary, {}) if isinstance(every, dict) else None
    if not isinstance(about, dict):
        raise _no_object("geo: columns", where)
    encoding, own = native.get(primary, ("WKB", "EPSG:4326"))
    encoding = str(about.get("encoding", encoding))
    if encoding.lower() not in _ENCODINGS:
        found = quoted(encoding)
        raise refuse(where, Notice("fault.as_wkb_or_arrow"), found, Notice("fault.write_wkb"))
    with reading(where, Notice("fault.as_wkb_or_arrow"), Notice("fault.write_wkb")):
        shapes = _shapes(shape, encoding)
    # GeoParquet 1.1 and Parquet's own type alike: absent means OGC:CRS84
    crs = about.get("crs", "EPSG:4326" if about else own)
    if isinstance(crs, dict):
        crs = json.dumps(crs)
    return RawLayer(frame.drop(columns=primary), shapes, crs)


def _object(text: bytes, key: str, where: str) -> dict[str, Any]:
    """What the file says of itself under a key of its metadata.

    Raises:
        InputError: no JSON object.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise _no_object(key, where)
    return told


def _no_object(key: str, where: str) -> InputError:
    expected, cure = Notice("fault.metadata_object", name=key), Notice("fault.write_geoparquet")
    return refuse(where, expected, Notice("fault.something_else"), cure)


def _arrow(schema: Any, where: str) -> dict[str, tuple[str, Any]]:
    """Columns that were written as GeoArrow's types without GeoParquet's metadata: the encoding
    and the system of each, None where it names none."""
    found = {}
    for field in schema:
        said = field.metadata or {}
        name = said.get(b"ARROW:extension:name", b"").decode()
        if name.startswith(_GEOARROW):
            key = "ARROW:extension:metadata"
            told = _object(said.get(key.encode()) or b"{}", key, where)
            found[field.name] = (name.removeprefix(_GEOARROW), told.get("crs"))
    return found


def _native(file: Any, names: list[str]) -> dict[str, tuple[str, Any]]:
    """Columns of Parquet's own types GEOMETRY and GEOGRAPHY: WKB, and the system each names."""
    found: dict[str, tuple[str, Any]] = {}
    for i in range(len(file.schema)):
        column = file.schema.column(i)
        kind = column.logical_type
        if kind is not None and kind.type in ("GEOMETRY", "GEOGRAPHY") and column.path in names:
            crs = json.loads(kind.to_json()).get("crs") or None
            found[column.path] = ("WKB", _system(crs, file))
    return found


def _system(crs: str | None, file: Any) -> Any:
    """A system as Parquet writes it: "srid:4547", "projjson:KEY" of the file's own metadata, or
    any text that names one."""
    if crs is None or crs.upper() in ("OGC:CRS84", "CRS84"):
        return "EPSG:4326"
    kind, _, rest = crs.partition(":")
    if kind == "srid":
        return f"EPSG:{rest}"
    if kind == "projjson":
        return ((file.schema_arrow.metadata or {}).get(rest.encode()) or b"").decode() or rest
    return crs


def _shapes(column: Any, encoding: str) -> NDArray[np.object_]:
    """Geometries of a column in WKB or WKT, or in one of GeoArrow's nested encodings."""
    import shapely

    if encoding.upper() == "WKB":
        return np.asarray(shapely.from_wkb(column.to_numpy()), object)
    if encoding.upper() == "WKT":
        return np.asarray(shapely.from_wkt(column.to_numpy()), object)
    make: dict[str, Callable[[Any], Any]] = {  # of each of _ENCODINGS
        "point": shapely.Point,
        "linestring": shapely.LineString,
        "polygon": lambda rings: shapely.Polygon(rings[0], rings[1:]) if rings else None,
        "multipoint": shapely.MultiPoint,
        "multilinestring": shapely.MultiLineString,
        "multipolygon": lambda parts: shapely.MultiPolygon([(r[0], r[1:]) for r in parts]),
    }
    turn = make[encoding.lower()]
    cells = column.to_pylist()
    shapes = np.empty(len(cells), object)
    shapes[:] = [None if cell is None else turn(_pairs(cell)) for cell in cells]
    return shapes


def _pairs(cell: Any) -> Any:
    """Nested coordinates, each a pair, whether they were kept as structs or as lists."""
    if isinstance(cell, dict):
        return (cell["x"], cell["y"])
    if cell and isinstance(cell[0], float | int):
        return tuple(cell[:2])
    return [_pairs(inner) for inner in cell]


def _table(file: Any, columns: list[str], where: str) -> Any:
    """The columns as one arrow table, piece by piece: a small file may unpack to a huge one."""
    import pyarrow as pa

    pieces, room = [], MAX_UNPACKED_BYTES
    for piece in file.iter_batches(PIECE, columns=columns):
        pieces.append(piece)
        room -= piece.nbytes
        if room < 0:
            raise refuse(
                where, Notice("fault.unpacked_bytes", max_unpacked_bytes=MAX_UNPACKED_BYTES)
            )
    if not pieces:
        return pa.schema([file.schema_arrow.field(name) for name in columns]).empty_table()
    return pa.Table.from_batches(pieces)
