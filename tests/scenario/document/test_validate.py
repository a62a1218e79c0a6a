"""Every fault of a scenario file at once."""

# ruff: noqa: E501 - a table of faults reads best with a fault a line

from __future__ import annotations

import pytest

from tests.tools.worlds import World

HEAD = """siting: 1
travel: {network: {edges: edges.csv, nodes: nodes.csv}}
crs: EPSG:32650
demand: {file: people.csv, x: x, y: y, groups: {all: people}}
premises: {file: premises.csv, x: x, y: y}
formats: {use: [wet_market]}
"""

FAULTS = [
    ("budgett: 3", "budgett: is not a known key (did you mean 'budget'?)"),
    ("budget: -3", "budget: must be a whole number of currency units >= 0; got -3"),
    ("budget: 1.5", "budget: must be a whole number of currency units >= 0; got 1.5"),
    ("budget: much", "budget: must be a number or a mapping of keys; got 'much'"),
    ("budget: .inf", "got inf"),
    ("budget: .nan", "got nan"),
    ("budget:", "budget: must have a value; got nothing"),
    ("budget: true", "got true"),
    ("budget: {totl: 3}", "budget.totl: is not a known key (did you mean 'total'?)"),
    ("budget: {per_tier: {basics: 3}}", "must be basic | quality; got 'basics'"),
    ("budget: {per_format: {wet_markt: 3}}", "did you mean 'wet_market'?"),
    ("rules: [1]", "rules: must be a mapping of keys; got a list of 1"),
    ("rules: {aprt: []}", "did you mean 'apart'?"),
    ("rules: {max_outlets: 2.5}", "rules.max_outlets: must be a whole number >= 0"),
    (
        "rules: {max_outlets: {per_format: {wet_market: x}}}",
        "per_format.wet_market: must be a whole",
    ),
    ("rules: {max_formats_per_site: -1}", "rules.max_formats_per_site: must be a whole number"),
    ("rules: {require: [{format: wet_market}]}", "rules.require.0.site: is required; got nothing"),
    ("rules: {forbid: [P1]}", "rules.forbid.0: must be a mapping of keys; got 'P1'"),
    ("rules: {apart: [{formats: [wet_market]}]}", "rules.apart.0.metres: is required"),
    ("rules: {apart: [{formats: wet_market, metres: 5}]}", "apart.0.formats: must be a list"),
    ("rules: {apart: [{formats: [wet_market], metres: -5}]}", "metres: must be a number >= 0"),
    ("rules: {apart: [{formats: [], metres: 5}]}", "must be one format, or several different"),
    ("rules: {together: [{formats: [wet_market]}]}", "must be two different formats"),
    (
        "rules: {together: [{formats: [wet_market, pharmacy]}]}",
        "must be a format in use; got 'pharm",
    ),
    ("rules: {min_coverage: [{format: wet_market, share: 60}]}", "must be a number >= 0 and <= 1"),
    ("rules: {min_coverage: [{format: wet_market, share: 0.6, group: olds}]}", "got 'olds'"),
    ("rules: {min_coverage: [{format: wet_market, share: 0.6, district: N}]}", "has no districts"),
    ("rules: {respect_capacity: 1}", "respect_capacity: must be true or false; got 1"),
    ("rules: {respect_capacity: yes}", "must be true or false; got 'yes'"),
    ("objective: {model: maxcover}", "did you mean 'max_cover'?"),
    ("objective: {order: tier}", "must be tiers | weighted; got 'tier' (did you mean 'tiers'?)"),
    ("objective: {p: -1}", "objective.p: must be a whole number >= 1"),
    ("objective: {model: partial_cover}", "objective.share: is required by partial_cover"),
    ("objective: {model: partial_cover, share: 2}", "objective.share: must be a number"),
    ("objective: {times: 0, model: backup_cover}", "objective.times: must be a whole number >= 1"),
    ("variants: [lean]", "variants: must be a mapping of keys; got a list of 1"),
    ("variants: {lean: 5}", "variants.lean: must be a mapping of keys; got 5"),
    ("variants: {lean: {budgt: 5}}", "variants.lean.budgt: is not a known key"),
    ("variants: {lean: {budget: -5}}", "variants.lean.budget: must be a whole number"),
    ("variants: {lean: {siting: 1}}", "variants.lean.siting: must not stand in a variant"),
    ("name: []", "name: must be a text that is not empty; got a list of 0"),
    ("name: ' '", "name: must be a text"),
    ("nme: x", "did you mean 'name'?"),
    ("zzz: x", "known here: budget, circles, commitments"),
]


@pytest.mark.parametrize(("line", "message"), FAULTS, ids=[line for line, _ in FAULTS])
def test_a_fault_names_line_key_expected_and_found(world: World, line: str, message: str) -> None:
    """file:line: key: expected; got found (nearest known key)."""
    faults = world.faults_of(HEAD + line)
    assert len(faults) == 1, faults
    assert faults[0].startswith("street.yaml:7: ")
    assert message in faults[0]


LAYER_FAULTS = [
    ("demand", "{x: x, y: y, groups: {all: people}}", "demand.file: is required"),
    ("demand", "{file: pepple.csv, x: x, y: y, groups: {all: people}}", "did you mean 'people.csv'?"),
    ("demand", "{file: people.csv, x: x, y: y}", "demand.groups: must name a column of persons"),
    ("demand", "{file: people.csv, x: x, groups: {all: people}}", "demand.y: must be given where"),
    ("demand", "{file: people.csv, x: lat, y: lon, groups: {all: people}}", "are swapped"),
    ("demand", "{file: people.csv, x: x, y: y, crs: nowhere, groups: {all: people}}", "EPSG: and a"),
    ("demand", "{file: people.csv, x: x, y: y, crs: 'EPSG:1', groups: {all: people}}", "known coordin"),
    ("demand", "{file: people.csv, x: x, y: y, crs: GCJ2, groups: {all: people}}", "mean 'GCJ02'?"),
    ("demand", "{file: people.csv, x: x, y: y, layer: a, groups: {all: people}}", "only gpkg, gdb, gdb.zip, kml, xlsx"),
    ("demand", "{file: people.csv, x: x, y: y, groups: [all]}", "groups: must be a mapping of keys"),
    ("demand", "{file: people.csv, x: x, y: y, groups: {all: people}, weight: 1}", "not a known key"),
    ("demand", "[]", "demand: must hold at least one layer"),
    ("demand", "[{file: people.csv, x: x, y: y, groups: {all: people}}, 5]", "demand.1: must be a"),
    ("demand", "people.csv", "demand: must be a mapping of keys; got 'people.csv'"),
    ("demand", "{file: street.yaml, groups: {all: people}}", "must be one of csv, xlsx"),
    ("demand", "{file: ../people.csv, x: x, y: y, groups: {all: people}}", "scenario's folder"),
    ("demand", "{file: /vsizip/a.csv, x: x, y: y, groups: {all: people}}", "virtual or remote"),
    ("demand", "{file: 'http://h/a.csv', x: x, y: y, groups: {all: people}}", "virtual or remote"),
    ("premises", "{file: premises.csv, x: x, y: y, area_m2: -4}", "column's name or a number >= 0"),
    ("premises", "{file: premises.csv, x: x, y: y, area_m2: [4]}", "got a list of 1"),
    ("premises", "{file: premises.csv, x: x, y: y, cost_factor: -1}", "cost_factor: must be a column"),
    ("premises", "{file: premises.csv, x: x, y: y, opening_cost: .inf}", "opening_cost: must be"),
    ("premises", "{file: premises.csv, x: x, y: y, aera_m2: 4}", "did you mean 'area_m2'?"),
    ("travel", "{mode: network}", "travel.network: is required in mode network"),
    ("travel", "{mode: walk, network: edges.csv}", "must be network | euclidean | great_circle"),
    ("travel", "{network: nowhere.osm.pbf}", "travel.network: must be a file; got 'nowhere.osm.pbf'"),
    ("travel", "{network: {edges: edges.csv}}", "a pair of tables"),
    ("travel", "{network: {edges: e.csv, nodes: nodes.csv}}", "travel.network.edges: must be a file"),
    ("travel", "{mode: euclidean, detour: 0.5}", "travel.detour: must be a number >= 1"),
    ("travel", "{mode: euclidean, speed_m_per_s: {default: 0}}", "default: must be a number > 0"),
    ("travel", "{mode: euclidean, speed_m_per_s: {elderley: 1}}", "did you mean 'elderly'?"),
    ("travel", "{mode: euclidean, speed_m_per_s: fast}", "speed_m_per_s: must be a number or a mapping"),
    ("travel", "{mode: euclidean, snap_limit_m: -1}", "snap_limit_m: must be a number >= 0"),
    ("crs", "EPSG:4326", "must be a projected system in metres"),
    ("crs", "EPSG:2263", "must be a projected system in metres"),
    ("crs", "GCJ02", "crs: must be EPSG: and a number; got 'GCJ02'"),
    ("siting", "2", "siting: must be 1; got 2"),
    ("siting", "'1'", "siting: must be 1; got '1'"),
    ("formats", "{use: [wet_markt]}", "did you mean 'wet_market'?"),
    ("formats", "{use: []}", "must hold at least one format"),
    ("formats", "{use: [wet_market, wet_market]}", "formats.use.1: must stand once"),
    ("formats", "{use: [front_warehouse]}", "must count as walking"),
    ("formats", "{use: [elderly_daycare]}", "or set formats.change.elderly_daycare.group"),
    ("formats", "{catalogue: cn-2020, use: [wet_market]}", "did you mean 'cn-202"),
    ("formats", "{use: [wet_market], change: {wet_market: {minutes: 5, metres: 300}}}", "beside minutes"),
    ("formats", "{use: [wet_market], change: {wet_market: {minutes: -5}}}", "must be a number > 0"),
    ("formats", "{use: [wet_market], change: {wet_market: {minuts: 5}}}", "did you mean 'minutes'?"),
    ("formats", "{use: [wet_market], change: {wet_markt: {minutes: 5}}}", "did you mean 'wet_market'?"),
    ("formats", "{use: [kiosk], change: {kiosk: {tier: basic, group: all}}}", "without sizes, minutes or metres"),
    ("formats", "{use: [wet_market], change: {wet_market: {tier: base}}}", "basic | quality; got 'base'"),
    ("formats", "{use: [wet_market], change: {wet_market: {group: []}}}", "a list of different groups"),
    ("formats", "{use: [wet_market], change: {wet_market: {group: [all, all]}}}", "different groups"),
    ("formats", "{use: [wet_market], change: {wet_market: {weight: -1}}}", "at most 6 decimals"),
    ("formats", "{use: [wet_market], change: {wet_market: {sizes: []}}}", "at least one size"),
    ("formats", "{use: [wet_market], change: {wet_market: {sizes: [{cost: 1}]}}}", "name: is required"),
    ("formats", "{use: [wet_market], change: {wet_market: {sizes: [{name: a}]}}}", "cost: is required"),
    ("formats", "{use: [wet_market], change: {wet_market: {sizes: [{name: a, cost: 1, area_m2: x}]}}}",
     "sizes.0.area_m2: must be a number >= 0"),
    ("formats", "{use: [wet_market], change: {wet_market: {sizes: [{name: a, cost: 1, capacity: 1.5}]}}}",
     "sizes.0.capacity: must be a whole number of persons"),
    ("formats", "{use: [wet_market], change: {wet_market: {sizes: [{name: a, cost: 1}, {name: a, cost: 2}]}}}",
     "unlike the other sizes' names"),
    ("outlets", "[{file: outlets.csv, x: x, y: y}]", "outlets.0.format: must name the column"),
    ("outlets", "[{file: outlets.csv, x: x, y: y, osm: {a=b: wet_market}}]", "read from osm.pbf only"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "message"), LAYER_FAULTS, ids=[f"{k} {v}" for k, v, _ in LAYER_FAULTS]
)
def test_a_fault_of_a_part(world: World, key: str, value: str, message: str) -> None:
    """One slip in a part gives one fault, at its line."""
    lines = [line for line in HEAD.splitlines() if not line.startswith(f"{key}:")]
    faults = world.faults_of("\n".join([*lines, f"{key}: {value}"]))
    assert len(faults) == 1, faults
    assert faults[0].startswith(f"street.yaml:{len(lines) + 1}: ")
    assert message in faults[0]


@pytest.mark.parametrize("key", ["siting", "travel", "demand", "premises"])
def test_required_keys(world: World, key: str) -> None:
    """What no scenario can do without is named."""
    text = "\n".join(line for line in HEAD.splitlines() if not line.startswith(f"{key}:"))
    text = (
        text
        if key != "demand"
        else text.replace("formats: {use: [wet_market]}", "formats: {use: [x]}")
    )
    assert any(f"{key}: is required; got nothing" in fault for fault in world.faults_of(text))


def test_all_faults_are_told_at_once(world: World) -> None:
    """Schema, cross-key, file and variant faults together, ordered by line, none twice."""
    text = """siting: 1
nme: x
travel: {network: {edges: edges.csv, nodes: nowhere.csv}, detour: 0}
crs: EPSG:32650
demand:
  - {file: people.csv, x: x, y: y, groups: {all: people}, jiedao: d}
  - {file: people.csv, x: x, groups: {all: people}}
premises: {file: premises.csv, x: x, y: y, area_m2: -1}
formats:
  use: [wet_markt, elderly_daycare]
  change: {childcare: {minutes: 0}, kiosk: {tier: basic}}
budget: {total: -1, per_format: {wet_markets: 5}}
rules:
  require: [{sit: P1}, {site: P1, format: bookstores}]
  min_coverage: [{format: wet_market, share: 1.2}, {format: nothing, share: 0.5}]
variants: {lean: {budget: {total: x}}}
"""
    faults = world.faults_of(text)
    lines = [int(fault.split(":")[1]) for fault in faults]
    assert lines == sorted(lines)
    assert len(set(faults)) == len(faults)
    for expected in (
        "2: nme: is not a known key",
        "3: travel.network.nodes: must be a file",
        "3: travel.detour:",
        "6: demand.0.jiedao: is not a known key",
        "7: demand.1.y: must be given",
        "8: premises.area_m2:",
        "10: formats.use.0: must be a format",
        "10: formats.use.1: elderly",
        "11: formats.change.childcare.minutes:",
        "11: formats.change.kiosk: must be a format",
        "12: budget.total:",
        "12: budget.per_format.wet_markets: must be a format",
        "14: rules.require.0.sit: is not a known key",
        "14: rules.require.1.format: must be a format",
        "14: rules.require.1.site: must be the id",
        "15: rules.min_coverage.0.share:",
        "15: rules.min_coverage.1.format: must be a format",
        "16: variants.lean.budget.total:",
    ):
        assert any(fault.startswith(f"street.yaml:{expected}") for fault in faults), expected
    assert len(faults) == 18, faults


def test_a_list_element_keeps_its_line_when_another_is_cut(world: World) -> None:
    """What is wrong with the first does not move the place of the second."""
    text = HEAD + "rules:\n  require:\n    - {sit: P1}\n    - {site: P1, format: nowhere}\n"
    assert any(
        fault.startswith("street.yaml:10: rules.require.1.format")
        for fault in world.faults_of(text)
    )
