"""Places of KML files: names, descriptions and data as columns, degrees of WGS84."""

from __future__ import annotations

import re
from pathlib import Path

from siting.files.gpkg import pick
from siting.files.ogr import list_layers, read_ogr
from siting.files.raw import RawLayer, first_bytes, refuse
from siting.notice import Notice

_HEAD = 2000
"""Bytes among which the document's first tag stands."""


def read_kml(path: Path, where: str, layer: str | None) -> RawLayer:
    """A folder of a KML file, which is a layer.

    Raises:
        InputError: not KML, several folders and none named, or no such folder.
    """
    if b"<kml" not in first_bytes(path, _HEAD):
        raise refuse(where, Notice("fault.kml"), Notice("fault.other_kind"))
    names = [name for name, kind in list_layers(path, where)]
    picked = pick(names, layer, where)
    raw = read_ogr(path, where, picked, "LIBKML")
    # GDAL numbers further folders of a name: A, A (#2), A (#3)
    others = [name for name in names if re.fullmatch(re.escape(picked) + r" \(#\d+\)", name)]
    if others:
        raw.warnings.append(
            Notice("layer.folders_of_name", where=where, layer=picked, others=others)
        )
    return raw
