"""The second walk: agrees with the first, and notices when the first is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import geopandas
import numpy as np
import pytest
import shapely

import siting
from siting.analysis.audit.reach import rewalk
from siting.demo import make_city
from siting.problem import Problem
from siting.problem.reach import Cost
from siting.scenario import Scenario
from tests.tools.town import SCENARIO, write_town


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """A small synthetic city on a street network."""
    out = tmp_path_factory.mktemp("city")
    return siting.load(make_city(80, 15, 3, out=out, seed=4, travel="network"))


def shifted(problem: Problem, by: int) -> Problem:
    """The problem with every walking cost changed."""
    cost = (problem.reach.cost.astype(np.int64) + by).astype(problem.reach.cost.dtype)
    return problem.replace(reach=replace(problem.reach, cost=cast(Cost, cost)))


def test_streets_agree_with_shapely_and_scipy(city: Scenario) -> None:
    """Snapping and the bounded search give what other libraries give, to the decimetre."""
    found = rewalk(city, city.problem(), sites=15)
    assert found.sites == 15
    assert found.pairs > 100
    assert (found.largest_dm, found.differences) == (0, ())


def test_a_wrong_reach_is_noticed(city: Scenario) -> None:
    """Costs that are off, and points that were left out, are differences."""
    problem = city.problem()
    assert rewalk(city, shifted(problem, 40)).differences
    reach = problem.reach
    half = np.arange(reach.n_pairs) % 2 == 0
    place = np.repeat(np.arange(reach.n_places), np.diff(reach.start))
    thin = type(reach).from_pairs(
        place[half], reach.point[half], reach.cost[half], reach.n_places, reach.n_points
    )
    found = rewalk(city, problem.replace(reach=thin))
    assert "stored inf dm" in found.differences[0]
    assert found.differences[-1].endswith("further walks differ")


def test_the_sample_is_seeded(city: Scenario) -> None:
    """Same seed, same sites; the draw says how many walks were compared."""
    pairs = [rewalk(city, city.problem(), sites=3, seed=seed).pairs for seed in (1, 1, 2)]
    assert pairs[0] == pairs[1] != pairs[2]


@pytest.mark.parametrize("mode", ["euclidean", "great_circle"])
def test_straight_lines_agree(tmp_path: Path, mode: str) -> None:
    """Straight lines in the plane and on the sphere (pyproj) are the same to the decimetre."""
    text = SCENARIO.replace("mode: euclidean, detour: 1.0", f"mode: {mode}, detour: 1.3")
    scenario = siting.load(write_town(tmp_path, text))
    found = rewalk(scenario, scenario.problem())
    assert found.pairs > 10
    assert found.differences == ()


@pytest.mark.parametrize("mode", ["network", "great_circle"])
def test_walks_by_gates_agree(tmp_path: Path, mode: str) -> None:
    """Homes and premises in compounds of two gates, walked again by shapely and scipy."""
    path = make_city(80, 15, 3, out=tmp_path, seed=4, travel="network")
    base = siting.load(path)
    walked = base.assembled.walked
    xy = np.concatenate([walked.xy["demand"][::4], walked.xy["premises"][::3]])
    boxes = shapely.box(*np.subtract(xy, [70, 40]).T, *np.add(xy, [50, 60]).T)
    geopandas.GeoSeries(boxes, crs=walked.crs).to_file(tmp_path / "walls.gpkg")
    gates = np.concatenate([np.add(xy, [-70, 10]), np.add(xy, [0, 60])])
    geopandas.GeoSeries.from_xy(*gates.T, crs=walked.crs).to_file(tmp_path / "gates.gpkg")
    layers = ["travel.compounds={file: walls.gpkg}", "travel.gates={file: gates.gpkg}"]
    scenario = siting.load(path, overrides=[*layers, f"travel.mode={mode}"])
    problem = scenario.problem()
    within = scenario.assembled.walked.walled_in
    assert within is not None
    assert 20 <= within.sum() < 80
    found = rewalk(scenario, problem, sites=15)
    assert found.pairs > 100
    assert found.differences == ()
    assert rewalk(scenario, shifted(problem, 40)).differences
