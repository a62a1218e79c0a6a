"""The cases of ``robustness``: what a walking speed changes, and which sites survive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.analysis.studies.robustness import (
    Case,
    Outcome,
    Robustness,
    lost,
    robustness,
    speed_cases,
    to_be_had,
    usual_cases,
)
from siting.analysis.study import Study
from siting.commands.robustness import lines
from siting.problem import Objective
from siting.result import Result
from siting.scenario import Scenario, load
from siting.solving import solve
from siting.texts.words import Words
from tests.tools.town import write_town
from tests.tools.worlds import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A street whose formats have standards of both kinds, turned about in the circle South."""
    world = World(tmp_path)
    world.scenario["formats"] = {
        "use": ["wet_market", "elderly_daycare", "recycling_point"],
        "change": {
            "wet_market": {"minutes": 7.5, "group": "all"},
            "elderly_daycare": {"minutes": 7, "group": "elderly"},
            "recycling_point": {"metres": 800, "group": "all"},
        },
    }
    world.scenario["travel"]["speed_m_per_s"] = {"default": 1.11, "elderly": 0.7}
    world.scenario["circles"] = [
        {
            "district": "South",
            "change": {
                "wet_market": {"metres": 450.5, "reason": "steep"},
                "recycling_point": {"minutes": 5, "reason": "steep"},
            },
        }
    ]
    return world


def limits(scenario: Scenario, factor: float) -> dict[tuple[str, str], float]:
    """(format, group) -> standard in decimetres where people walk ``factor`` times as fast."""
    problem = scenario.at_speed(factor)
    names = problem.labels
    return {(names.formats[t.format], names.groups[t.group]): t.limit for t in problem.targets}


@pytest.mark.parametrize(
    ("factor", "wet_market", "daycare", "recycling"),
    [
        # 7.5 min x 60 x 1.11 m/s = 499.5 m; 7 x 60 x 0.7 = 294 m; 5 x 60 x 1.11 = 333 m
        (1, 4995, 2940, 3330),
        # x 0.9: 0.999 m/s -> 449.55 m, 0.63 m/s -> 264.6 m, 299.7 m
        (0.9, 4495, 2646, 2997),
        # x 0.8: 0.888 m/s -> 399.6 m, 0.56 m/s -> 235.2 m, 266.4 m
        (0.8, 3996, 2352, 2664),
        # x 1.1: 1.221 m/s -> 549.45 m, 0.77 m/s -> 323.4 m, 366.3 m
        (1.1, 5494, 3234, 3663),
    ],
)
def test_a_speed_changes_minutes_and_leaves_metres(
    world: World, factor: float, wet_market: int, daycare: int, recycling: int
) -> None:
    """Minutes x 60 x speed, rounded down to decimetres; metres are metres at any speed, also
    where a circle gives one in place of the other."""
    assert limits(world.load(), factor) == {
        ("wet_market", "all@South"): 4505,
        ("wet_market", "all@others"): wet_market,
        ("elderly_daycare", "elderly"): daycare,
        ("recycling_point", "all@South"): recycling,
        ("recycling_point", "all@others"): 8000,
    }


@pytest.mark.parametrize(
    ("given", "wet_market", "daycare"),
    [
        ({"elderly": 0.7}, 4320, 2352),  # who is not listed walks at 1.2: 7.5 x 60 x 0.96
        (None, 4320, 3024),  # the elderly at 0.9: 7 x 60 x 0.72
        (5, 18000, 16800),  # one speed for all: 7.5 x 60 x 4, 7 x 60 x 4
    ],
)
def test_speeds_that_are_not_given_change_too(
    world: World, given: Any, wet_market: int, daycare: int
) -> None:
    """Every group walks slower, at whatever speed it walks and wherever that stands."""
    del world.scenario["circles"], world.scenario["travel"]["speed_m_per_s"]
    if given is not None:
        world.scenario["travel"]["speed_m_per_s"] = given
    found = limits(world.load(), 0.8)
    assert found[("wet_market", "all")] == wet_market
    assert found[("elderly_daycare", "elderly")] == daycare
    assert found[("recycling_point", "all")] == 8000


def test_cases_of_speed_are_named_and_walked_anew(world: World) -> None:
    """Slower and faster; who walks faster reaches what lies beyond the walks of today."""
    del world.scenario["circles"]
    world.scenario["formats"]["use"] = ["wet_market", "elderly_daycare"]
    scenario = world.load()
    cases = {case.name: case.problem for case in speed_cases(scenario)}
    assert list(cases) == ["slower 0.9", "slower 0.8", "faster 1.1"]
    # P2 stands 500 m from cell 002: not in reach of 499.5 m, in reach of 549.4 m
    assert int(scenario.problem().reach.cost.max()) == 4000
    assert int(cases["faster 1.1"].reach.cost.max()) == 5000


def test_a_catchment_shrinks_with_the_speed(world: World) -> None:
    """Who lives within a format's standard is counted at the speed of the case."""
    del world.scenario["circles"]
    # P1 stands 100 m from 100 people and 400 m from 50.5 more: in reach of 499.5 m, not of 399.6 m
    world.scenario["formats"]["change"]["wet_market"]["min_catchment"] = 150
    scenario = world.load()
    kept = {factor: _allowed(scenario, factor, "wet_market") for factor in (1, 0.8)}
    assert "P1" in kept[1] and "P1" not in kept[0.8]


def _allowed(scenario: Scenario, factor: float, name: str) -> set[str]:
    """Sites at which no rule forbids the format."""
    problem = scenario.at_speed(factor)
    closed = np.zeros(problem.n_options, np.bool_)
    for rule in problem.rules:
        if rule.kind == "forbid":
            closed[rule.options.indices] = True
    mine = ~closed & (problem.options.format == problem.labels.formats.index(name))
    return {problem.labels.sites[site] for site in problem.options.site[mine]}


def test_a_plan_in_metres_loses_nothing_to_slow_walkers(tmp_path: Path) -> None:
    """All standards of the town are in metres: no speed changes what the plan is worth."""
    scenario = load(write_town(tmp_path))
    problem = scenario.problem()
    found = robustness(problem, speed_cases(scenario), study=Study("highs", 60, threads=1))
    assert [o.kept for o in found.outcomes] == [found.base.objective] * 3
    assert [o.best.objective for o in found.outcomes] == [found.base.objective] * 3


def test_a_lost_site_is_judged_by_the_cases_that_have_it(tmp_path: Path) -> None:
    """Each site of the plan is lost once. That says nothing of the site, and much of the others."""
    scenario = load(write_town(tmp_path))
    problem = scenario.problem()
    base = solve(problem, method="highs", threads=1)
    assert base.plan is not None
    plan = sorted(set(base.plan.table["site"]))
    cases = [Case(f"lost {s}", lost(problem, [problem.labels.sites.index(s)])) for s in plan]
    found = robustness(problem, cases, study=Study("highs", 60, threads=1))
    opened = {
        o.name.split()[1]: set(o.best.plan.table["site"])
        for o in found.outcomes
        if o.best.plan is not None
    }
    assert set(opened) == set(plan) and len(plan) > 1
    assert dict(found.possible) == dict.fromkeys(plan, len(plan)), "the plan and all cases but one"
    kept = {s for s in plan if all(s in sites for gone, sites in opened.items() if gone != s)}
    assert set(found.survivors) == kept and kept, "a town whose best sites stay so"
    words = Words.of("en", "robustness")
    told = "\n".join(lines(found, words))
    assert f"in every case in which they can be had ({len(kept)} of {len(plan)})" in told
    assert words["none"] not in told
    assert "凡可供使用的情形" in "\n".join(lines(found, Words.of("zh", "robustness")))


def test_a_site_that_no_case_asks_of_does_not_survive(tmp_path: Path) -> None:
    """Nor is a site counted where the case's plan was not found."""
    scenario = load(write_town(tmp_path))
    problem = scenario.problem()
    base = solve(problem, method="highs", threads=1)
    assert base.plan is not None
    site = str(base.plan.table["site"].iloc[0])
    case = Case(f"lost {site}", lost(problem, [problem.labels.sites.index(site)]))
    assert site not in to_be_had(case.problem) and len(to_be_had(case.problem)) == 5
    found = robustness(problem, [case], study=Study("highs", 60, threads=1))
    assert found.possible[site] == found.chosen[site] == 1
    assert site not in found.survivors
    none = replace(base, plan=None)
    blank = Robustness(base, (Outcome("x", None, (), none),), {site: 1}, {site: 1}, {site: ""})
    told = lines(blank, Words.of("en", "robustness"))
    assert blank.survivors == () and Words.of("en", "robustness")["none"] in told
    assert "No plan was found in 1 of 1 cases: they say nothing of the sites." in told


def test_the_usual_cases_change_no_speed(tmp_path: Path) -> None:
    """A problem knows no minutes: who walks slower is asked of the scenario."""
    scenario = load(write_town(tmp_path))
    problem = scenario.problem()
    names = [c.name for c in usual_cases(problem, solve(problem, method="greedy", threads=1))]
    assert not [name for name in names if name.startswith(("slower", "faster"))]


def test_what_stands_is_no_premises_to_be_lost(tmp_path: Path) -> None:
    """Premises are lost, not outlets that stand, which are told apart from what opens."""
    world = World(tmp_path)
    world.scenario["outlets"][0]["actions"] = {"close": True}
    problem = world.load().problem()
    base = solve(problem, method="highs", threads=1)
    assert base.plan is not None and "B" in set(base.plan.table["site"])
    cases = usual_cases(problem, base)
    lost_places = {case.name for case in cases if case.name.startswith("lost")}
    assert lost_places == {f"lost {site}" for site in set(base.plan.fixed["site"])}
    found = robustness(problem, cases[:1], study=Study("highs", 60, threads=1))
    assert found.kinds["B"] == "standing"
    told = "\n".join(lines(found, Words.of("en", "robustness")))
    assert "Outlets that stand and are kept or improved in every such case (2 of 2): A, B" in told


def test_keeping_a_plan_loses_in_the_first_tier_that_differs() -> None:
    """Tier by tier the best plan may have fewer people in all: that is no gain of keeping."""
    result = Result(
        "optimal",
        None,
        90.0,
        90.0,
        None,
        Objective("max_cover", "tiers"),
        "highs",
        tiers={
            "basic": {"objective": 60.0, "bound": 60.0, "gap": 0.0},
            "quality": {"objective": 30.0, "bound": 30.0, "gap": 0.0},
        },
    )
    kept = Outcome("x", 100.0, (), result, {"basic": 54.0, "quality": 46.0})
    assert kept.regret == pytest.approx(0.1)
    assert replace(kept, kept_tiers={"basic": 60.0, "quality": 24.0}).regret == pytest.approx(0.2)
    assert replace(kept, kept_tiers={}).regret == pytest.approx(1 - 100 / 90)
    told = "\n".join(lines(Robustness(result, (kept,), {}, {}, {}), Words.of("en", "robustness")))
    assert "10.00%" in told
    assert "of the first tier in which the plans differ" in told
