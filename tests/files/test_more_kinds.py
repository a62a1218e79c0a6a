"""Geodatabases, FlatGeobuf, KML, old workbooks, GeoParquet's encodings: the same places in each."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pyproj import CRS

from siting.notice import plain
from siting.scenario.layers.layer import Places, lonlat
from siting.scenario.schema.layers import Join
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


def test_geoarrow_without_the_metadata_of_geoparquet(tmp_path: Path) -> None:
    """What is written straight from Arrow: nested or binary, its system beside it; a system that
    nobody names is asked for, an encoding that nobody reads refused with a way out."""
    for encoding in ("WKB", "geoarrow"):
        table = pa.table(geo().to_arrow(geometry_encoding=encoding))
        pq.write_table(table, tmp_path / f"{encoding}.parquet")
        same(read(tmp_path, f"{encoding}.parquet", "people", id="id"))
    unnamed = geo().set_crs(None, allow_override=True).to_arrow(geometry_encoding="geoarrow")
    pq.write_table(pa.table(unnamed), tmp_path / "none.parquet")
    assert "crs" in told(tmp_path, "none.parquet", id="id")
    field = pa.field("geometry", pa.string(), metadata={"ARROW:extension:name": "geoarrow.box"})
    odd = pa.table([["a"], ["b"]], schema=pa.schema([pa.field("id", pa.string()), field]))
    pq.write_table(odd, tmp_path / "box.parquet")
    assert "must hold geometries as WKB" in told(tmp_path, "box.parquet", id="id")
    assert "GEOMETRY_ENCODING=WKB" in told(tmp_path, "box.parquet", id="id")


class Wkb(pa.ExtensionType):  # type: ignore[misc]
    """The type that pyarrow writes as Parquet's own GEOMETRY or GEOGRAPHY."""

    def __init__(self, said: bytes = b"{}") -> None:
        self.said = said
        super().__init__(pa.binary(), "geoarrow.wkb")

    def __arrow_ext_serialize__(self) -> bytes:
        return self.said

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: Any, said: bytes) -> Wkb:
        return cls(said)


@pytest.mark.parametrize(
    ("said", "kind", "crs"),
    [
        ({}, "GEOMETRY", 4326),
        ({"edges": "spherical"}, "GEOGRAPHY", 4326),
        ({"crs": CRS(32650).to_json_dict(), "crs_type": "projjson"}, "GEOMETRY", 32650),
        ({"crs": "32650", "crs_type": "srid"}, "GEOMETRY", 32650),
        ({"crs": "EPSG:32650", "crs_type": "authority_code"}, "GEOMETRY", 32650),
    ],
)
def test_parquets_own_geometry(tmp_path: Path, said: dict[str, Any], kind: str, crs: int) -> None:
    """The logical type of Parquet 2.11, however it names its system; a blank cell is a fault."""
    frame = geo().to_crs(crs)
    own = Wkb(json.dumps(said).encode())
    shapes = [*shapely.to_wkb(frame.geometry.to_numpy())]
    pa.register_extension_type(own)
    try:
        for name, cells in (("a", shapes), ("blank", [None, *shapes[1:]])):
            column = pa.ExtensionArray.from_storage(own, pa.array(cells, pa.binary()))
            table = pa.Table.from_pandas(
                frame.drop(columns="geometry"), preserve_index=False
            ).append_column("geometry", column)
            table = table.replace_schema_metadata({})
            pq.write_table(table, tmp_path / f"{name}.parquet", store_schema=False)
    finally:
        pa.unregister_extension_type("geoarrow.wkb")
    schema = pq.ParquetFile(tmp_path / "a.parquet").schema
    assert schema.column(len(schema) - 1).logical_type.type == kind
    same(read(tmp_path, "a.parquet", "people", id="id"))
    assert "geometry" in told(tmp_path, "blank.parquet", id="id")


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


BLANK = ("geojson", "gpkg", "shp", "parquet", "gdb", "kml")


@pytest.mark.parametrize("kind", BLANK)
def test_a_row_without_geometry_is_one_fault(tmp_path: Path, kind: str) -> None:
    """Blank and empty shapes in every kind of file: the layer, the row, what it must have."""
    frame, path = geo(), tmp_path / f"a.{kind}"
    more = {
        "gdb": {"driver": "OpenFileGDB"},
        "kml": {"driver": "LIBKML"},
    }.get(kind, {})
    for shape in (None, shapely.Point())[: 1 if kind == "kml" else 2]:
        frame.loc[1, "geometry"] = shape
        if kind == "parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, engine="pyogrio", **more)
        fault = told(tmp_path, path.name)
        assert fault == f"a.{kind}: must have a geometry; got none in row 2"


def test_streets_without_geometry_are_told(tmp_path: Path) -> None:
    """A row without a line is no street; what is wrong names the file as it is written, never where
    it lies on this machine."""
    world = World(tmp_path)
    line = shapely.LineString([(500_000, 4e6), (502_000, 4e6)])
    frame = gpd.GeoDataFrame({"n": [1, 2]}, geometry=[line, None], crs="EPSG:32650")
    (tmp_path / "roads").mkdir()
    frame.to_file(tmp_path / "roads" / "a.gpkg", engine="pyogrio")
    world.scenario["travel"]["network"] = "roads/a.gpkg"
    scenario = world.load()
    scenario.problem()
    assert any("a.gpkg: 1 row has no geometry" in line for line in map(str, scenario.warnings))
    frame.assign(geometry=None).to_file(tmp_path / "roads" / "a.gpkg", engine="pyogrio")
    assert world.faults() == ["roads/a.gpkg: must hold LineStrings; got nothing"]
    broken = {
        "a.osm": b"<osm></osm>",
        "a.osm.pbf": b"PBF",
        "a.graphml": b"<graphml></graphml>",
        "a.gpkg": b"SQLite",
        "a.shp": b"shp",
        "a.parquet": b"PAR1",
        "a.geojson": b"{",
        "a.kml": b"<kml>",
        "a.gdb.zip": b"PK",
    }
    for name, raw in broken.items():
        world.put(f"roads/{name}", raw)
        world.scenario["travel"]["network"] = f"roads/{name}"
        (fault,) = world.faults()
        assert fault.startswith(f"roads/{name}: must") and str(tmp_path) not in fault
    world.put("roads/edges.csv", "u,v,length_m\n0,99,5\n")
    pair = {"edges": "roads/edges.csv", "nodes": "nodes.csv"}
    world.scenario["travel"]["network"] = pair
    assert world.faults() == ["roads/edges.csv: v: must be a node of nodes.csv; got 99 (row 1)"]


def test_geodatabases_as_institutes_have_them(tmp_path: Path) -> None:
    """A geodatabase in a further folder of its zip; a table without geometry that is joined to a
    layer; several layers and none named."""
    inner = tmp_path / "x" / "delivery" / "city.gdb"
    inner.parent.mkdir(parents=True)
    geo().to_file(inner, layer="people", driver="OpenFileGDB", engine="pyogrio")
    shutil.make_archive(str(tmp_path / "city.gdb"), "zip", tmp_path / "x")
    same(read(tmp_path, "city.gdb.zip", "people", id="id"))
    shutil.copytree(inner, inner.with_name("other.gdb"))
    shutil.make_archive(str(tmp_path / "city.gdb"), "zip", tmp_path / "x")
    fault = told(tmp_path, "city.gdb.zip", id="id")
    assert "a zip of one geodatabase; got delivery/city.gdb, delivery/other.gdb" in fault
    assert str(tmp_path) not in fault
    census = pd.DataFrame({"code": IDS, "people": [1.5, 0, 30]})
    pyogrio.write_dataframe(census, tmp_path / "t.gdb", driver="OpenFileGDB", layer="census")
    geo().drop(columns="people").to_file(tmp_path / "a.gpkg", engine="pyogrio")
    join = Join(file="t.gdb", on="id", column="code")
    same(read(tmp_path, "a.gpkg", "people", id="id", join=[join]))
    pyogrio.write_dataframe(census, tmp_path / "t.gdb", driver="OpenFileGDB", layer="other")
    assert "several layers; got census, other" in told(
        tmp_path, "a.gpkg", "people", id="id", join=[join]
    )


def test_codes_of_a_domain_stay_codes(tmp_path: Path) -> None:
    """Coded values are what is stored, with what they stand for beside them, and told."""
    path = tmp_path / "a.gpkg"
    geo().assign(jd=pd.array([1, 3, None], dtype="Int32")).to_file(path, layer="a")
    said = [("jd_domain", "enum", code, text) for code, text in ((1, "碑林区"), (3, "未央区"))]
    with closing(sqlite3.connect(path)) as link, link:
        link.execute(
            "create table gpkg_data_columns (table_name text, column_name text, name text, "
            "title text, description text, mime_type text, constraint_name text)"
        )
        link.execute(
            "create table gpkg_data_column_constraints (constraint_name text, "
            "constraint_type text, value text, min numeric, min_is_inclusive boolean, "
            "max numeric, max_is_inclusive boolean, description text)"
        )
        link.execute(
            "insert into gpkg_data_columns (table_name, column_name, constraint_name) "
            "values ('a', 'jd', 'jd_domain')"
        )
        link.executemany(
            "insert into gpkg_data_column_constraints (constraint_name, constraint_type, value, "
            "description) values (?, ?, ?, ?)",
            said,
        )
    places = read(tmp_path, "a.gpkg", "people", id="id")
    assert places.columns.text("jd").tolist() == ["1", "3", ""]
    assert places.columns.text("jd_desc").tolist() == ["碑林区", "未央区", ""]
    assert any("(1 = 碑林区)" in line for line in places.warnings)


def test_arcs_are_read_as_short_lines(tmp_path: Path) -> None:
    """Curved polygons, as drawing programs make them, are the discs that they are."""
    path = tmp_path / "a.gpkg"
    geo().to_file(path, layer="a", engine="pyogrio", SPATIAL_INDEX="NO")
    with closing(sqlite3.connect(path)) as link, link:
        link.execute("update gpkg_geometry_columns set geometry_type_name = 'CURVEPOLYGON'")
        for i, x, y in zip(IDS, LON, LAT, strict=True):
            r = 0.001
            around = [(x - r, y), (x, y + r), (x + r, y), (x, y - r), (x - r, y)]
            circle = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<2d", *p) for p in around)
            disc = b"GP\0\1" + struct.pack("<iBII", 4326, 1, 10, 1) + circle
            link.execute("update a set geom = ? where id = ?", (disc, i))
    places = read(tmp_path, "a.gpkg", "people", id="id")
    same(places)
    assert places.geometry is not None
    assert shapely.area(places.geometry[0]) == pytest.approx(np.pi * 1e-6, rel=1e-3)
    assert places.warnings == ["a.gpkg: arcs are read as short straight lines"]


def test_bodies_have_a_way_out(tmp_path: Path) -> None:
    """Buildings as triangles in space (a shapefile's multipatch, as ArcGIS writes it) are refused
    with what makes footprints of them."""
    homes = geo().to_crs(3857)
    homes.to_file(tmp_path / "a.shp", engine="pyogrio")
    box, shp, shx = homes.total_bounds, b"", b""
    for number, at in enumerate(homes.geometry, 1):
        corners = [(at.x, at.y), (at.x + 9, at.y), (at.x, at.y + 9), (at.x + 9, at.y + 9)]
        body = struct.pack("<i4d4i", 31, at.x, at.y, at.x + 9, at.y + 9, 1, 4, 0, 0)
        body += b"".join(struct.pack("<2d", *corner) for corner in corners) + bytes(16 + 32)
        shx += struct.pack(">2i", 50 + len(shp) // 2, len(body) // 2)
        shp += struct.pack(">2i", number, len(body) // 2) + body
    for suffix, records in ((".shp", shp), (".shx", shx)):
        size = (100 + len(records)) // 2
        head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size) + struct.pack("<2i", 1000, 31)
        head += struct.pack("<8d", *box, 0, 0, 0, 0)
        (tmp_path / f"a{suffix}").write_bytes(head + records)
    fault = told(tmp_path, "a.shp", id="id")
    assert "3 bodies of triangles or faces" in fault and "multipatch footprint" in fault


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
