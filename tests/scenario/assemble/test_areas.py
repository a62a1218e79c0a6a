"""Places, communities and hubs; districts and circles."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from siting.report.facts import facts_of
from siting.scenario.schema.settings import json_schema_text
from siting.texts.catalogue import Lang, texts
from tests.scenario.assemble.test_problem import dense, hit, rule
from tests.tools.changes import change
from tests.tools.worlds import CRS, World


def test_formats_keep_away_from_places(world: World) -> None:
    """From the outline of a school, not from its middle; exactly the distance is far enough."""
    east = 500_000 + 1000
    ring = [
        [east + 100, 4e6 - 50],
        [east + 500, 4e6 - 50],
        [east + 500, 4e6 + 50],
        [east + 100, 4e6 + 50],
        [east + 100, 4e6 - 50],
    ]
    world.put(
        "schools.geojson",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {},
                        "geometry": {"type": "Polygon", "coordinates": [ring]},
                    }
                ],
            }
        ),
    )
    for metres, near in ((100, set()), (100.5, {("P2", "recycling_point")})):
        away = {
            "formats": "recycling_point",
            "metres": metres,
            "name": "schools",
            "places": {"file": "schools.geojson", "crs": CRS},
        }
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
    world.scenario["rules"] = {
        "floor_share": [
            {"district": "South", "new": True, **base},
            {"district": "North", "new": False, **base},
        ]
    }
    scenario = world.load()
    made = rule(scenario.problem(), "floor_share.South")
    assert (made.sense, made.rhs.tolist(), made.unit) == (">=", [300], "m2")
    assert dense(made)[0].tolist() == [0, 0, 100, 100, 100, 100]
    assert any("short of 300 m2" in text for text in scenario.warnings)


def test_a_community_has_no_more_commercial_floor_than_floor(world: World) -> None:
    """A slip of a digit would else make a new community owe nothing."""
    slip = {"district": "South", "gross_m2": 5000, "commercial_m2": 50_000, "new": True}
    world.scenario["rules"] = {"floor_share": [slip]}
    told = "rules.floor_share.0.commercial_m2: must be at most gross_m2 (5,000); got 50,000"
    assert any(told in fault for fault in world.faults())


def test_barriers_close_streets(world: World) -> None:
    """A closed crossing at 250 m: P1 no longer reaches 002, and the detour is not guessed."""
    line = [[500_250, 3_999_990], [500_250, 4_000_010]]
    world.put(
        "closed.geojson",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {},
                        "geometry": {"type": "LineString", "coordinates": line},
                    }
                ],
            }
        ),
    )
    world.scenario["travel"]["barriers"] = {"file": "closed.geojson", "crs": CRS}
    scenario = world.load()
    assert scenario.problem().reach.row(0).tolist() == [0]
    assert any("1 stretches of street are closed" in text for text in scenario.warnings)
    assert not any("cross no street" in text for text in scenario.warnings)
    assert "closed.geojson" in scenario.inputs
    aside = {"type": "LineString", "coordinates": [[500_250, 4_000_020], [500_250, 4_000_040]]}
    whole = json.loads((world.folder / "closed.geojson").read_text())
    whole["features"].append({"type": "Feature", "properties": {}, "geometry": aside})
    world.put("closed.geojson", json.dumps(whole))
    again = world.load()
    assert again.problem().reach.row(0).tolist() == [0]
    assert "closed.geojson: 1 of 2 barriers cross no street" in map(str, again.warnings)
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


def test_districts_from_polygons(world: World) -> None:
    """Where a layer names none; what lies in no polygon is told."""
    ring = [
        [499_900, 3_999_900],
        [500_600, 3_999_900],
        [500_600, 4_000_100],
        [499_900, 4_000_100],
        [499_900, 3_999_900],
    ]
    world.put(
        "areas.geojson",
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "properties": {"name": "West"},
                        "geometry": {"type": "Polygon", "coordinates": [ring]},
                    }
                ],
            }
        ),
    )
    world.scenario["districts"] = {"file": "areas.geojson", "id": "name", "crs": CRS}
    del world.scenario["demand"]["district"]
    del world.scenario["premises"]["district"]
    world.scenario["budget"] = {"per_district": {"West": 5}}
    scenario = world.load()
    assert list(scenario.demand["district"]) == ["West", "West", "", ""]
    assert list(scenario.premises["district"]) == ["West", "", ""]
    assert any("demand: places without a district in 2 rows (3, 4)" in t for t in scenario.warnings)
    world.put("people.csv", (world.folder / "people.csv").read_text().replace(",4000000,", ",9,"))
    (told,) = world.faults()  # one of the places, not one of every name
    assert "people.csv: must lie where premises.csv lies; got 4 places 4" in told


def test_a_circle_has_standards_of_its_own(world: World) -> None:
    """Its people count within its standard, the others within the city's; the deviation is told."""
    world.scenario["circles"] = [
        {
            "district": "South",
            "responsible_unit": "街道办",
            "form": "clustered",
            "change": {"wet_market": {"minutes": 5, "reason": "steep streets"}},
        }
    ]
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
        (
            {"district": "South", "form": "round"},
            "must be clustered (组团式) | street_block (街坊式) | dispersed (分布式); got 'round'",
        ),
        (
            {"district": "South", "change": {"bakery": {"minutes": 5, "reason": "x"}}},
            "change.bakery: must be a format in use",
        ),
        ({"district": "South", "change": {"wet_market": {"minutes": 5}}}, "reason: is required"),
        (
            {"district": "South", "change": {"wet_market": {"reason": "x"}}},
            "must give minutes or metres; got neither",
        ),
    ],
)
def test_faults_of_circles(world: World, circle: dict[str, Any], message: str) -> None:
    """A circle is a district of the demand, and every deviation has a reason."""
    world.scenario["circles"] = [circle]
    assert any(message in fault for fault in world.faults())


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("组团式", "clustered"),
        ("街坊式", "street_block"),
        ("分布式", "dispersed"),
        ("clustered", "clustered"),
        ("street_block", "street_block"),
        ("dispersed", "dispersed"),
        ("street-block", "street_block"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_form_may_be_asked_for_in_the_words_of_the_policy(
    world: World, word: str, form: str, lang: Lang
) -> None:
    """Chinese words and ids are one; reports say the form in their language."""
    world.scenario["circles"] = [{"district": "South", "form": word}]
    scenario = world.load()
    assert scenario.settings.circles[0].form == form
    assert word in json_schema_text()
    facts = facts_of(scenario, lang)
    told = {
        "zh": {"clustered": "组团式", "street_block": "街坊式", "dispersed": "分布式"},
        "en": {"clustered": "clustered", "street_block": "street-block", "dispersed": "dispersed"},
    }
    assert texts(lang)[f"form_{facts.circles[0][3]}"] == told[lang][form]


def test_columns_take_the_words_that_the_keys_name(world: World) -> None:
    """Every word of KEYS.md for a status, a chain and a flag is read, the Chinese ones too."""
    rows = [
        ("open", "1"),
        ("营业", "yes"),
        ("", "是"),
        ("closed", "0"),
        ("停业", "no"),
        ("substandard", "否"),
        ("待改造", ""),
    ]
    lines = [
        f"O{i},{500000 + 100 * i},4000000,pharmacy,{state},{chain}"
        for i, (state, chain) in enumerate(rows)
    ]
    world.put("outlets.csv", "\n".join(["id,x,y,kind,state,chain", *lines]))
    layer = world.scenario["outlets"][0] | {"status": "state", "chain": "chain"}
    del layer["site"]
    world.scenario["outlets"] = [layer]
    read = world.load().outlets
    assert read["status"].tolist() == ["open"] * 3 + ["closed"] * 2 + ["substandard"] * 2
    assert read["chain"].tolist() == ["1"] * 3 + ["0"] * 3 + [""]
    flags = [
        ("1", True),
        ("yes", True),
        ("是", True),
        ("有", True),
        ("0", False),
        ("no", False),
        ("否", False),
        ("无", False),
        ("", False),
    ]
    places = [f"P{i},{500100 + 100 * i},4000000,{word}" for i, (word, _) in enumerate(flags)]
    world.put("premises.csv", "\n".join(["id,x,y,lift", *places]))
    world.scenario["premises"] = {
        key: world.scenario["premises"][key] for key in ("file", "id", "x", "y", "crs")
    } | {"lift": "lift"}
    world.scenario["formats"] = {
        "use": ["wet_market"],
        "change": {"wet_market": {"group": "all", "needs": {"lift": True}}},
    }
    problem = world.load().problem()
    kept = {problem.labels.sites[site] for site in problem.options.site}
    assert kept == {f"P{i}" for i, (_, has) in enumerate(flags) if has}


def test_people_may_grow(world: World) -> None:
    """A factor for all, or a column; persons are rounded after it."""
    world.scenario["demand"]["factor"] = 1.1
    assert world.load().problem().persons[0].tolist() == [110_000, 55_550, 220_000, 88_000]
