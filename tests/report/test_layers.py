"""report.gpkg of a scenario: who goes where, areas, styles; and the map as a file."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest

import siting
from siting.report import gpkg, map_file
from tests.tools.carried_town import write_carried


def test_who_goes_where_with_styles_in_both_languages(tmp_path: Path) -> None:
    """Each person in reach has one line to an outlet, not longer than the walk; areas hold those
    people; every layer has a style a language, and the report's language is the default."""
    scenario = siting.load(write_carried(tmp_path / "town"))
    problem = scenario.problem()
    result = siting.solve(problem, method="greedy", time_limit=60)
    path = gpkg.write(result, problem, scenario, tmp_path / "report.gpkg", "zh")
    lines = gpd.read_file(path, layer="assignment")
    served = lines.groupby(["format", "people_group"])["people"].sum()
    for format_, groups in result.coverage.items():
        for group, people in groups.items():
            assert served.get((format_, group), 0) == pytest.approx(people.after)
    limits = {
        problem.labels.formats[t.format]: t.limit / 10 for t in problem.targets if t.weight_micro
    }
    assert (lines["walk_m"] <= lines["format"].map(limits)).all()
    straight = lines.to_crs(lines.estimate_utm_crs()).length
    assert (straight <= lines["walk_m"] * 1.01 + 1).all()
    areas = gpd.read_file(path, layer="service_areas")
    assert areas["people"].sum() == pytest.approx(lines["people"].sum())
    assert set(areas["served_by"]) == set(lines["served_by"])
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT f_table_name, styleName, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
    layers = {str(name) for name, _ in pyogrio.list_layers(path)} - {"layer_styles"}
    assert {layer for layer, *_ in rows} == layers
    for layer in layers:
        mine = [row for row in rows if row[0] == layer]
        assert len(mine) == 2
        (first,) = [row for row in mine if row[3]]
        assert "(zh)" in first[1]
    styles = {row[1].rpartition("(")[2]: row[2] for row in rows if row[0] == "plan"}
    names = scenario.standards.names("zh")
    for format_ in problem.labels.formats:
        assert f'value="{format_}" label="{names[format_]}"' in styles["zh)"]
    sizes = {row[0]: re.search("name='size' value='([0-9.]+)'", row[2]) for row in rows}
    told = {layer: float(found[1]) for layer, found in sizes.items() if found is not None}
    assert max(told, key=lambda layer: told[layer]) == "plan"  # what was decided stands out
    assert min(told, key=lambda layer: told[layer]) == "people"
    assert "责任单位" in styles["zh)"] and "responsible unit" in styles["en)"]


def test_the_map_is_a_picture_and_a_drawing(tmp_path: Path) -> None:
    """Both are made, the same for the same plan; letters of the drawing need no font."""
    scenario = siting.load(write_carried(tmp_path / "town"))
    problem = scenario.problem()
    result = siting.solve(problem, method="greedy", time_limit=60)
    first = map_file.write(result, problem, scenario, tmp_path / "a.png", "zh").read_bytes()
    assert first.startswith(b"\x89PNG")
    drawn = map_file.write(result, problem, scenario, tmp_path / "a.svg", "zh").read_text("utf-8")
    again = map_file.write(result, problem, scenario, tmp_path / "b.svg", "zh").read_text("utf-8")
    assert drawn.startswith("<?xml") and "<text" not in drawn
    assert len(drawn) == len(again)
