"""Networks from tables, GraphML and LineString layers: edges as given, all faults at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from siting.errors import InputError
from siting.walking.load import load_network
from siting.walking.search import walk
from siting.walking.snapping import snap

CRS = "EPSG:32635"
EDGES = pd.DataFrame({"u": ["007", "b"], "v": ["b", "c"], "length_m": [10.05, 20.04]})
NODES = pd.DataFrame({"node": ["007", "b", "c"], "x": [0.0, 10.0, 10.0], "y": [0.0, 0.0, 20.0]})


def write(folder: Path, edges: pd.DataFrame, nodes: pd.DataFrame, kind: str) -> dict[str, Path]:
    """Both tables as csv or parquet."""
    files = {"edges": folder / f"edges.{kind}", "nodes": folder / f"nodes.{kind}"}
    for file, table in zip(files.values(), (edges, nodes), strict=True):
        if kind == "csv":
            table.to_csv(file, index=False, encoding="utf-8-sig")
        else:
            table.to_parquet(file)
    return files


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_lengths_are_taken_as_given(tmp_path: Path, kind: str) -> None:
    """Lengths round half up to decimetres, ids stay text, edges are straight lines."""
    network = load_network(write(tmp_path, EDGES, NODES, kind), CRS)
    assert network.edge_dm.tolist() == [101, 200]
    assert network.shape_xy.tolist() == [[0, 0], [10, 0], [10, 0], [10, 20]]
    assert (network.edge_u.tolist(), network.edge_v.tolist()) == ([0, 1], [1, 2])


def test_parts_of_an_edge_are_parts_of_its_given_length(tmp_path: Path) -> None:
    """A quarter of an edge of 40.2 m drawn 10 m long costs 10.05 m, rounded up to 101 dm."""
    edges = pd.DataFrame({"u": [1], "v": [2], "length_m": [40.2]})
    nodes = pd.DataFrame({"node": [1, 2], "x": [0.0, 10.0], "y": [0.0, 0.0]})
    network = load_network(write(tmp_path, edges, nodes, "csv"), CRS)
    snapped = snap(network, np.array([[2.5, 3.0]]), 5.0)
    assert (snapped.access_dm[0], snapped.to_u_dm[0], snapped.to_v_dm[0]) == (30, 101, 302)


def test_an_edge_may_have_a_course(tmp_path: Path) -> None:
    """A wkt column gives the line from u to v; where it is blank the edge is straight."""
    edges = EDGES.assign(wkt=["LINESTRING (0 0, 5 5, 10 0)", ""])
    network = load_network(write(tmp_path, edges, NODES, "csv"), CRS)
    assert np.diff(network.shape_start).tolist() == [3, 2]
    assert snap(network, np.array([[5.0, 6.0]]), 5.0).access_dm.tolist() == [10]


def test_separate_parts_of_a_table_are_kept_and_told(tmp_path: Path) -> None:
    """A network given as it is loses no edge; that it falls apart is a warning."""
    edges = pd.DataFrame({"u": [1, 3], "v": [2, 4], "length_m": [10, 5]})
    nodes = pd.DataFrame({"node": [1, 2, 3, 4], "x": [0, 10, 90, 95], "y": [0, 0, 0, 0]})
    network = load_network(write(tmp_path, edges, nodes, "csv"), CRS)
    assert network.n_edges == 2
    assert "2 separate parts" in network.warnings[0]


def test_all_faults_of_both_tables_at_once(tmp_path: Path) -> None:
    """Unknown nodes, lengths that are none, twins and missing numbers come in one error."""
    edges = pd.DataFrame({"u": ["a", "z"], "v": ["b", "b"], "length_m": ["-1", "long"]})
    nodes = pd.DataFrame({"node": ["a", "b", "b"], "x": ["0", "1", "?"], "y": [0, 0, 0]})
    with pytest.raises(InputError) as caught:
        load_network(write(tmp_path, edges, nodes, "csv"), CRS)
    text = str(caught.value)
    for part in ("unique", "finite", "metres >= 0", "-1 (row 1), long (row 2)"):
        assert part in text
    with pytest.raises(InputError, match=r"must be a node of .*; got z \(row 2\)"):
        load_network(write(tmp_path, edges.assign(length_m=1), nodes[:2].assign(x=0), "csv"), CRS)


def test_missing_columns_name_the_nearest(tmp_path: Path) -> None:
    """A misspelt column is answered with the one most like it."""
    files = write(tmp_path, EDGES.rename(columns={"length_m": "length"}), NODES, "csv")
    with pytest.raises(InputError, match=r"length_m.*did you mean 'length'"):
        load_network(files, CRS)


@pytest.mark.parametrize("source", [{"edges": "a.csv"}, {"edges": "a.csv", "node": "b.csv"}])
def test_a_pair_of_tables_has_two_names(source: dict[str, str]) -> None:
    """Anything but edges and nodes is refused."""
    with pytest.raises(InputError, match="edges, nodes"):
        load_network(source, CRS)


GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="d0" for="graph" attr.name="crs" attr.type="string"/>
  <key id="d1" for="node" attr.name="x" attr.type="string"/>
  <key id="d2" for="node" attr.name="y" attr.type="string"/>
  <key id="d3" for="edge" attr.name="length" attr.type="string"/>
  <key id="d4" for="edge" attr.name="geometry" attr.type="string"/>
  <graph edgedefault="directed"><data key="d0">epsg:32635</data>
    <node id="10"><data key="d1">0</data><data key="d2">0</data></node>
    <node id="11"><data key="d1">30</data><data key="d2">0</data></node>
    <edge source="10" target="11" id="0"><data key="d3">50.05</data>
      <data key="d4">LINESTRING (0 0, 15 20, 30 0)</data></edge>
    <edge source="11" target="10" id="0"><data key="d3">50.05</data>
      <data key="d4">LINESTRING (30 0, 15 20, 0 0)</data></edge>
    <edge source="10" target="11" id="1"><data key="d3">30</data></edge>
  </graph>
</graphml>"""


def test_graphml_edges_as_osmnx_writes_them(tmp_path: Path) -> None:
    """Both directions of a street are one edge; a parallel street is another; lengths as given."""
    path = tmp_path / "walk.graphml"
    path.write_text(GRAPHML)
    network = load_network(path, CRS)
    assert network.edge_dm.tolist() == [501, 300]
    assert np.diff(network.shape_start).tolist() == [3, 2]
    assert snap(network, np.array([[15.0, 21.0]]), 5.0).edge.tolist() == [0]


def test_graphml_of_degrees_is_projected(tmp_path: Path) -> None:
    """Without a crs of its own GraphML is longitude and latitude."""
    path = tmp_path / "walk.graphml"
    text = GRAPHML.replace('<data key="d0">epsg:32635</data>', "")
    path.write_text(
        text.replace(">30</data><data", ">0.0003</data><data").replace("30 0", "0.0003 0")
    )
    network = load_network(path, "EPSG:32631")
    assert network.node_xy[0, 0] == pytest.approx(166021.4, abs=1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('<data key="d3">30</data>', "", "length >= 0"),
        (">30<", ">-3<", "length >= 0"),
        ('target="11" id="1"', 'target="12" id="1"', "join nodes"),
        ("LINESTRING (0 0,", "LINE (0 0,", "WKT"),
        ("<?xml version='1.0' encoding='utf-8'?>", "<!DOCTYPE x>", "document type"),
        ("</graph>", "", "GraphML"),
    ],
)
def test_graphml_faults_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Missing lengths, unknown nodes, broken shapes and entity tricks are bad input."""
    path = tmp_path / "walk.graphml"
    path.write_text(GRAPHML.replace(old, new))
    with pytest.raises(InputError, match=message):
        load_network(path, CRS)


def lines(*shapes: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    """A layer of LineStrings."""
    return gpd.GeoDataFrame(geometry=[shapely.LineString(s) for s in shapes], crs=CRS)


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "shp", "parquet"])
def test_lines_join_where_they_share_a_vertex(tmp_path: Path, kind: str) -> None:
    """A street that ends at a vertex of another is joined to it; one that only crosses is not."""
    frame = lines([(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 70)], [(20, -30), (20, 30)])
    path = tmp_path / f"streets.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "geojson":
        frame.to_crs("EPSG:4326").to_file(path)
    else:
        frame.to_file(path)
    network = load_network(path, CRS)
    assert network.edge_dm.tolist() == [500, 500, 700, 600]
    assert network.report["components"] == 2
    places = snap(network, np.array([[0.0, 0.0]]), 1.0)
    points = snap(network, np.array([[50.0, 70.0], [20.0, 30.0]]), 1.0)
    assert walk(network, places, points, None).row(0).tolist() == [0]


def test_the_layer_of_lines_is_found_among_others(tmp_path: Path) -> None:
    """A gpkg may hold points beside the streets."""
    path = tmp_path / "both.gpkg"
    gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [0]), crs=CRS).to_file(path, layer="trees")
    lines([(0, 0), (9, 0)]).to_file(path, layer="streets")
    assert load_network(path, CRS).edge_dm.tolist() == [90]


def test_virtual_tables_are_refused(tmp_path: Path) -> None:
    """A GeoPackage that would read another file is not opened."""
    path = tmp_path / "trap.gpkg"
    lines([(0, 0), (9, 0)]).to_file(path)
    with closing(sqlite3.connect(path)) as link:
        link.execute("create virtual table peek using fts5(a)")
        link.commit()
    with pytest.raises(InputError, match="virtual tables; got create virtual table peek"):
        load_network(path, CRS)


def test_a_ring_and_a_line_of_no_length(tmp_path: Path) -> None:
    """A closed street is one edge from its node to itself; a line of one spot is dropped."""
    frame = lines([(0, 0), (10, 0), (10, 10), (0, 0)], [(5, 5), (5, 5)])
    frame.to_file(tmp_path / "ring.gpkg")
    network = load_network(tmp_path / "ring.gpkg", CRS)
    assert (network.n_nodes, network.n_edges) == (1, 1)
    a, b = (snap(network, np.array([p]), 1.0) for p in ((9.0, 0.0), (1.0, 1.0)))
    assert walk(network, a, b, None).cost.tolist() == [104]


def test_layers_that_are_no_lines_are_bad_input(tmp_path: Path) -> None:
    """Points, an empty layer, another content behind the name, an unknown kind, nothing there."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [0]), crs=CRS)
    points.to_file(tmp_path / "points.gpkg")
    (tmp_path / "fake.gpkg").write_text("<OGRVRTDataSource/>")
    (tmp_path / "fake.geojson").write_text("<OGRVRTDataSource/>")
    (tmp_path / "walk.xyz").write_text("?")
    for layer in ("here", "there"):
        lines([(0, 0), (9, 0)]).to_file(tmp_path / "two.gpkg", layer=layer)
    for name, message in (
        ("points.gpkg", "exactly one layer of LineStrings; got points"),
        ("two.gpkg", r"exactly one layer of LineStrings; got here \(LineString\), there"),
        ("fake.gpkg", "must be a GeoPackage"),
        ("fake.geojson", "must be GeoJSON"),
        ("walk.xyz", "must be one of"),
        ("nowhere.gpkg", "must be a file"),
    ):
        with pytest.raises(InputError, match=message):
            load_network(tmp_path / name, CRS)
