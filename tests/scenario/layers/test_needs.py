"""What formats need of premises, of each other and of the people around; money of several kinds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.scenario.assemble.test_problem import dense, hit, rule
from tests.tools.changes import change, open_at, premises
from tests.tools.worlds import World


@pytest.mark.parametrize(
    ("needs", "column", "key", "sites"),
    [
        ({"flue": True}, "flue,1,0,0", "flue", set()),
        ({"flue": True}, "flue,0,是,no", "flue", {"P2"}),
        ({"lift": True}, "lift,0,yes,no", "lift", {"P2"}),
        ({"ground_floor": True}, "storey,1,1,2", "storey", {"P2"}),
        ({"ground_floor": True}, "ground,0,0,1", "ground_floor", {"007"}),
        ({"ground_floor_or_lift": True}, "lift,0,0,1", "lift", {"007"}),
        ({"highest_storey": 2}, "storey,1,3,2", "storey", {"007"}),
        ({"lowest_storey": 1}, "storey,1,-1,2", "storey", {"007"}),
        ({"outdoor_m2": 30}, "yard,0,30,29.5", "outdoor_m2", {"P2"}),
        ({"use": ["retail"]}, "use,retail,housing,retail", "use", {"007"}),
    ],
)
def test_needs_against_premises(
    world: World, needs: dict[str, Any], column: str, key: str, sites: set[str]
) -> None:
    """A format opens only where what it needs is there; recycling may open at P2 and 007."""
    change(world, recycling_point={"needs": needs})
    premises(world, column, **{key: column.split(",", maxsplit=1)[0]})
    scenario = world.load()
    assert open_at(scenario.problem(), "recycling_point") == sites
    assert any("needs keep formats out" in text for text in scenario.warnings)
    unmet = scenario.contents.premises.unmet
    for s, site in ((1, "P2"), (2, "007")):
        assert bool(unmet.at(s, "recycling_point")) == (site not in sites)


def test_a_need_that_the_layer_does_not_tell_is_a_warning(world: World) -> None:
    """Nothing is guessed: the format stays permitted, and the planner is told."""
    change(world, recycling_point={"needs": {"flue": True}})
    scenario = world.load()
    assert open_at(scenario.problem(), "recycling_point") == {"P2", "007"}
    assert any("flue (recycling_point)" in t for t in scenario.warnings)


@pytest.mark.parametrize(
    ("column", "key", "message"),
    [
        (
            "storey,1,0,2",
            "storey",
            "basement; got '0' in row 2",
        ),
        ("storey,1,x,2", "storey", "must be a storey other than 0"),
        ("storey,1,1.5,2", "storey", "must be a storey other than 0"),
        ("flue,1,maybe,0", "flue", "must be 1 or 0, true or false"),
        ("yard,1,-3,0", "outdoor_m2", "must be outdoor space in m2"),
        ("rent,1,-3,0", "rent", "must be a rent a year and m2"),
    ],
)
def test_faults_of_properties(world: World, column: str, key: str, message: str) -> None:
    """Each is told with its rows."""
    premises(world, column, **{key: column.split(",", maxsplit=1)[0]})
    assert any(message in fault for fault in world.faults())


def test_the_catalogues_needs_hold_where_they_can_be_checked(world: World) -> None:
    """Day care for the elderly wants the ground floor or a lift."""
    premises(world, "storey,1,1,3", "lift,0,0,0", storey="storey", lift="lift")
    assert open_at(world.load().problem(), "elderly_daycare") == {"P1"}


def test_a_counter_needs_a_host(world: World) -> None:
    """New or standing; it takes the counter's floor, not a shop's. A market stands at P2."""
    add_on = {"hosts": ["wet_market"], "area_m2": 4.5, "cost": 200, "capacity": 10}
    change(world, recycling_point={"add_on": add_on}, wet_market={}, elderly_daycare={})
    premises(world)
    world.put(
        "premises.csv",
        (world.folder / "premises.csv")
        .read_text()
        .replace("wet_market|elderly_daycare", "wet_market|recycling_point"),
    )
    problem = world.load().problem()
    o, sizes = problem.options, problem.labels.sizes
    counters = np.flatnonzero(o.size == sizes.index("add-on"))
    assert o.site[counters].tolist() == [0, 1, 2]
    assert o.area[counters].tolist() == [5, 5, 5]
    assert o.cost[counters].tolist() == [200, 100, 250]
    made = rule(problem, "add_on.recycling_point")
    assert made.labels == ("P1", "007")
    at_p1, at_007 = dense(made)
    assert at_p1[counters[0]] == 1 and (at_p1 == -1).sum() == 1
    assert at_007[counters[2]] == 1 and (at_007 == -1).sum() == 0


def test_stand_ins_serve_the_others_target(world: World) -> None:
    """Only when the planner says so."""
    assert world.load().problem().targets[2].served_by == (2,)
    change(world, wet_market={"stands_in_for": ["recycling_point"]})
    assert world.load().problem().targets[2].served_by == (2, 0)


def test_a_least_catchment_forbids_sites_with_too_few_people(world: World) -> None:
    """P1 has 150.5 people within 720 m, P2 250.5, and 007 80."""
    change(world, wet_market={"min_catchment": 200}, recycling_point={"min_catchment": 80})
    problem = world.load().problem()
    assert hit(problem, dense(rule(problem, "min_catchment.wet_market"))[0]) == {
        ("P1", "wet_market")
    }
    assert not [r for r in problem.rules if r.name == "min_catchment.recycling_point"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"stands_in_for": ["wet_markt"]}, "stands_in_for.0: must be a format of the catalogue"),
        ({"stands_in_for": "recycling_point"}, "must be another format"),
        ({"add_on": {"hosts": ["shop"], "cost": 1}}, "add_on.hosts.0: must be a format of the"),
        ({"add_on": {"cost": 1}}, "add_on.hosts: is required"),
        ({"needs": {"flu": True}}, "did you mean 'flue'?"),
        ({"needs": {"lowest_storey": 0}}, "must be a storey"),
        ({"public_share": 30}, "public_share: must be a number >= 0 and <= 1"),
        ({"min_catchment": -1}, "min_catchment: must be a number >= 0"),
    ],
)
def test_faults_of_a_changed_format(world: World, values: dict[str, Any], message: str) -> None:
    """Like those of every other key."""
    change(world, recycling_point=values)
    assert any(message in fault for fault in world.faults())


def test_the_public_share_has_a_budget_of_its_own(world: World) -> None:
    """Half of a cost of 500 and 30 % of one of 1,250, rounded half up."""
    change(
        world,
        wet_market={"public_share": 0.5},
        elderly_daycare={"public_share": 0},
        recycling_point={"public_share": 0.3},
    )
    world.scenario["budget"] = {"public": 700}
    problem = world.load().problem()
    made = rule(problem, "budget.public")
    by = dict(
        zip(
            zip(problem.options.site.tolist(), problem.options.format.tolist(), strict=True),
            dense(made)[0].tolist(),
            strict=True,
        )
    )
    assert by == {(0, 0): 500, (0, 1): 0, (1, 0): 250, (1, 2): 150, (2, 1): 0, (2, 2): 375}
    assert made.openings is None


def test_a_public_budget_needs_every_share(world: World) -> None:
    """A share that is not given is never guessed."""
    world.scenario["budget"] = {"public": 700}
    assert any("needs formats.change.*.public_share" in fault for fault in world.faults())


def test_yearly_costs_and_rents_have_a_budget(world: World) -> None:
    """50 a year for the outlet and 100 m2 at the premises' rent."""
    change(world, wet_market={}, elderly_daycare={}, recycling_point={})
    premises(world, "rent,0,1.5,2", rent="rent")
    world.scenario["budget"] = {"yearly": 600}
    problem = world.load().problem()
    row = dense(rule(problem, "budget.yearly"))[0]
    assert row.tolist() == [50, 50, 200, 200, 250, 250]
