"""Needs, counters, phases, shares, actions and the other things planners decide by."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from siting.problem import Problem
from tests.scenario.test_assemble import dense, hit, rule
from tests.scenario.worlds import CRS, World

SIZE = [{"name": "one", "area_m2": 100, "cost": 1000, "yearly_cost": 50}]


def change(world: World, **formats: dict[str, Any]) -> None:
    """Changes to formats, each with one small size."""
    world.scenario["formats"]["change"] = {k: {"sizes": SIZE, **v} for k, v in formats.items()}


def premises(world: World, *columns: str, **named: str) -> None:
    """Add columns to the three premises: "name,P1,P2,007"."""
    lines = (world.folder / "premises.csv").read_text().splitlines()
    for column in columns:
        lines = [f"{line},{cell}" for line, cell in zip(lines, column.split(","), strict=True)]
    world.put("premises.csv", "\n".join(lines) + "\n")
    world.scenario["premises"] |= named


def open_at(problem: Problem, format_: str) -> set[str]:
    """Sites that may take a format."""
    return {site for site, name in hit(problem, np.ones(problem.n_options)) if name == format_}


# -- needs -----------------------------------------------------------------------------------------


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
            "must be a storey other than 0, a whole number; got '0' in row 2",
        ),
        ("storey,1,x,2", "storey", "must be a storey: 1 = ground floor"),
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


# -- counters, stand-ins, catchment ----------------------------------------------------------------


def test_a_counter_needs_a_host(world: World) -> None:
    """New or standing; it takes the counter's floor, not a shop's. A market stands at P2."""
    add_on = {"hosts": ["wet_market"], "area_m2": 4.5, "cost": 200, "capacity": 10}
    change(world, recycling_point={"add_on": add_on}, wet_market={}, elderly_daycare={})
    premises(world)
    world.put("premises.csv", (world.folder / "premises.csv").read_text().replace(
        "wet_market|elderly_daycare", "wet_market|recycling_point"))  # fmt: skip
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


# -- money -----------------------------------------------------------------------------------------


def test_the_public_share_has_a_budget_of_its_own(world: World) -> None:
    """Half of a cost of 500 and 30 % of one of 1,250, rounded half up."""
    change(world, wet_market={"public_share": 0.5}, elderly_daycare={"public_share": 0},
           recycling_point={"public_share": 0.3})  # fmt: skip
    world.scenario["budget"] = {"public": 700}
    problem = world.load().problem()
    made = rule(problem, "budget.public")
    by = dict(zip(zip(problem.options.site.tolist(), problem.options.format.tolist(), strict=True),
                  dense(made)[0].tolist(), strict=True))  # fmt: skip
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


# -- phases ----------------------------------------------------------------------------------------


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
        (0, 0), (0, 1), (1, 1), (2, 0), (2, 1),
    ]  # fmt: skip
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
    shares = [{"format": "wet_market", "share": 0.1}, {"format": "wet_market", "share": 0.2,
                                                       "phase": 2026}]  # fmt: skip
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
        ({"rules": {"min_coverage": [{"format": "wet_market", "share": 0, "phase": 1}]}},
         "must be one of the phases; got '1'"),
        ({"phases": [{"nme": 1}]}, "phases.0.nme: is not a known key (did you mean 'name'?)"),
        ({"phases": [{"name": 1, "years": 0}]}, "phases.0.years: must be a whole number >= 1"),
    ],
)  # fmt: skip
def test_faults_of_phases(world: World, keys: dict[str, Any], message: str) -> None:
    """Phases are named once, and every name is one of them."""
    world.scenario |= keys
    assert any(message in fault for fault in world.faults())


def test_availability_without_phases_or_in_an_unknown_one(world: World) -> None:
    """Told as faults; a year after the last phase is a warning."""
    premises(world, "year,soon,2030,2026", available_from="year")
    assert any("the scenario has no phases" in fault for fault in world.faults())
    world.scenario["phases"] = [2026, 2027]
    assert any("must be blank or one of the phases 2026, 2027; got 'soon'" in fault
               for fault in world.faults())  # fmt: skip
    world.put("premises.csv", (world.folder / "premises.csv").read_text().replace("soon", ""))
    scenario = world.load()
    assert 1 not in scenario.problem().options.site
    assert any("1 become available after the last phase" in text for text in scenario.warnings)


# -- what stands -----------------------------------------------------------------------------------


def outlets(world: World, **named: Any) -> None:
    """Outlets with a status and capacities; C is a substandard market at 1,500 m."""
    world.put("outlets.csv", """id,x,y,kind,site,state,people,price,chain
A,500000,4000000,recycling_point,,open,100,10,1
B,501000,4000000,wet_market,P2,营业,50,20.5,
C,501500,4000000,wet_market,,substandard,,30,0
D,501500,4000000,wet_market,,closed,,,
""")  # fmt: skip
    world.scenario["outlets"][0] |= {
        "status": "state",
        "capacity": "people",
        "chain": "chain",
    } | named


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


# -- places, communities, hubs ---------------------------------------------------------------------


def test_formats_keep_away_from_places(world: World) -> None:
    """From the outline of a school, not from its middle; exactly the distance is far enough."""
    east = 500_000 + 1000
    ring = [[east + 100, 4e6 - 50], [east + 500, 4e6 - 50], [east + 500, 4e6 + 50],
            [east + 100, 4e6 + 50], [east + 100, 4e6 - 50]]  # fmt: skip
    world.put("schools.geojson", json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {},
         "geometry": {"type": "Polygon", "coordinates": [ring]}}
    ]}))  # fmt: skip
    for metres, near in ((100, set()), (100.5, {("P2", "recycling_point")})):
        away = {"formats": "recycling_point", "metres": metres, "name": "schools",
                "places": {"file": "schools.geojson", "crs": CRS}}  # fmt: skip
        world.scenario["rules"] = {"away": [away]}
        problem = world.load().problem()
        found = [r for r in problem.rules if r.name == "schools"]
        assert (hit(problem, dense(found[0])[0]) if found else set()) == near
    assert "schools.geojson" in world.load().inputs


def test_a_hub_opens_whole_or_not_at_all(world: World) -> None:
    """Less than the formats or the floor breaks it, nothing at all does not."""
    change(world, wet_market={}, elderly_daycare={}, recycling_point={})
    world.scenario["rules"] = {"hubs": [{"site": "P1", "min_formats": 2, "min_area_m2": 150}]}
    problem = world.load().problem()
    here = problem.options.site == 0
    rows = np.concatenate([dense(rule(problem, f"hub.P1.{what}")) for what in ("formats", "m2")])
    one = np.where(np.arange(problem.n_options) == np.flatnonzero(here)[0], 1, 0)
    assert (rows @ np.zeros(problem.n_options, np.int64)).max() <= 0
    assert (rows @ one).max() > 0
    assert (rows @ here.astype(np.int64)).max() <= 0
    world.scenario["rules"]["hubs"][0]["required"] = True
    problem = world.load().problem()
    assert rule(problem, "hub.P1.formats").rhs.tolist() == [2]
    assert rule(problem, "hub.P1.m2").sense == ">="


def test_floor_share_of_new_and_old_communities(world: World) -> None:
    """Hard for a new one: 10 % of 10,000 less 700 that stand; an old one is told."""
    change(world, wet_market={}, elderly_daycare={}, recycling_point={})
    base = {"gross_m2": 10_000, "commercial_m2": 700}
    world.scenario["rules"] = {"floor_share": [
        {"district": "South", "new": True, **base}, {"district": "North", "new": False, **base},
    ]}  # fmt: skip
    scenario = world.load()
    made = rule(scenario.problem(), "floor_share.South")
    assert (made.sense, made.rhs.tolist(), made.unit) == (">=", [300], "m2")
    assert dense(made)[0].tolist() == [0, 0, 100, 100, 100, 100]
    assert any("short of 300 m2" in text for text in scenario.warnings)


def test_barriers_close_streets(world: World) -> None:
    """A closed crossing at 250 m: P1 no longer reaches 002, and the detour is not guessed."""
    line = [[500_250, 3_999_990], [500_250, 4_000_010]]
    world.put("closed.geojson", json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {},
         "geometry": {"type": "LineString", "coordinates": line}}
    ]}))  # fmt: skip
    world.scenario["travel"]["barriers"] = {"file": "closed.geojson", "crs": CRS}
    scenario = world.load()
    assert scenario.problem().reach.row(0).tolist() == [0]
    assert any("1 stretches of street are closed" in text for text in scenario.warnings)
    assert "closed.geojson" in scenario.inputs
    world.scenario["travel"]["mode"] = "euclidean"
    assert any("straight lines go through them" in text for text in world.load().warnings)


def test_faults_of_further_layers_and_sites(world: World) -> None:
    """Missing files, unknown districts and sites, at the key that names them."""
    world.scenario["travel"]["barriers"] = [{"file": "wall.gpkg"}]
    world.scenario["rules"] = {
        "away": [{"formats": "wet_markt", "metres": 5, "places": {"file": "people.csv", "x": "x"}}],
    }
    faults = world.faults()
    assert any("travel.barriers.0.file: must be a file" in fault for fault in faults)
    assert any("rules.away.0.places.y: must be given" in fault for fault in faults)
    assert any("rules.away.0.formats" in f and "did you mean 'wet_market'?" in f for f in faults)
    del world.scenario["travel"]["barriers"]
    world.scenario["rules"] = {
        "hubs": [{"site": "P9"}],
        "floor_share": [{"district": "Sout", "gross_m2": 5, "new": True}],
    }
    faults = world.faults()
    assert any("rules.hubs.0.site: must be the id of a premises; got 'P9'" in f for f in faults)
    assert any("did you mean 'South'?" in fault for fault in faults)


def test_commitments_are_kept_for_the_reports(world: World) -> None:
    """Target, due, actual."""
    world.scenario["commitments"] = [
        {"name": "配齐率", "target": 0.9, "due": "2027-12-31", "actual": 0.7, "unit": "share"}
    ]
    (goal,) = world.load().settings.commitments
    assert (goal.target, goal.due, goal.actual) == (0.9, "2027-12-31", 0.7)


# -- districts and circles -------------------------------------------------------------------------


def test_districts_from_polygons(world: World) -> None:
    """Where a layer names none; what lies in no polygon is told."""
    ring = [[499_900, 3_999_900], [500_600, 3_999_900], [500_600, 4_000_100], [499_900, 4_000_100],
            [499_900, 3_999_900]]  # fmt: skip
    world.put("areas.geojson", json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": "West"},
         "geometry": {"type": "Polygon", "coordinates": [ring]}}]}))  # fmt: skip
    world.scenario["districts"] = {"file": "areas.geojson", "id": "name", "crs": CRS}
    del world.scenario["demand"]["district"]
    del world.scenario["premises"]["district"]
    world.scenario["budget"] = {"per_district": {"West": 5}}
    scenario = world.load()
    assert list(scenario.demand["district"]) == ["West", "West", "", ""]
    assert list(scenario.premises["district"]) == ["West", "", ""]
    assert any("demand: places without a district in 2 rows (3, 4)" in t for t in scenario.warnings)


def test_a_circle_has_standards_of_its_own(world: World) -> None:
    """Its people count within its standard, the others within the city's; the deviation is told."""
    world.scenario["circles"] = [
        {"district": "South", "responsible_unit": "街道办", "form": "clustered",
         "change": {"wet_market": {"minutes": 5, "reason": "steep streets"}}}
    ]  # fmt: skip
    wet_market = {"format": "wet_market", "share": 0.5}
    world.scenario["rules"] = {"min_coverage": [wet_market | {"district": "*"}, wet_market]}
    scenario = world.load()
    problem = scenario.problem()
    groups = problem.labels.groups
    wet = [(groups[t.group], t.limit) for t in problem.targets if t.format == 0]
    assert wet == [("all@South", 3600), ("all@others", 7200)]
    where = [t.districts for t in problem.targets if t.format == 0]
    assert where == [(1,), (-1, 0)]
    assert problem.persons[groups.index("all@South")].tolist() == [0, 0, 200_000, 80_000]
    assert problem.persons[groups.index("all@others")].tolist() == [100_000, 50_500, 0, 0]
    parts = tuple(t for t, target in enumerate(problem.targets) if target.format == 0)
    shares = [(m.targets, m.districts) for m in problem.min_coverage]
    assert shares == [(parts, (0, 1)), (parts, None)], "the whole area is one, circles and all"
    (told,) = scenario.deviations
    assert (told.key, told.standard, told.value) == ("minutes in South", 10.0, 5.0)
    assert told.reason == "steep streets"


@pytest.mark.parametrize(
    ("circle", "message"),
    [
        ({"district": "Sout"}, "circles.0.district: must be a district of the layers; got 'Sout'"),
        ({"district": "South", "form": "round"}, "must be clustered | street_block | dispersed"),
        ({"district": "South", "change": {"bakery": {"minutes": 5, "reason": "x"}}},
         "change.bakery: must be a format in use"),
        ({"district": "South", "change": {"wet_market": {"minutes": 5}}}, "reason: is required"),
        ({"district": "South", "change": {"wet_market": {"reason": "x"}}},
         "must give minutes or metres; got neither"),
    ],
)  # fmt: skip
def test_faults_of_circles(world: World, circle: dict[str, Any], message: str) -> None:
    """A circle is a district of the demand, and every deviation has a reason."""
    world.scenario["circles"] = [circle]
    assert any(message in fault for fault in world.faults())


def test_people_may_grow(world: World) -> None:
    """A factor for all, or a column; persons are rounded after it."""
    world.scenario["demand"]["factor"] = 1.1
    assert world.load().problem().persons[0].tolist() == [110_000, 55_550, 220_000, 88_000]
