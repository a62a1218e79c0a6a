"""Layers by GDAL, each kind of file by the one driver that is named for it.

GDAL chooses a driver by a file's content, and some drivers open further files, ask servers or run
pipelines: they are shut out for the process before the first file is opened. A file that another
driver than the named one takes is refused.
"""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.files.boundary import reading
from siting.files.raw import MAX_ROWS, RawLayer, refuse, to_frame
from siting.files.tables import check_header
from siting.notice import Notice

if TYPE_CHECKING:
    import pyarrow as pa

REACHING_OUT = (
    "ADBC", "AmigoCloud", "Carto", "CSW", "DAAS", "EEDA", "EEDAI", "Elasticsearch", "GDALG",
    "GMLAS", "GPSBabel", "GTI", "HTTP", "MongoDBv3", "MSSQLSpatial", "MySQL", "NGW", "OAPIF",
    "ODBC", "OGCAPI", "OGR_VRT", "PGDUMP", "PLMOSAIC", "PLSCENES", "PostgreSQL", "STACIT",
    "STACTA", "VRT", "WCS", "WFS", "WMS", "WMTS",
)  # fmt: skip
"""Drivers of virtual data, servers, databases, pipelines and other programs (GDAL 3.12, lists of
vector and raster drivers)."""

NO_BLANK_SHAPES = frozenset({"FlatGeobuf"})
"""Drivers whose tables cannot be taken with their geometries at once: where a row of the file has
none, what GDAL 3.12 hands over is no valid table."""

_SURFACES = frozenset({7, 15, 16, 17})
"""Kinds of shapes: collections, faces around a body, triangles, one triangle."""


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
    path: Path,
    where: str,
    layer: str | None,
    driver: str,
    encoding: str | None = None,
    deleted: int = 0,
) -> RawLayer:
    """A layer by GDAL; whole numbers stay whole, also where cells of their column are blank.

    Args:
        driver: GDAL's name of the one that may read the file.
        deleted: rows that the file counts and GDAL leaves out.

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
        apart = driver in NO_BLANK_SHAPES
        about, table = pyogrio.read_arrow(
            _plain(path),
            layer=layer,
            encoding=encoding,
            return_fids=True,
            read_geometry=not apart,
        )
        if table.num_rows < found["features"] - deleted:
            # GDAL ends at what it cannot read, without a word
            fewer = Notice("fault.fewer_rows", read=table.num_rows, said=found["features"])
            raise refuse(where, Notice("fault.readable_layer"), fewer)
        table, told = _codes(table, where)
        own_key, *names = table.column_names
        check_header(names, where)
        shape = "" if apart else about["geometry_name"] or "wkb_geometry"
        if shape and shape not in names:
            binary = (n for n in names if pyarrow.types.is_binary(table.schema.field(n).type))
            shape = next(binary, "")
        frame = to_frame(table.select([name for name in names if name != shape]))
        if "fid" not in frame:
            frame["fid"] = table.column(own_key).to_pandas()  # a key that planners see as a column
        if own_key not in frame:
            frame[own_key] = frame["fid"]
        if apart:
            shapes = _one_by_one(path, layer)
        elif shape:
            try:
                shapes = shapely.from_wkb(table.column(shape).to_numpy())
            except NotImplementedError:  # arcs
                shapes = _one_by_one(path, layer)
                told.append(Notice("layer.arcs", where=where))
            except shapely.errors.GEOSException:
                _refuse_surfaces(table.column(shape).to_pylist(), where)
                raise
        else:
            shapes = None
        return RawLayer(frame, shapes, None if shapes is None else about["crs"], told)


def _one_by_one(path: Path, layer: str | None) -> NDArray[np.object_] | None:
    """Geometries read shape by shape, for which GDAL makes short straight lines of arcs, in the
    order of the rows; None where the layer has no geometry."""
    import pyogrio
    import shapely

    binary = pyogrio.raw.read(_plain(path), layer=layer, columns=[])[2]
    return None if binary is None else np.asarray(shapely.from_wkb(binary), object)


def _refuse_surfaces(binary: Iterable[bytes | None], where: str) -> None:
    """A fault where shapes are bodies of triangles or faces, which buildings in three dimensions
    are kept as (multipatch); nothing of other shapes.

    The second to fifth byte tell the kind, and 1000 more for heights (OGC 06-103r4, 8.2.3).
    """
    surfaces = 0
    for one in binary:
        if one is not None and len(one) >= 5:
            (code,) = struct.unpack("<I" if one[0] else ">I", one[1:5])
            surfaces += (code & 0x0FFFFFFF) % 1000 in _SURFACES
    if surfaces:
        found = Notice("fault.bodies", n=surfaces)
        raise refuse(where, Notice("fault.flat_shapes"), found, Notice("fault.footprints"))


def _codes(table: pa.Table, where: str) -> tuple[pa.Table, list[Notice]]:
    """Columns with a domain of coded values as the codes that are stored, and what these stand for
    in a further column ``NAME_desc``; told."""
    import pyarrow as pa

    coded = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    told: list[Notice] = []
    for name in coded:
        at, chunks = table.column_names.index(name), table.column(name).chunks
        beside = f"{name}_desc"
        if not chunks or beside in table.column_names:
            table = table.set_column(at, name, table.column(name).cast(pa.string()))
            continue
        texts = pa.chunked_array([chunk.dictionary_decode() for chunk in chunks])
        table = table.set_column(at, name, pa.chunked_array([chunk.indices for chunk in chunks]))
        table = table.append_column(beside, texts)
        known = chunks[0].dictionary.to_pylist()
        code = next((i for i, text in enumerate(known) if text), None)
        if code is not None:
            values = {"column": name, "beside": beside, "code": code, "text": known[code]}
            told.append(Notice("layer.domain", where=where, **values))
    return table, told


def _plain(path: Path) -> str:
    """The path from the root on, so that no part of its name is taken for a prefix."""
    return str(path.absolute())
