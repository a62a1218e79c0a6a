"""Geodatabases, FlatGeobuf, KML, old workbooks, GeoParquet's encodings: the same places in each."""

from __future__ import annotations

import base64
import shutil
import sqlite3
import zlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.notice import plain
from siting.scenario.layers.layer import Places, lonlat
from tests.scenario.layers.test_layers import IDS, LAT, LON, geo, read, told
from tests.tools.worlds import World

XLS = (
    "eNrtWE1oE0EU/mY3SZPSpklNxVYooWDVtmAliPXQRgXtydJ6UbSgqQlSGpIQC2I9WK05CoInxUuhFz1UvfiDCnrzIF"
    "TsQRCERI+eBAUPbdb33u7WVHNoQIs/8y3zZubNfG8m895MdvbVQrg4e6+thB8wABNlKwBfhU5RCriVEKjdsrjo5n5K"
    "lsZfhYCfHOnz4nHjyzr2Ifu7BAN3Pc9JAu8pjSKHoWwmFV1H7Jc5JBTPoZ+kwk3SBNEqs2oWeUrkBpF3pOcTkXtFc0"
    "VkP/UtqmNYiA919TlRfNTokLYg2O4D4bwVzU604AVH8YWryu7rxb78eCL9Zza0exowB/LbYCqTyifSRUTIgXP4YkWB"
    "z+5OfRbV+vXVK5D+62p9XRX9NcMDTMM6KQFeoMN10bQdnFhCjB0riSJzPEkN6WyGZWKSNmkulc2lU1Tt7d1NQdFHBk"
    "ZO70E9H9GypUOrtnSjhHoDySSapByWgA/Rob1069PrQ2PD8ROimZZj3D7st/D8YOEiM4gclBbPiuwSRrfIS2J1s5Tb"
    "REYoTCnvHG5xCgdnpM9lae2kcWKCxfjWivI2Khc+jjxsL3yIb6fy/GBpKjL/Jj6LDlqfJPH5mUGP6lE3rjMexd1cOQ"
    "fDO5GtPx0SfiPkzN1y/tGasCxrBloPhl3j1VErNcNZK7tmUs10bKkqtpTY4tV5ik0y1zC6b7PuzC6Wxw22wWyjCtsQ"
    "ttdh237aIeyzwjbgss0qbFPYPodtCjsm7PPCnhL2gNGM+2yIDsrvqIeGhoaGhoaGhsZ/AGXfL5zXScirp8+5d/B3nW"
    "VKZf2Z5J/FYWTpmaSL6QFkKM/jXE3xsxFe5dpSa+S43wsZR2j0PCYwJvOYqDl+6cKnKn/PmomhX7eFah2/XMs8f/P4"
    "3wB6PtBs"
)
"""A workbook in the format of 1997, by another library: the three places."""


def same(places: Places) -> None:
    """Ids, coordinates and numbers of the three places."""
    assert sorted(places.ids) == sorted(IDS)
    order = [list(places.ids).index(i) for i in IDS]
    there = lonlat(places.xy, places.crs)[order]
    assert np.allclose(there, np.column_stack([LON, LAT]), atol=1e-7)
    assert places.columns.numbers("people", 0, 99, plain(""))[order].tolist() == [1.5, 0, 30]


@pytest.mark.parametrize("zipped", [False, True])
def test_file_geodatabases(tmp_path: Path, zipped: bool) -> None:
    """A folder or a zip; several layers must be named."""
    path = tmp_path / "city.gdb"
    geo().to_file(path, layer="people", driver="OpenFileGDB", engine="pyogrio")
    name = path.name
    if zipped:
        shutil.make_archive(str(path), "zip", tmp_path, "city.gdb")
        name = "city.gdb.zip"
    same(read(tmp_path, name, "people", id="id"))
    geo().to_file(path, layer="other", driver="OpenFileGDB", engine="pyogrio")
    if not zipped:
        same(read(tmp_path, name, "people", id="id", layer="people"))
        assert "several layers" in told(tmp_path, name, id="id")
    (tmp_path / "empty.gdb").mkdir()
    assert "must be a file geodatabase" in told(tmp_path, "empty.gdb", id="id")


def test_flatgeobuf_and_kml(tmp_path: Path) -> None:
    """Each by its own driver; another kind of file under the name is refused."""
    geo().to_file(tmp_path / "a.fgb", driver="FlatGeobuf", engine="pyogrio")
    same(read(tmp_path, "a.fgb", "people", id="id"))
    marks = "".join(
        f"<Placemark><name>{i}</name><ExtendedData><Data name='people'><value>{p}</value></Data>"
        f"</ExtendedData><Point><coordinates>{x},{y}</coordinates></Point></Placemark>"
        for i, p, x, y in zip(IDS, (1.5, 0, 30), LON, LAT, strict=True)
    )
    (tmp_path / "a.kml").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>d</name>{marks}</Document></kml>",
        encoding="utf-8",
    )
    same(read(tmp_path, "a.kml", "people", id="Name"))
    for name in ("b.fgb", "b.kml"):
        (tmp_path / name).write_text("{}")
        assert "another kind of file" in told(tmp_path, name, id="id")


@pytest.mark.parametrize("encoding", ["WKB", "geoarrow"])
def test_encodings_of_geoparquet(tmp_path: Path, encoding: str) -> None:
    """Well-known binary and the nested encoding of points."""
    geo().to_parquet(tmp_path / "a.parquet", geometry_encoding=encoding)
    same(read(tmp_path, "a.parquet", "people", id="id"))


def test_polygons_of_geoarrow(tmp_path: Path) -> None:
    """Rings, parts and points nested as GeoParquet 1.1 nests them."""
    shapes = [shapely.box(0, 0, 1, 1), shapely.MultiPolygon([shapely.box(2, 0, 3, 1)])]
    for i, shape in enumerate(shapes):
        frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shape], crs="EPSG:4326")
        frame.to_parquet(tmp_path / f"{i}.parquet", geometry_encoding="geoarrow")
        places = read(tmp_path, f"{i}.parquet", id="id")
        assert places.geometry is not None and places.geometry[0].equals(shape)


def test_tables_without_a_layer_of_qgis(tmp_path: Path) -> None:
    """QGIS's own tables need no layer's name; a file that is open with changes is refused."""
    path = tmp_path / "a.gpkg"
    geo().to_file(path, layer="people", engine="pyogrio")
    link = sqlite3.connect(path)
    link.execute("create table layer_styles (id integer primary key, styleName text)")
    link.execute(
        "insert into gpkg_contents (table_name, data_type, identifier) "
        "values ('layer_styles', 'attributes', 'layer_styles')"
    )
    link.commit()
    link.close()
    same(read(tmp_path, "a.gpkg", "people", id="id"))
    (tmp_path / "a.gpkg-wal").write_bytes(b"x" * 100)
    assert "must be closed by the program that writes it" in told(tmp_path, "a.gpkg", id="id")


def test_drawings_have_a_way_out(tmp_path: Path) -> None:
    """What no reader is kept for is refused with what to do."""
    world = World(tmp_path)
    for kind, word in (("dwg", "export the layer"), ("dxf", "save the layer"), ("et", "xlsx")):
        world.put(f"people.{kind}", b"AC1027")
        world.scenario["demand"]["file"] = f"people.{kind}"
        assert any(word in fault for fault in world.faults())


def test_workbooks_of_the_old_kind(tmp_path: Path) -> None:
    """By the library of the extra ``xls``; without it one line says what to install."""
    pytest.importorskip("xlrd")
    (tmp_path / "a.xls").write_bytes(zlib.decompress(base64.b64decode(XLS)))
    same(read(tmp_path, "a.xls", "people", id="id", x="lon", y="lat"))
    (tmp_path / "b.xls").write_text("<html></html>")
    assert "save it as xlsx" in told(tmp_path, "b.xls", id="id", x="lon", y="lat")
