"""Layers with geometry: GeoPackage, GeoJSON, parquet.

A file is believed by its content, not by its name: GDAL opens a ``.geojson`` that is really a
virtual layer (VRT) and reads whatever that points to. GeoJSON is therefore read without GDAL, and
the other kinds only when their first bytes are right.
"""

from __future__ import annotations

import json
import sqlite3
import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siting.errors import InputError, nearest
from siting.scenario.layers.raw import (
    MAX_ROWS,
    MAX_TEXT_BYTES,
    RawLayer,
    first_bytes,
    refuse,
    short,
)


def read_geojson(path: Path, where: str) -> RawLayer:
    """A GeoJSON FeatureCollection or Feature; WGS84 unless it names another system.

    Raises:
        InputError: not GeoJSON.
    """
    import shapely

    if path.stat().st_size > MAX_TEXT_BYTES:
        raise refuse(where, f"must not be larger than {MAX_TEXT_BYTES:,} bytes; gpkg holds more")
    expected = "must be GeoJSON with a list of features"
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise refuse(where, "must be UTF-8 text", "other bytes") from None
    except (ValueError, RecursionError) as error:
        start = first_bytes(path).lstrip(b"\xef\xbb\xbf \t\r\n")
        found = short(error) if start.startswith((b"{", b"[")) else "another kind of file"
        raise refuse(where, expected, found) from None
    if isinstance(data, dict) and data.get("type") == "Feature":
        data = {"features": [data], "type": "FeatureCollection"}
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise refuse(where, expected, "no list of features")
    shapes = np.empty(len(features), object)
    rows = []
    for i, feature in enumerate(features):
        properties = feature.get("properties") or {}
        if not isinstance(properties, dict):
            raise refuse(where, "must have properties that are a mapping", f"feature {i + 1}")
        rows.append({"id": feature["id"], **properties} if "id" in feature else properties)
        shape = feature.get("geometry")
        try:
            shapes[i] = None if shape is None else shapely.geometry.shape(shape)
        except Exception as error:  # shapely raises many kinds for a broken geometry
            raise refuse(
                where, f"must have a readable geometry in feature {i + 1}", short(error)
            ) from None
    columns = list(dict.fromkeys(name for row in rows for name in row))
    frame = pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in columns},
        index=range(len(rows)),
    )
    return RawLayer(frame, shapes, _geojson_crs(data, where))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _geojson_crs(data: dict[str, Any], where: str) -> str:
    named = data.get("crs")
    if named is None:
        return "EPSG:4326"  # RFC 7946, section 4
    name = named.get("properties", {}).get("name") if isinstance(named, dict) else None
    if not isinstance(name, str):
        raise refuse(where, "must name its coordinate system as text", "something else", key="crs")
    return "EPSG:4326" if name.upper().endswith("CRS84") else name


def read_gpkg(path: Path, where: str, layer: str | None) -> RawLayer:
    """A layer of a GeoPackage.

    Raises:
        InputError: not a GeoPackage, several layers and none named, or no such layer.
    """
    import pyogrio

    if not first_bytes(path, 16).startswith(b"SQLite format 3\0"):
        raise refuse(where, "must be a GeoPackage", "another kind of file")
    _refuse_virtual_tables(path, where)
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    except Exception as error:
        raise refuse(where, "must be a readable GeoPackage", short(error)) from None
    return read_ogr(path, where, _pick(layers, layer, where))


def _pick(layers: list[str], layer: str | None, where: str) -> str | None:
    if layer is not None and layer not in layers:
        hint = nearest(layer, layers)
        raise refuse(
            where, f"must be one of the layers {', '.join(layers)}", repr(layer), hint, "layer"
        )
    if layer is None and len(layers) > 1:
        raise refuse(
            where, "must be named: the file holds several layers", ", ".join(layers), key="layer"
        )
    if not layers:
        raise refuse(where, "must hold a layer", "none")
    return layer or layers[0]


def _refuse_virtual_tables(path: Path, where: str) -> None:
    """A virtual table may read other files; only the spatial index's own kind is let through."""
    try:
        link = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        link.text_factory = bytes
        try:
            made = link.execute("select sql from sqlite_master where sql is not null").fetchall()
        finally:
            link.close()
    except (sqlite3.Error, UnicodeDecodeError) as error:  # its messages may quote broken text
        raise refuse(where, "must be a readable GeoPackage", short(error)) from None
    for (sql,) in made:
        words = " ".join(sql.decode("utf-8", "replace").lower().split())
        if words.startswith("create virtual table") and " using rtree" not in words:
            raise refuse(where, "must not hold virtual tables", words[:60])


def read_ogr(path: Path, where: str, layer: str | None, encoding: str | None = None) -> RawLayer:
    """A layer by GDAL; whole numbers stay whole, also where cells of their column are blank.

    Raises:
        InputError: GDAL cannot read it.
    """
    import pyarrow.types
    import pyogrio
    import shapely

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            about, table = pyogrio.read_arrow(
                path, layer=layer, encoding=encoding, return_fids=True
            )
    except Exception as error:
        raise refuse(where, "must be a readable layer", short(error)) from None
    own_key, *names = table.column_names
    shape = about["geometry_name"] or "wkb_geometry"
    if shape not in names:
        shape = next((n for n in names if pyarrow.types.is_binary(table.schema.field(n).type)), "")
    frame = to_frame(table.select([name for name in names if name != shape]))
    if "fid" not in frame:
        frame["fid"] = table.column(own_key).to_pandas()  # a key that planners see as a column
    if not shape:
        return RawLayer(frame)
    return RawLayer(frame, shapely.from_wkb(table.column(shape).to_numpy()), about["crs"])


def to_frame(table: Any) -> pd.DataFrame:
    """An arrow table; columns of whole numbers stay whole where cells are blank."""
    import pyarrow as pa

    whole = {
        pa.int8(): pd.Int8Dtype(), pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(), pa.uint8(): pd.UInt8Dtype(), pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(), pa.uint64(): pd.UInt64Dtype(),
    }  # fmt: skip
    frame = table.to_pandas(ignore_metadata=True, types_mapper=whole.get)
    return pd.DataFrame(frame)


def read_parquet(path: Path, where: str, columns: Collection[str]) -> RawLayer:
    """GeoParquet, or a plain table; only the columns asked for are read.

    Raises:
        InputError: not parquet.
    """
    import pyarrow.parquet as pq
    import shapely

    if first_bytes(path, 4) != b"PAR1":
        raise refuse(where, "must be a parquet file", "another kind of file")
    try:
        about_file = pq.read_metadata(path)
        if about_file.num_rows > MAX_ROWS:
            raise refuse(
                where, f"must not hold more than {MAX_ROWS:,} rows", f"{about_file.num_rows:,}"
            )
        names = pq.read_schema(path).names
        meta = (pq.read_schema(path).metadata or {}).get(b"geo")
        geo = json.loads(meta) if meta else None
        primary = geo.get("primary_column") if isinstance(geo, dict) else None
        wanted = [name for name in names if name in columns or name == primary]
        with path.open("rb") as file:
            frame = to_frame(pq.read_table(file, columns=wanted))
    except InputError:
        raise
    except Exception as error:
        raise refuse(where, "must be a readable parquet file", short(error)) from None
    for name in names:
        if name not in frame:
            frame[name] = None  # known by name only, for messages
    if primary is None or primary not in names:
        return RawLayer(frame)
    try:
        shapes = shapely.from_wkb(frame[primary].to_numpy(object))
    except Exception as error:
        raise refuse(where, "must hold geometries as WKB", short(error)) from None
    every = geo.get("columns") if isinstance(geo, dict) else None
    about = every.get(primary, {}) if isinstance(every, dict) else {}
    crs = about.get("crs", "EPSG:4326")  # GeoParquet 1.1: absent means OGC:CRS84
    if isinstance(crs, dict):
        crs = json.dumps(crs)
    return RawLayer(frame.drop(columns=primary), np.asarray(shapes, object), crs)
