"""What planners decide by, solved: the exact road and plain enumeration agree, verify consents."""

from __future__ import annotations

from typing import Any

import pytest

import siting
from tests.tools.brute import brute_best
from tests.tools.changes import change, outlets, premises
from tests.tools.worlds import World


def phases(world: World) -> None:
    """Two years, a site that comes late, a budget for each year."""
    premises(world, "year,,2027,", available_from="year")
    world.scenario["phases"] = [2026, {"name": 2027, "years": 2}]
    world.scenario["budget"] = {"per_phase": {2026: 2300, 2027: 4000}, "total": 6000}


def counters(world: World) -> None:
    """Recycling as a counter in a market, which is cheaper than a shop."""
    add_on = {"hosts": ["wet_market"], "area_m2": 4, "cost": 100}
    change(world, wet_market={}, elderly_daycare={}, recycling_point={"add_on": add_on})
    world.scenario["budget"] = 3000


def moves(world: World) -> None:
    """The market may move or close, day care wants its floor, two formats a site."""
    outlets(
        world, area_m2=500, actions={"move": {"cost": "price", "area_m2": 99}, "close": "chain"}
    )
    world.scenario["budget"] = 4000
    world.scenario["rules"] = {"max_formats_per_site": 2}


def upgrades(world: World) -> None:
    """A substandard market, and what the public share allows."""
    change(
        world,
        wet_market={"public_share": 1},
        elderly_daycare={"public_share": 0.5},
        recycling_point={"public_share": 0},
    )
    outlets(world, actions={"upgrade": {"cost": "price"}})
    world.scenario["budget"] = {"total": 9000, "public": 1030}


def communities(world: World) -> None:
    """A new community short of 150 m2, and a hub that opens whole or not at all."""
    world.scenario["rules"] = {
        "floor_share": [{"district": "South", "gross_m2": 1500, "new": True}],
        "hubs": [{"site": "P2", "min_formats": 2, "min_area_m2": 150}],
    }
    world.scenario["budget"] = 5000


def shares(world: World) -> None:
    """Least coverage by district and stand-ins, by the end of the plan."""
    change(
        world,
        wet_market={"stands_in_for": "recycling_point"},
        elderly_daycare={},
        recycling_point={},
    )
    world.scenario["rules"] = {
        "min_coverage": [{"format": "recycling_point", "district": "*", "share": 0.5}],
        "together": [{"formats": ["elderly_daycare", "wet_market"]}],
    }
    world.scenario["budget"] = 6000


@pytest.mark.parametrize("decide", [phases, counters, moves, upgrades, communities, shares])
def test_solved_by_highs_and_by_enumeration(world: World, decide: Any) -> None:
    """The same optimum, a plan that verify accepts."""
    change(world, wet_market={}, elderly_daycare={}, recycling_point={})
    decide(world)
    problem = world.load().problem()
    result = siting.solve(problem, method="highs", time_limit=60, threads=1)
    assert result.status == "optimal"
    best = brute_best(problem)
    assert best.objective is not None
    assert result.objective == pytest.approx(float(best.objective * problem.unit))
    assert siting.verify(problem, result).ok
