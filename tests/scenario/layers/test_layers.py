"""Layers of every kind of file read to the same places; what is hostile or broken is told."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from siting.errors import InputError
from siting.notice import plain
from siting.scenario.document.document import read_text
from siting.scenario.document.paths import Folder
from siting.scenario.layers.layer import LayerAt, Places, layer_names, lonlat, planar, read_layer
from siting.scenario.schema.layers import Layer

LON, LAT = [108.90, 108.91, 108.92], [34.20, 34.21, 34.22]
IDS = ["007", "8", "村9"]
FRAME = pd.DataFrame({"id": IDS, "lon": LON, "lat": LAT, "people": [1.5, 0, 30]})


def read(folder: Path, file: str, *wanted: str, **spec: Any) -> Places:
    """Read one layer written as a single mapping in line 1."""
    layer = Layer(file=file, **spec)
    keys = {("file",): file, **{(k,): v for k, v in spec.items()}}
    text = "{demand: {" + ", ".join(f"{k[0]}: '{v}'" for k, v in keys.items()) + "}}"
    at = LayerAt(layer, read_text(text, "s.yaml"), ("demand", 0), Folder(folder), "L", False)
    places = read_layer(at, {("groups", name): name for name in wanted})
    if places.columns.faults:
        raise InputError(places.columns.faults)
    return places


def told(folder: Path, file: str, *wanted: str, **spec: Any) -> str:
    """The faults of a layer that cannot be used."""
    with pytest.raises(InputError) as caught:
        read(folder, file, *wanted, **spec)
    return str(caught.value)


def geo() -> gpd.GeoDataFrame:
    """The same three places with geometry."""
    points = gpd.points_from_xy(LON, LAT)
    return gpd.GeoDataFrame(FRAME[["id", "people"]], geometry=points, crs="EPSG:4326")


def write(folder: Path, kind: str) -> tuple[str, dict[str, str]]:
    """Write the three places; returns the file and how the scenario names its coordinates."""
    path = folder / f"layer.{kind}"
    table = {"x": "lon", "y": "lat"}
    if kind == "csv":
        FRAME.to_csv(path, index=False)
        return path.name, table
    if kind == "xlsx":
        FRAME.to_excel(path, index=False)
        return path.name, table
    if kind == "plain.parquet":
        FRAME.to_parquet(path)
        return path.name, table
    if kind == "parquet":
        geo().to_parquet(path)
    elif kind == "shp":
        geo().to_file(path, encoding="UTF-8", engine="pyogrio")
    else:
        geo().to_file(path, engine="pyogrio")
    return path.name, {}


@pytest.mark.parametrize(
    "kind", ["csv", "xlsx", "gpkg", "geojson", "parquet", "plain.parquet", "shp"]
)
def test_every_kind_reads_to_the_same_places(tmp_path: Path, kind: str) -> None:
    """Ids stay text (007), coordinates and numbers agree, whatever holds them."""
    file, named = write(tmp_path, kind)
    places = read(tmp_path, file, "people", id="id", **named)
    assert list(places.ids) == IDS
    assert np.allclose(lonlat(places.xy, places.crs), np.column_stack([LON, LAT]), atol=1e-9)
    assert list(places.columns.numbers("people", 0, 99, plain(""))) == [1.5, 0, 30]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_csv_encodings(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with or without BOM, and GB18030."""
    (tmp_path / "a.csv").write_bytes("编号,lon,lat\n东村,1,2\n西村,3,4\n".encode(encoding))
    assert list(read(tmp_path, "a.csv", id="编号", x="lon", y="lat").ids) == ["东村", "西村"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("id,lon,lat\n1,2,3\n".encode("utf-16"), "must be UTF-8 or GB18030 text; got UTF-16"),
        (b"id,lon,lat\n\x00\x01,2,3\n", "a binary file"),
        (b"id,lon,lat\n\xff\xff,2,3\n", "must be UTF-8 or GB18030 text; got neither"),
        (b"", "must have a header line; got an empty file"),
        (b"\n\n", "must have a header line; got an empty file"),
        (b"id;lon;lat\n1;2;3\n", "must be separated by commas; got semicolons"),
        (b"id\tlon\tlat\n1\t2\t3\n", "got tabs"),
        (b"id,lon,lon\n1,2,3\n", "must name each column once; got 'lon'"),
        (b"id,lon,lat\n1,2,3\n4,5,6,7\n", "as many cells in every row"),
        (b"id,lon,lat\n1,2,3,4\n4,5,6,7\n", "as many cells in every row"),
        (b'id,lon,lat\n"1,2,3\n', "as many cells in every row"),
        (b"id,lon,lat\n1,2\n", "lat: must be a coordinate; got nothing in row 1"),
        (
            b"id,lon,lat\n1,2,x\n2,3,nan\n3,4,inf\n",
            "lat: must be a coordinate; got 'x', 'nan', 'inf'",
        ),
        (b"id,lon,lat\n,2,3\n", "id: must be an id in every row; got nothing in row 1"),
        (b"id,lon,lat\n1,34.2,108.9\n", "latitude and longitude are swapped"),
        (b"id,lon,lat\n1,108.9,34.2\n2,34.2,108.9\n", "34.2, 108.9 in row 2"),
        (b"id,lon,lat\n1,500000,4000000\n", "say so with crs: EPSG"),
    ],
)
def test_broken_tables(tmp_path: Path, raw: bytes, message: str) -> None:
    """Each has one clear message with the file's name."""
    (tmp_path / "a.csv").write_bytes(raw)
    fault = told(tmp_path, "a.csv", id="id", x="lon", y="lat")
    assert fault.startswith("a.csv: ")
    assert message in fault
    assert len(fault.splitlines()) == 1


def test_a_missing_column_is_a_fault_of_the_scenario(tmp_path: Path) -> None:
    """All of them at once, each at the key that names it, with the nearest column."""
    write(tmp_path, "csv")
    lines = told(tmp_path, "layer.csv", "persons", id="idd", x="long", y="lat").splitlines()
    assert lines == [
        "s.yaml:1: demand.id: must be a column of layer.csv; got 'idd' (did you mean 'id'?)",
        "s.yaml:1: demand.x: must be a column of layer.csv; got 'long' (did you mean 'lon'?)",
        "s.yaml:1: demand: must be a column of layer.csv; got 'persons' "
        "(columns: id, lon, lat, people)",
    ]


def test_a_table_needs_coordinates(tmp_path: Path) -> None:
    """Neither is guessed from a column's name."""
    write(tmp_path, "csv")
    assert "demand.x: must name a column, for layer.csv has no geometry" in told(
        tmp_path, "layer.csv"
    )


def test_row_numbers_are_ids(tmp_path: Path) -> None:
    """From 1; with the layer's name before them when there are several layers."""
    write(tmp_path, "csv")
    spec = Layer(file="layer.csv", x="lon", y="lat")
    for prefix, ids in ((False, ["1", "2", "3"]), (True, ["L:1", "L:2", "L:3"])):
        at = LayerAt(spec, read_text("{}", "s"), ("demand", 0), Folder(tmp_path), "L", prefix)
        assert list(read_layer(at, {}).ids) == ids


def test_layer_names_differ() -> None:
    """Two layers of one file are told apart."""
    specs = [Layer(file="a/b.csv"), Layer(file="c/b.csv"), Layer(file="d.gpkg", layer="cells")]
    assert layer_names(specs) == ["b", "b-2", "cells"]


def test_whole_numbers_in_a_workbook_are_ids_without_a_point(tmp_path: Path) -> None:
    """Excel keeps 7 as 7.0; the id is 7, and text 007 stays."""
    pd.DataFrame({"id": [7.0, "007", 8], "x": [1, 2, 3], "y": [1, 2, 3]}).to_excel(
        tmp_path / "a.xlsx", index=False
    )
    assert list(read(tmp_path, "a.xlsx", id="id", x="x", y="y").ids) == ["7", "007", "8"]


def test_a_workbook_with_several_sheets(tmp_path: Path) -> None:
    """The sheet must be named; an empty one does not count."""
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        for name in ("one", "two"):
            FRAME.to_excel(book, sheet_name=name, index=False)
        pd.DataFrame().to_excel(book, sheet_name="blank", index=False)
    fault = told(tmp_path, "a.xlsx", x="lon", y="lat")
    assert "the workbook holds several sheets; got one, two" in fault
    assert len(read(tmp_path, "a.xlsx", x="lon", y="lat", layer="two")) == 3
    assert "must be one of the sheets" in told(tmp_path, "a.xlsx", x="lon", y="lat", layer="three")


def _rewritten(path: Path, change: Callable[[str], str]) -> None:
    """A workbook with its first sheet's XML changed."""
    with zipfile.ZipFile(path) as book:
        parts = {item.filename: book.read(item) for item in book.infolist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = change(parts[sheet].decode("utf-8")).encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)


@pytest.mark.parametrize("told_of_itself", ["A1:C2", "A1", "A1:B4", "B2:C3", "A1:XFD1048576", None])
def test_every_row_of_a_workbook_is_read(tmp_path: Path, told_of_itself: str | None) -> None:
    """What a sheet says of its own dimension counts for nothing: writers leave an old one there,
    or none, and rows that are missing without a word are people that are missing."""
    frame = pd.DataFrame({"id": range(12), "x": range(12), "y": range(12), "people": 5})
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    says = "" if told_of_itself is None else f'<dimension ref="{told_of_itself}"/>'
    _rewritten(tmp_path / "a.xlsx", lambda text: re.sub(r"<dimension[^>]*/>", says, text))
    layer = read(tmp_path, "a.xlsx", id="id", x="x", y="y")
    assert list(layer.ids) == [str(k) for k in range(12)]
    assert layer.xy[:, 0].tolist() == list(range(12))


def _moved(sheet: str) -> str:
    rows = re.findall(r"<row .*?</row>", sheet, re.DOTALL)
    return sheet.replace("".join(rows), "".join([rows[0], rows[3], *rows[1:3]]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_moved, "got row 2 after row 4"),
        (lambda sheet: sheet.replace('<row r="3"', '<row r="2"'), "got row 2 after row 2"),
        (lambda sheet: sheet.replace('r="C3"', 'r="D3"'), "got cell D3 in row 3, behind another"),
        (lambda sheet: sheet.replace('r="C3"', 'r="C2"'), "got cell C2 in row 3, behind another"),
        (lambda sheet: re.sub(r' r="[A-Z]*\d+"', "", sheet), ""),
    ],
)
def test_rows_that_a_workbook_holds_out_of_order_are_told(
    tmp_path: Path, change: Callable[[str], str], message: str
) -> None:
    """A row or a cell that does not come after the one before it would be dropped without a word;
    without numbers of their own they follow each other."""
    FRAME.to_excel(tmp_path / "plain.xlsx", index=False)
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as plain_,
        zipfile.ZipFile(tmp_path / "l.xlsx", "w") as changed,
    ):
        for name in plain_.namelist():
            text = plain_.read(name).decode()
            changed.writestr(name, change(text) if name.endswith("sheet1.xml") else text)
    spec = {"id": "id", "x": "lon", "y": "lat", "crs": "EPSG:4326"}
    if message:
        assert message in told(tmp_path, "l.xlsx", "people", **spec)
    else:
        assert len(read(tmp_path, "l.xlsx", "people", **spec)) == len(FRAME)


@pytest.mark.parametrize(
    ("part", "old", "new", "message"),
    [
        (
            "xl/workbook.xml",
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            "http://purl.oclc.org/ooxml/spreadsheetml/main",
            "a workbook of Strict Open XML",
        ),
        ("xl/_rels/workbook.xml.rels", "sheet1.xml", "sheet9.xml", "no contents of sheet Sheet1"),
    ],
)
def test_a_workbook_whose_sheets_nobody_finds_is_not_called_empty(
    tmp_path: Path, part: str, old: str, new: str, message: str
) -> None:
    """openpyxl passes over sheets in other words, or without their part."""
    FRAME.to_excel(tmp_path / "plain.xlsx", index=False)
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as plain_,
        zipfile.ZipFile(tmp_path / "l.xlsx", "w") as changed,
    ):
        for name in plain_.namelist():
            text = plain_.read(name).decode()
            assert name != part or old in text
            changed.writestr(name, text.replace(old, new) if name == part else text)
    assert message in told(tmp_path, "l.xlsx", id="id", x="lon", y="lat", crs="EPSG:4326")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            'id,lon,lat,people\na,108.9,34.2,"5\nb,108.9,34.2,7\nc,108.9,34.2,"\n',
            "people: the",
        ),
        ('id,lon,lat,people\n"a,108.9,34.2,5\nb",108.9,34.2,7\n', "id: the cell in row 1"),
        ('id,lon,lat,people\n"a, north\nblock",108.9,34.2,7\n', ""),
        ('id,lon,lat,people\n"a\nb\nc",108.9,34.2,7\n', ""),
    ],
)
def test_rows_that_a_quotation_mark_took_in_are_told(tmp_path: Path, text: str, rows: str) -> None:
    """A mark that is not closed in its row takes in all rows to the next one; a line break within
    a cell is lawful."""
    (tmp_path / "l.csv").write_text(text, encoding="utf-8")
    places = read(tmp_path, "l.csv", id="id", x="lon", y="lat", crs="EPSG:4326")
    found = [str(one) for one in places.warnings if "quotation mark" in str(one)]
    assert len(found) == bool(rows) and all(rows in one for one in found)


def test_a_name_twice_in_json_and_a_column_twice_are_told(tmp_path: Path) -> None:
    """The first value or the last, nobody could say which is meant."""
    one = '{"type": "Feature", "geometry": null, "properties": {"id": "a", "people": 1}}'
    twice = f'{{"type": "FeatureCollection", "features": [{one}], "features": []}}'
    (tmp_path / "l.geojson").write_text(twice)
    assert "'features' stands twice" in told(tmp_path, "l.geojson", id="id")
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ["id", "lon", "lat", "lat"]
    pq.write_table(pa.table([IDS, LON, LAT, LAT], names), tmp_path / "l.parquet")
    assert "must name each column once" in told(tmp_path, "l.parquet", id="id", x="lon", y="lat")


def test_what_is_no_number_of_persons_is_never_counted_as_one(tmp_path: Path) -> None:
    """A whole number that no float holds ended as an internal error; dates were counted in
    nanoseconds."""
    where = '"type": "Feature", "geometry": {"type": "Point", "coordinates": [108.9, 34.2]}'
    text = f'{{{where}, "properties": {{"id": "a", "people": 1{"0" * 400}}}}}'
    (tmp_path / "l.geojson").write_text(text)
    frame = pd.DataFrame({"id": IDS, "lon": LON, "lat": LAT, "people": pd.Timestamp(0)})
    frame.to_parquet(tmp_path / "l.parquet")
    for file, spec in (("l.geojson", {}), ("l.parquet", {"x": "lon", "y": "lat"})):
        places = read(tmp_path, file, "people", id="id", crs="EPSG:4326", **spec)
        values = places.columns.numbers("people", 0, 1e9, plain("a number >= 0"))
        assert not values.any()
        (fault,) = places.columns.faults
        assert "people: a number >= 0" in str(fault)


def test_a_small_workbook_with_millions_of_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cells unpack to a hundred times their size in the file: they are counted, not bytes."""
    monkeypatch.setattr("siting.files.workbook.MAX_CELLS", 30)
    frame = pd.DataFrame({"x": range(12), "y": range(12)})
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    assert len(read(tmp_path, "a.xlsx", x="x", y="y").ids) == 12
    pd.concat([frame, frame]).to_excel(tmp_path / "a.xlsx", index=False)
    assert "must not hold more than 30 cells" in told(tmp_path, "a.xlsx", x="x", y="y")


def test_a_geopackage_with_several_layers(tmp_path: Path) -> None:
    """The layer must be named."""
    for name in ("one", "two"):
        geo().to_file(tmp_path / "a.gpkg", layer=name, engine="pyogrio")
    assert "holds several layers; got one, two" in told(tmp_path, "a.gpkg")
    assert len(read(tmp_path, "a.gpkg", layer="two")) == 3
    assert "did you mean 'one'?" in told(tmp_path, "a.gpkg", layer="onee")


def test_a_small_file_with_billions_of_rows(tmp_path: Path, monkeypatch: Any) -> None:
    """Parquet packs repeated values to almost nothing: rows are counted before they are read."""
    monkeypatch.setattr("siting.files.parquet.MAX_ROWS", 2)
    file, named = write(tmp_path, "parquet")
    assert "must not hold more than 2 rows; got 3" in told(tmp_path, file, **named)


def test_a_geopackages_own_key_is_a_column(tmp_path: Path) -> None:
    """``id: fid`` is what a planner sees in a map program."""
    geo().to_file(tmp_path / "a.gpkg", engine="pyogrio")
    assert list(read(tmp_path, "a.gpkg", id="fid").ids) == ["1", "2", "3"]


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "parquet"])
def test_polygons_are_taken_at_a_point_on_surface(tmp_path: Path, kind: str) -> None:
    """A crescent's point lies on the crescent, not at its centroid."""
    crescent = shapely.Point(0, 0).buffer(1).difference(shapely.Point(0.4, 0).buffer(1))
    frame = gpd.GeoDataFrame({"id": ["a"]}, geometry=[crescent], crs="EPSG:4326")
    path = tmp_path / f"a.{kind}"
    frame.to_parquet(path) if kind == "parquet" else frame.to_file(path, engine="pyogrio")
    ((x, y),) = read(tmp_path, path.name).xy
    assert crescent.buffer(1e-6).contains(shapely.Point(x, y))
    assert not crescent.contains(crescent.centroid)


VRT = """<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource>
<SrcLayer>passwd</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.geojson", "must be GeoJSON"),
        ("a.json", "must be GeoJSON"),
        ("a.gpkg", "must be a GeoPackage"),
        ("a.shp", "must be a shapefile"),
        ("a.parquet", "must be a parquet file"),
        ("a.xlsx", "must be an Excel workbook"),
        ("a.vrt", "must be one of csv, xlsx"),
        ("a.gml", "must be one of csv, xlsx"),
    ],
)
def test_a_virtual_layer_under_another_name_is_refused(
    tmp_path: Path, name: str, expected: str
) -> None:
    """A file is believed by its content: GDAL would follow a VRT to any file or address."""
    (tmp_path / name).write_text(VRT)
    assert expected in told(tmp_path, name)


def test_a_virtual_table_in_a_geopackage_is_refused(tmp_path: Path) -> None:
    """SQLite's virtual tables may read other files; the spatial index is let through."""
    geo().to_file(tmp_path / "a.gpkg", engine="pyogrio")
    link = sqlite3.connect(tmp_path / "a.gpkg")
    link.execute("create virtual table spy using fts4(content)")
    link.commit()
    link.close()
    assert "must not hold virtual tables" in told(tmp_path, "a.gpkg")


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2]",
        "{}",
        '{"type": "FeatureCollection"}',
        '{"type": "FeatureCollection", "features": 5}',
        '{"type": "FeatureCollection", "features": [5]}',
        "{" * 100_000,
        "[" * 100_000,
        "nonsense",
        '{"features": [{"geometry": {"type": "Point", "coordinates": ["a", "b"]}}]}',
        '{"features": [{"geometry": {"type": "Star", "coordinates": [1, 2]}}]}',
        '{"features": [{"geometry": {"type": "Point", "coordinates": [NaN, 2]}}]}',
        '{"features": [{"geometry": null, "properties": {}}]}',
        '{"features": [{"geometry": {"type": "Polygon", "coordinates": []}}]}',
        '{"features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": [1]}]}',
        '{"crs": 5, "features": []}',
        '{"crs": {"properties": {"name": "nowhere"}}, "features": []}',
    ],
)
def test_broken_geojson(tmp_path: Path, text: str) -> None:
    """One message, no traceback, whatever is in it."""
    (tmp_path / "a.geojson").write_text(text)
    assert len(told(tmp_path, "a.geojson").splitlines()) == 1


def test_geojson_may_name_its_system(tmp_path: Path) -> None:
    """The old ``crs`` member is honoured."""
    data = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32650"}},
        "features": [
            {
                "type": "Feature",
                "properties": {"id": 1},
                "geometry": {"type": "Point", "coordinates": [500000, 4000000]},
            }
        ],
    }
    (tmp_path / "a.geojson").write_text(json.dumps(data))
    places = read(tmp_path, "a.geojson", id="id")
    assert np.allclose(lonlat(places.xy, places.crs)[0, 0], 117)


def test_a_shapefile_in_a_chinese_code_page(tmp_path: Path) -> None:
    """Without a .cpg its text is read as GB18030 where it is not UTF-8, not as gibberish."""
    frame = geo().assign(name=["东村", "西村", "南村"])
    frame.to_file(tmp_path / "a.shp", encoding="GBK", engine="pyogrio")
    (tmp_path / "a.cpg").unlink()
    assert list(read(tmp_path, "a.shp", id="name").ids) == ["东村", "西村", "南村"]


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_an_incomplete_shapefile(tmp_path: Path, suffix: str) -> None:
    """What is missing beside it is named."""
    geo().to_file(tmp_path / "a.shp", engine="pyogrio")
    (tmp_path / f"a{suffix}").unlink()
    assert f"must have its {suffix} file beside it" in told(tmp_path, "a.shp")


def test_a_layer_that_names_no_system(tmp_path: Path) -> None:
    """A geometry without a system needs crs; it is never taken for degrees."""
    geo().to_file(tmp_path / "a.shp", engine="pyogrio")
    (tmp_path / "a.prj").unlink()
    assert "demand.crs: must be given, for a.shp names no coordinate system" in told(
        tmp_path, "a.shp"
    )
    assert read(tmp_path, "a.shp", crs="EPSG:4326").crs == "EPSG:4326"


def test_the_scenarios_word_on_the_system_wins_and_is_told(tmp_path: Path) -> None:
    """A crs that contradicts the file's is a warning."""
    geo().to_file(tmp_path / "a.gpkg", engine="pyogrio")
    places = read(tmp_path, "a.gpkg", crs="EPSG:4490")
    assert places.crs == "EPSG:4490"
    assert "though the file says WGS 84" in places.warnings[0]
    assert not read(tmp_path, "a.gpkg", crs="GCJ02").warnings


def test_a_truncated_file_of_each_kind(tmp_path: Path) -> None:
    """Half a file is told in one line."""
    for kind in ("xlsx", "gpkg", "parquet", "geojson"):
        file, named = write(tmp_path, kind)
        path = tmp_path / file
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert len(told(tmp_path, file, **named).splitlines()) == 1, kind


@pytest.mark.parametrize("kind", ["xlsx", "gpkg", "geojson", "parquet", "shp", "csv"])
def test_a_damaged_file_is_told_or_read_but_never_a_traceback(tmp_path: Path, kind: str) -> None:
    """A few bytes changed at random, thirty times."""
    file, named = write(tmp_path, kind)
    whole = (tmp_path / file).read_bytes()
    chance = np.random.default_rng(7)
    for _ in range(30):
        spoilt = bytearray(whole)
        for at in chance.integers(0, len(whole), 5):
            spoilt[at] = chance.integers(0, 256)
        (tmp_path / file).write_bytes(bytes(spoilt))
        with contextlib.suppress(InputError):
            read(tmp_path, file, "people", id="id", **named)


@pytest.mark.parametrize(
    "name",
    [
        "x" * 300 + ".csv",
        "a/" * 600 + "b.csv",
        "/vsimem/a.csv",
        "x/../../a.csv",
        "ftp://a/b.csv",
        "a\0.csv",
    ],
)
def test_paths_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    """Virtual, remote and parent paths are refused before anything is opened."""
    with pytest.raises(InputError, match="must"):
        at = LayerAt(
            Layer(file=name), read_text("{}", "s"), ("demand", 0), Folder(tmp_path), "L", False
        )
        read_layer(at, {})


def test_planar_keeps_what_is_planar_already() -> None:
    """No rounding noise on coordinates that are in the system asked for."""
    xy = np.array([[500_000.123456789, 4_000_000.987654321]])
    assert (planar(xy, "EPSG:32650", "EPSG:32650") == xy).all()
    there = planar(planar(xy, "EPSG:32650", "EPSG:4326"), "EPSG:4326", "EPSG:32650")
    assert np.allclose(there, xy, atol=1e-6)
