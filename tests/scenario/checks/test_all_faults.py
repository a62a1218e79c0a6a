"""Every fault of a scenario and its layers is told at once, each once, and nothing else."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest

from siting.errors import InputError
from tests.scenario.checks.test_robustness import EVERYTHING
from tests.tools.worlds import OUTLETS, PEOPLE, PREMISES, World

KIOSK = {"tier": "basic", "group": "all", "minutes": 5, "sizes": [{"name": "s", "cost": 5}]}
STOPS = {"file": "stops.csv", "id": "id", "x": "x", "y": "y", "crs": "EPSG:32650"}
VAN = {"format": "kiosk", "max_vehicles": 2, "cost": 5, "stops_a_week": 10, "stops": STOPS}
ROWS = {
    "people.csv": PEOPLE,
    "premises.csv": PREMISES,
    "outlets.csv": OUTLETS,
    "stops.csv": "id,x,y,fee\nS1,500500,4000000,5\n",
}
"""The layers' files."""
SAID = [
    ("travel.detour", 0, "travel.detour"),
    ("travel.network.edges", "egdes.csv", "travel.network.edges"),
    ("travel.speed_m_per_s.elderley", 1, "travel.speed_m_per_s.elderley"),
    ("outlets.0.capacity", "seats", "outlets.0.capacity"),
    ("demand.factor", -1, "demand.factor"),
    ("outlets.0.layer", "a", "outlets.0.layer"),
    ("outlets.0.site", "sitte", "outlets.0.site"),
    ("outlets.0.actions.move.cost", -3, "outlets.0.actions.move.cost"),
    ("premises.area_m2", -3, "premises.area_m2"),
    ("premises.owner", "landlord", "premises.owner"),
    ("premises.storeys", 1, "premises.storeys"),
    ("mobile_units.0.cost", None, "mobile_units.0.cost"),
    ("mobile_units.0.stops.visits", "calls", "mobile_units.0.stops.visits"),
    ("formats.change.kiosk.tier", "luxury", "formats.change.kiosk.tier"),
    ("formats.change.kiosk.minutes", 0, "formats.change.kiosk.minutes"),
    ("formats.change.kiosk.sizes.0.cost", -5, "formats.change.kiosk.sizes.0.cost"),
    ("formats.change.kiosk.group", [], "formats.change.kiosk.group"),
    (
        "formats.change.wet_market.add_on.hosts",
        ["kioks"],
        "formats.change.wet_market.add_on.hosts.0",
    ),
    ("formats.change.wet_market.needs.flue", "yes", "formats.change.wet_market.needs.flue"),
    ("budget.per_format", {"wet_markt": 5}, "budget.per_format.wet_markt"),
    ("budget.per_district", {"Nowhere": 5}, "budget.per_district.Nowhere"),
    ("budget.per_phase.2030", 5, "budget.per_phase.2030"),
    ("budget.per_tier.basics", 5, "budget.per_tier.basics"),
    ("budget.total", -5, "budget.total"),
    ("rules.max_outlets.total", 1.5, "rules.max_outlets.total"),
    ("rules.require.0.site", "P99", "rules.require.0.site"),
    ("rules.require.0.format", "pharmacy", "rules.require.0.format"),
    ("rules.forbid.0", "P2", "rules.forbid.0"),
    ("rules.apart.0.metres", "far", "rules.apart.0.metres"),
    ("rules.apart.0.formats", ["wet_market", "wet_market"], "rules.apart.0.formats"),
    ("rules.together.0.formats", ["wet_market"], "rules.together.0.formats"),
    ("rules.min_coverage.0.share", 60, "rules.min_coverage.0.share"),
    ("rules.min_coverage.0.group", "toddlers", "rules.min_coverage.0.group"),
    ("rules.min_coverage.0.district", "Norht", "rules.min_coverage.0.district"),
    ("rules.min_coverage.0.phase", 2031, "rules.min_coverage.0.phase"),
    ("rules.hubs.0.site", "P98", "rules.hubs.0.site"),
    ("rules.hubs.0.min_formats", 0, "rules.hubs.0.min_formats"),
    ("rules.floor_share.0.new", None, "rules.floor_share.0.new"),
    ("rules.floor_share.0.district", "Sud", "rules.floor_share.0.district"),
    ("rules.away.0.places.file", "schools.csv", "rules.away.0.places.file"),
    ("circles.0.district", "Soth", "circles.0.district"),
    ("circles.0.change.wet_market.minutes", -5, "circles.0.change.wet_market.minutes"),
    ("commitments.0.due", "2027-13-45", "commitments.0.due"),
    ("objective.order", "tier", "objective.order"),
    ("objective.p", 0, "objective.p"),
    ("variants.lean.budgt", 5, "variants.lean.budgt"),
]
"""Keys that are given a wrong value, and the key that is told."""
FOUND = [
    ("people.csv", "200,0", "200,none", "old"),
    ("people.csv", "50.5,", "NaN,", "people"),
    ("people.csv", "002,", "001,", "id"),
    ("premises.csv", ",0.5,", ",-0.5,", "factor"),
    ("premises.csv", "wet_market|e", "wet_markt|e", "permitted"),
    ("outlets.csv", "pharmacy", "pharmcy", "kind"),
    ("outlets.csv", "B,501000", "B,inf", "x"),
    ("stops.csv", ",5\n", ",much\n", "fee"),
]
"""Cells of layers that are wrong, and the column that is told."""
Slip = tuple[str, Callable[[World], None]]


def put(scenario: dict[str, Any], path: str, value: Any) -> None:
    """Set what stands at a dotted path."""
    *way, last = path.split(".")
    node: Any = scenario
    for part in way:
        node = node[int(part) if isinstance(node, list) else part]
    node[int(last) if isinstance(node, list) else last] = copy.deepcopy(value)


def slips() -> list[Slip]:
    """Faults that have nothing to do with each other: the key to be told, and the deed."""

    def said(path: str, value: Any) -> Callable[[World], None]:
        return lambda world: put(world.scenario, path, value)

    def found(file: str, old: str, new: str) -> Callable[[World], None]:
        def spoil(world: World) -> None:
            text = (world.folder / file).read_text()
            assert old in text
            world.put(file, text.replace(old, new, 1))

        return spoil

    every = [(key, said(path, value)) for path, value, key in SAID]
    return every + [(key, found(file, old, new)) for file, old, new, key in FOUND]


def sound(world: World) -> None:
    """A scenario that uses every part of the schema and has no fault."""
    world.scenario = copy.deepcopy(EVERYTHING)
    formats = world.scenario["formats"]
    formats["use"].append("kiosk")
    formats["change"]["kiosk"] = copy.deepcopy(KIOSK)
    world.scenario["mobile_units"] = [copy.deepcopy(VAN)]
    world.scenario["mobile_units"][0]["stops"]["cost"] = "fee"
    world.scenario["outlets"][0]["actions"] = {"move": {"cost": 4}}
    for name, rows in ROWS.items():
        world.put(name, rows)


def told(world: World) -> list[str]:
    """Key of every fault."""
    with pytest.raises(InputError) as caught:
        world.load().problem()
    assert len(set(map(str, caught.value.faults))) == len(caught.value.faults)
    lines = [fault.line or 10**9 for fault in caught.value.faults]
    assert lines == sorted(lines)
    return sorted(fault.key for fault in caught.value.faults)


def test_it_is_sound_to_begin_with(world: World) -> None:
    """What is spoilt below is a problem."""
    sound(world)
    assert world.load().problem().n_phases == 2


@pytest.mark.parametrize("number", range(len(SAID) + len(FOUND)))
def test_one_slip_is_one_fault(world: World, number: int) -> None:
    """At its own key, with nothing that follows from it."""
    sound(world)
    key, spoil = slips()[number]
    spoil(world)
    assert told(world) == [key]


@pytest.mark.parametrize("seed", range(6))
def test_so_many_slips_are_so_many_faults(world: World, seed: int) -> None:
    """Whichever come together, each is told, once."""
    chance = random.Random(seed)
    for _ in range(5):
        sound(world)
        chosen = chance.sample(slips(), chance.randint(2, 12))
        for _, spoil in chosen:
            spoil(world)
        assert told(world) == sorted(key for key, _ in chosen)


def test_all_slips_at_once(world: World) -> None:
    """Schema, sites, districts, groups, phases, formats, files, columns and cells together."""
    sound(world)
    for _, spoil in slips():
        spoil(world)
    assert told(world) == sorted(key for key, _ in slips())


FOLLOW: list[tuple[list[tuple[str, Any]], list[str]]] = [
    ([("demand.file", "peple.csv")], ["demand.file"]),
    ([("districts", {"file": "streets.gpkg"}), ("circles.0.district", "Soth")], ["districts.file"]),
    ([("demand.district", [])], ["demand.district"]),
    ([("demand.district", "jiedaos")], ["demand.district"]),
    ([("demand.groups", 5)], ["demand.groups"]),
    ([("demand.crs", "EPSG:1")], ["demand.crs"]),
    ([("demand", 5)], ["demand"]),
    ([("premises.file", None)], ["premises.file"]),
    ([("premises.id", "ids")], ["premises.id"]),
    ([("premises.district", 5)], ["premises.district"]),
    ([("outlets.0.format", [])], ["outlets.0.format"]),
    ([("outlets.0.osm", {"a=b": "wet_market"})], ["outlets.0.osm"]),
    ([("mobile_units.0.stops.file", "stop.csv")], ["mobile_units.0.stops.file"]),
    (
        [("mobile_units.0.max_vehicles", 0), ("mobile_units.0.stops.visits", 15)],
        ["mobile_units.0.max_vehicles"],
    ),
    ([("formats.change.kiosk", 5)], ["formats.change.kiosk"]),
    ([("formats.change.kiosk.sizes", [])], ["formats.change.kiosk.sizes"]),
    ([("formats.change.kiosk", {"tier": "basic"})], ["formats.change.kiosk"]),
    ([("formats.use.0", "wet_markt")], ["formats.use.0"]),
    ([("formats.use", 5.5)], ["formats.use"]),
    ([("formats.catalogue", "cn-2020")], ["formats.catalogue"]),
    ([("formats.catalogue", [])], ["formats.catalogue"]),
    ([("formats", 5)], ["formats"]),
    ([("phases.0", [])], ["phases.0"]),
    ([("phases", 5)], ["phases"]),
    (
        [("travel.mode", "walk"), ("travel.network", {"edges": [], "nodes": "nodes.csv"})],
        ["travel.mode", "travel.network.edges"],
    ),
    ([("travel", 5)], ["travel"]),
    ([("crs", "EPSG:1"), ("premises.crs", "EPSG:32650")], ["crs"]),
    ([("rules", 5)], ["rules"]),
    (
        [("rules.min_coverage.0", {"format": "wet_market", "shar": 0.5})],
        ["rules.min_coverage.0.shar"],
    ),
    (
        [("circles.0.change.wet_market", {"minuts": 5, "reason": "r"})],
        ["circles.0.change.wet_market.minuts"],
    ),
    ([("objective.model", "partial_cover"), ("objective.share", 2)], ["objective.share"]),
]
"""Slips on which other keys depend, and all that is told of them."""


@pytest.mark.parametrize(
    ("wrong", "keys"), FOLLOW, ids=[" ".join(f"{k}={v}" for k, v in wrong) for wrong, _ in FOLLOW]
)
def test_what_follows_from_a_fault_is_not_told(
    world: World, wrong: list[tuple[str, Any]], keys: list[str]
) -> None:
    """And what does not depend on it is."""
    sound(world)
    for path, value in wrong:
        put(world.scenario, path, value)
    assert told(world) == keys
    if not keys[0].startswith(("premises", "rules", "mobile")):
        put(world.scenario, "rules.require.0.site", "P99")
        assert told(world) == sorted([*keys, "rules.require.0.site"])


def test_a_layer_that_is_not_there_hides_no_other(world: World) -> None:
    """Cells of the sound layers of a kind are told; districts and sites of the kind are open."""
    sound(world)
    for kind, district in (("demand", "district"), ("premises", "district")):
        layer = world.scenario[kind]
        world.scenario[kind] = [layer | {"file": "none.csv"}, layer | {district: "x"}]
    put(world.scenario, "budget.per_district", {"Nowhere": 5})
    world.put("people.csv", PEOPLE.replace("50.5", "NaN"))
    world.put("premises.csv", PREMISES.replace("0.5", "half"))
    assert told(world) == ["demand.0.file", "factor", "people", "premises.0.file"]


def test_a_key_that_is_misspelt_is_not_missing(world: World) -> None:
    """Neither at the top nor below."""
    misspelt = {
        "premises": "premisses",
        "demand.file": "fil",
        "mobile_units.0.stops": "stop",
        "formats.change.kiosk.tier": "teir",
        "formats.change.kiosk.minutes": "minuts",
    }
    for path, new in misspelt.items():
        *way, old = path.split(".")
        sound(world)
        node: Any = world.scenario
        for part in way:
            node = node[int(part) if isinstance(node, list) else part]
        node[new] = node.pop(old)
        assert told(world) == [".".join([*way, new])]


def test_what_the_reader_refuses_is_not_missing(world: World) -> None:
    """An alias or a tag is one fault; the value behind it is not asked for again."""
    faults = world.faults_of(
        "siting: 1\ntravel: *t\ncrs: EPSG:32650\nbudget: !!int 5\nformats: {use: [wet_market]}\n"
        "demand: {file: people.csv, x: x, y: y, crs: EPSG:32650, groups: {all: people}}\n"
        "premises: {file: premises.csv, id: id, x: x, y: y}\nrules: {require: [{site: P9}]}\n"
    )
    assert [fault.split(": ")[0] for fault in faults] == [
        "street.yaml:2",
        "street.yaml:4",
        "street.yaml:8",
    ]


@pytest.mark.parametrize("due", ["2027-12-31", "2027", "2027-06", "2028/2/29", "end of 2027"])
def test_a_commitment_is_due_on_a_day_or_in_words(world: World, due: str) -> None:
    """Dates are those of the calendar."""
    sound(world)
    put(world.scenario, "commitments.0.due", due)
    assert world.load().settings.commitments[0].due == due


@pytest.mark.parametrize("due", ["2027-13-45", "2027-02-29", "2027-13", "2027/00/01"])
def test_a_day_that_never_comes_is_refused(world: World, due: str) -> None:
    """In one line."""
    sound(world)
    put(world.scenario, "commitments.0.due", due)
    (fault,) = world.faults()
    assert f"commitments.0.due: must be a day or month of the calendar; got '{due}'" in fault
