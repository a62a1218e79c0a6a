"""Files of layers by kind: each kind is read by one reader, whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from siting.files.head import Asked
from siting.files.raw import RawLayer, refuse
from siting.notice import Notice
from siting.scenario.layers.file_kinds import KINDS, suffix_of


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
