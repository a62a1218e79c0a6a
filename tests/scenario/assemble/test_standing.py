"""What stands today: covered, closed, kept, enlarged, moved."""

from __future__ import annotations

import numpy as np
import pytest

import siting
from siting.commands.summary import summary
from siting.problem import ACTIONS, FOREVER, Action, Problem
from siting.result.accounting import people_weighed
from siting.texts.words import Lang
from tests.scenario.assemble.test_problem import dense, hit, rule
from tests.tools.changes import change, outlets, premises
from tests.tools.worlds import World


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
    world.scenario["rules"] = {
        "require": [{"site": "C"}],
        "max_outlets": 0,
        "apart": [{"formats": ["wet_market"], "metres": 5000}],
    }
    problem = world.load().problem()
    labels, o = problem.labels, problem.options
    assert list(labels.sites) == ["P1", "P2", "007", "A", "B", "C"]
    assert list(labels.outlets) == ["A", "B"]
    assert problem.outlets.site.tolist() == [3, 1]
    own = np.flatnonzero(o.action > 0)
    assert [
        (
            labels.sites[o.site[i]],
            ACTIONS[o.action[i]],
            labels.formats[o.format[i]],
            int(o.cost[i]),
            int(o.area[i]),
        )
        for i in own
    ] == [
        ("A", "enlarge", "recycling_point", 7, 0),
        ("B", "enlarge", "wet_market", 7, 0),
        ("C", "upgrade", "wet_market", 30, 0),
    ]
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
    assert [
        (
            labels.sites[o.site[i]],
            ACTIONS[o.action[i]],
            labels.sizes[o.size[i]],
            int(o.cost[i]),
            int(o.area[i]),
        )
        for i in done
    ] == [
        ("P1", "move", "move B", 21, 100),
        ("P2", "move", "move A", 10, 100),
        ("007", "move", "move A", 10, 100),
        ("A", "keep", "keep A", 0, 200),
        ("B", "keep", "keep B", 0, 200),
    ]
    assert list(labels.outlets) == []
    once, stays = rule(problem, "once.B"), rule(problem, "stays.B")
    assert hit(problem, dense(once)[0]) == {("P1", "wet_market"), ("B", "wet_market")}
    assert (once.sense, stays.sense) == ("<=", ">=")
    assert not dense(rule(problem, "p"))[0][done].any()
    assert any("outlets that may move or close: 2" in text for text in scenario.warnings)
    assert scenario.summary().outlets == dict.fromkeys(labels.formats, 0)
    assert scenario.summary().unreachable["outlets"] == ()


def named(problem: Problem, site: str, action: str) -> np.ndarray:
    """Mask of the options of an action at a site."""
    o, labels = problem.options, problem.labels
    here: np.ndarray = (o.site == list(labels.sites).index(site)) & (
        o.action == Action(action).code
    )
    return here


def test_what_stands_may_stay_where_nothing_may_open(world: World) -> None:
    """B may move from P2: the site is forbidden to what opens, must take something new, and a hub
    asks nothing of B, which is one of its functions; nor does B pay for P2's opening."""
    outlets(world, actions={"move": {"cost": 5}})
    world.scenario["rules"] = {
        "forbid": [{"site": "P2", "format": "recycling_point"}],
        "require": [{"site": "P2"}],
        "hubs": [{"site": "P2", "min_formats": 2}],
        "max_formats_per_site": 0,
    }
    problem = world.load().problem()
    kept = named(problem, "B", "keep")
    assert kept.sum() == 1
    for name in ("forbid.P2.recycling_point", "require.P2", "max_formats_per_site"):
        assert not rule(problem, name).options.toarray()[:, kept].any()
    hub = rule(problem, "hub.P2.formats").options.toarray()
    assert (hub[:, kept] < 0).any(), "it counts as a format"
    assert (hub[:, kept] <= 0).all(), "and needs no other"
    assert problem.opening_cost[problem.options.site[kept]].tolist() == [0]


def test_a_hub_counts_each_function_once(world: World) -> None:
    """B may move from P2, where another market may open: the two are one function, so of three
    functions asked for at least two are others, with or without them; P2 permits but one more."""
    outlets(world, actions={"move": {"cost": 5}})
    world.scenario["rules"] = {"hubs": [{"site": "P2", "min_formats": 2, "required": True}]}
    problem = world.load().problem()
    hub = rule(problem, "hub.P2.formats")
    amount, labels = hub.options.toarray(), problem.labels
    kept = np.flatnonzero(named(problem, "B", "keep"))
    opens, format_ = named(problem, "P2", "open"), problem.options.format
    market = np.flatnonzero(opens & (format_ == labels.formats.index("wet_market")))[:1]
    bins = np.flatnonzero(opens & (format_ == labels.formats.index("recycling_point")))[:1]

    def is_hub(*chosen: np.ndarray) -> bool:
        return bool((amount[:, np.concatenate(chosen)].sum(axis=1) >= hub.rhs).all())

    assert not is_hub(kept, market)
    assert is_hub(kept, bins) and is_hub(market, bins) and is_hub(kept, market, bins)


def test_what_stands_for_good_is_a_function_of_a_hub(world: World) -> None:
    """B stands at P2 and stays: one more function, not a market, makes a hub of two."""
    world.scenario["rules"] = {"hubs": [{"site": "P2", "min_formats": 2, "required": True}]}
    problem = world.load().problem()
    hub = rule(problem, "hub.P2.formats")
    assert hub.rhs.tolist() == [1]
    assert hit(problem, dense(hub)[0]) == {("P2", "recycling_point")}


def test_what_an_outlet_gains_needs_it_to_stay(world: World) -> None:
    """A holds 100 and 40 more once enlarged, from either year on; it then stays for good."""
    outlets(world, actions={"enlarge": {"cost": 7, "capacity": 40}, "move": {"cost": 5}})
    world.scenario["phases"] = [2026, 2027]
    problem = world.load().problem()
    o = problem.options
    enlarged = named(problem, "enlarged:A", "enlarge")
    assert o.capacity[enlarged].tolist() == [40, 40]
    kept = named(problem, "A", "keep")
    assert o.capacity[kept].tolist() == [100, 100]
    row = dense(rule(problem, "enlarged.A"))[0]
    assert row[enlarged].tolist() == [1, 1]
    assert row[kept].tolist() == (-1 * (o.last[kept] == FOREVER)).tolist()


def test_an_outlet_stands_until_it_moves(world: World) -> None:
    """B stands at P2, which is let from 2027: it is kept from the first year on, for good or until
    it moves in the second."""
    outlets(world, actions={"move": {"cost": 5}})
    world.scenario["phases"] = [2026, 2027]
    premises(world, "from,,2027,", available_from="from")
    problem = world.load().problem()
    o, labels = problem.options, problem.labels
    kept, moved = named(problem, "B", "keep"), named(problem, "P1", "move")
    assert [(labels.sizes[o.size[i]], o.phase[i], o.last[i]) for i in np.flatnonzero(kept)] == [
        ("keep B through 2026", 0, 0),
        ("keep B", 0, FOREVER),
    ]
    assert o.phase[moved].tolist() == [0, 1]
    until, for_good = np.flatnonzero(kept)
    now, later = np.flatnonzero(moved)
    once, stays = rule(problem, "once.B"), rule(problem, "stays.B")
    x = np.zeros((4, problem.n_options), np.int64)
    for row, chosen in enumerate(([for_good], [now], [until, later], [until])):
        x[row, chosen] = 1
    assert (x @ once.options.T <= once.rhs).all(axis=1).tolist() == [True] * 4
    assert (x @ stays.options.T >= stays.rhs).all(axis=1).tolist() == [True, True, True, False]
    assert not (once.options[:, [for_good, later]].sum(axis=1) <= once.rhs).all()
    assert set(o.phase[named(problem, "P2", "open")]) == {1}


def test_floor_is_taken_until_an_outlet_leaves(world: World) -> None:
    """B takes 450 of the 600 m2 of P2 through 2026 if it moves in 2027, in both years if it stays;
    it may stay even if it took more than there is."""
    change(world, wet_market={}, elderly_daycare={}, recycling_point={})
    outlets(world, area_m2=450, actions={"move": {"cost": 5, "area_m2": 10}})
    world.scenario["phases"] = [2026, 2027]
    problem = world.load().problem()
    floor = rule(problem, "floor.P2")
    assert floor.labels == ("2026", "2027")
    assert floor.rhs.tolist() == [600, 600]
    taken = floor.options.toarray()
    assert taken[:, named(problem, "B", "keep")].tolist() == [[450, 450], [0, 450]]
    bins = problem.options.format == problem.labels.formats.index("recycling_point")
    assert taken[:, named(problem, "P2", "open") & bins].tolist() == [[100, 0], [100, 100]]
    world.scenario["outlets"][0]["area_m2"] = 700
    scenario = world.load()
    assert rule(scenario.problem(), "floor.P2").rhs.tolist() == [700, 700]
    assert any("takes 700 m2 of the premises' 600 m2" in text for text in scenario.warnings)


def test_distances_to_what_may_change(world: World) -> None:
    """B may move from P2: bins 100 m away from it wait until it has gone, and may not be near where
    it goes; what stands itself keeps no distance."""
    outlets(world, actions={"move": {"cost": 5}})
    world.scenario["phases"] = [2026, 2027]
    world.scenario["rules"] = {
        "apart": [{"formats": ["wet_market", "recycling_point"], "metres": 900}]
    }
    problem = world.load().problem()
    o, labels = problem.options, problem.labels
    apart = rule(problem, "apart.wet_market+recycling_point.changeable")
    rows = dict(zip(apart.labels, apart.options.toarray(), strict=True))
    assert set(rows) == {
        f"{pair} {year}" for year in (2026, 2027) for pair in ("P2+B", "007+B", "P1+A")
    }
    kept = np.flatnonzero(named(problem, "B", "keep"))
    for year, k in (("2026", 0), ("2027", 1)):
        row = rows[f"P2+B {year}"]
        assert row[kept].tolist() == (o.last[kept] >= k).astype(int).tolist()
        bins = o.format == labels.formats.index("recycling_point")
        opens = (o.site == list(labels.sites).index("P2")) & bins & (o.phase <= k)
        assert set(np.flatnonzero(row)) == {*np.flatnonzero(opens), *kept[o.last[kept] >= k]}
    assert problem.spacings[0].near[[3, 4]].nnz == 0


def test_what_moves_keeps_away_like_what_opens(world: World) -> None:
    """From outlets that stand for good, and from places of a layer."""
    outlets(world, actions={"move": {"cost": "price"}})
    text = (world.folder / "outlets.csv").read_text()
    world.put("outlets.csv", text.replace(",100,10,1", ",100,,1"))  # A stays where it is
    world.put("schools.csv", "x,y\n500100,4000000\n")
    world.scenario["rules"] = {
        "apart": [{"formats": ["wet_market", "recycling_point"], "metres": 300}],
        "away": [
            {
                "formats": ["wet_market"],
                "metres": 50,
                "places": {"file": "schools.csv", "x": "x", "y": "y", "crs": "EPSG:32650"},
            }
        ],
    }
    del world.scenario["outlets"][0]["capacity"]
    problem = world.load().problem()
    moved = named(problem, "P1", "move")
    assert moved.sum() == 1
    kinds = [r for r in problem.rules if r.kind == "forbid"]
    assert len(kinds) == 2
    assert all(r.options.toarray()[:, moved].all() for r in kinds)


def test_company_is_asked_of_what_opens(world: World) -> None:
    """C is a substandard market on no premises: it may be upgraded without the bins that a market
    that opens, or moves, must have beside it."""
    actions = {"upgrade": {"cost": "price"}, "move": {"cost": 5}}
    outlets(world, actions=actions)
    world.scenario["rules"] = {"together": [{"formats": ["wet_market", "recycling_point"]}]}
    problem = world.load().problem()
    made, o = rule(problem, "together.wet_market+recycling_point"), problem.options
    asked = np.flatnonzero((made.options.toarray() > 0).any(axis=0))
    done = {ACTIONS[o.action[i]] for i in asked}
    assert done == {"open", "move"}
    assert "upgrade" in {ACTIONS[a] for a in o.action}


def test_an_outlet_that_may_close(world: World) -> None:
    """Where a column says so; a blank price means that it stays where it is."""
    outlets(world, actions={"close": "chain"})
    problem = world.load().problem()
    assert list(problem.labels.outlets) == ["B"]
    assert not [r.name for r in problem.rules if r.kind in ("once", "move")]
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


def test_people_whom_a_changeable_outlet_serves_are_told_apart(world: World) -> None:
    """Whom an outlet that may move serves today are part of the objective, not newly covered: the
    first line counts as the coverage grows, and tells them beside it, in both languages."""
    outlets(world, actions={"move": {"cost": 5}})
    change(world, wet_market={"weight": 3}, elderly_daycare={}, recycling_point={})
    scenario = world.load()
    result = siting.solve(scenario.problem(), method="highs", threads=1)
    assert result.plan is not None and result.plan.in_reach is not None
    told = people_weighed(result)
    assert told is not None and told.kept > 0
    reach = result.plan.in_reach
    assert told.people == pytest.approx(reach.services_after - reach.services_before)
    assert told.people + told.kept == pytest.approx(result.plan.table["newly_covered"].sum())
    by_language: dict[Lang, str] = {"en": "serve already", "zh": "已在服务的"}
    for lang, words in by_language.items():
        first = summary(result, scenario, lang=lang).splitlines()[1]
        assert f"{told.people:,.0f}" in first and f"{told.kept:,.0f}" in first and words in first
