"""Values at the edge of what each kind of file may hold: read as they are meant, or told."""

from __future__ import annotations

import datetime
import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from siting.notice import plain
from siting.scenario.layers.layer import Places
from tests.scenario.layers.test_layers import FRAME, IDS, LAT, LON, geo, read, told

TABLE = {"id": "id", "x": "lon", "y": "lat"}


def people(places: Places) -> tuple[list[float], list[str]]:
    """Persons of every row, and the faults of their column."""
    found = places.columns.numbers("people", 0, 1e12, plain("a number")).tolist()
    return found, [str(fault) for fault in places.columns.faults]


def test_texts_in_a_geopackages_columns_of_numbers_are_no_noughts(tmp_path: Path) -> None:
    """SQLite keeps any text in a column of numbers, and GDAL hands over 0 for it: a blank one is
    nothing, another a fault of its row, and in a column that nobody reads neither matters."""
    path = tmp_path / "a.gpkg"
    frame = geo().assign(floor=[1, 2, 3])
    frame.to_file(path, layer='a"b', engine="pyogrio")
    with closing(sqlite3.connect(path)) as link, link:
        for (name,) in link.execute("select name from sqlite_master where type = 'trigger'"):
            link.execute(f"drop trigger [{name}]")
        link.execute("""update "a""b" set people = 'viele', floor = 'EG' where fid = 1""")
        link.execute("""update "a""b" set people = '' where fid = 3""")
    found, faults = people(read(tmp_path, "a.gpkg", "people", id="id"))
    assert found[1] == 0 and len(faults) == 1
    assert "'viele'" in faults[0] and "nothing" in faults[0] and "2 rows (1, 3)" in faults[0]
    assert list(read(tmp_path, "a.gpkg", id="floor").ids) == ["EG", "2", "3"]
    with closing(sqlite3.connect(path)) as link, link:
        link.execute('update "a""b" set people = 5 where fid in (1, 3)')
    assert people(read(tmp_path, "a.gpkg", "people", id="id")) == ([5, 0, 5], [])


def test_a_number_longer_than_any_float_is_a_fault_of_its_row(tmp_path: Path) -> None:
    """400 digits, alone or with a unit."""
    for cell in ("9" * 400, "9" * 400 + ".5", "1," + ",".join(["000"] * 130)):
        (tmp_path / "a.csv").write_text(f'id,lon,lat,people\na,1,2,"{cell}"\nb,1,2,3\n')
        found, faults = people(read(tmp_path, "a.csv", "people", **TABLE))
        assert found == [0, 3] and len(faults) == 1 and "in row 1" in faults[0]
        assert len(faults[0]) <= 300


def test_texts_of_a_workbook_hold_the_characters_they_mean(tmp_path: Path) -> None:
    """Excel writes a carriage return as _x000D_ and escapes the underscore of such a word; dates
    are no numbers of persons, also where they stand for a small one."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["id", "lon_x000D_", "lat", "people"],
        ["东_x000D_\n村", 108.9, 34.2, 1],
        ["a_x005F_x000D_", 108.9, 34.2, datetime.datetime(1970, 1, 1)],
        ["c_x0000_d_xD800_", 108.9, 34.2, datetime.timedelta(0)],
    ):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    places = read(tmp_path, "a.xlsx", "people", **TABLE)
    assert list(places.ids) == ["东\r\n村", "a_x000D_", "c_x0000_d_xD800_"]
    found, faults = people(places)
    assert found == [1, 0, 0] and "2 rows (2, 3)" in faults[0]


def test_folders_of_one_name_are_told(tmp_path: Path) -> None:
    """GDAL numbers the second, and whoever names the first by what the file says is told."""
    mark = (
        "<Placemark><name>{}</name><Point><coordinates>108.9,34.2</coordinates></Point></Placemark>"
    )
    folders = "".join(
        f"<Folder><name>{name}</name>{mark.format(i)}</Folder>" for i, name in enumerate("AAB")
    )
    (tmp_path / "a.kml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document>{folders}</Document></kml>"
    )
    assert "several layers; got A, A (#2), B" in told(tmp_path, "a.kml", id="Name")
    for layer, ids, warned in (("A", ["0"], 1), ("A (#2)", ["1"], 0), ("B", ["2"], 0)):
        places = read(tmp_path, "a.kml", id="Name", layer=layer)
        assert (list(places.ids), len(places.warnings)) == (ids, warned)
    first = read(tmp_path, "a.kml", id="Name", layer="A")
    assert "the others are the layers A (#2)" in str(first.warnings[0])


def test_half_a_character_is_no_text(tmp_path: Path) -> None:
    """Nothing could be written with it; a whole one in two halves is read."""
    for name, good in (("a\\ud83d\\ude00", True), ("a\\ud800", False), ("\\udc00a", False)):
        feature = json.dumps(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [108.9, 34.2]},
                "properties": {"id": "ID"},
            }
        ).replace("ID", name)
        (tmp_path / "a.geojson").write_text(feature)
        if good:
            assert list(read(tmp_path, "a.geojson", id="id").ids) == ["a😀"]
        else:
            assert "half a character (\\ud" in told(tmp_path, "a.geojson", id="id")


def test_marks_of_byte_order_are_no_letters_of_a_name(tmp_path: Path) -> None:
    """Tables that were joined have one for each."""
    text = "\ufeff\ufeff" + FRAME.to_csv(index=False)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert list(read(tmp_path, "a.csv", "people", **TABLE).ids) == IDS


@pytest.mark.parametrize("packed", [True, False])
def test_deleted_rows_of_a_shapefile_are_left_out_and_told(tmp_path: Path, packed: bool) -> None:
    """They stay in the file until it is packed; a table that is cut stays a fault."""
    geo().to_file(tmp_path / "a.shp", encoding="UTF-8", engine="pyogrio")
    table = tmp_path / "a.dbf"
    raw = bytearray(table.read_bytes())
    head, width = struct.unpack("<HH", raw[8:12])
    if not packed:
        raw[head + width] = ord("*")
        table.write_bytes(raw)
    places = read(tmp_path, "a.shp", "people", id="id")
    assert list(places.ids) == (IDS if packed else [IDS[0], IDS[2]])
    expected = [] if packed else ["a.shp: 1 row is marked as deleted, and left out"]
    assert [str(notice) for notice in places.warnings] == expected
    assert places.xy[:, 0].tolist() == (LON if packed else [LON[0], LON[2]])
    assert places.xy[0, 1] == LAT[0]
