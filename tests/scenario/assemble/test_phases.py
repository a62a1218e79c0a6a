"""Years with money and premises of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.scenario.assemble.test_problem import dense, rule
from tests.tools.changes import change, premises
from tests.tools.worlds import World


def test_phases(world: World) -> None:
    """Options per phase from when a site can be had, targets per phase, a budget for each."""
    change(world, wet_market={}, elderly_daycare={}, recycling_point={})
    premises(world, "year,,2027,2025", available_from="year")
    world.scenario["phases"] = [2026, {"name": "2027", "years": 2}]
    world.scenario["budget"] = {"per_phase": {2026: 5, "2027": 6}}
    problem = world.load().problem()
    assert problem.labels.phases == ("2026", "2027")
    o = problem.options
    assert sorted(set(zip(o.site.tolist(), o.phase.tolist(), strict=True))) == [
        (0, 0),
        (0, 1),
        (1, 1),
        (2, 0),
        (2, 1),
    ]
    assert [(t.phase, t.weight_micro) for t in problem.targets] == [(0, 10**6)] * 3 + [
        (1, 2 * 10**6)
    ] * 3
    second = rule(problem, "budget.per_phase.2027")
    assert ((dense(second)[0] > 0) == (o.phase == 1)).all()
    assert second.openings is not None
    assert second.openings.toarray().tolist() == [[0, 1000, 0, 1000, 0, 1000]]


def test_phases_of_the_budget_alone(world: World) -> None:
    """``per_phase`` names the phases when nothing else does."""
    world.scenario["budget"] = {"per_phase": {2026: 5, 2027: 6}}
    assert world.load().problem().labels.phases == ("2026", "2027")


def test_coverage_is_demanded_by_a_phase(world: World) -> None:
    """The last one unless another is named."""
    world.scenario["phases"] = [2026, 2027]
    shares = [
        {"format": "wet_market", "share": 0.1},
        {"format": "wet_market", "share": 0.2, "phase": 2026},
    ]
    world.scenario["rules"] = {"min_coverage": shares}
    problem = world.load().problem()
    assert [problem.targets[m.targets[0]].phase for m in problem.min_coverage] == [1, 0]


def test_companions_keep_company_in_every_phase(world: World) -> None:
    """A guest of 2026 wants a host of 2026: one of 2027 comes too late."""
    world.scenario["phases"] = [2026, 2027]
    world.put("outlets.csv", "id,x,y,kind,site\n")
    change(world, wet_market={}, recycling_point={}, elderly_daycare={})
    world.scenario["rules"] = {"together": [{"formats": ["recycling_point", "wet_market"]}]}
    problem = world.load().problem()
    o = problem.options
    matrix = dense(rule(problem, "together.recycling_point+wet_market"))
    x = np.zeros(problem.n_options, np.int64)
    x[(o.site == 1) & (o.format == 2) & (o.phase == 0)] = 1
    x[(o.site == 1) & (o.format == 0) & (o.phase == 1)] = 1
    assert (matrix @ x).max() == 1
    x[:] = 0
    x[(o.site == 1) & (o.format == 2) & (o.phase == 1)] = 1
    x[(o.site == 1) & (o.format == 0) & (o.phase == 0)] = 1
    assert (matrix @ x).max() == 0


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"phases": [2026, 2026]}, "phases.1: must be unlike the other phases"),
        ({"phases": [2026], "budget": {"per_phase": {2062: 1}}}, "did you mean '2026'?"),
        (
            {"rules": {"min_coverage": [{"format": "wet_market", "share": 0, "phase": 1}]}},
            "must be one of the phases; got '1'",
        ),
        (
            {"phases": [2027, 2026]},
            "phases.1: must be in their order, the earliest first; got 2026 after 2027",
        ),
        ({"phases": [{"nme": 1}]}, "phases.0.nme: is not a known key (did you mean 'name'?)"),
        ({"phases": [{"name": 1, "years": 0}]}, "phases.0.years: must be a whole number >= 1"),
    ],
)
def test_faults_of_phases(world: World, keys: dict[str, Any], message: str) -> None:
    """Phases are named once, and every name is one of them."""
    world.scenario |= keys
    assert any(message in fault for fault in world.faults())


def test_availability_without_phases_or_in_an_unknown_one(world: World) -> None:
    """Told as faults; a year after the last phase is a warning."""
    premises(world, "year,soon,2030,2026", available_from="year")
    assert any("the scenario has no phases" in fault for fault in world.faults())
    world.scenario["phases"] = [2026, 2027]
    assert any(
        "must be blank or one of the phases 2026, 2027; got 'soon'" in fault
        for fault in world.faults()
    )
    world.put("premises.csv", (world.folder / "premises.csv").read_text().replace("soon", ""))
    scenario = world.load()
    assert 1 not in scenario.problem().options.site
    assert any("1 become available after the last phase" in text for text in scenario.warnings)
