"""Compounds and gates on the map and in the files for a GIS."""

from __future__ import annotations

import json
from base64 import b64decode
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

import siting
from siting.report import gpkg, html
from siting.report.page_grid import PageGrid
from siting.report.walls import COARSEST_M, MOST_CORNERS, Walls, drawn
from siting.texts.catalogue import LANGS, texts
from tests.tools.walled_town import SMALL
from tests.tools.worlds import World

FRAME = PageGrid.around(np.array([[0.0, 0.0], [20_000.0, 20_000.0]]), degrees=False)
"""Plain metres stand for degrees; a step is about a third of a metre."""


def walls(shapes: list[shapely.Geometry], gates: list[list[tuple[float, float]]]) -> Walls:
    """Each with gates of its own."""
    count = np.cumsum([0, *map(len, gates)])
    return Walls(
        np.array(shapes, object),
        tuple(f"c{k}" for k in range(len(shapes))),
        shapely.area(shapes),
        np.array([xy for own in gates for xy in own]),
        tuple(f"g{k}" for k in range(count[-1])),
        tuple(tuple(range(a, b)) for a, b in pairwise(count)),
    )


def rings(told: dict[str, Any]) -> list[tuple[int, list[tuple[int, int]]]]:
    """(compound, corners) as the page reads them."""
    x, y = (np.frombuffer(b64decode(told[key]), "<u2") for key in "xy")
    start, of = (np.frombuffer(b64decode(told[key]), "<u4") for key in ("start", "of"))
    return [
        (int(c), list(zip(x[a:b].tolist(), y[a:b].tolist(), strict=True)))
        for c, a, b in zip(of, start[:-1], start[1:], strict=True)
    ]


def circles(n: int, corners: int) -> list[shapely.Geometry]:
    """In rows of 100 m, each a little larger than the one before."""
    return [
        shapely.Point(150 + 190 * (k % 100), 150 + 190 * (k // 100)).buffer(
            50 + k / 200, quad_segs=corners // 4
        )
        for k in range(n)
    ]


def test_what_is_drawn_is_what_stands() -> None:
    """Largest first; every corner of every ring, holes and parts, to a step; gates with theirs."""
    yard = shapely.Polygon(
        [(0, 0), (400, 0), (400, 300), (0, 300)], [[(50, 50), (90, 50), (90, 90), (50, 90)]]
    )
    pair = shapely.MultiPolygon([shapely.box(500, 0, 700, 90), shapely.box(500, 200, 600, 230)])
    given = [pair, yard]
    told = drawn(walls(given, [[(700, 50)], [(0, 20), (400, 20)]]), FRAME)
    assert (told["id"], told["gates"], told["left"]) == (["c1", "c0"], [2, 1], 0)
    found = rings(told)
    assert [c for c, _ in found] == [0, 0, 1, 1]
    expected = shapely.get_rings(np.array([yard, *pair.geoms], object))
    for (_, corners), ring in zip(found, expected, strict=True):
        steps = FRAME.steps(shapely.get_coordinates(ring))
        assert set(corners) == set(map(tuple, steps.tolist()))
    gates = [np.frombuffer(b64decode(told[key]), "<u2").tolist() for key in ("gateX", "gateY")]
    there = FRAME.steps(np.array([(700.0, 50.0), (0.0, 20.0), (400.0, 20.0)])).T
    assert gates == there.tolist()


def test_outside_the_frame_nothing_is_drawn() -> None:
    """A compound that the map does not hold is counted as left out."""
    told = drawn(
        walls([shapely.box(0, 0, 90, 90), shapely.box(-9e4, 0, 90, 90)], [[(0, 5)], [(0, 5)]]),
        FRAME,
    )
    assert (told["id"], told["left"]) == (["c0"], 1)


@pytest.mark.parametrize("corners", [8, 64])
def test_five_thousand_compounds_stay_light(corners: int) -> None:
    """Drawn in full, simplified as far as a map does not show it, in less than half a megabyte."""
    shapes = circles(5000, corners)
    told = drawn(walls(shapes, [[(s.bounds[0], s.centroid.y)] * 2 for s in shapes]), FRAME)
    assert len(told["id"]) == 5000 and told["left"] == 0
    assert len(json.dumps(told)) < 500_000
    apart = 2 * FRAME.metres_per_step + COARSEST_M
    for (c, found), k in zip(rings(told)[:50], range(4999, 4949, -1), strict=True):
        assert told["id"][c] == f"c{k}"
        xy = np.array(found) / [FRAME.scale_x, -FRAME.scale_y] + [FRAME.west, FRAME.north]
        ring = shapely.linearrings(xy)
        assert shapely.hausdorff_distance(ring, shapes[k].exterior) < apart


def test_beyond_what_a_page_can_hold_the_smallest_are_left_out() -> None:
    """As many as fit, the largest; how many are not drawn is told."""
    shapes = circles(10_000, 8) * 2
    told = drawn(walls(shapes, [[(s.bounds[0], s.centroid.y)] for s in shapes]), FRAME)
    drawn_, n = len(told["id"]), sum(len(ring) for _, ring in rings(told))
    assert told["left"] == len(shapes) - drawn_ > 0
    assert MOST_CORNERS - 9 < n <= MOST_CORNERS
    assert told["id"][:2] == ["c9999", "c19999"]


@pytest.fixture
def town(tmp_path: Path) -> World:
    """One compound with one gate between streets."""
    return SMALL.write(tmp_path)


def test_page_and_layers_show_them(town: World) -> None:
    """The switch with its name in both languages, compounds in the data, and two layers."""
    scenario = town.load()
    problem = scenario.problem()
    result = siting.solve(problem, time_limit=None, threads=1)
    for lang in LANGS:
        page = html.write(result, problem, scenario, town.folder / f"{lang}.html", lang)
        text = page.read_text("utf-8")
        assert 'id="show-compounds"' in text and texts(lang)["compounds"] in text
        data = json.loads(text.split('id="data">')[1].split("</script>")[0])
        assert data["map"]["walls"]["id"] == ["c0"] and data["map"]["walls"]["gates"] == [1]
        assert data["words"]["compound"] == texts(lang)["compound"]
    file = gpkg.write(result, problem, scenario, town.folder / "report.gpkg")
    crs = scenario.assembled.walked.crs
    compounds = gpd.read_file(file, layer="compounds").to_crs(crs)
    assert compounds[["id", "gates"]].to_numpy().tolist() == [["c0", 1]]
    assert compounds.geometry[0].hausdorff_distance(SMALL.shapes()[0]) < 0.01
    gates = gpd.read_file(file, layer="gates").to_crs(crs)
    assert gates[["id", "compound"]].to_numpy().tolist() == [["g0", "c0"]]
    assert gates.geometry[0].distance(SMALL.shapes()[0].boundary) < 0.01


def test_without_compounds_there_is_no_switch(town: World) -> None:
    """Neither on the page nor as layers."""
    town.scenario["travel"] |= {"compounds": [], "gates": []}
    scenario = town.load()
    problem = scenario.problem()
    result = siting.solve(problem, time_limit=None, threads=1)
    page = html.write(result, problem, scenario, town.folder / "x.html", "en").read_text("utf-8")
    assert 'id="show-compounds"' not in page
    file = gpkg.write(result, problem, scenario, town.folder / "report.gpkg")
    assert not {"compounds", "gates"} & set(gpd.list_layers(file)["name"])
