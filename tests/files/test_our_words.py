"""What is wrong in a file is told in words of ours: what was expected, found, and the cure."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from siting.errors import InputError
from siting.files.boundary import reading
from siting.files.geotiff import read_raster
from siting.files.raw import said
from siting.files.shapefile import read_shp
from siting.notice import Notice, plain
from siting.scenario.layers.columns import look_alikes
from siting.walking.load import load_network
from tests.scenario.layers.test_layers import geo, read, told
from tests.tools.tiffs import write_tif

TABLE = {"id": "id", "x": "lon", "y": "lat"}
PYTHONS = (
    "object has no attribute",
    "invalid literal",
    "could not convert",
    "not subscriptable",
    "unhashable",
    "takes ",
    "NoneType",
    "Error",
    "char ",
)
"""Speech of Python's that says nothing to who made the file."""


def ours(text: str, *parts: str) -> None:
    """One line with these parts and nothing of Python's."""
    assert "\n" not in text and not [word for word in PYTHONS if word in text], text
    assert all(part in text for part in parts), text


@pytest.mark.parametrize(
    "error",
    [
        AttributeError("'str' object has no attribute 'get'"),
        ValueError("invalid literal for int() with base 10: 'x'"),
        KeyError("xl/styles.xml"),
        TypeError("'NoneType' object is not subscriptable"),
        RecursionError("maximum recursion depth exceeded"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    ],
)
def test_errors_of_values_are_told_in_our_words(error: Exception) -> None:
    """Only what a parser says of the file's content is passed on."""
    assert isinstance(said(error), Notice)
    with pytest.raises(InputError) as caught, reading("a.x", plain("must be an x")):
        raise error
    ours(str(caught.value), "a.x: must be an x")
    assert said(shapely.errors.GEOSException("ParseException: x")) == "ParseException: x"
    assert said(ValueError(Notice("fault.cut_off"))) == Notice("fault.cut_off")


def collection(*geometries: Any, **more: Any) -> str:
    features = [
        {"type": "Feature", "properties": {"id": str(i)}, "geometry": geometry}
        for i, geometry in enumerate(geometries)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


@pytest.mark.parametrize(
    ("geometry", "found"),
    [
        (5, "no type of geometry"),
        ({"type": None}, "no type of geometry"),
        ({"type": "Circle", "coordinates": [1, 2]}, "type 'Circle'"),
        ({"type": "Point"}, "coordinates that are none of a 'Point'"),
        ({"type": "Point", "coordinates": ["a", "b"]}, "none of a 'Point'"),
        ({"type": "Polygon", "coordinates": [[1, 2], [3, 4]]}, "none of a 'Polygon'"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}, "too few positions"),
        ({"type": "GeometryCollection", "geometries": [{"type": "Point"}]}, "of another kind"),
    ],
)
def test_geometries_of_geojson_that_are_none(tmp_path: Path, geometry: Any, found: str) -> None:
    """The feature, what stands there, and where it is mended."""
    (tmp_path / "a.geojson").write_text(collection(geometry))
    ours(told(tmp_path, "a.geojson", id="id"), "in feature 1", found, "Fix geometries")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('{"type": "Feature"}\n{"type": "Feature"}\n', ("line 2", "FeatureCollection", "ogr2ogr")),
        ('\x1e{"type": "Feature"}\n', ("RFC 8142", "FeatureCollection")),
        (
            '{"type": "FeatureCollection",\n "features": [}',
            ("no JSON at line 2, column 15", "anew"),
        ),
        ("[" * 100_000, ("lists within lists",)),
        ('{"features": ' + "9" * 5000 + "}", ("content that its format does not allow",)),
    ],
)
def test_texts_that_are_no_geojson_are_cured(
    tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    """An object a line is put together; what is broken is told by its place."""
    (tmp_path / "a.geojson").write_text(text)
    ours(told(tmp_path, "a.geojson", id="id"), *parts)


def test_a_collection_without_features_has_no_columns_to_lack(tmp_path: Path) -> None:
    """Who needs places tells that there are none; a layer that may be empty is empty."""
    (tmp_path / "a.geojson").write_text(collection())
    places = read(tmp_path, "a.geojson", "people", id="id")
    assert len(places) == 0 and places.warnings == []


def test_polygons_across_the_180th_meridian_are_told(tmp_path: Path) -> None:
    """One that is not cut goes around the earth; one that is cut there has parts on both sides."""
    ring = [[179, -17], [-179, -17], [-179, -16], [179, -16], [179, -17]]
    halves = [
        [[[a, -17], [b, -17], [b, -16], [a, -16], [a, -17]]] for a, b in ((179, 180), (-180, -179))
    ]
    for geometry, n in (
        ({"type": "Polygon", "coordinates": [ring]}, 1),
        ({"type": "MultiPolygon", "coordinates": halves}, 0),
    ):
        (tmp_path / "a.geojson").write_text(collection(geometry))
        warnings = read(tmp_path, "a.geojson", id="id").warnings
        assert len(warnings) == n
        assert all("row 1" in str(w) and "180th meridian" in str(w) for w in warnings)


@pytest.mark.parametrize("about", [b"5", b"{", b'{"primary_column": "geometry", "columns": 5}'])
def test_metadata_of_parquet_that_are_no_object(tmp_path: Path, about: bytes) -> None:
    """The key, and how the file is written anew."""
    geo().to_parquet(tmp_path / "b.parquet")
    table = pq.read_table(tmp_path / "b.parquet").replace_schema_metadata({"geo": about})
    pq.write_table(table, tmp_path / "a.parquet")
    ours(told(tmp_path, "a.parquet", id="id"), "metadata geo", "JSON object", "to_parquet")
    one = b'{"primary_column": "geometry", "columns": {"geometry": %s}}'
    for inner, found in ((b"7", "metadata geo: columns"), (b'{"encoding": "foo"}', "'foo'")):
        changed = table.replace_schema_metadata({"geo": one % inner})
        pq.write_table(changed, tmp_path / "a.parquet")
        ours(told(tmp_path, "a.parquet", id="id"), found)


def test_ids_are_texts_or_numbers(tmp_path: Path) -> None:
    """Lists, mappings, truths and bytes that are no text are faults of their rows, in one line."""
    place = {"lon": [1.0, 2.0], "lat": [1.0, 2.0]}
    for ids, shown in (
        ([b"a", b"\xff\xfe"], "xff"),
        ([[1], [2, 3]], "[1]"),
        ([True, False], "True"),
        ([{"a": 1}, {"a": 2}], "'a'"),
    ):
        pd.DataFrame({"id": ids, **place}).to_parquet(tmp_path / "a.parquet")
        ours(told(tmp_path, "a.parquet", **TABLE), "must be an id: text or a number", shown)
    pd.DataFrame({"id": [b"a", "村".encode()], **place}).to_parquet(tmp_path / "a.parquet")
    assert list(read(tmp_path, "a.parquet", **TABLE).ids) == ["a", "村"]


def test_ids_that_nobody_can_tell_apart_are_told(tmp_path: Path) -> None:
    """No-break and zero-width spaces, letters of full width; case and accents are no such signs."""
    ids = ["A 1", "A\u00a01", "B2", "\uff22\uff12", "c\u200b", "c\u2060", "é", "e", "b2"]
    pairs = look_alikes(pd.Series(ids, dtype=object).to_numpy())
    assert sorted(pairs) == [("A 1", "A\u00a01"), ("B2", "\uff22\uff12"), ("c\u200b", "c\u2060")]
    rows = "".join(f"{one},108.9,34.{i}\n" for i, one in enumerate(ids))
    (tmp_path / "a.csv").write_text("id,lon,lat\n" + rows, encoding="utf-8")
    (notice,) = read(tmp_path, "a.csv", **TABLE).columns.told
    assert "3 ids look like another" in str(notice) and str(notice).isprintable()


def book(folder: Path, *names: str) -> openpyxl.Workbook:
    """A workbook with three places in each sheet."""
    found = openpyxl.Workbook()
    found.remove(found.active)
    for name in names:
        page = found.create_sheet(name)
        for row in (["id", "lon", "lat"], ["a", 108.9, 34.2], ["b", 108.9, 34.3], ["c", 109, 34]):
            page.append(row)
    found.save(folder / "a.xlsx")
    return found


def test_hidden_rows_and_sheets_are_read_and_told(tmp_path: Path) -> None:
    """People hide rows to leave them out, or only from sight: who plans decides."""
    held = book(tmp_path, "A")
    assert read(tmp_path, "a.xlsx", **TABLE).warnings == []
    page = held["A"]
    page.row_dimensions[3].hidden = page.row_dimensions[9].hidden = True
    held.create_sheet("Z")
    held.active, page.sheet_state = 1, "hidden"
    held.save(tmp_path / "a.xlsx")
    places = read(tmp_path, "a.xlsx", **TABLE)
    assert list(places.ids) == ["a", "b", "c"]
    assert [str(w).split(", and read")[0] for w in places.warnings] == [
        "a.xlsx: the sheet is hidden in the workbook",
        "a.xlsx: 1 of 3 rows are hidden or filtered out in the workbook",
    ]


@pytest.mark.parametrize("name", ["A", "a"])
def test_sheets_of_one_name_are_told(tmp_path: Path, name: str) -> None:
    """One of two of the same name is taken by nobody; one that differs in case is."""
    book(tmp_path, "A", "B")
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx") as old,
        zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new,
    ):
        for part in old.namelist():
            new.writestr(part, old.read(part).replace(b'name="B"', b'name="%s"' % name.encode()))
    if name == "A":
        text = told(tmp_path, "b.xlsx", layer="A", **TABLE)
        ours(text, "sheets of different names", "'A'", "rename")
    else:
        (warning,) = read(tmp_path, "b.xlsx", layer="A", **TABLE).warnings
        assert "the sheet 'A' is read" in str(warning) and str(warning).endswith(": a")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("id;lon;lat\na;108,9;34,2\n", ("got semicolons", "commas between cells", "point in")),
        ("id,lon,lat\na,108,9,34,2\n", ("5 cells in line 2", "commas between cells")),
        ('id,lon,lat\na,"108,9",34.2\n', ("'108,9'", "108,9 is 108.9")),
        ('id,lon,lat\na,"' + "x" * 140_000 + '",1\n', ("131,072 signs", "quotation mark")),
    ],
)
def test_tables_of_other_separators_are_cured(
    tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    """What to save the table as; how a number is written."""
    (tmp_path / "a.csv").write_text(text)
    ours(told(tmp_path, "a.csv", **TABLE), *parts)


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_a_shapefile_without_a_part_says_how_it_is_completed(tmp_path: Path, suffix: str) -> None:
    """Whoever hands over the .shp alone learns what belongs to it."""
    geo().to_file(tmp_path / "a.shp", encoding="UTF-8", engine="pyogrio")
    (tmp_path / f"a{suffix}").unlink()
    with pytest.raises(InputError) as caught:
        read_shp(tmp_path / "a.shp", "a.shp")
    ours(str(caught.value), f"its {suffix} file beside it", "all files of the shapefile")


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("a.graphml", "<graphml><graph>", ("no XML at line 1",)),
        (
            "a.graphml",
            '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph><data key="crs">nowhere'
            '</data><node id="1"><data key="x">1</data><data key="y">1</data></node><edge '
            'source="1" target="1"><data key="length">9</data></edge></graph></graphml>',
            ("must name a known coordinate system", "nowhere", "osmnx.save_graphml"),
        ),
        (
            "a.graphml",
            '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph><node id="1"><data '
            'key="x">1</data><data key="y">1</data></node><node id="1"><data key="x">2</data><data '
            'key="y">1</data></node><edge source="1" target="1"><data key="length">9</data></edge>'
            "</graph></graphml>",
            ("ids must be unique; got 1",),
        ),
        (
            "a.osm",
            '<osm version="0.6"><node id="-x" lat="1" lon="2"/></osm>',
            ("content that its format does not allow",),
        ),
    ],
)
def test_networks_are_told_in_our_words(
    tmp_path: Path, name: str, text: str, parts: tuple[str, ...]
) -> None:
    """XML that breaks off, systems nobody knows, ids that are none."""
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as caught:
        load_network(tmp_path / name, "EPSG:4547")
    ours(str(caught.value), name, *parts)


def test_cells_of_no_size_lie_nowhere(tmp_path: Path) -> None:
    """A raster whose cells all fall into one place is told, with what gives it its own."""
    path = write_tif(tmp_path / "a.tif", np.ones((1, 2, 2)), 108, 34, 0.0, 4326)
    with pytest.raises(InputError) as caught:
        read_raster(path, "a.tif")
    ours(str(caught.value), "a width and a height", "gdal_translate -a_ullr")


def test_texts_of_every_kind_of_arrow_are_ids(tmp_path: Path) -> None:
    """Large texts and dictionaries are texts like any other."""
    for kind in (pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        table = pa.table({"id": pa.array(["a", "b"], kind), "lon": [1.0, 2.0], "lat": [1.0, 2.0]})
        pq.write_table(table, tmp_path / "a.parquet")
        assert list(read(tmp_path, "a.parquet", **TABLE).ids) == ["a", "b"]
