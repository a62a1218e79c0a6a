"""Kinds of files that layers come in, told by their names."""

from __future__ import annotations

from pathlib import Path

KINDS = (
    "csv",
    "xlsx",
    "xls",
    "gpkg",
    "gdb",
    "gdb.zip",
    "geojson",
    "fgb",
    "kml",
    "parquet",
    "shp",
    "tif",
    "osm.pbf",
)
HOLD_LAYERS = ("gpkg", "gdb", "gdb.zip", "kml", "xlsx", "xls")
"""Kinds whose files may hold several layers or sheets."""
HAVE_HEAD = ("csv", "xlsx", "xls")
"""Kinds that begin with rows of names."""
_ENDINGS = {
    ".osm.pbf": "osm.pbf",
    ".pbf": "osm.pbf",
    ".json": "geojson",
    ".gdb.zip": "gdb.zip",
    ".tiff": "tif",
    ".xlsm": "xlsx",
    ".geoparquet": "parquet",
}
WAY_OUT = {
    "dwg": "fault.way_out.dwg",
    "dxf": "fault.way_out.dxf",
    "et": "fault.way_out.et",
    "mdb": "fault.way_out.mdb",
    "kmz": "fault.way_out.kmz",
    "zip": "fault.way_out.zip",
    "rar": "fault.way_out.rar",
    "tab": "fault.way_out.tab",
    "mif": "fault.way_out.tab",
    "mid": "fault.way_out.tab",
    "dbf": "fault.way_out.dbf",
    "shx": "fault.way_out.shx",
    "prj": "fault.way_out.shx",
    "gpx": "fault.way_out.as_layer",
    "gml": "fault.way_out.as_layer",
    "sqlite": "fault.way_out.as_layer",
    "topojson": "fault.way_out.as_layer",
    "geojsonl": "fault.way_out.as_layer",
    "qgz": "fault.way_out.project",
    "qgs": "fault.way_out.project",
    "mxd": "fault.way_out.project",
    "aprx": "fault.way_out.project",
    "lyr": "fault.way_out.project",
    "lyrx": "fault.way_out.project",
    "accdb": "fault.way_out.mdb",
    "7z": "fault.way_out.rar",
    "img": "fault.way_out.img",
    "asc": "fault.way_out.img",
    "vrt": "fault.way_out.img",
    "adf": "fault.way_out.img",
    "nc": "fault.way_out.img",
    "txt": "fault.way_out.txt",
    "tsv": "fault.way_out.txt",
    "ods": "fault.way_out.ods",
    "xlsb": "fault.way_out.ods",
    "numbers": "fault.way_out.ods",
    "pdf": "fault.way_out.pdf",
    "wps": "fault.way_out.table",
    "doc": "fault.way_out.table",
    "docx": "fault.way_out.table",
}
"""Kinds that people have and no reader is kept for: the text that says what to do."""


def suffix_of(path: Path) -> str:
    """Kind of a file by its name: one of :data:`KINDS`, ``osm``, or what else it ends with."""
    name = path.name.lower()
    for ending, kind in _ENDINGS.items():
        if name.endswith(ending):
            return kind
    return path.suffix.lower().lstrip(".")
