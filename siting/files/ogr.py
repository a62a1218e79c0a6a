"""Layers by GDAL, each kind of file by the one driver that is named for it.

GDAL chooses a driver by a file's content, and some drivers open further files, ask servers or run
pipelines: they are shut out for the process before the first file is opened. A file that another
driver than the named one takes is refused.
"""

from __future__ import annotations

import os
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path

from siting.files.boundary import reading
from siting.files.raw import MAX_ROWS, RawLayer, refuse, to_frame
from siting.notice import Notice

REACHING_OUT = (
    "ADBC", "AmigoCloud", "Carto", "CSW", "DAAS", "EEDA", "EEDAI", "Elasticsearch", "GDALG",
    "GMLAS", "GPSBabel", "GTI", "HTTP", "MongoDBv3", "MSSQLSpatial", "MySQL", "NGW", "OAPIF",
    "ODBC", "OGCAPI", "OGR_VRT", "PGDUMP", "PLMOSAIC", "PLSCENES", "PostgreSQL", "STACIT",
    "STACTA", "VRT", "WCS", "WFS", "WMS", "WMTS",
)  # fmt: skip
"""Drivers of virtual data, servers, databases, pipelines and other programs (GDAL 3.12, lists of
vector and raster drivers)."""


@cache
def shut_out() -> None:
    """Take the drivers that reach out of GDAL's list, once a process."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("GDAL_SKIP") or os.environ.get("GDAL_SKIP") or ""
    skipped = ",".join(filter(None, (str(before).replace(" ", ","), *REACHING_OUT)))
    pyogrio.set_gdal_config_options({"GDAL_SKIP": skipped})
    with suppress(ImportError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of drivers that this build does not have
        # Drivers are listed when the library is loaded; listing them again heeds the option.
        from pyogrio._ogr import _register_drivers

        _register_drivers()
    left = sorted(set(pyogrio.list_drivers()) & set(REACHING_OUT))
    if left:
        raise refuse(
            "pyogrio", Notice("fault.shut_out"), ", ".join(left), Notice("fault.update_pyogrio")
        )


def list_layers(path: Path, where: str) -> list[tuple[str, str]]:
    """Name and kind of geometry of every layer.

    Raises:
        InputError: GDAL cannot read the file.
    """
    import pyogrio

    shut_out()
    with reading(where, Notice("fault.readable_layers")):
        return [(str(name), str(kind or "")) for name, kind in pyogrio.list_layers(_plain(path))]


def read_ogr(
    path: Path, where: str, layer: str | None, driver: str, encoding: str | None = None
) -> RawLayer:
    """A layer by GDAL; whole numbers stay whole, also where cells of their column are blank.

    Args:
        driver: GDAL's name of the one that may read the file.

    Raises:
        InputError: GDAL cannot read it, or would by another driver; too many rows.
    """
    import pyarrow.types
    import pyogrio
    import shapely

    shut_out()
    with reading(where, Notice("fault.readable_layer")):
        found = pyogrio.read_info(_plain(path), layer=layer, encoding=encoding)
        if found["driver"] != driver:
            raise refuse(where, Notice("fault.driver_reads", driver=driver), str(found["driver"]))
        if found["features"] > MAX_ROWS:
            count = f"{found['features']:,}"
            raise refuse(where, Notice("fault.most_rows", max_rows=MAX_ROWS), count)
        about, table = pyogrio.read_arrow(
            _plain(path), layer=layer, encoding=encoding, return_fids=True
        )
        if table.num_rows < found["features"]:
            # GDAL ends at what it cannot read, without a word
            fewer = Notice("fault.fewer_rows", read=table.num_rows, said=found["features"])
            raise refuse(where, Notice("fault.readable_layer"), fewer)
        own_key, *names = table.column_names
        shape = about["geometry_name"] or "wkb_geometry"
        if shape not in names:
            binary = (n for n in names if pyarrow.types.is_binary(table.schema.field(n).type))
            shape = next(binary, "")
        frame = to_frame(table.select([name for name in names if name != shape]))
        if "fid" not in frame:
            frame["fid"] = table.column(own_key).to_pandas()  # a key that planners see as a column
        if own_key not in frame:
            frame[own_key] = frame["fid"]
        if not shape:
            return RawLayer(frame)
        return RawLayer(frame, shapely.from_wkb(table.column(shape).to_numpy()), about["crs"])


def _plain(path: Path) -> str:
    """The path from the root on, so that no part of its name is taken for a prefix."""
    return str(path.absolute())
