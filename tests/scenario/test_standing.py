"""What stands today: covered, closed, kept, enlarged, moved."""

from __future__ import annotations

import numpy as np

from tests.scenario.changes import change, outlets, premises
from tests.scenario.test_assemble import dense, hit, rule
from tests.scenario.worlds import World


def test_closed_and_substandard_outlets_cover_nobody(world: World) -> None:
    """They are told, and the chain flag is kept for the chain rate."""
    outlets(world)
    scenario = world.load()
    assert list(scenario.problem().labels.outlets) == ["A", "B"]
    assert list(scenario.outlets["chain"]) == ["1", "", "0", ""]
    told = "\n".join(scenario.warnings)
    assert "outlets that are closed are ignored: 1" in told
    assert "substandard outlets that nothing can upgrade are ignored: 1" in told


def test_actions_are_options_at_sites_of_their_own(world: World) -> None:
    """C can be upgraded, A and B enlarged; each covers from where it stands."""
    outlets(world, actions={"upgrade": {"cost": "price"}, "enlarge": {"cost": 7, "capacity": 40}})
    world.scenario["rules"] = {"require": [{"site": "C"}], "max_outlets": 0,
                               "apart": [{"formats": ["wet_market"], "metres": 5000}]}  # fmt: skip
    problem = world.load().problem()
    labels, o = problem.labels, problem.options
    assert list(labels.sites) == ["P1", "P2", "007", "A", "B", "C"]
    assert list(labels.outlets) == ["A", "B"]
    assert problem.outlets.site.tolist() == [3, 1]
    own = np.flatnonzero(o.action > 0)
    assert [(labels.sites[o.site[i]], labels.actions[o.action[i]], labels.formats[o.format[i]],
             int(o.cost[i]), int(o.area[i])) for i in own] == [
        ("A", "enlarge", "recycling_point", 7, 0), ("B", "enlarge", "wet_market", 7, 0),
        ("C", "upgrade", "wet_market", 30, 0),
    ]  # fmt: skip
    assert o.capacity[own].tolist() == [40, 40, 2**62]
    assert problem.reach.row(5).tolist() == [3, 2]
    assert hit(problem, dense(rule(problem, "require.C"))[0]) == {("C", "wet_market")}
    assert not dense(rule(problem, "max_outlets.total"))[0][own].any()
    assert problem.spacings[0].near[[3, 4, 5]].nnz == 0
    assert not dense(rule(problem, "apart.wet_market.existing"))[0][own].any()


def test_an_outlet_that_may_move_is_kept_or_moved_once(world: World) -> None:
    """B stands at P2 and takes 200 m2 there; it may move to P1 for 20.5, and may not close."""
    change(world, wet_market={}, elderly_daycare={}, recycling_point={})
    outlets(world, area_m2=200, actions={"move": {"cost": "price", "area_m2": 99.5}})
    world.scenario["objective"] = {"p": 1}
    scenario = world.load()
    problem = scenario.problem()
    labels, o = problem.labels, problem.options
    done = np.flatnonzero(o.action > 0)
    assert [(labels.sites[o.site[i]], labels.actions[o.action[i]], labels.sizes[o.size[i]],
             int(o.cost[i]), int(o.area[i])) for i in done] == [
        ("P1", "move", "move B", 21, 100), ("P2", "keep", "keep B", 0, 200),
        ("P2", "move", "move A", 10, 100), ("007", "move", "move A", 10, 100),
        ("A", "keep", "keep A", 0, 200),
    ]  # fmt: skip
    assert list(labels.outlets) == []
    once, stays = rule(problem, "once.B"), rule(problem, "stays.B")
    assert hit(problem, dense(once)[0]) == {("P1", "wet_market"), ("P2", "wet_market")}
    assert (once.sense, stays.sense) == ("<=", ">=")
    assert not dense(rule(problem, "p"))[0][done].any()
    assert any("outlets that may move or close: 2" in text for text in scenario.warnings)
    assert scenario.summary().outlets == dict.fromkeys(labels.formats, 0)
    assert scenario.summary().unreachable["outlets"] == ()


def test_what_stands_may_stay_where_nothing_may_open(world: World) -> None:
    """B may move from P2: the site is forbidden to what opens, and a hub asks nothing of B."""
    actions = {"move": {"cost": 5}, "close": False}
    outlets(world, actions=actions)
    world.scenario["rules"] = {
        "forbid": [{"site": "P2"}], "hubs": [{"site": "P2", "min_formats": 2}]
    }  # fmt: skip
    problem = world.load().problem()
    o, site = problem.options, list(problem.labels.sites).index("P2")
    kept = (o.site == site) & (o.action == problem.labels.actions.index("keep"))
    assert kept.sum() == 1
    assert not dense(rule(problem, "forbid.P2"))[0][kept].any()
    hub = rule(problem, "hub.P2.formats").options.toarray()
    assert (hub[:, kept] <= 0).all(), "it counts as a format and needs no other"


def test_an_outlet_that_may_close_is_enlarged_as_a_whole(world: World) -> None:
    """A holds 100 and 40 more once enlarged; as it stands only if the plan keeps it, enlarged it is
    kept with all of it."""
    outlets(world, actions={"enlarge": {"cost": 7, "capacity": 40}, "move": {"cost": 5}})
    problem = world.load().problem()
    o, labels = problem.options, problem.labels
    enlarged = o.action == labels.actions.index("enlarge")
    at = enlarged & (o.site == list(labels.sites).index("A"))
    assert o.capacity[at].tolist() == [140]
    for name in ("once.A", "stays.A"):
        assert dense(rule(problem, name))[0][at].all()


def test_what_stands_is_kept_from_the_first_year_on(world: World) -> None:
    """P2 is let from 2027, but B stands there today."""
    outlets(world, actions={"move": {"cost": 5}})
    world.scenario["phases"] = [2026, 2027]
    premises(world, "from,,2027,", available_from="from")
    problem = world.load().problem()
    o, site = problem.options, list(problem.labels.sites).index("P2")
    kept = (o.site == site) & (o.action == problem.labels.actions.index("keep"))
    assert o.phase[kept].tolist() == [0, 1]
    assert set(o.phase[(o.site == site) & (o.action == 0)]) == {1}


def test_company_is_asked_of_what_opens(world: World) -> None:
    """C is a substandard market on no premises: it may be upgraded without the bins that a market
    that opens, or moves, must have beside it."""
    actions = {"upgrade": {"cost": "price"}, "move": {"cost": 5}}
    outlets(world, actions=actions)
    world.scenario["rules"] = {"together": [{"formats": ["wet_market", "recycling_point"]}]}
    problem = world.load().problem()
    made, o = rule(problem, "together.wet_market+recycling_point"), problem.options
    asked = np.flatnonzero((made.options.toarray() > 0).any(axis=0))
    named = {problem.labels.actions[o.action[i]] for i in asked}
    assert named == {"open", "move"}
    assert "upgrade" in {problem.labels.actions[a] for a in o.action}


def test_an_outlet_that_may_close(world: World) -> None:
    """Where a column says so; a blank price means that it stays where it is."""
    outlets(world, actions={"close": "chain"})
    problem = world.load().problem()
    assert list(problem.labels.outlets) == ["B"]
    assert [r.name for r in problem.rules if r.kind == "move"] == ["once.A"]
    outlets(world, actions={"move": {"cost": "people"}})
    text = (world.folder / "outlets.csv").read_text().replace(",50,20.5", ",,20.5")
    world.put("outlets.csv", text)
    del world.scenario["outlets"][0]["capacity"]
    assert list(world.load().problem().labels.outlets) == ["B"]


def test_an_outlets_id_may_be_a_premises_id(world: World) -> None:
    """Its own site is then told apart."""
    outlets(world, actions={"enlarge": {"cost": 7, "capacity": 40}})
    world.put("outlets.csv", (world.folder / "outlets.csv").read_text().replace("\nA,", "\nP1,"))
    assert list(world.load().problem().labels.sites)[3] == "outlet:P1"


def test_faults_of_status_and_actions(world: World) -> None:
    """A word that is none, a price that is none."""
    outlets(world, actions={"upgrade": {"cost": "price"}, "enlarg": {"cost": 1}})
    text = (world.folder / "outlets.csv").read_text()
    world.put("outlets.csv", text.replace(",closed,", ",clsed,").replace(",,30,", ",,dear,"))
    assert any("did you mean 'enlarge'?" in fault for fault in world.faults())
    del world.scenario["outlets"][0]["actions"]["enlarg"]
    faults = world.faults()
    assert any("must be open, closed or substandard, or blank; got 'clsed'" in f for f in faults)
    assert any("price: must be a cost, a number >= 0; got 'dear' in row 3" in f for f in faults)
