"""Vehicles and their stops in everything that planners read: counted and named apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.analysis.kpis.kpis import kpis
from siting.analysis.studies.constraints import other_sites
from siting.analysis.studies.frontier import frontier
from siting.analysis.studies.marginal import ordered
from siting.analysis.studies.robustness import still_served
from siting.analysis.study import Study
from siting.cli import main
from siting.problem import Problem
from siting.problem.vehicles import opened, without_idle
from siting.result.accounting import basic_gap_left, rule_lines
from siting.result.naming import counted
from siting.texts.words import LANGS, Words
from siting.verification.evaluation import evaluate
from tests.scenario.assemble.test_mobile import STOPS, UNIT
from tests.tools.worlds import World

Told = Callable[..., str]
FOR_ALL = ("--threads", 1, "--time-limit", 30)


def street(folder: Path) -> World:
    """Markets reach 200 m; a van makes two calls, as many as T3 with its 200 people takes."""
    world = World(folder)
    world.put("stops.csv", STOPS)
    shop = {"name": "shop", "area_m2": 100, "cost": 1_000_000}
    world.scenario |= {
        "outlets": [],
        "budget": 300_000,
        "formats": {
            "use": ["wet_market"],
            "change": {"wet_market": {"metres": 200, "sizes": [shop]}},
        },
        "mobile_units": [{**UNIT, "max_vehicles": 2, "stops_a_week": 2}],
        "variants": {"none": {"mobile_units": [], "budget": 600_000}, "rich": {"budget": 900_000}},
    }
    return world


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The street with the result r beside it: T3 and the first van."""
    made = tmp_path_factory.mktemp("street")
    street(made).load()
    assert main(["solve", str(made / "street.yaml"), "--out", str(made / "r")]) == 0
    return made


@pytest.fixture
def told(folder: Path, capsys: pytest.CaptureFixture) -> Told:
    """Runs a command on the street or its result and gives what it printed."""

    def run(name: str, *arguments: object, code: int = 0, what: str = "street.yaml") -> str:
        assert main([name, str(folder / what), *map(str, arguments)]) == code
        return str(capsys.readouterr().out)

    return run


@pytest.fixture
def vans(tmp_path: Path) -> Problem:
    """The street as a problem."""
    return street(tmp_path).load().problem()


def chosen(problem: Problem, *sites: str) -> Any:
    """Options at these sites."""
    names = [problem.labels.sites[s] for s in problem.options.site]
    return np.array([names.index(site) for site in sites], np.int64)


def lines_of(problem: Problem, *sites: str) -> dict[str, tuple[float, float, bool]]:
    """Rule: used, limit, binds, of a plan at these sites."""
    judged = evaluate(problem, chosen(problem, *sites), problem.objective)
    lines = rule_lines(problem, judged)
    return {line["name"]: (line["used"], line["limit"], line["binds"]) for line in lines}


def test_rules_of_vehicles_tell_calls_and_vehicles(vans: Problem) -> None:
    """Calls taken of those that are made, vehicles bought of those that could be; money binds when
    the next stop's vehicle cannot be paid, however cheap the stop itself."""
    lines = lines_of(vans, "T3", "菜车 1")
    assert lines["mobile.菜车"] == (2, 2, True) and lines["fleet.菜车"] == (1, 2, False)
    assert lines["budget.total"] == (200_000, 300_000, True)
    rich = vans.replace(budget=450_000)
    assert lines_of(rich, "T3", "菜车 1")["budget.total"] == (200_000, 450_000, False)
    both = lines_of(rich, "T3", "T1", "T4", "菜车 1", "菜车 2")
    assert both["mobile.菜车"] == (4, 4, True) and both["fleet.菜车"] == (2, 2, True)


def test_no_vehicle_no_calls_that_bind(vans: Problem) -> None:
    """A stop needs its vehicle: that is no rule which keeps it out."""
    lines = lines_of(vans.replace(budget=100_000))
    assert lines["mobile.菜车"] == (0, 0, False) and lines["fleet.菜车"] == (0, 2, False)


def test_a_gap_that_no_vehicle_can_close_is_not_affordable(tmp_path: Path) -> None:
    """The warning counts the vehicle that a cheap stop needs, and the opening of a site."""
    world = street(tmp_path)
    care = {"metres": 200, "sizes": [{"name": "room", "area_m2": 50, "cost": 10_000}]}
    world.scenario["formats"] = {
        "use": ["wet_market", "elderly_daycare"],
        "change": {**world.scenario["formats"]["change"], "elderly_daycare": care},
    }
    world.scenario["objective"] = {"order": "weighted"}
    problem = world.load().problem()
    plan = chosen(problem, "007")
    assert problem.labels.formats[problem.options.format[plan[0]]] == "elderly_daycare"

    def caution(budget: int) -> str | None:
        asked = problem.replace(budget=budget)
        return basic_gap_left(asked, evaluate(asked, plan, asked.objective))

    assert caution(199_999) is None
    assert "affordable basic gap remains (wet_market)" in str(caution(201_001))


def test_a_summary_tells_calls_and_vehicles(told: Told, tmp_path: Path) -> None:
    """In words of both languages, stops in a column of their own."""
    english = told("solve", "--out", tmp_path / "en")
    assert "calls a week of 菜车: its stops take 2 of the 2 that its vehicles make" in english
    assert "format      open  stops  newly covered" in english and "mobile." not in english
    chinese = told("solve", "--out", tmp_path / "zh", "--lang", "zh", "--variant", "rich")
    assert "菜车车辆数：可购的 2 辆都已在方案中" in chinese and "fleet." not in chinese


def test_check_counts_stops_and_vehicles_apart(told: Told) -> None:
    """Three premises, four stops, two vehicles."""
    text = told("check")
    assert "2 ways of opening a format at 3 sites" in text
    assert "4 stops that vehicles may serve, 2 vehicles that may be bought" in text
    assert "calls a week of 菜车" in text and "fleet" not in text
    assert "流动车可停靠 4 处，可购流动车 2 辆" in told("check", "--lang", "zh")


def test_alternatives_frontier_and_compare_count_apart(told: Told, tmp_path: Path) -> None:
    """Outlets, stops and vehicles each have a column and a name."""
    text = told("alternatives", "--within", "50%", "--count", 2, "--least", 1, *FOR_ALL)
    assert "stops  vehicles  stops not in plan 1" in text and "1 site or stop closed" in text
    assert "In every plan (1 vehicle): 菜车 1" in text
    assert "In some (3 stops of vehicles): T1, T3, T4" in text
    text = told("alternatives", "--within", "50%", "--count", 2, *FOR_ALL, "--lang", "zh")
    assert "流动车" in text
    text = told("frontier", "--budgets", "300000", *FOR_ALL)
    assert "outlets  stops  vehicles" in text
    text = told("compare", "--variants", "none", "--threads", 1, "--out", tmp_path / "c")
    assert "1 stop of a vehicle, 1 vehicle; 200 people newly covered" in text
    assert "Wet market at stop T3 of 菜车: 200" in text and "  vehicle 菜车 1 (Wet market)" in text
    assert "Sites and stops in common" in (tmp_path / "c" / "compare.html").read_text("utf-8")
    text = told("compare", "--variants", "none", "--threads", 1, "--lang", "zh")
    assert "1 处流动停靠点、1 辆流动车" in text and "输入文件不同" in text


def test_nothing_is_said_of_vehicles_where_there_are_none(told: Told, tmp_path: Path) -> None:
    """Neither a column nor a word."""
    none = ("--variant", "none")
    texts = [
        told("solve", *none, "--out", tmp_path / "r"),
        told("check", *none),
        told("alternatives", "--count", 2, *none, *FOR_ALL),
        told("frontier", "--points", 2, *none, *FOR_ALL),
        told("robustness", "--method", "greedy", *none),
    ]
    for text in texts:
        assert "vehicle" not in text and "stop" not in text


def test_explain_says_what_a_planner_would(told: Told) -> None:
    """A stop of a vehicle, a vehicle; what a vehicle is worth its stops tell."""
    text = told("explain", "--site", "T3", *FOR_ALL, what="r")
    assert text.startswith("Stop T3 of 菜车 is in the plan: Wet market.")
    assert "  Wet market at stop T3 of 菜车" in text
    text = told("explain", "--site", "菜车 1", *FOR_ALL, what="r")
    assert "Vehicle 菜车 1 is in the plan" in text and "its stops would lack the vehicle" in text
    assert "without it there are at most 0" in text and "0 people" not in text
    text = told("explain", "--site", "T1", *FOR_ALL, "--lang", "zh", what="r")
    assert text.startswith("菜车停靠点 T1 不在方案之中。")
    text = told("explain", "--site", "菜车 2", *FOR_ALL, "--lang", "zh", what="r")
    assert text.startswith("流动车 菜车 2 不在方案之中。")
    text = told("explain", *FOR_ALL, what="r")
    assert "calls a week of 菜车: 2 of 2" in text
    assert "  Wet market at stop T3 of 菜车: 200" in text and "菜车 1 (" not in text


def test_a_purchase_begins_with_the_vehicle(vans: Problem) -> None:
    """Of what more money buys, a vehicle comes before the stops that need it."""
    bought = ordered(vans, chosen(vans, "T3", "菜车 1"), chosen(vans, "T1", "T4", "菜车 2"))
    assert [p.site for p in bought] == ["菜车 2", "T1", "T4"]
    assert [p.gain for p in bought] == [0, 100, 80]


def test_replan_and_robustness_name_stops_and_vehicles(told: Told, tmp_path: Path) -> None:
    """What is forbidden or lost is told as what it is, in the language asked for."""
    text = told("replan", "--forbid", "菜车 1", "--out", tmp_path / "a", *FOR_ALL, what="r")
    assert "0 outlets kept; 1 stop of a vehicle, 1 vehicle dropped; 0 outlets added" in text
    text = told(
        "replan", "--lock", "T1", "--out", tmp_path / "b", *FOR_ALL, "--lang", "zh", what="r"
    )
    assert "菜车停靠点 T1 的 菜市场" in text and "锁定 1 处" in text
    text = told("robustness", "--threads", 1, "--lang", "zh")
    assert "失去停靠点：T3" in text and "没有流动车 菜车 1" in text and "失去用房：" not in text
    assert "最优方案都采用的流动车（1/1）：菜车 1" in text and "  停靠点 T3：" in text
    text = told("neighbours", what="r")
    assert "stop T3" in text and "菜车 1" not in text


def test_a_plan_loses_the_stops_that_a_lost_vehicle_served(vans: Problem) -> None:
    """Those go first who are missed least for their calls; idle vehicles are no loss."""
    whole = chosen(vans, "T1", "T3", "T4", "菜车 1")
    assert still_served(vans, whole).tolist() == chosen(vans, "T3", "菜车 1").tolist()
    idle = chosen(vans, "T1", "T4", "菜车 1", "菜车 2")
    assert without_idle(vans, idle).tolist() == chosen(vans, "T1", "T4", "菜车 1").tolist()


def test_plans_differ_in_places_not_in_vehicles(vans: Problem) -> None:
    """A vehicle more or less is no other plan."""
    options = chosen(vans, "T1", "T4", "菜车 1")
    rule = other_sites(vans, "unlike", options, 1)
    assert rule.openings is not None
    sites = [vans.labels.sites[s] for s in rule.openings.indices.tolist()]
    assert sites == ["T1", "T4"] and rule.rhs.tolist() == [1]


def test_key_figures_know_vehicles(vans: Problem) -> None:
    """Capacities of stops count, though a vehicle has none; several functions are of premises."""
    capacity = np.where(vans.options.action > 0, 50, 100)
    capacity[vans.options.cost == 200_000] = vans.options.capacity[vans.options.cost == 200_000]
    problem = vans.replace(options=replace(vans.options, capacity=capacity))
    figures = kpis(problem, chosen(problem, "T3", "菜车 1"))
    (access,) = [k for k in figures if k.name == "access_2sfca"]
    everybody = float(problem.persons[0].sum()) / problem.person_units
    assert access.after == pytest.approx(1000 * 50 / everybody)
    assert not [k for k in figures if k.name == "several_functions"]


def test_a_frontier_by_number_counts_outlets(vans: Problem) -> None:
    """Where nothing is priced, the limit and what opens have columns of their own."""
    free = vans.replace(options=replace(vans.options, cost=vans.options.cost * 0), rules=())
    found = frontier(free.replace(opening_cost=free.opening_cost * 0), [1], study=Study("highs"))
    row = found.table.iloc[0]
    assert row["most_outlets"] == 1 and row["outlets"] <= 1


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (
            "rules={require: [{site: T2}], forbid: [{site: 菜车 1}]}",
            ("Must open · T2", "Must not open · 菜车 1"),
        ),
        ("rules={require: [{site: T1}, {site: T3}, {site: T2}, {site: T4}]}", ("Must open · T",)),
    ],
)
def test_a_conflict_names_the_calls_of_vehicles(
    told: Told, tmp_path: Path, change: str, rules: tuple[str, ...]
) -> None:
    """As a planner says it, and how many calls more would free a plan."""
    text = told("solve", "--set", change, "--set", "budget=9000000", "--out", tmp_path, code=3)
    assert "calls a week of 菜车 (a stop needs its vehicle)" in text
    assert "1 more, at no further cost" in text and all(rule in text for rule in rules)
    text = told(
        "solve",
        "--set",
        change,
        "--set",
        "budget=9000000",
        "--out",
        tmp_path,
        "--force",
        "--lang",
        "zh",
        code=3,
    )
    assert "菜车每周停靠次数（停靠点须有车辆）：增加 1 次，费用不变" in text


def test_every_unit_of_a_rule_has_its_words() -> None:
    """What a rule may be measured in can be told as a way out, at one place and at several."""
    units = {"money", "outlets", "m2", "calls"}
    for words in (Words.of(lang, "no_plan") for lang in LANGS):
        assert all(unit in words and f"{unit}_where" in words for unit in units)


def test_counts_in_words() -> None:
    """Nothing is said of what there is none of; nothing at all is no outlet."""
    assert (
        counted({"outlets": 2, "stops": 1, "vehicles": 0}, "en") == "2 outlets, 1 stop of a vehicle"
    )
    assert counted({"outlets": 0, "stops": 0, "vehicles": 0}, "zh") == "0 个网点"


def test_a_problem_counts_what_options_are(vans: Problem) -> None:
    """Outlets, stops and vehicles; without mobile units outlets only."""
    everything = np.arange(vans.n_options)
    assert opened(vans, everything) == {"outlets": 2, "stops": 4, "vehicles": 2}
    plain = siting.Problem.from_points([[0, 0]], [[0, 1]], [1], 2)
    assert opened(plain, np.array([0])) == {"outlets": 1}
