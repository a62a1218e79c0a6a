"""Vehicles and their stops in the reports."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

import siting
from siting.report import gpkg, html
from siting.report.mapdata import map_data
from siting.texts.catalogue import Lang
from tests.scenario.assemble.test_mobile import STOPS, UNIT
from tests.tools.worlds import World


@pytest.fixture
def vans(tmp_path: Path) -> World:
    """The street with a unit that pays: nothing else is within the money."""
    world = World(tmp_path)
    world.put("stops.csv", STOPS)
    world.scenario |= {"outlets": [], "mobile_units": [UNIT], "budget": 300_000}
    world.scenario["formats"] = {"use": ["wet_market"]}
    return world


def test_stops_and_vehicles_are_told_apart(vans: World) -> None:
    """In words in both languages, on the map as another sign, a vehicle as none, and as a kind in
    the layers for a GIS."""
    scenario = vans.load()
    problem = scenario.problem()
    result = siting.solve(problem, method="highs", time_limit=None)
    assert result.plan is not None
    actions = result.plan.table["action"].value_counts().to_dict()
    assert actions["vehicle"] == 1 and actions["stop"] >= 2 and set(actions) == {"stop", "vehicle"}
    drawn = map_data(problem, result, None)
    assert drawn is not None
    assert drawn["sites"]["opened"] == {"": 0, "standing": 0, **actions} and drawn["rejected"] == 3
    chinese = ("流动车停靠点", "购置流动车", "流动车每周停靠次数 · 菜车", "流动车 1 辆，停靠 2 处")
    counted = "stops of vehicles: 2, vehicles: 1"
    english = ("stop of a vehicle", "Calls a week of vehicles · 菜车", counted)
    told: dict[Lang, tuple[str, ...]] = {"zh": chinese, "en": english}
    for lang, words in told.items():
        path = html.write(result, problem, scenario, vans.folder / f"{lang}.html", lang)
        text = path.read_text(encoding="utf-8")
        assert [word for word in words if word not in text] == []
    layers = gpkg.write(result, problem, scenario, vans.folder / "report.gpkg")
    kinds = gpd.read_file(layers, layer="premises")["kind"].value_counts().to_dict()
    assert kinds == {"premises": 3, "stop": 4, "vehicle": 2}
