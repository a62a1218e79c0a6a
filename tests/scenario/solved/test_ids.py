"""Ids may hold any character: whatever outlets, sites, formats, units, hubs and districts are
called, each is told as what it is, through solve, result.json, its reading and the report."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

import siting
from siting.commands.summary import summary
from siting.problem import ACTIONS, FOREVER, Action, Key, Problem
from siting.problem.vehicles import made_of
from siting.report import folder
from siting.report.contents import contents
from siting.report.facts import facts_of
from siting.result import Plan, Result, opened
from siting.result.naming import called
from siting.scenario import Scenario
from siting.texts.catalogue import LANGS, texts
from siting.texts.names import Names
from siting.texts.rule_names import rule_words
from tests.tools.depth import examples

NASTY = (
    "outlet:5", "5", "outlet:outlet:5", "enlarged:5", "vehicle:5", "E1 through 2026", "keep 5",
    "move 5", "van [north]", "x[north]", "a|b", "budget.total", "budget.per_phase.2026", "p",
    "per_tier.basic", "菜车 [东]", "网点:一", "once.5", "hub.5.m2", "a+b", "a.b", "100%", "{site}",
    "total", "spent", "van 1", "enlarge", "#2", "a@b'\"c",
)  # fmt: skip
AT = {"crs": "EPSG:4545", "id": "id", "x": "x", "y": "y"}
UNIT: dict[str, Any] = {"max_vehicles": 2, "cost": 1, "stops_a_week": 1}
ROW = {"en": " [{}]", "zh": "（{}）"}


def scenario_of(at: Path, names: list[str]) -> Scenario:
    """A street of 9 km: E1 may move nearer to people from the second year on, E2 be enlarged or
    moved, E3 be repaired, E4 close; a van may stop at two places. All ids are drawn."""
    outlets, premises, stops = names[:4], names[4:6], names[6:8]
    format_, unit, own, district, other = names[8:13]
    put(
        at,
        "people",
        ["id,x,y,people,d"],
        [
            ["a", 0, 0, 100, district],
            ["b", 150, 0, 30, district],
            ["c", 9000, 0, 20, other],
            ["d", 4000, 0, 50, other],
            ["e", 5000, 0, 40, other],
            ["f", 8000, 0, 10, other],
        ],
    )
    put(
        at,
        "outlets",
        ["id,x,y,kind,state,price,repair,more,closes"],
        [
            [outlets[0], 0, 0, format_, "open", 5, "", "", 0],
            [outlets[1], 9000, 0, format_, "open", 70, "", 2, 0],
            [outlets[2], 8000, 0, format_, "substandard", "", 2, "", 0],
            [outlets[3], 20000, 0, format_, "open", "", "", "", 1],
        ],
    )
    put(
        at,
        "premises",
        ["id,x,y,from,area,d"],
        [[premises[0], 75, 0, "2027", 50, district], [premises[1], 12000, 0, "2026", 50, other]],
    )
    put(at, "stops", ["id,x,y"], [[stops[0], 4000, 0], [stops[1], 5000, 0]])
    actions = {
        "move": {"cost": "price"},
        "upgrade": {"cost": "repair"},
        "close": "closes",
        "enlarge": {"cost": "more", "capacity": 500},
    }
    told = {
        "siting": 1,
        "name": "Any ids",
        "crs": "EPSG:4545",
        "travel": {"mode": "euclidean"},
        "demand": {"file": "people.csv", **AT, "groups": {"all": "people"}, "district": "d"},
        "outlets": [
            {
                "file": "outlets.csv",
                **AT,
                "format": "kind",
                "status": "state",
                "capacity": 100,
                "actions": actions,
            }
        ],
        "premises": {
            "file": "premises.csv",
            **AT,
            "available_from": "from",
            "area_m2": "area",
            "district": "d",
        },
        "mobile_units": [
            {
                "name": unit,
                "format": format_,
                **UNIT,
                "stops": {"file": "stops.csv", **AT, "cost": 0, "visits": 1},
            }
        ],
        "formats": {
            "use": [format_],
            "change": {
                format_: {
                    "metres": 100,
                    "group": "all",
                    "tier": "basic",
                    "sizes": [{"name": "small", "area_m2": 10, "cost": 60, "capacity": 200}],
                }
            },
        },
        "phases": [2026, 2027],
        "budget": {
            "total": 12,
            "per_format": {format_: 11},
            "per_district": {district: 9},
            "per_phase": {"2026": 6, "2027": 6},
        },
        "rules": {
            "max_outlets": {"per_district": {district: 3}},
            "forbid": [{"site": premises[1], "name": own}],
            "hubs": [{"site": premises[1], "min_formats": 1, "min_area_m2": 5}],
        },
    }
    (at / "town.yaml").write_text(json.dumps(told), "utf-8")
    return siting.load(at / "town.yaml")


def put(at: Path, name: str, head: list[str], rows: list[list[Any]]) -> None:
    """A layer, quoted where its cells ask for it."""
    with (at / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head[0].split(","), *rows])


ids = st.permutations(NASTY).map(lambda drawn: list(drawn[:13]))
"""Of four outlets, two premises, two stops, a format, a unit, a rule and two districts."""


def shared(names: list[str], premises: bool, stop: bool) -> list[str]:
    """Now and then premises or a stop have an outlet's id."""
    return [
        *names[:4],
        names[0] if premises else names[4],
        names[5],
        names[1] if stop else names[6],
        *names[7:],
    ]


@examples(6)
@given(ids, st.booleans(), st.booleans())
def test_each_is_told_as_what_it_is(names: list[str], premises: bool, stop: bool) -> None:
    """Outlets by their ids, rules by what they are about, whatever the ids look like."""
    names = shared(names, premises, stop)
    with TemporaryDirectory() as made:
        at = Path(made)
        scenario = scenario_of(at, names)
        problem = scenario.problem()
        assert len(set(problem.labels.sites)) == problem.n_sites
        result = siting.solve(problem, method="greedy", threads=1, seed=1)
        assert siting.verify(problem, result).violations == ()
        folder.write(result, at / "out", problem=problem, scenario=scenario)
        back = Result.load(at / "out")
    assert result.plan is not None and back.plan is not None
    assert back.plan.table.to_dict("records") == result.plan.table.to_dict("records")
    assert back.plan.rules == result.plan.rules and back.plan.budget == result.plan.budget
    assert [line.about for line in back.plan.rules] == [line.about for line in result.plan.rules]
    assert siting.verify(problem, back).violations == ()
    assert opened(back.plan.table) == made_of(problem, result.plan.options)
    rows_are_right(problem, back.plan, names)
    rules_are_right(problem, back, scenario, names)
    money_is_right(problem, back.plan)


def rows_are_right(problem: Problem, plan: Plan, names: list[str]) -> None:
    """Every option of the problem that is taken says whose outlet it concerns and until when."""
    o, everything = problem.options, dict(zip(names[:4], (0, 9000, 8000, 20000), strict=True))
    assert problem.site_xy is not None
    for k, row in zip(plan.options.tolist(), plan.table.to_dict("records"), strict=True):
        action, outlet = ACTIONS[o.action[k]], row["outlet"]
        assert row["action"] == action
        assert (outlet is None) == (action in (Action.OPEN, Action.STOP, Action.VEHICLE))
        if action.stands:
            assert everything[outlet] == round(float(problem.site_xy[o.site[k], 0]))
        assert row["until"] == (None if o.last[k] == FOREVER else str(2026 + int(o.last[k])))
        format_, site, size = row["format"], row["site"], row["size"]
        kept = f"kept through {row['until']}" if row["until"] else "kept as it stands"
        assert (
            called(row, Names("en"))
            == {
                Action.OPEN: f"{format_} at {site} ({size})",
                Action.KEEP: f"{format_} {site}, {kept}",
                Action.ENLARGE: f"{format_} {outlet}, enlarged",
                Action.UPGRADE: f"{format_} {site}, upgraded",
                Action.MOVE: f"{format_} {outlet}, moved to {site}",
                Action.STOP: f"{format_} at stop {site} of {names[9]}",
                Action.VEHICLE: f"vehicle {site} ({format_})",
            }[action]
        )


def rules_are_right(problem: Problem, back: Result, scenario: Scenario, names: list[str]) -> None:
    """Each rule in words: its key's, then its ids as they are."""
    format_, unit, own, district = names[8:12]
    assert back.plan is not None
    about = {rule.name: rule.about for rule in problem.rules}
    for lang in LANGS:
        words = texts(lang)
        known = {format_: "F"}
        told = {
            Key.FORMAT_BUDGET: f"{words['rule_budget.per_format']} · F",
            Key.DISTRICT_BUDGET: f"{words['rule_budget.per_district']} · {district}",
            Key.DISTRICT_OUTLETS: f"{words['rule_max_outlets.per_district']} · {district}",
            Key.TOTAL_BUDGET: words["rule_budget.total"],
            Key.CALLS: f"{words['rule_mobile']} · {unit}",
            Key.FLEET: f"{words['rule_fleet']} · {unit}",
        }
        lines = [line for line in back.plan.rules if line.about.key in told]
        assert {line.about.key for line in lines} == set(told)
        for line in lines:
            assert about[line.rule] == line.about
            row = ROW[lang].format(line.row) if line.row else ""
            says = rule_words(words, line.rule, line.about, known, line.row)
            assert says == told[line.about.key] + row
        named = [line for line in back.plan.rules if line.about.name]
        # Where another rule has the name already, a number tells the two apart.
        number = f"#{named[0].about.number}" if named[0].about.number > 1 else ""
        assert rule_words(words, named[0].rule, named[0].about, {}) == own + number
        page = contents(back, problem, facts_of(scenario, lang), lang)
        assert len(page.plan) == len(back.plan) and all(row.action for row in page.plan)
        assert summary(back, scenario, lang=lang)
    assert sum(rule.about.key is Key.HUB for rule in problem.rules) == 2


def money_is_right(problem: Problem, plan: Plan) -> None:
    """Every budget has its own money, the whole one is the whole one."""
    o = problem.options
    assert plan.budget.total == plan.budget["total"] == 12
    assert plan.budget.spent == int(o.cost[plan.options].sum())
    assert len(plan.budget.parts) == 4
    for k, phase in enumerate(problem.labels.phases):
        spent = int(o.cost[plan.options[o.phase[plan.options] == k]].sum())
        assert plan.budget.parts[f"per_phase.{phase}"].spent == spent


def test_a_rule_may_be_called_p(tmp_path: Path) -> None:
    """The planner's own rule of that name is none of ``p=``: it stays, and is kept."""
    problem = scenario_of(tmp_path, [*NASTY[:10], "p", "d1", "d2"]).problem()
    assert [rule.about.key for rule in problem.rules if rule.name == "p"] == [Key.FORBID]
    asked = problem.under(problem.objective)
    assert len(asked.rules) == len(problem.rules)
    result = siting.solve(problem, p=1, method="greedy", threads=1)
    assert siting.verify(problem, result).violations == ()
    assert result.plan is not None
    assert [line.about.key for line in result.plan.rules if line.rule == "p"] == [Key.FORBID, Key.P]


def test_a_fleet_binds_whatever_its_unit_is_called(tmp_path: Path) -> None:
    """Both vehicles are bought and both stops served where they make one call each; with one
    vehicle to be had, it is the fleet that keeps the other stop out."""
    names = [*NASTY[:9], "van [north]", "rule", "d1", "d2"]
    scenario_of(tmp_path, names)
    file = tmp_path / "town.yaml"
    told = json.loads(file.read_text("utf-8"))
    told["mobile_units"][0]["max_vehicles"] = 1
    told["budget"] = 50
    file.write_text(json.dumps(told), "utf-8")
    problem = siting.load(file).problem()
    result = siting.solve(problem, method="greedy", threads=1)
    assert result.plan is not None and result.plan.mobile == {"stops": 1, "vehicles": 1}
    (fleet,) = [line for line in result.plan.rules if line.about.key is Key.FLEET]
    assert (fleet.limit, fleet.used, fleet.binds) == (1, 1, True)
    assert np.unique(problem.options.site).size == problem.n_sites
