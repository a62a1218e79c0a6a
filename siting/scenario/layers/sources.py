"""Files of layers by kind: each kind is read by one reader, whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from siting.files.head import Asked
from siting.files.raw import RawLayer, refuse
from siting.notice import Notice

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


def read_source(
    path: Path, where: str, layer: str | None, asked: Asked, filters: Sequence[str] = ()
) -> RawLayer:
    """The table of a file, with its geometries if it has any.

    Args:
        layer: its layer or sheet; None where the file holds one.
        filters: tags, for OpenStreetMap files.

    Raises:
        InputError: the file cannot be read.
    """
    from siting.files import (
        gdb,
        geojson,
        geotiff,
        gpkg,
        kml,
        parquet,
        shapefile,
        tables,
        workbook,
        xls,
    )
    from siting.scenario.layers import osm

    match suffix_of(path):
        case "csv":
            return tables.read_csv(path, where, asked)
        case "xlsx":
            return workbook.read_xlsx(path, where, layer, asked)
        case "xls":
            return xls.read_xls(path, where, layer, asked)
        case "gpkg":
            return gpkg.read_gpkg(path, where, layer)
        case "gdb" | "gdb.zip":
            return gdb.read_gdb(path, where, layer)
        case "fgb":
            return gdb.read_fgb(path, where)
        case "kml":
            return kml.read_kml(path, where, layer)
        case "geojson":
            return geojson.read_geojson(path, where)
        case "parquet":
            return parquet.read_parquet(path, where, asked)
        case "shp":
            return shapefile.read_shp(path, where)
        case "tif":
            return geotiff.read_geotiff(path, where)
        case "osm.pbf" | "osm":
            return osm.read_osm(path, where, filters)
    raise refuse(where, Notice("fault.one_of", kinds=KINDS), path.name)
