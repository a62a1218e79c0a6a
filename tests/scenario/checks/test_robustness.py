"""Whatever a scenario says, it is a problem or a list of faults, never a traceback."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from siting.errors import InputError
from tests.tools.worlds import SCENARIO, World

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2.5,
    1e400,
    float("nan"),
    10**30,
    "",
    "x",
    "wet_market",
    "P1",
    "*",
    [],
    [1],
    ["x"],
    {},
    {"a": 1},
    [[]],
    [None],
    {"x": None},
    "é" * 300,
    "\x00",
    "/vsicurl/x",
    "../x",
    "EPSG:4326",
    "GCJ02",
    "people.csv",
    "007",
    [{}],
    [{"site": "P1"}],
    "1e5",
]
"""Values nobody expects."""
PLACES = {"file": "people.csv", "x": "x", "y": "y", "crs": "EPSG:32650"}
FORMATS = ["wet_market", "elderly_daycare", "recycling_point"]
EVERYTHING: dict[str, Any] = SCENARIO | {
    "phases": [2026, {"name": 2027, "years": 2}],
    "budget": {"total": 5_000_000, "per_phase": {2026: 5}, "per_tier": {"basic": 5}, "yearly": 5},
    "premises": SCENARIO["premises"] | {"storey": 1, "flue": True, "outdoor_m2": 3, "rent": 4},
    "outlets": [
        SCENARIO["outlets"][0]
        | {
            "capacity": 5,
            "area_m2": 3,
            "actions": {
                "enlarge": {"cost": 3, "capacity": 2},
                "upgrade": {"cost": 1},
                "close": True,
                "move": {"cost": 4, "area_m2": 2},
            },
        }
    ],
    "formats": {
        "use": FORMATS,
        "change": {
            "wet_market": {
                "sizes": [{"name": "a", "cost": 5, "area_m2": 3, "capacity": 4, "yearly_cost": 2}],
                "add_on": {"hosts": ["recycling_point"], "cost": 1},
                "needs": {"flue": True},
                "stands_in_for": ["recycling_point"],
                "min_catchment": 5,
                "weight": 0.5,
            }
        },
    },
    "rules": {
        "max_outlets": {"total": 3, "per_format": {"wet_market": 1}},
        "max_formats_per_site": 2,
        "require": [{"site": "P1", "format": "wet_market"}],
        "forbid": [{"site": "P2"}],
        "apart": [{"formats": ["wet_market", "recycling_point"], "metres": 5}],
        "together": [{"formats": ["recycling_point", "wet_market"]}],
        "min_coverage": [
            {
                "format": "wet_market",
                "group": "elderly",
                "district": "*",
                "share": 0.1,
                "phase": 2026,
            }
        ],
        "away": [{"formats": ["wet_market"], "metres": 3, "places": PLACES}],
        "hubs": [{"site": "P1"}],
        "floor_share": [{"district": "South", "gross_m2": 3, "new": True}],
    },
    "circles": [{"district": "South", "change": {"wet_market": {"minutes": 5, "reason": "r"}}}],
    "commitments": [{"name": "n", "target": 1, "due": "2027"}],
    "objective": {"model": "max_cover", "order": "tiers", "p": 3},
    "variants": {"lean": {"budget": 3}},
}
"""A scenario that uses every part of the schema."""


def places_of(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to every value."""
    below = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return [at, *(path for key, value in below for path in places_of(value, (*at, key)))]


def spoil(scenario: dict[str, Any], chance: random.Random) -> None:
    """Replace, drop or rename one value somewhere."""
    path = chance.choice(places_of(scenario)[1:])
    node: Any = scenario
    for key in path[:-1]:
        node = node[key]
    how = chance.random()
    if how < 0.6:
        node[path[-1]] = copy.deepcopy(chance.choice(ODD))
    elif how < 0.8 or isinstance(node, list):
        node.pop(path[-1])
    else:
        node[str(path[-1])[:-1] + "z"] = node.pop(path[-1])


def test_the_whole_scenario_is_a_problem(world: World) -> None:
    """What is spoilt below is sound to begin with."""
    world.scenario = copy.deepcopy(EVERYTHING)
    assert world.load().problem().n_phases == 2


@pytest.mark.parametrize("seed", range(4))
def test_a_spoilt_scenario_is_told(world: World, seed: int) -> None:
    """Thirty scenarios with one to three values spoilt; every fault fits on a line."""
    chance = random.Random(seed)
    for _ in range(30):
        world.scenario = copy.deepcopy(EVERYTHING)
        for _ in range(chance.choice([1, 1, 2, 3])):
            spoil(world.scenario, chance)
        try:
            scenario = world.load()
            scenario.problem()
            scenario.summary()
        except InputError as error:
            assert len(str(error).splitlines()) == len(error.faults)
