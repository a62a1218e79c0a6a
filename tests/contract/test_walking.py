"""docs/contract.md, section 1.2: walking, by hand on two or three nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from tests.tools import contract_town as town
from tests.tools.contract_town import GONE

SQUARE = "node,x,y\na,0,0\nb,100,0\nc,100,100\n"


def _walks(
    folder: Path, nodes: str, edges: str, demand: str, site: str = "40,0", **travel: object
) -> dict[str, int]:
    changes: town.Document = {
        "travel": travel,
        "demand": {"district": GONE},
        "premises": {"district": GONE, "area_m2": GONE},
        "formats": {"change": {"wet_market": {"metres": 2000}}},
    }
    files: dict[str, str | bytes] = {
        "nodes.csv": nodes,
        "edges.csv": "u,v,length_m\n" + edges,
        "demand.csv": "id,x,y,people\n" + demand,
        "premises.csv": f"id,x,y\nP,{site}\n",
    }
    found = town.walks(town.load(folder, changes, files=files))
    return {point: cost for (_, point), cost in found.items()}


def test_along_one_edge_in_proportion(tmp_path: Path) -> None:
    """An edge of 100 m that is 250 m long to walk: parts cost 2.5 m a metre; straight walks add."""
    found = _walks(tmp_path, SQUARE, "a,b,250\n", "1,10,0,1\n2,90,0,1\n3,50,30,1\n")
    assert found == {"1": 750, "2": 1250, "3": 250 + 300}


def test_round_the_block_when_that_is_shorter(tmp_path: Path) -> None:
    """Two points on one edge may walk directly along it; the way round may be shorter."""
    edges = "a,b,400\nb,c,10\nc,a,10\n"
    # direct: 0.8 of 400 m; round: 40 m to a, 20 m, 40 m back along the edge from b
    assert _walks(tmp_path, SQUARE, edges, "1,90,0,1\n", "10,0") == {"1": 400 + 100 + 100 + 400}


def test_every_part_is_rounded_half_up_and_then_added(tmp_path: Path) -> None:
    """100.05 m are 1,001 dm; 33.35 m to one end and 66.65 m to the other are 334 and 667 dm."""
    edges = "a,b,100\nb,c,100.05\n"
    found = _walks(tmp_path, SQUARE, edges, "1,0,0,1\n2,100,0,1\n3,100,100,1\n", "33.35,0.04")
    assert found == {"1": 334, "2": 667, "3": 667 + 1001}
    found = _walks(tmp_path, SQUARE, edges, "1,0,0,1\n", "33.35,0.05")
    assert found == {"1": 334 + 1}


def test_the_snap_limit_is_inclusive(tmp_path: Path) -> None:
    """At most snap_limit_m; who is farther is listed and stays in the denominator."""
    demand = "in,50,300,1\nout,50,300.1,1\n"
    assert _walks(tmp_path, SQUARE, "a,b,100\n", demand) == {"in": 100 + 3000}


def test_a_tie_takes_the_lowest_edge(tmp_path: Path) -> None:
    """Midway between two edges, the first one of the table is entered."""
    nodes = "node,x,y\na,0,0\nb,100,0\nc,0,20\nd,100,20\ne,500,0\n"
    one = _walks(tmp_path, nodes, "c,d,100\na,b,100\nb,e,400\nd,e,1\n", "1,50,10,1\n", "500,0")
    other = _walks(tmp_path, nodes, "a,b,100\nc,d,100\nb,e,400\nd,e,1\n", "1,50,10,1\n", "500,0")
    assert (one["1"], other["1"]) == (100 + 500 + 10, 100 + 500 + 4000)


def test_a_straight_line_with_a_detour(tmp_path: Path) -> None:
    """Straight-line distance x detour, rounded half up: 50 m x 1.3, 0.5 dm up."""
    found = _walks(
        tmp_path, SQUARE, "a,b,1\n", "1,70,40,1\n2,40.05,0,1\n", mode="euclidean", detour=1.3
    )
    assert found == {"1": 650, "2": 1}  # 0.65 dm


@pytest.mark.parametrize(
    ("standard", "limit"),
    [
        ({"minutes": 10}, 7200),
        ({"minutes": 7.01}, 5047),  # 504.72 m, rounded down
        ({"metres": 150.07}, 1500),
    ],
)
def test_a_standard_is_rounded_down_to_decimetres(
    tmp_path: Path, standard: town.Document, limit: int
) -> None:
    """Minutes x 60 x speed (1.2 m/s), rounded down to decimetres."""
    change = {"formats": {"change": {"wet_market": {"metres": GONE}}}}
    own = {"formats": {"change": {"wet_market": standard}}}
    assert town.load(tmp_path, change, own).problem().targets[0].limit == limit


def test_a_group_scales_its_standard_only(tmp_path: Path) -> None:
    """10 minutes at 0.9 m/s are 540 m; the walk itself is the same for all."""
    groups = {
        "demand": {"groups": {"elderly": "people"}},
        "formats": {"use": ["elderly_daycare"], "change": GONE},
    }
    assert town.load(tmp_path, groups).problem().targets[0].limit == 5400


def test_covered_is_at_most_the_standard(tmp_path: Path) -> None:
    """From P1, d0 and d2 are 100 m away: covered at 100 m, not at 99.9 m."""
    for metres, people in ((100, 60.0), (99.9, 20.0)):
        change = {"formats": {"change": {"wet_market": {"metres": metres}}}}
        problem = town.load(tmp_path, change).problem()
        judged = siting.score(problem, [0])
        assert judged.coverage["wet_market"]["all"]["after"] == people


OSM = """<osm version="0.6">
<node id="1" lat="60.17" lon="24.930"/><node id="2" lat="60.17" lon="24.932"/>
<node id="3" lat="60.17" lon="24.934"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="{kind}"/>{tags}</way>
<way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="footway"/></way></osm>"""


@pytest.mark.parametrize(
    ("kind", "tags", "open_"),
    [
        ("steps", "", True),
        ("residential", '<tag k="oneway" v="yes"/>', True),
        ("motorway", "", False),
        ("service", '<tag k="access" v="private"/>', False),
        ("service", '<tag k="access" v="no"/>', False),
        ("service", '<tag k="access" v="no"/><tag k="foot" v="yes"/>', True),
    ],
)
def test_where_one_may_walk(tmp_path: Path, kind: str, tags: str, open_: bool) -> None:
    """Issue 2: footways, steps; not motorways; access respected; oneway ignored on foot."""
    changes: town.Document = {
        "travel": {"network": GONE},
        "demand": {"crs": "EPSG:4326"},
        "premises": {"crs": "EPSG:4326"},
    }
    files: dict[str, str | bytes] = {
        "walk.osm": OSM.format(kind=kind, tags=tags),
        "demand.csv": town.rows("id,x,y,people,d", "d,24.9305,60.17,1,A"),
        "premises.csv": town.rows("id,x,y,area,d", "P,24.932,60.17,500,A"),
    }
    network = {"travel": {"network": "walk.osm", "snap_limit_m": 40}}
    if open_:
        assert town.walks(town.load(tmp_path, changes, network, files=files)) == {("P", "d"): 833}
    else:
        assert (
            "must lie on the walking network"
            in town.faults(tmp_path, changes, network, files=files)[0]
        )
