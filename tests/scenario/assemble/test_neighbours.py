"""Law and neighbours: nuisances stay away, kitchens need a flue, circles have a form, people have
floor."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.analysis.arguments import problem_of
from siting.analysis.kpis.form import form_of, forms_of, missed
from siting.analysis.kpis.nuisance import fumes_untold, told, too_near
from siting.notice import Notice
from siting.problem import Key
from siting.solving.wishes import made
from siting.verification.evaluation import evaluate
from tests.tools import contract_town as town
from tests.tools.brute import brute_best

SIZE = [{"name": "s", "area_m2": 50, "cost": 500, "capacity": 1000}]
TWO: town.Document = {
    "formats": {
        "use": ["wet_market", "childcare"],
        "change": {
            "wet_market": {"metres": 150, "sizes": SIZE, "group": "all"},
            "childcare": {"metres": 150, "sizes": SIZE, "group": "all", "needs": {}},
        },
    },
    "budget": 4000,
}
AT = {"x": "x", "y": "y", "crs": "EPSG:3067"}


def schools(*houses: int) -> dict[str, str]:
    """Schools at some houses."""
    rows = [f"s{k},{town.EAST + 100 * k},{town.NORTH + 20}" for k in houses]
    return {"schools.csv": "\n".join(["id,x,y", *rows])}


def planned(folder: Path, *changes: town.Document, **how: Any) -> tuple[Any, Any, Any]:
    """Scenario, problem and a proven plan."""
    return proven(town.load(folder, TWO, *changes, **how))


def proven(scenario: Any) -> tuple[Any, Any, Any]:
    """Scenario, problem and a proven plan."""
    problem = scenario.problem()
    result = siting.solve(problem, method="highs")
    assert result.options is not None
    assert siting.verify(problem, result).ok
    best = brute_best(problem).objective
    assert best is not None and result.objective == float(best * problem.unit)
    return scenario, problem, result


def test_what_is_nearer_than_it_should_be_is_told(tmp_path: Path) -> None:
    """A market smells: 30 m from child care, 50 m from schools; the plan is free all the same."""
    near = {"neighbours": {"schools": {"file": "schools.csv", "id": "id", **AT}}}
    scenario, problem, result = planned(tmp_path, near, files=schools(1, 2))
    found = too_near(scenario, result.options)
    assert {(one.nuisance, one.kind) for one in found} == {("odour", "care"), ("odour", "schools")}
    (school,) = [one for one in found if one.kind == "schools"]
    assert (school.place, school.other, school.metres, school.asked) == ("P1", "s1", 20, 50)
    assert {one.key for one in told(scenario, result.options)} == {"plan.too_near"}
    assert not any(rule.about.key is Key.NUISANCE for rule in problem.rules)


@pytest.mark.parametrize("asked", ["all", ["odour"]])
def test_a_class_that_is_a_rule_is_kept(tmp_path: Path, asked: object) -> None:
    """Then nothing is nearer, and the plan is the best of those that keep away."""
    near = {"neighbours": {"schools": {"file": "schools.csv", "id": "id", **AT}}}
    rule = {"rules": {"nuisance": asked}}
    scenario, _, result = planned(tmp_path, near, rule, files=schools(1))
    assert too_near(scenario, result.options) == ()
    sites = {tuple(row) for row in result.plan.table[["site", "format"]].to_numpy().tolist()}
    assert ("P1", "wet_market") not in sites
    assert all((site, "childcare") not in sites for site, f in sites if f == "wet_market")
    free = siting.solve(town.load(tmp_path, TWO, near).problem(), method="highs")
    assert free.objective is not None and result.objective <= free.objective


def test_another_class_keeps_nothing_away(tmp_path: Path) -> None:
    """Noise is no matter of a market; a class nobody knows is a fault."""
    _, problem, _ = planned(tmp_path, {"rules": {"nuisance": "noise"}})
    assert not problem.spacings
    found = town.faults(tmp_path, TWO, {"rules": {"nuisance": ["smell"]}})
    assert any("rules.nuisance.0: must be a class of nuisance" in line for line in found)


USES = {"住宅": False, "商住混合": True, "商业": True, "": True}
"""Use of the building: whether a kitchen with a flue may open there."""


@pytest.mark.parametrize("flue", [True, False, None])
def test_kitchens_open_where_the_law_lets_them(tmp_path: Path, flue: bool | None) -> None:
    """Never in dwellings, in mixed buildings with a flue alone; where use or flue is untold each
    outlet is told by name."""
    kitchen: town.Document = {
        "formats": {
            "use": ["breakfast_shop"],
            "change": {"breakfast_shop": {"metres": 150, "sizes": SIZE}},
        },
        "premises": {"use": "use", **({} if flue is None else {"flue": flue})},
        "budget": 10_000,
    }
    head, *rows = town.FILES["premises.csv"].strip().splitlines()
    lines = [f"{row},{use}" for row, use in zip(rows, USES, strict=True)]
    files = {"premises.csv": "\n".join([f"{head},use", *lines])}
    scenario = town.load(tmp_path, kitchen, files=files)
    problem = scenario.problem()
    open_to = {problem.site_id(int(s)) for s in problem.options.site}
    lawful = {site for site, ok in zip(("P1", "P4", "P7", "P9"), USES.values(), strict=True) if ok}
    assert open_to == (set() if flue is False else lawful)
    untold = {one.site for one in fumes_untold(scenario, np.arange(problem.n_options))}
    assert untold == (set() if flue is False else {"P9"} if flue else lawful)


def test_people_and_households_have_floor(tmp_path: Path) -> None:
    """600 m2 for 1,000 people: 660 people need 396 m2, of which 100 stand; so many m2 open."""
    rule = {"rules": {"floor_per": [{"m2_per_1000_people": 600, "standing_m2": 100}]}}
    _, problem, result = planned(tmp_path, rule)
    (floor,) = [r for r in problem.rules if r.about.key is Key.FLOOR_PER]
    assert floor.rhs.tolist() == [296]
    assert result.plan.table["area_m2"].sum() >= 296
    each = {"rules": {"floor_per": [{"m2_per_1000_people": 300, "district": "*"}]}}
    _, problem, result = planned(tmp_path, each)
    asked = {r.about.district: r.rhs[0] for r in problem.rules if r.about.key is Key.FLOOR_PER}
    assert asked == {"A": 45, "B": 153}
    floor = result.plan.table.groupby("district")["area_m2"].sum()
    assert floor["A"] >= 45 and floor["B"] >= 153
    homes = {"demand": {"groups": {"all": "people", "households": "people"}}}
    rule = {"rules": {"floor_per": [{"m2_per_100_households": 30}]}}
    _, problem, _ = planned(tmp_path, homes, rule)
    assert [r.rhs[0] for r in problem.rules if r.about.key is Key.FLOOR_PER] == [198]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "must give m2_per_1000_people or m2_per_100_households; got neither"),
        ({"m2_per_100_households": 30}, "needs the group households"),
        ({"m2_per_1000_people": 3, "district": "C"}, "must be a district of the layers"),
        ({"m2_per_1000_people": 3, "formats": ["shop"]}, "must be a format"),
    ],
)
def test_faults_of_floor(tmp_path: Path, rule: town.Document, message: str) -> None:
    """Floor for whom, where, of what."""
    found = town.faults(tmp_path, TWO, {"rules": {"floor_per": [rule]}})
    assert any(message in line for line in found), found


def near_town(folder: Path, *changes: town.Document) -> Any:
    """The street with three premises close together, two more and one apart."""
    at = {"P1": 100, "P2": 140, "P3": 180, "P4": 400, "P5": 430, "P6": 900}
    rows = [f"{id},{town.EAST + x},{town.NORTH},500,A" for id, x in at.items()]
    files = {"premises.csv": "\n".join(["id,x,y,area,d", *rows])}
    return town.load(folder, TWO, {"budget": 3000}, *changes, files=files)


def near_street(folder: Path, *changes: town.Document) -> tuple[Any, Any, Any]:
    """It with a proven plan."""
    return proven(near_town(folder, *changes))


@pytest.mark.parametrize("form", ["clustered", "street_block", "dispersed"])
def test_a_form_that_is_a_rule_is_the_form_that_is_measured(tmp_path: Path, form: str) -> None:
    """The plan is the best of those that keep the rule, and has the form."""
    circle = {"circles": [{"district": "A", "form": form, "form_as": "rule"}]}
    _, problem, result = near_street(tmp_path, circle)
    assert [rule.about.part for rule in problem.rules if rule.about.key is Key.FORM] == [form]
    xy = problem.site_xy[problem.options.site[result.options]]
    found = form_of(xy)
    assert found is None if len(xy) < 3 else found is not None
    if form == "dispersed":
        places = np.sort(xy[:, 0])
        assert not any(
            b - a <= 100 and c - b <= 100 for (a, b), (_, c) in pairwise(pairwise(places))
        )
    elif found is not None:
        assert found.form == form or (form == "street_block" and found.in_blocks == found.outlets)


@pytest.mark.parametrize("form", ["clustered", "street_block", "dispersed"])
def test_a_form_that_is_only_compared_changes_nothing_and_is_told(
    tmp_path: Path, form: str
) -> None:
    """A form that is only asked for is no rule and no wish; another one is told."""
    scenario, problem, result = near_street(
        tmp_path, {"circles": [{"district": "A", "form": form}]}
    )
    assert not [rule for rule in problem.rules if rule.about.key is Key.FORM]
    assert not problem.wishes
    found = forms_of(scenario, result.options)["A"]
    assert found is not None
    notices = missed(scenario, result.options)
    assert [notice.key for notice in notices] == ["form.missed"] * (found.form != form)


@pytest.mark.parametrize(
    ("form", "method", "give_up", "budget", "told_as"),
    [
        ("dispersed", "highs", 0, 3000, "wish.kept"),
        ("clustered", "highs", "60%", 3000, "wish.kept_for"),
        ("clustered", "city", "20%", 2000, "wish.costs"),
        ("street_block", "highs", "60%", 3000, "wish.idle"),
        ("street_block", "highs", "99%", 3000, "wish.kept_for"),
    ],
)
def test_a_wish_is_kept_where_that_costs_no_more_than_it_may(
    tmp_path: Path, form: str, method: str, give_up: Any, budget: int, told_as: str
) -> None:
    """Of all plans of the town the best that keeps the wish is taken where it holds enough of what
    the best of all reaches; nothing opens that serves nobody more, so that for street blocks a
    plan without such outlets is sought. What became of the wish is told with its price, and the
    bound stays that of all plans."""
    circle = {"district": "A", "form": form, "form_as": "wish", "form_tolerance": give_up}
    scenario = near_town(tmp_path, {"circles": [circle], "budget": budget})
    problem = scenario.problem()
    (wish,) = problem.wishes
    assert not [rule for rule in problem.rules if rule.about.key is Key.FORM]
    result = siting.solve(problem, method=method)
    assert result.options is not None
    assert siting.verify(problem, result).ok
    every = brute_best(problem).objective
    wished = problem.replace(rules=(*problem.rules, wish.rule), wishes=())
    best = brute_best(wished).objective
    assert every is not None and best is not None
    kept = told_as in ("wish.kept", "wish.kept_for")
    assert kept == made(wish, result.options).kept
    assert (best >= every * (1 - wish.give_up)) == (told_as != "wish.costs")
    assert (best < every) == (told_as != "wish.kept")
    assert result.objective is not None
    reached = float((best if kept else every) * problem.unit)
    if form == "street_block" and kept:  # the best of them fills a block up with idle outlets
        assert float(every * (1 - wish.give_up) * problem.unit) <= result.objective < reached
        reached = result.objective
    assert result.objective == reached
    assert result.bound is not None and result.bound >= float(every * problem.unit)
    assert not len(evaluate(problem, result.options).useless)
    (told_of,) = wishes_told(result)
    assert told_of.key.removesuffix("_partly") == told_as
    assert (told_of.values["circle"], told_of.values["form"]) == ("A", form)
    if kept:
        found = form_of(problem.site_xy[problem.options.site[result.options]])
        assert found is None or form in (found.form, "street_block")
    if told_as in ("wish.kept_for", "wish.costs"):
        tried = result.objective if kept else float(best * problem.unit)
        assert told_of.values["loss"] == float(every * problem.unit) - tried


def wishes_told(result: Any) -> list[Notice]:
    """What a result tells of wishes."""
    notices = [note for note in result.notes if isinstance(note, Notice)]
    return [note for note in notices if note.key.startswith("wish.")]


def row_of_houses(folder: Path, at: dict[str, int], *changes: town.Document) -> Any:
    """The street with premises where they are asked for, for three markets that serve the house
    they stand at."""
    rows = [f"{id},{town.EAST + x},{town.NORTH},500,A" for id, x in at.items()]
    market = {"metres": 40, "sizes": SIZE, "group": "all"}
    one = {"formats": {"use": ["wet_market"], "change": {"wet_market": market}}, "budget": 1500}
    files = {"premises.csv": "\n".join(["id,x,y,area,d", *rows])}
    return town.load(folder, one, *changes, files=files)


@pytest.mark.parametrize(
    ("at", "told_as"),
    [
        # all three serve the same house
        ({"a": 100, "b": 102, "c": 104, "d": 600}, "wish.idle"),
        ({"a": 100, "b": 400, "c": 700, "d": 1000}, "wish.impossible_for_all"),
    ],
)
def test_no_street_block_is_filled_up(tmp_path: Path, at: dict[str, int], told_as: str) -> None:
    """With outlets that serve nobody more, however much may be given up; nor is one promised that
    no premises can make. The best plan stays, and each is told."""
    circle = {"district": "A", "form": "street_block", "form_as": "wish", "form_tolerance": "99%"}
    asked: town.Document = {"circles": [circle]}
    if told_as == "wish.impossible_for_all":
        asked["rules"] = {"require": [{"site": "d", "format": "wet_market"}]}
    problem = row_of_houses(tmp_path, at, asked).problem()
    result = siting.solve(problem, method="highs")
    assert siting.verify(problem, result).ok
    best = brute_best(problem).objective
    assert best is not None and result.objective == float(best * problem.unit)
    assert [one.key for one in wishes_told(result)] == [told_as]


def test_a_study_is_asked_without_wishes(tmp_path: Path) -> None:
    """What more money buys is a matter of people and rules."""
    circle = {"district": "A", "form": "clustered", "form_as": "wish"}
    scenario = near_town(tmp_path, {"circles": [circle]})
    assert scenario.problem().wishes and not problem_of(scenario).wishes
