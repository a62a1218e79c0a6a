"""Mobile units of a scenario file: vehicles, their stops, their money, their faults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import siting
from siting.analysis.audit.reach import rewalk
from siting.commands.summary import summary
from siting.execution.planned_actions import planned_actions
from siting.problem import Action, Problem
from siting.verification.evaluation import evaluate, useless_notes
from tests.tools.worlds import CRS, World

STOPS = """id,x,y,calls,fee,jiedao
T1,500000,4000000,1,100.5,North
T2,500700,4000000,1,0,North
T3,501200,4000000,2,0,South
T4,501900,4000000,1,0,South
"""
UNIT: dict[str, Any] = {
    "name": "菜车",
    "format": "wet_market",
    "max_vehicles": 3,
    "cost": 200_000,
    "yearly_cost": 30_000,
    "stops_a_week": 3,
    "stops": {
        "file": "stops.csv",
        "id": "id",
        "x": "x",
        "y": "y",
        "crs": CRS,
        "cost": "fee",
        "visits": "calls",
        "district": "jiedao",
    },
}


@pytest.fixture
def vans(world: World) -> World:
    """The street with markets for 150 m around them, and vans that stop at four places."""
    world.put("stops.csv", STOPS)
    shop = {"name": "shop", "area_m2": 100, "cost": 1_000_000}
    change = {"wet_market": {"metres": 150, "sizes": [shop], "public_share": 0.5}}
    world.scenario |= {
        "outlets": [],
        "formats": {"use": ["wet_market"], "change": change},
        "budget": 500_000,
        "mobile_units": [{**UNIT, "stops": dict(UNIT["stops"])}],
    }
    return world


def unit(world: World) -> dict[str, Any]:
    """The unit that a test may change."""
    made: dict[str, Any] = world.scenario["mobile_units"][0]
    return made


def rows(problem: Problem, name: str) -> list[list[int]]:
    """Coefficients of a rule."""
    (rule,) = [rule for rule in problem.rules if rule.name == name]
    return [[int(a) for a in row] for row in rule.options.toarray()]


def table(problem: Problem, **asked: Any) -> list[tuple[str, str, str, int]]:
    """Site, action, phase and cost of each row of the verified best plan."""
    result = siting.solve(problem, time_limit=60, **asked)
    assert result.plan is not None and siting.verify(problem, result).ok
    assert not result.warnings
    told = result.plan.table.fillna("").to_dict("records")
    return [(row["site"], row["action"], row["phase"], int(row["cost"])) for row in told]


def test_stops_and_vehicles_are_options(vans: World) -> None:
    """Stops take calls of those the vehicles make; five calls are never more than two vehicles."""
    problem = vans.load().problem()
    assert list(problem.labels.sites) == [
        "P1",
        "P2",
        "007",
        "T1",
        "T2",
        "T3",
        "T4",
        "菜车 1",
        "菜车 2",
    ]
    mobile = problem.options.site >= 3
    assert problem.options.cost[mobile].tolist() == [101, 0, 0, 0, 200_000, 200_000]
    assert [row[-6:] for row in rows(problem, "mobile.菜车")] == [[1, 1, 2, 1, -3, -3]]
    assert [row[-6:] for row in rows(problem, "fleet.菜车")] == [[0, 0, 0, 0, -1, 1]]
    assert problem.reach.row(7).tolist() == [] and problem.reach.row(3).tolist() == [0]


@pytest.mark.parametrize("method", ["highs", "city", "greedy"])
def test_a_vehicle_that_pays_is_bought(vans: World, method: str) -> None:
    """One van reaches 180 people at both ends; no shop is within the money, no second van of use,
    and neither a van nor a stop wins anybody alone."""
    assert table(vans.load().problem(), method=method) == [
        ("T1", "stop", "", 101),
        ("T4", "stop", "", 0),
        ("菜车 1", "vehicle", "", 200_000),
    ]


def test_money_of_vehicles_and_stops(vans: World) -> None:
    """In total, tier, format and public money; stops by their district; support by the vehicle."""
    money = {
        "per_tier": {"basic": 9},
        "per_format": {"wet_market": 9},
        "public": 9,
        "yearly": 9,
        "per_district": {"North": 9},
    }
    vans.scenario["budget"] = {"total": 9, **money}
    problem = vans.load().problem()
    whole = [101, 0, 0, 0, 200_000, 200_000]
    for name in ("total", "per_tier.basic", "per_format.wet_market"):
        assert rows(problem, f"budget.{name}")[0][-6:] == whole
    assert rows(problem, "budget.public")[0][-6:] == [51, 0, 0, 0, 100_000, 100_000]
    assert rows(problem, "budget.yearly")[0][-6:] == [0, 0, 0, 0, 30_000, 30_000]
    assert rows(problem, "budget.per_district.North")[0][-6:] == [101, 0, 0, 0, 0, 0]


def test_phases(vans: World) -> None:
    """A van serves from the phase in which it is bought; a stop opens when it can be had."""
    vans.put(
        "stops.csv",
        STOPS.replace("jiedao\n", "jiedao,from\n")
        .replace("North\n", "North,\n")
        .replace("South\n", "South,2027\n"),
    )
    unit(vans)["stops"]["available_from"] = "from"
    vans.scenario["phases"] = [2026, 2027]
    vans.scenario["budget"] = {"per_phase": {2026: 200_101, 2027: 200_000}}
    problem = vans.load().problem()
    assert len(rows(problem, "mobile.菜车")) == 2 and len(rows(problem, "fleet.菜车")) == 2
    assert table(problem) == [
        ("T1", "stop", "2026", 101),
        ("T4", "stop", "2027", 0),
        ("菜车 1", "vehicle", "2026", 200_000),
    ]


def test_outlets_are_counted_apart(vans: World) -> None:
    """Vehicles have a limit of their own: none of the planner's limits on outlets counts them."""
    vans.scenario["rules"] = {
        "max_outlets": 0,
        "apart": [{"formats": ["wet_market"], "metres": 5000}],
    }
    vans.scenario["objective"] = {"p": 1}
    assert [row[1] for row in table(vans.load().problem())] == ["stop", "stop", "vehicle"]


def test_a_required_stop_brings_its_vehicle(vans: World) -> None:
    """Rules may name stops and vehicles; the vehicle that a required stop needs stays, though
    neither gains anybody."""
    vans.scenario["rules"] = {
        "require": [{"site": "T2"}],
        "forbid": [{"site": "T1"}, {"site": "T4"}],
    }
    for method in ("highs", "city"):
        assert [row[:2] for row in table(vans.load().problem(), method=method)] == [
            ("T2", "stop"),
            ("菜车 1", "vehicle"),
        ]


def test_an_idle_vehicle_is_told(vans: World) -> None:
    """Verify names the second van of a plan that needs one, and not the first."""
    problem = vans.load().problem()
    at = {str(problem.labels.sites[s]): o for o, s in enumerate(problem.options.site.tolist())}
    chosen = np.array([at[s] for s in ("T1", "T4", "菜车 1", "菜车 2")])
    judged = evaluate(problem, chosen, problem.objective)
    assert judged.feasible and useless_notes(problem, judged) == (
        "wet_market at site 菜车 2 gains nothing and no rule needs it",
    )


def test_two_units_may_share_a_layer(vans: World) -> None:
    """Their stops are told apart by the units' names, a stop that is called like premises too."""
    vans.scenario["formats"]["use"].append("repair")
    vans.scenario["mobile_units"].append({**UNIT, "name": "修车", "format": "repair"})
    sites = list(vans.load().problem().labels.sites)
    assert sites[3:5] == ["菜车:T1", "菜车:T2"] and sites[7] == "修车:T1" and "修车 2" in sites


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "wet_markt"}, "units.0.format: must be a format in use; got 'wet_markt'"),
        ({"max_vehicles": 0}, "max_vehicles: must be a whole number >= 1 and <= 100,000,000"),
        ({"stops_a_wek": 3}, "did you mean 'stops_a_week'?"),
        (
            {"stops": {**UNIT["stops"], "visits": 10}},
            "mobile_units.0.stops.visits: must be at most 9, the calls a week of all vehicles",
        ),
        (
            {"stops": {**UNIT["stops"], "available_from": "jiedao"}},
            "mobile_units.0.stops.available_from: must be left out: the scenario has no phases",
        ),
        ({"stops": {**UNIT["stops"], "file": "stps.csv"}}, "units.0.stops.file: must be a file"),
    ],
)
def test_faults_of_units(vans: World, change: dict[str, Any], message: str) -> None:
    """One clear line at the key."""
    unit(vans).update(change)
    assert any(message in fault for fault in vans.faults())


def test_faults_of_stops(vans: World) -> None:
    """Cells of the layer, and two units that nobody could tell apart."""
    text = STOPS.replace("T2,500700,4000000,1", "T1,500700,4000000,1.5")
    vans.put("stops.csv", text.replace("100.5", "dear"))
    faults = vans.faults()
    assert any("must be visits a week, a whole number >= 1; got '1.5'" in f for f in faults)
    assert any("fee: must be a cost, a number >= 0; got 'dear'" in f for f in faults)
    assert any("must have ids that differ within stops" in f for f in faults)
    vans.put("stops.csv", STOPS)
    vans.scenario["mobile_units"].append(dict(UNIT))
    assert any("must be unlike the other mobile units; got '菜车'" in f for f in vans.faults())


def test_vehicles_are_told_in_words(vans: World) -> None:
    """A summary counts outlets, vehicles and stops apart, and the second walk visits no vehicle."""
    scenario = vans.load()
    problem = scenario.problem()
    result = siting.solve(problem, method="highs", time_limit=60)
    told = "0 outlets open at 0 sites for 200,101 of 500,000; stops of vehicles: 2, vehicles: 1"
    assert told in summary(result)
    assert rewalk(scenario, problem).differences == ()


def test_a_vehicle_has_a_unit_that_answers_for_it(vans: World) -> None:
    """A van belongs to no circle: whoever runs it answers, and for stops whose circle names
    nobody; where a circle does, that one."""
    unit(vans)["responsible_unit"] = "Cooperative"
    vans.scenario["circles"] = [{"district": "North", "responsible_unit": "North office"}]
    scenario = vans.load()
    problem = scenario.problem()
    every = np.arange(problem.n_options)
    told = {
        (a.site, a.responsible_unit)
        for a in planned_actions(scenario, problem, every)
        if a.action in (Action.STOP, Action.VEHICLE)
    }
    vehicles = {(f"菜车 {k}", "Cooperative") for k in (1, 2)}
    stops = {(f"T{k}", "North office" if k < 3 else "Cooperative") for k in (1, 2, 3, 4)}
    assert told == vehicles | stops
