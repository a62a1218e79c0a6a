"""A scenario from file to Problem: what its layers say is what the arrays hold."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import yaml

import siting
from siting.cli import main
from siting.errors import InputError
from siting.problem import UNLIMITED
from tests.tools.worlds import World


def test_a_scenario_becomes_a_problem(world: World) -> None:
    """Ids, persons, floors, costs and standards of the street, worked out by hand."""
    scenario = world.load()
    problem = scenario.problem()
    labels = problem.labels
    assert list(labels.points) == ["001", "002", "003", "004"]
    assert list(labels.sites) == ["P1", "P2", "007"]
    assert labels.formats == ("wet_market", "elderly_daycare", "recycling_point")
    assert labels.groups == ("all", "elderly")
    assert problem.persons.tolist() == [[100000, 50500, 200000, 80000], [20000, 10000, 0, 40000]]
    assert problem.site_area.tolist() == [1000, 600, 300]
    assert problem.opening_cost.tolist() == [1000, 1000, 1000]
    assert labels.districts == ("North", "South")
    assert problem.point_district is not None and problem.site_district is not None
    assert problem.point_district.tolist() == [0, 0, 1, 1]
    assert problem.site_district.tolist() == [0, 1, 1]
    assert [(t.format, t.group, t.limit, t.tier) for t in problem.targets] == [
        (0, 0, 7200, "basic"),
        (1, 1, 5400, "quality"),
        (2, 0, 7200, "basic"),
    ]
    assert problem.n_options == 3 * 6
    assert labels.currency == "CNY"


def test_walks_are_measured_along_the_street(world: World) -> None:
    """P1 at 100 m reaches 001 at 100 m and 002 at 400 m; 003 is 900 m away, too far for anyone."""
    problem = world.load().problem()
    row = dict(zip(problem.reach.row(0).tolist(), problem.reach.row_cost(0).tolist(), strict=True))
    assert row == {0: 1000, 1: 4000}


def test_outlets_stand_at_their_premises_and_unused_formats_are_counted(world: World) -> None:
    """The pharmacy is not in use: ignored, and told."""
    scenario = world.load()
    problem = scenario.problem()
    assert list(problem.labels.outlets) == ["A", "B"]
    assert problem.outlets.site.tolist() == [-1, 1]
    assert problem.outlets.capacity.tolist() == [UNLIMITED, UNLIMITED]
    assert any("not in use are ignored: 1 (pharmacy)" in text for text in scenario.warnings)
    assert len(scenario.outlets) == 3


def test_tables_for_people(world: World) -> None:
    """Ids stay text and persons are persons again."""
    scenario = world.load()
    assert list(scenario.premises["id"]) == ["P1", "P2", "007"]
    assert list(scenario.demand["persons:all"]) == [100, 50.5, 200, 80]


def test_inputs_and_catalogue_are_hashed(world: World) -> None:
    """Every file that was read, by its path in the scenario."""
    scenario = world.load()
    assert set(scenario.inputs) == {
        "street.yaml",
        "people.csv",
        "premises.csv",
        "outlets.csv",
        "edges.csv",
        "nodes.csv",
    }
    people = (world.folder / "people.csv").read_bytes()
    assert scenario.inputs["people.csv"] == hashlib.sha256(people).hexdigest()
    assert scenario.catalogue_record["name"] == "cn-2021"
    assert len(scenario.catalogue_record["sha256"]) == 64


def test_two_loads_give_the_same_arrays(world: World) -> None:
    """Nothing depends on when or where it is read."""
    one, two = world.load().problem(), world.load().problem()
    assert np.array_equal(one.reach.point, two.reach.point)
    assert np.array_equal(one.options.cost, two.options.cost)


def test_variants_merge_and_overrides_win(world: World) -> None:
    """Mappings merge, lists replace; --set is laid over the variant."""
    world.scenario["variants"] = {
        "lean": {"budget": 1000, "formats": {"use": ["wet_market"]}, "travel": {"snap_limit_m": 5}}
    }
    scenario = world.load(variant="lean", overrides=["travel.snap_limit_m=7"])
    assert scenario.name == "Street (lean)"
    assert scenario.settings.budget is not None and scenario.settings.budget.total == 1000
    assert scenario.standards.use == ("wet_market",)
    assert scenario.settings.travel is not None
    assert scenario.settings.travel.snap_limit_m == 7
    assert scenario.settings.travel.mode == "network"
    assert scenario.changes == {"travel.snap_limit_m": "7"}
    base = world.load()
    assert base.settings.budget is not None and base.settings.budget.total == 5_000_000


def test_null_takes_a_key_away(world: World) -> None:
    """``--set budget=`` means no budget."""
    assert world.load(overrides=["budget="]).settings.budget is None


def test_an_unknown_variant_and_a_bad_override(world: World) -> None:
    """Both told, with what is known and where it was said."""
    world.scenario["variants"] = {"lean": {"budget": 1000}}
    faults = world.faults(variant="leen", overrides=["budget=-3"])
    assert any("got 'leen' (did you mean 'lean'?)" in fault for fault in faults)
    assert any(fault.startswith("--set budget=-3: budget: must be") for fault in faults)


def test_what_a_variant_names_is_looked_for_in_the_layers(world: World) -> None:
    """Sites, districts and columns that only a variant names are told with line, key and variant,
    all at once and none twice; ``solve`` asks only of the variant it is given."""
    forbid = {"forbid": [{"site": "P9"}]}
    world.scenario["variants"] = {
        "lean": {"rules": forbid},
        "far": {"budget": {"per_district": {"Sout": 5}}},
        "tall": {"premises": {"area_m2": "aria"}},
        "fine": {"rules": {"forbid": [{"site": "P1"}]}},
    }
    scenario = world.load()
    assert scenario.problem().n_sites
    with pytest.raises(InputError) as caught:
        scenario.check_layers()
    text = world.path.read_text(encoding="utf-8").splitlines()
    lines = [fault.line for fault in caught.value.faults]
    for fault, key, of in zip(
        caught.value.faults,
        (
            "variants.lean.rules.forbid.0.site",
            "variants.far.budget.per_district.Sout",
            "variants.tall.premises.area_m2",
        ),
        ("P9", "Sout", "aria"),
        strict=True,
    ):
        assert fault.key == key and of in text[(fault.line or 0) - 1]
        assert f"(variant {key.split('.')[1]})" in str(fault)
    assert lines == sorted(lines, key=lambda line: line or 0)
    world.scenario["rules"] = forbid
    with pytest.raises(InputError) as caught:
        world.load().check_layers()
    told = [(fault.key, "variant" in fault.expected) for fault in caught.value.faults]
    assert told.count(("rules.forbid.0.site", False)) == 1, "the file's own is told once, as such"
    assert ("variants.tall.premises.area_m2", True) in told
    assert "rules.forbid.0.site" not in [key for key, of_variant in told if of_variant]


def test_check_tells_faults_of_variants(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """``siting check`` ends with 2 for a variant that names what is not there."""
    world.scenario["variants"] = {"lean": {"rules": {"require": [{"site": "P9"}]}}}
    world.load()
    assert main(["check", str(world.path)]) == 2
    told = capsys.readouterr()
    assert "variants.lean.rules.require.0.site" in told.err and "(variant lean)" in told.err
    assert not told.out


def test_every_variant_is_checked(world: World) -> None:
    """A slip in a variant is told though another one is asked for."""
    world.scenario["variants"] = {"lean": {"budget": -1}, "old": {"formats": {"use": ["walk"]}}}
    faults = world.faults()
    assert [("variants.lean.budget" in f, "variants.old.formats.use.0" in f) for f in faults] == [
        (True, False),
        (False, True),
    ]


def test_a_folder_stands_for_its_scenario(world: World) -> None:
    """``siting.load("scenarios/helsinki")``."""
    world.load()
    world.path.rename(world.folder / "scenario.yaml")
    assert siting.load(world.folder).path.name == "scenario.yaml"


def test_a_missing_scenario_is_bad_input(tmp_path: Path) -> None:
    """One line, no traceback."""
    with pytest.raises(siting.InputError, match=r"none\.yaml: must be a file"):
        siting.load(tmp_path / "none.yaml")


def test_faults_of_all_layers_are_told_at_once(world: World) -> None:
    """People, outlets, premises, and rules that name what is in none of them."""
    world.put("people.csv", "cell,x,y,people,old,jiedao\n1,5e5,4e6,-3,1,N\n1,5e5,4e6,x,,N\n")
    world.put(
        "premises.csv", "id,x,y,area,permitted,factor,district\nP1,5e5,4e6,big,wet_markt,-1,N\n"
    )
    world.put("outlets.csv", "id,x,y,kind,site\nA,5e5,4e6,shop,P9\nA,5e5,4e6,,\n")
    world.scenario["rules"] = {"require": [{"site": "P2"}]}
    world.scenario["budget"] = {"per_district": {"M": 5}}
    faults = world.faults()
    for expected in (
        "people.csv: id: must have ids that differ within demand; got 1 duplicate ids: '1'",
        "people.csv: people: must be persons of 'all', a number >= 0; got '-3', 'x' in 2 rows",
        "people.csv: old: must be persons of 'elderly', a number >= 0; got nothing in row 2",
        "premises.csv: area: must be floor space in m2, a number >= 0; got 'big' in row 1",
        "premises.csv: factor: must be a cost factor, a number >= 0; got '-1' in row 1",
        "premises.csv: permitted: must hold format ids of the catalogue; 'wet_markt' is none",
        "outlets.csv: kind: must be a format of the catalogue; got 'shop' in row 1",
        "outlets.csv: kind: must be a format id in every row; got nothing in row 2",
        "outlets.csv: id: must have ids that differ within outlets",
        "outlets.csv: site: must be blank or the id of a premises; got 'P9' in row 1",
        "rules.require.0.site: must be the id of a premises; got 'P2'",
        "budget.per_district.M: must be a district of the layers; got 'M'",
    ):
        assert any(expected in fault for fault in faults), (expected, faults)


@pytest.mark.parametrize("name", ["people.csv", "premises.csv"])
def test_an_empty_layer_is_a_fault(world: World, name: str) -> None:
    """Nobody to serve or nowhere to open is never meant."""
    path = world.folder / name
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert any(f"{name}: must hold at least one place" in fault for fault in world.faults())


def test_an_empty_outlets_layer_is_told(world: World) -> None:
    """It may be: nothing stands yet."""
    world.put("outlets.csv", "id,x,y,kind,site\n")
    scenario = world.load()
    assert len(scenario.problem().outlets) == 0
    assert any("outlets.csv: no outlet was found" in text for text in scenario.warnings)


def test_no_outlets_at_all(world: World) -> None:
    """The key may be left out, blank or an empty list."""
    for text in ("~", "[]"):
        world.scenario["outlets"] = yaml.safe_load(text)
        assert len(world.load().problem().outlets) == 0


def test_who_cannot_reach_the_network_is_listed_and_kept(world: World) -> None:
    """Farther than the snap limit: in every denominator, told with people, never guessed."""
    people = (world.folder / "people.csv").read_text() + "far,500500,4000301,7,1,North\n"
    world.put("people.csv", people)
    scenario = world.load()
    problem = scenario.problem()
    assert problem.persons[0].sum() == 437_500
    assert scenario.summary().unreachable["demand"] == ("far",)
    assert scenario.summary().unreachable_people == {"all": 7.0, "elderly": 1.0}
    assert any("1 of 5 cannot reach the network" in text for text in scenario.warnings)
    assert 4 not in problem.reach.point


def test_swapped_coordinates_are_seen_by_the_network(world: World) -> None:
    """Degrees that would be valid either way are held against the streets."""
    world.put(
        "people.csv",
        "cell,lon,lat,people,old,jiedao\n1,36.1438,117.0,5,1,N\n".replace(
            "36.1438,117.0", "36.1438,87.0"
        ),
    )
    world.scenario["demand"] |= {"x": "lon", "y": "lat", "crs": "EPSG:4326"}
    assert any("look at crs" in fault for fault in world.faults())
    world.put(
        "nodes.csv",
        "\n".join(["node,x,y", *(f"{i},{500000 + 100 * i},4000000" for i in range(21))]),
    )
    world.scenario["crs"] = "EPSG:32645"  # central meridian 87 E
    world.scenario["premises"]["crs"] = world.scenario["outlets"][0]["crs"] = "EPSG:32645"
    assert any("latitude and longitude are swapped" in fault for fault in world.faults())


def test_swapped_layers_are_seen_without_a_network(world: World) -> None:
    """Straight lines: one layer lies where another would if its coordinates were exchanged."""
    world.scenario["travel"] = {"mode": "great_circle"}
    world.scenario["demand"] |= {"crs": "EPSG:4326"}
    world.scenario["premises"] |= {"crs": "EPSG:4326"}
    world.scenario["outlets"] = []
    world.put("people.csv", "cell,x,y,people,old,jiedao\n1,24.9,60.2,5,1,N\n")
    world.put(
        "premises.csv",
        "id,x,y,area,permitted,factor,district\nP1,60.2,24.9,9,wet_market,1,N\n",
    )
    (fault,) = world.faults()
    assert "latitude and longitude are swapped: x is the longitude" in fault


def test_straight_lines_are_flagged(world: World) -> None:
    """A fallback says that it is one."""
    world.scenario["travel"] = {"mode": "euclidean", "detour": 1.3}
    scenario = world.load()
    assert any("straight lines (euclidean, detour 1.3)" in text for text in scenario.warnings)
    row = scenario.problem().reach.row_cost(0)
    assert row.tolist() == [1300, 5200]


def test_a_detour_says_nothing_about_streets(world: World) -> None:
    """It is for the straight-line modes; told, not applied."""
    world.scenario["travel"]["detour"] = 1.3
    scenario = world.load()
    assert scenario.problem().reach.row_cost(0).tolist() == [1000, 4000]
    assert any("travel.detour is for straight lines only" in text for text in scenario.warnings)


def test_a_crs_that_stretches_lengths_is_refused(world: World) -> None:
    """Web Mercator's metres are not metres; one that fits is named."""
    world.scenario["crs"] = "EPSG:3857"
    world.scenario["travel"] = {"mode": "euclidean"}
    (fault,) = world.faults()
    assert "got EPSG:3857, which shows lengths here 1.2" in fault
    assert "EPSG:32650 fits" in fault


def test_the_planar_system_is_estimated(world: World) -> None:
    """The one all layers share, else the UTM zone of the people."""
    del world.scenario["crs"]
    world.scenario["travel"] = {"mode": "euclidean"}
    assert world.load().assembled.walked.crs == "EPSG:32650"
    world.put(
        "people.csv",
        "cell,x,y,people,old,jiedao\n1,117,36.1438,5,1,North\n2,117,36.144,5,1,South\n",
    )
    world.scenario["demand"]["crs"] = "EPSG:4490"
    del world.scenario["outlets"]
    world.put(
        "premises.csv", "id,x,y,area,permitted,factor,district\nP1,117,36.14,9,wet_market,1,North\n"
    )
    world.scenario["premises"]["crs"] = "GCJ02"
    assert world.load().assembled.walked.crs == "EPSG:32650"


def test_more_elderly_than_people_is_told(world: World) -> None:
    """A slip of columns more often than not."""
    world.put("people.csv", "cell,x,y,people,old,jiedao\n1,500000,4000000,5,9,North\n")
    assert any(
        "more persons in 'elderly' than in 'all' in row 1" in w for w in world.load().warnings
    )


def test_several_demand_layers_are_joined(world: World) -> None:
    """Row-number ids carry the layer; a group that one layer lacks is told."""
    layer = dict(world.scenario["demand"])
    del layer["id"]
    world.put("more.csv", "x,y,people\n500300,4000000,1\n")
    more = {
        "file": "more.csv",
        "x": "x",
        "y": "y",
        "crs": layer["crs"],
        "groups": {"all": "people"},
    }
    world.scenario["demand"] = [layer, more]
    scenario = world.load()
    assert list(scenario.demand["id"])[-2:] == ["people:4", "more:1"]
    assert any("more.csv: has no column for 'elderly'" in text for text in scenario.warnings)
    assert list(scenario.demand["district"])[-1] == ""


def test_no_crs_for_network_tables(world: World) -> None:
    """The nodes' x and y are in crs; without it nobody could say what they are."""
    del world.scenario["crs"]
    assert list(world.load().problem().reach.row_cost(0)) == [1000, 4000]  # the layers share one
    world.scenario["demand"]["crs"] = "EPSG:4326"
    assert any("crs: is required" in fault for fault in world.faults())


def test_metres_without_a_crs_are_the_scenarios_and_told(world: World) -> None:
    """500000 is no longitude; the scenario's own system is meant, and a warning says so."""
    for layer in (world.scenario["demand"], world.scenario["premises"]):
        del layer["crs"]
    scenario = world.load()
    assert list(scenario.problem().reach.row_cost(0)) == [1000, 4000]
    assert sum("taken as EPSG:32650" in text for text in scenario.warnings) == 2
