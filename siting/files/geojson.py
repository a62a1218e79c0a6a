"""GeoJSON, read without GDAL, which opens a ``.geojson`` that is really a virtual layer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from siting.as_json import once
from siting.files.boundary import SAVE_ANEW
from siting.files.raw import MAX_TEXT_BYTES, RawLayer, first_bytes, refuse, said
from siting.notice import Hint, Notice, quoted

_NESTED = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
           "MultiPolygon": 3}  # fmt: skip
"""How deep the lists of a geometry's coordinates are within one another (RFC 7946, 3.1)."""
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def read_geojson(path: Path, where: str) -> RawLayer:
    """A GeoJSON FeatureCollection or Feature; WGS84 unless it names another system.

    Raises:
        InputError: not GeoJSON.
    """
    import pandas as pd
    import shapely

    if path.stat().st_size > MAX_TEXT_BYTES:
        raise refuse(where, Notice("fault.gpkg_holds", max_text_bytes=MAX_TEXT_BYTES))
    expected = Notice("fault.geojson")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=once)
    except UnicodeDecodeError:
        raise refuse(where, Notice("fault.utf8"), Notice("fault.other_bytes")) from None
    except (ValueError, RecursionError) as error:
        start = first_bytes(path).lstrip(b"\xef\xbb\xbf \t\r\n")
        raise refuse(where, expected, *_unread(error, start)) from None
    if isinstance(data, dict) and data.get("type") == "Feature":
        data = {"features": [data], "type": "FeatureCollection"}
    _refuse_halves(text, data, where)
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise refuse(where, expected, Notice("fault.no_features"), SAVE_ANEW)
    shapes = np.empty(len(features), object)
    rows = []
    for i, feature in enumerate(features):
        properties = feature.get("properties") or {}
        if not isinstance(properties, dict):
            raise refuse(where, Notice("fault.properties"), Notice("fault.feature", i=i + 1))
        rows.append({"id": feature["id"], **properties} if "id" in feature else properties)
        shape = feature.get("geometry")
        try:
            shapes[i] = None if shape is None else shapely.geometry.shape(shape)
        except Exception:  # shapely raises many kinds for a broken geometry
            expected = Notice("fault.feature_geometry", i=i + 1)
            raise refuse(where, expected, _unlike(shape), Notice("fault.mend_geometry")) from None
    columns = list(dict.fromkeys(name for row in rows for name in row))
    frame = pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in columns},
        index=range(len(rows)),
    )
    return RawLayer(frame, shapes, _geojson_crs(data, where))


def _unread(error: Exception, start: bytes) -> tuple[str, Hint]:
    """What was found instead of one object, and the cure."""
    if start.startswith(b"\x1e"):  # RFC 8142
        return Notice("fault.text_sequence"), Notice("fault.collect_features")
    if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
        return Notice("fault.further_value", line=error.lineno), Notice("fault.collect_features")
    if not start.startswith((b"{", b"[")):
        return Notice("fault.other_kind"), SAVE_ANEW
    return said(error), SAVE_ANEW


def _unlike(shape: Any) -> str:
    """What a geometry that cannot be read has instead of its kind's coordinates (RFC 7946, 3.1)."""
    kind = shape.get("type") if isinstance(shape, dict) else None
    if not isinstance(kind, str):
        return Notice("fault.no_type")
    if kind not in _NESTED and kind != "GeometryCollection":
        return Notice("fault.of_type", type=quoted(kind))
    if kind in _NESTED and not _nested(shape.get("coordinates"), _NESTED[kind]):
        return Notice("fault.other_coordinates", type=quoted(kind))
    return Notice("fault.few_positions", type=quoted(kind))


def _nested(coordinates: Any, depth: int) -> bool:
    """Whether these are lists of lists of positions, so deep; a position is two numbers or more."""
    if not isinstance(coordinates, list):
        return False
    if depth:
        return all(_nested(inner, depth - 1) for inner in coordinates)
    return len(coordinates) > 1 and all(
        isinstance(n, int | float) and not isinstance(n, bool) for n in coordinates
    )


def _refuse_halves(text: str, data: Any, where: str) -> None:
    """Raises InputError where half a character is escaped, ``\\ud83d`` alone (RFC 8259, section
    8.2): Python reads it as a text that nothing can be written to."""
    if not _HALF.search(text):
        return
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        code = f"\\u{ord(error.object[error.start]):04x}"
        raise refuse(where, Notice("fault.utf8"), Notice("fault.half", code=code)) from None


def _no_constant(name: str) -> None:
    raise ValueError(Notice("fault.not_json_number", name=name))


def _geojson_crs(data: dict[str, Any], where: str) -> str:
    named = data.get("crs")
    if named is None:
        return "EPSG:4326"  # RFC 7946, section 4
    about = named.get("properties") if isinstance(named, dict) else None
    name = about.get("name") if isinstance(about, dict) else None
    if not isinstance(name, str):
        raise refuse(
            where, Notice("fault.system_as_text"), Notice("fault.something_else"), key="crs"
        )
    return "EPSG:4326" if name.upper().endswith("CRS84") else name
