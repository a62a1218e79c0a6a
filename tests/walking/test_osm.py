"""Who may walk where in OpenStreetMap, and how ways become edges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer

from siting.errors import InputError
from siting.walking.components import leave_out
from siting.walking.load import load_network
from siting.walking.network import Network
from siting.walking.osm_rules import OTHER_KIND, RULES, Trait, decided_by, incline, traits, walkable
from siting.walking.search import walk
from siting.walking.snapping import snap

CRS = "EPSG:32635"
E0, N0 = 385_000.0, 6_672_000.0


def osm_file(
    folder: Path,
    nodes: Mapping[int, tuple[float, float]],
    ways: list[tuple[list[int], dict[str, str]]],
    node_tags: dict[int, dict[str, str]] | None = None,
    relations: str = "",
) -> Path:
    """An .osm file from planar metres around (E0, N0)."""
    to_lonlat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

    def tags(given: dict[str, str]) -> str:
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in given.items())

    lines = ['<?xml version="1.0"?><osm version="0.6">']
    for number, (x, y) in sorted(nodes.items()):
        lon, lat = to_lonlat.transform(E0 + x, N0 + y)
        inside = tags((node_tags or {}).get(number, {}))
        lines.append(
            f'<node id="{number}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{inside}</node>'
        )
    for k, (refs, given) in enumerate(ways, start=1):
        inside = "".join(f'<nd ref="{r}"/>' for r in refs) + tags(given)
        lines.append(f'<way id="{k}" version="1">{inside}</way>')
    path = folder / "streets.osm"
    path.write_text("\n".join([*lines, relations, "</osm>"]), encoding="utf-8")
    return path


def cost(network: Network, a: tuple[float, float], b: tuple[float, float]) -> int | None:
    """Decimetres from a to b (metres around (E0, N0)); None when there is no way."""
    place, point = (snap(network, np.array([[E0 + x, N0 + y]]), 30.0) for x, y in (a, b))
    reach = walk(network, place, point, None)
    return int(reach.cost[0]) if reach.n_pairs else None


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "footway"}, True),
        ({"highway": "steps"}, True),
        ({"highway": "residential", "oneway": "yes"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "trunk"}, False),
        ({"highway": "trunk", "foot": "yes"}, True),
        ({"highway": "trunk", "sidewalk": "both"}, True),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "no", "foot": "designated"}, True),
        ({"highway": "residential", "foot": "no"}, False),
        ({"highway": "path", "access": "permissive"}, True),
        ({"highway": "construction"}, False),
        ({"highway": "proposed", "foot": "yes"}, False),
        ({"building": "yes"}, False),
        ({"highway": "trunk", "sidewalk:left": "yes"}, True),
        ({"highway": "trunk", "sidewalk:both": "yes"}, True),
        ({"highway": "trunk", "sidewalk:left": "no", "sidewalk:right": "separate"}, False),
        ({"highway": "primary", "motorroad": "yes"}, False),
        ({"highway": "primary", "motorroad": "yes", "sidewalk": "right"}, True),
        ({"highway": "track", "tracktype": "grade5"}, True),
        ({"highway": "path", "sac_scale": "alpine_hiking"}, False),
        ({"highway": "path", "sac_scale": "alpine_hiking", "foot": "yes"}, True),
        ({"highway": "footway", "foot:conditional": "no @ (22:00-06:00)"}, True),
        (
            {"highway": "footway", "access": "no", "access:conditional": "yes @ (06:00-22:00)"},
            False,
        ),
    ],
)
def test_tags_decide_who_walks(tags: dict[str, str], expected: bool) -> None:
    """The kind of way, then access, then foot, which overrides."""
    assert walkable(tags) is expected


@pytest.mark.parametrize(
    ("tags", "passed"),
    [
        ({"entrance": "yes"}, True),
        ({"entrance": "yes", "access": "private"}, False),
        ({"entrance": "emergency"}, False),
        ({"door": "hinged", "locked": "yes"}, False),
        ({"barrier": "gate", "locked": "yes", "foot": "yes"}, True),
        ({"barrier": "lift_gate", "access": "private", "foot": "designated"}, True),
        ({"highway": "crossing", "access": "private"}, True),
    ],
)
def test_entrances_and_gates_stop_whom_they_say(
    tmp_path: Path, tags: dict[str, str], passed: bool
) -> None:
    """Access on gates, entrances and doors counts, and ``foot`` overrides it there too."""
    nodes: dict[int, tuple[float, float]] = {1: (0, 0), 2: (50, 0), 3: (100, 0)}
    path = osm_file(tmp_path, nodes, [([1, 2, 3], {"highway": "footway"})], {2: tags})
    network = load_network(path, CRS)
    assert cost(network, (10, 0), (100, 0)) == (900 if passed else None)
    # the two ends at a closed gate are no slip of the pen
    assert not any(w.key == "network.near_ends" for w in network.warnings)


def test_what_is_open_at_times_is_told(tmp_path: Path) -> None:
    """Ways and gates with a condition are counted; what is said without it decides."""
    nodes: dict[int, tuple[float, float]] = {1: (0, 0), 2: (50, 0), 3: (100, 0)}
    ways = [([1, 2, 3], {"highway": "footway", "foot:conditional": "no @ (22:00-06:00)"})]
    gate = {2: {"barrier": "gate", "access:conditional": "no @ (22:00-06:00)"}}
    network = load_network(osm_file(tmp_path, nodes, ways, gate), CRS)
    (told,) = [w for w in network.warnings if w.key == "network.conditional"]
    assert (told.values["ways"], told.values["gates"]) == (1, 1)
    assert cost(network, (10, 0), (100, 0)) == 900


def test_every_way_is_decided_by_one_rule(tmp_path: Path) -> None:
    """The counts by rule add up to the ways of the extract, and only open rules make edges."""
    nodes: dict[int, tuple[float, float]] = {k: (100 * k, 0) for k in range(6)}
    kinds = [
        {"highway": "footway"},
        {"highway": "trunk"},
        {"highway": "trunk", "foot": "yes"},
        {"highway": "proposed"},
        {"highway": "track", "tracktype": "grade2"},
    ]
    ways = [([k, k + 1], tags) for k, tags in enumerate(kinds)]
    network = load_network(osm_file(tmp_path, nodes, ways), CRS)
    assert dict(network.decided) == {decided_by(tags): 1 for tags in kinds}
    assert set(network.decided) <= {OTHER_KIND, *RULES}
    assert sum(network.decided.values()) == network.report["ways_read"] == 5
    assert network.n_edges == 3


def test_steps_bridges_wheels_and_slopes_are_read() -> None:
    """What else matters of a way: steps, what wheels do not pass, storeys, the incline."""
    steps = {"highway": "steps"}
    assert traits(steps) == Trait.STEPS | Trait.NO_WHEELS
    assert traits(steps | {"ramp:wheelchair": "yes"}) == Trait.STEPS
    assert traits({"highway": "path", "wheelchair": "no"}) == Trait.NO_WHEELS
    assert traits({"highway": "track", "tracktype": "grade5"}) == Trait.NO_WHEELS
    assert traits({"highway": "track", "tracktype": "grade5", "wheelchair": "yes"}) == 0
    assert traits({"highway": "footway", "bridge": "yes"}) == Trait.SPANS
    assert traits({"highway": "footway", "layer": "-1"}) == Trait.SPANS
    assert traits({"highway": "footway", "tunnel": "building_passage"}) == 0
    for text, rise in (("10%", 0.1), ("-8 %", -0.08), ("12,5%", 0.125), ("7", 0.07)):
        assert incline({"incline": text}) == pytest.approx(rise)
    assert incline({"incline": "45°"}) == pytest.approx(1.0)
    for text in ("up", "down", "steep", "", "900%"):
        assert np.isnan(incline({"incline": text}))


def test_crossings_are_told_of_every_kind_but_not_of_bridges(tmp_path: Path) -> None:
    """Two ways that cross without a common node are told once; over a bridge they cross rightly."""
    nodes: dict[int, tuple[float, float]] = {1: (0, 0), 2: (100, 0), 3: (50, -50), 4: (50, 50)}
    one: list[tuple[list[int], dict[str, str]]] = [
        ([1, 2], {"highway": "footway"}),
        ([2, 1], {"highway": "footway"}),
        ([3, 4], {"highway": "footway"}),
    ]
    network = load_network(osm_file(tmp_path, nodes, one), CRS)
    (told,) = [w for w in network.warnings if w.key == "network.crossings"]
    assert told.values["n"] == 1
    one[2][1]["bridge"] = "yes"
    network = load_network(osm_file(tmp_path, nodes, one), CRS)
    assert not any(w.key == "network.crossings" for w in network.warnings)


def test_ways_are_cut_where_they_meet(tmp_path: Path) -> None:
    """A cross of two ways is four edges; a vertex of one way only is part of the shape."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (100, 80), 5: (100, -80), 6: (150, 5)}
    path = osm_file(
        tmp_path,
        nodes,
        [([1, 2, 6, 3], {"highway": "residential"}), ([4, 2, 5], {"highway": "path"})],
    )
    network = load_network(path, CRS)
    assert (network.n_nodes, network.n_edges) == (5, 4)
    assert sorted(network.edge_dm.tolist()) == [800, 800, 1000, 1005]
    assert np.diff(network.shape_start).tolist() == [2, 3, 2, 2]


def test_oneway_is_nothing_to_walkers(tmp_path: Path) -> None:
    """A one-way street is walked in both directions at the same cost."""
    path = osm_file(
        tmp_path, {1: (0, 0), 2: (100, 0)}, [([1, 2], {"highway": "tertiary", "oneway": "yes"})]
    )
    network = load_network(path, CRS)
    assert cost(network, (100, 0), (0, 0)) == cost(network, (0, 0), (100, 0)) == 1000


def test_a_locked_gate_stops_walkers(tmp_path: Path) -> None:
    """A private gate cuts the way; a gate open on foot, or without a word, does not."""
    nodes: dict[int, tuple[float, float]] = {1: (0, 0), 2: (50, 0), 3: (100, 0)}
    way = [([1, 2, 3], {"highway": "footway"})]
    for tags, expected in (
        ({"barrier": "gate"}, 1000),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, 1000),
        ({"barrier": "gate", "access": "private"}, None),
        ({"barrier": "turnstile", "foot": "no"}, None),
    ):
        path = osm_file(tmp_path, nodes, way, {2: tags})
        assert cost(load_network(path, CRS), (10, 0), (100, 0)) == (
            None if expected is None else expected - 100
        )


def test_squares_are_walked_across(tmp_path: Path) -> None:
    """Between two corners of an open square one walks the diagonal, not the outline."""
    corners: dict[int, tuple[float, float]] = {
        1: (0, 0),
        2: (60, 0),
        3: (60, 60),
        4: (0, 60),
        5: (-50, 0),
        6: (110, 60),
    }
    streets = [([5, 1], {"highway": "footway"}), ([3, 6], {"highway": "footway"})]
    outline = [1, 2, 3, 4, 1]
    square = [(outline, {"highway": "pedestrian", "area": "yes"}), *streets]
    assert cost(load_network(osm_file(tmp_path, corners, square), CRS), (0, 0), (60, 60)) == 849
    ring = [(outline, {"highway": "pedestrian"}), *streets]
    assert cost(load_network(osm_file(tmp_path, corners, ring), CRS), (0, 0), (60, 60)) == 1200


def test_a_multipolygon_square_is_walked_across_but_not_through_its_hole(tmp_path: Path) -> None:
    """Outer and inner rings come from untagged ways; a sight line through the hole is no way."""
    nodes: dict[int, tuple[float, float]] = {
        1: (0, 0),
        2: (60, 0),
        3: (60, 60),
        4: (0, 60),
        5: (-50, 0),
        6: (110, 60),
        7: (110, 0),
        11: (20, 20),
        12: (40, 20),
        13: (40, 40),
        14: (20, 40),
    }
    ways: list[tuple[list[int], dict[str, str]]] = [
        ([1, 2, 3, 4, 1], {}),
        ([11, 12, 13, 14, 11], {}),
        ([5, 1], {"highway": "footway"}),
        ([3, 6], {"highway": "footway"}),
        ([2, 7], {"highway": "footway"}),
    ]
    relation = (
        '<relation id="9" version="1"><member type="way" ref="1" role="outer"/>'
        '<member type="way" ref="2" role="inner"/><tag k="type" v="multipolygon"/>'
        '<tag k="highway" v="pedestrian"/></relation>'
    )
    network = load_network(osm_file(tmp_path, nodes, ways, relations=relation), CRS)
    assert cost(network, (0, 0), (60, 60)) == 1200
    assert network.report["straight_ways_across_squares"] == 2


def test_parts_are_kept_unless_the_planner_calls_them_scraps(tmp_path: Path) -> None:
    """A short part may be an island; left out, and told with its kilometres, when asked only."""
    nodes: dict[int, tuple[float, float]] = {
        1: (0, 0),
        2: (6000, 0),
        3: (0, 500),
        4: (300, 500),
        5: (0, 900),
        6: (5500, 900),
    }
    ways = [([a, b], {"highway": "footway"}) for a, b in ((1, 2), (3, 4), (5, 6))]
    network = load_network(osm_file(tmp_path, nodes, ways), CRS)
    assert network.n_edges == 3
    assert [w.key for w in network.warnings] == ["network.parts_kept"]
    less = leave_out(network, 1000.0)
    assert less.n_edges == 2
    assert (less.report["components"], less.report["components_kept"]) == (3, 2)
    assert less.report["km_left_out_with_small_components"] == pytest.approx(0.3, abs=1e-3)
    assert "1 of 3 separate parts left out" in less.warnings[-1]
    assert leave_out(network, 300.0 - 1).n_edges == 3
    assert leave_out(network, 1e5).n_edges == 1


def test_nodes_beyond_the_extract_break_a_way(tmp_path: Path) -> None:
    """A way with a node the file lacks goes on behind it as another line."""
    nodes: dict[int, tuple[float, float]] = {1: (0, 0), 2: (100, 0), 4: (300, 0), 5: (400, 0)}
    way = [([1, 2, 3, 4, 5], {"highway": "footway"}), ([1, 5], {"highway": "steps"})]
    network = load_network(osm_file(tmp_path, nodes, way), CRS)
    assert sorted(network.edge_dm.tolist()) == [1000, 1000, 4000]
    assert network.report["nodes_missing_in_extract"] == 1


@pytest.mark.parametrize("text", ["<osm version='0.6'></osm>", "not xml at all", ""])
def test_what_holds_no_way_is_bad_input(tmp_path: Path, text: str) -> None:
    """An extract without walkable ways, or no extract at all, is an InputError that names it."""
    path = tmp_path / "empty.osm"
    path.write_text(text)
    with pytest.raises(InputError, match=r"empty\.osm"):
        load_network(path, CRS)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:999999", "EPSG:2263", "nonsense"])
def test_lengths_need_metres(tmp_path: Path, crs: str) -> None:
    """Degrees, feet and unknown systems are refused before anything is read."""
    with pytest.raises(InputError, match="crs"):
        load_network(tmp_path / "nothing.osm", crs)
