"""Codes stay codes, whatever program and file they went through."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from tests.scenario.layers.test_layers import read, told

CODES = [610113001002003017, None, 610113001002003029]
XY = shapely.points([[5e5, 3.8e6], [5e5 + 300, 3.8e6], [5e5 + 600, 3.8e6]])


def coded(folder: Path, kind: str) -> str:
    """Three places with a column of 18 digits, one of them blank."""
    path = folder / f"p.{kind}"
    frame = gpd.GeoDataFrame({"id": list("ABC")}, geometry=XY, crs="EPSG:4547")
    frame["code"] = pd.array(CODES, dtype="Int64")
    if kind == "parquet":
        table = {"id": list("ABC"), "code": pa.array(CODES), "x": [0, 1, 2], "y": [0, 1, 2]}
        pq.write_table(pa.table(table), path)
    elif kind == "geojson":
        properties = [{"id": i, "code": c} for i, c in zip("ABC", CODES, strict=True)]
        point = {"type": "Point", "coordinates": [1, 2]}
        features = [{"type": "Feature", "properties": row, "geometry": point} for row in properties]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    elif kind == "csv":
        rows = pd.DataFrame({"id": list("ABC"), "x": 1, "y": 2, "code": frame["code"]})
        rows.to_csv(path, index=False)
    else:
        frame.to_file(path)
    return path.name


@pytest.mark.parametrize("kind", ["csv", "gpkg", "shp", "parquet", "geojson"])
def test_long_codes_beside_a_blank_keep_their_digits(tmp_path: Path, kind: str) -> None:
    """One table gives one result in every kind of file: no code goes through floating point."""
    table = {"x": "x", "y": "y"} if kind in ("csv", "parquet") else {}
    places = read(tmp_path, coded(tmp_path, kind), "code", id="id", **table)
    assert places.columns.text("code").tolist() == ["" if c is None else str(c) for c in CODES]


def test_whole_numbers_written_with_a_point_are_read_without(tmp_path: Path) -> None:
    """A table that went through a data frame; told, and only where every cell has the point."""
    (tmp_path / "a.csv").write_text("id,x,y\n1.0,1,2\n2.0,3,4\n")
    places = read(tmp_path, "a.csv", id="id", x="x", y="y")
    assert places.ids.tolist() == ["1", "2"]
    assert places.warnings == ["a.csv: id: written with a point, 1.0 read as 1"]
    (tmp_path / "a.csv").write_text("id,x,y\n1.0,1,2\n1.1,3,4\n")
    assert read(tmp_path, "a.csv", id="id", x="x", y="y").ids.tolist() == ["1.0", "1.1"]


@pytest.mark.parametrize("cell", ["6.10113E+17", "6e+11"])
def test_codes_in_powers_of_ten_are_refused(tmp_path: Path, cell: str) -> None:
    """A spreadsheet program shows long codes so, and saves them so: their digits are lost."""
    (tmp_path / "a.csv").write_text(f"id,x,y\n{cell},1,2\n7,3,4\n")
    assert "must be codes with all their digits" in told(tmp_path, "a.csv", id="id", x="x", y="y")


def test_codes_rounded_in_a_workbook_are_refused(tmp_path: Path) -> None:
    """A number of 18 digits in a workbook keeps 15 of them."""
    book = openpyxl.Workbook()
    for row in [["id", "x", "y"], [6.10113001002003e17, 1, 2], [7, 3, 4]]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert "must be codes with all their digits" in told(tmp_path, "a.xlsx", id="id", x="x", y="y")


@pytest.mark.parametrize("key", ["id", "x", "people"])
def test_a_formula_without_its_value_is_refused(tmp_path: Path, key: str) -> None:
    """A blank has a meaning in many columns; a formula that nobody worked out has none."""
    book = openpyxl.Workbook()
    row = {"id": "A", "x": 1, "y": 2, "people": 5}
    book.active.append(list(row))
    book.active.append([*(row | {key: "=1+1"}).values()])
    book.active.append(["B", 1, 2, 5])
    book.save(tmp_path / "a.xlsx")
    fault = told(tmp_path, "a.xlsx", "people", id="id", x="x", y="y")
    assert f"a.xlsx: {key}: must have a value in every formula" in fault
    assert "in row 1" in fault


def test_a_formula_in_a_column_nobody_reads_is_no_fault(tmp_path: Path) -> None:
    """Only what is read must be there."""
    book = openpyxl.Workbook()
    book.active.append(["id", "x", "y", "sum"])
    book.active.append(["A", 1, 2, "=B2+C2"])
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path, "a.xlsx", id="id", x="x", y="y").ids.tolist() == ["A"]


def test_rows_of_commas_are_no_rows(tmp_path: Path) -> None:
    """Excel saves rows that were emptied so."""
    (tmp_path / "a.csv").write_text("id,x,y\nA,1,2\n,,\n , ,\nB,3,4\n,,\n")
    assert read(tmp_path, "a.csv", id="id", x="x", y="y").ids.tolist() == ["A", "B"]


def test_overlapping_parts_of_a_polygon_are_one_area(tmp_path: Path) -> None:
    """What two parts of a site both cover is covered, not outside by the rule of even and odd."""
    parts = shapely.multipolygons([shapely.box(0, 0, 20, 10), shapely.box(10, 0, 30, 10)])
    gpd.GeoDataFrame({"id": ["A"]}, geometry=[parts], crs="EPSG:4547").to_file(tmp_path / "d.gpkg")
    places = read(tmp_path, "d.gpkg", id="id")
    assert places.geometry is not None
    assert places.geometry[0].equals(shapely.box(0, 0, 30, 10))
    assert places.warnings == [
        "d.gpkg: polygons that cross themselves are read as all that they cover, in row 1"
    ]
