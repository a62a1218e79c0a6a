"""The nearest outlets and sites of a scenario, as a problem with endless standards knows them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from siting.analysis.kpis.key_figures import kpis
from siting.problem import Action, Problem
from siting.problem.vehicles import site_kinds
from siting.scenario import Scenario
from siting.scenario.assemble.nearest import NearestPlaces
from tests.scenario.assemble.test_compounds import HOMES, box, walled
from tests.scenario.assemble.test_mobile import STOPS, UNIT
from tests.tools.changes import change, outlets
from tests.tools.worlds import World

SMALL, ENDLESS = 120, 20_000
ACTIONS: dict[str, Any] = {
    "enlarged": {"enlarge": {"cost": 7}, "upgrade": {"cost": 30}},
    "moved": {"move": {"cost": 7}, "close": True},
    "untouched": {},
}
TRAVEL: dict[str, dict[str, Any]] = {
    "streets": {},
    "straight": {"mode": "euclidean", "detour": 1.3},
    "sphere": {"mode": "great_circle", "detour": 1.2},
}


def street(world: World, metres: int, actions: dict[str, Any], travel: dict[str, Any]) -> Scenario:
    """The street with vans and outlets that may be enlarged, upgraded, moved or closed."""
    outlets(world, **({"actions": actions} if actions else {}))
    change(
        world,
        **{
            name: {"metres": metres}
            for name in ("wet_market", "elderly_daycare", "recycling_point")
        },
    )
    world.put("stops.csv", STOPS)
    world.scenario["mobile_units"] = [{**UNIT, "stops": dict(UNIT["stops"])}]
    world.scenario["travel"] |= travel
    return world.load()


def walks(problem: Problem, *, standing: bool) -> np.ndarray:
    """Every walk of the problem's own reach, inf where there is none; (n_places, n_points)."""
    reach = problem.outlets.reach if standing else problem.reach
    table = np.full((reach.n_places, reach.n_points), np.inf)
    for place in range(reach.n_places):
        table[place, reach.row(place)] = reach.row_cost(place)
    return table


@pytest.mark.parametrize("gates", [False, True])
@pytest.mark.parametrize("travel", TRAVEL)
@pytest.mark.parametrize("actions", ACTIONS)
def test_beyond_every_standard(world: World, actions: str, travel: str, gates: bool) -> None:
    """Whatever the standard, people are walked as far as one of 20 km would walk them; every kind
    of site is one of the places, and vehicles are walked to nowhere."""
    if gates:
        walled(world, {"A": box(480, 5, 40, 40)}, "g,520,25,", HOMES)
    endless = street(world, ENDLESS, ACTIONS[actions], TRAVEL[travel]).problem()
    scenario = street(world, SMALL, ACTIONS[actions], TRAVEL[travel])
    problem = scenario.problem()
    assert problem.reach.n_pairs < endless.reach.n_pairs
    nearest = NearestPlaces(scenario.assembled)
    for standing, told in ((True, nearest.outlets), (False, nearest.sites)):
        table = walks(endless, standing=standing)
        for size in range(3):
            for places in combinations(range(len(table)), size):
                rows = np.array(places, np.int64)
                expected = table[rows].min(axis=0, initial=np.inf)
                assert told(rows).tolist() == expected.tolist(), (standing, places)
    kinds = {"", "stop", "vehicle"} | ({"standing"} if ACTIONS[actions] else set())
    assert set(np.unique(site_kinds(problem))) == kinds


def test_vehicles_are_no_outlets_in_the_figures(world: World) -> None:
    """A vehicle is an option of endless capacity that nobody walks to: what stops and outlets offer
    stays in places, and a vehicle is no site of the plan's."""
    outlets(world)
    change(world, wet_market={"metres": SMALL})
    world.scenario["formats"]["use"] = ["wet_market"]
    world.put("stops.csv", STOPS)
    world.scenario["mobile_units"] = [{**UNIT, "capacity": 300}]
    scenario = world.load()
    problem = scenario.problem()
    stops = np.flatnonzero(problem.acting(Action.STOP))
    everything = np.flatnonzero(problem.acting(Action.STOP, Action.VEHICLE))
    assert len(stops) < len(everything)
    found = kpis(scenario, everything).figures
    assert found == kpis(scenario, stops).figures
    access = next(kpi for kpi in found if kpi.name == "access_2sfca")
    assert access.before is not None and access.before > 20, "50 places at B, not one outlet"
