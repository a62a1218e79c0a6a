"""Problem.from_network: frames are judged as the layers of a scenario are."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import siting
from siting import ArgumentError, InputError, Problem

CRS = "EPSG:32635"
E0, N0 = 385_000.0, 6_672_000.0


def points(xy: list[tuple[float, float]], **columns: list) -> gpd.GeoDataFrame:
    """Points around (E0, N0)."""
    shapes = gpd.points_from_xy([E0 + x for x, _ in xy], [N0 + y for _, y in xy])
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


STREET = gpd.GeoDataFrame(
    geometry=[shapely.LineString([(E0 + a, N0), (E0 + b, N0)]) for a, b in ((0, 400), (400, 1000))],
    crs=CRS,
)
DEMAND = points([(100, 10), (500, 0), (900, 0)], people=[10.5, 20, 30], people_60=[1, 2, 3])
SITES = points([(0, 0), (1000, 20)])


def dense(problem: Problem) -> list[list[int]]:
    """Costs, -1 where out of reach."""
    table = np.full((problem.n_sites, problem.n_points), -1)
    for s in range(problem.n_sites):
        table[s, problem.reach.row(s)] = problem.reach.row_cost(s)
    return table.tolist()


def test_one_format_within_a_radius() -> None:
    """Walks along the street, both snaps counted; the standard is the radius in decimetres."""
    problem = Problem.from_network(STREET, DEMAND, SITES, radius=520)
    assert dense(problem) == [[1100, 5000, -1], [-1, 5200, 1200]]
    assert problem.targets[0].limit == 5200
    assert problem.persons.tolist() == [[10_500, 20_000, 30_000]]
    assert not problem.priced


def test_degrees_and_plain_tables_mean_the_same() -> None:
    """Frames in degrees, frames in metres and tables of x, y give the same reach."""
    metres = Problem.from_network(STREET, DEMAND, SITES, radius=520)
    degrees = Problem.from_network(
        STREET.to_crs("EPSG:4326"),
        DEMAND.to_crs("EPSG:4326"),
        SITES.to_crs("EPSG:4326"),
        radius=520,
    )
    tables = Problem.from_network(
        STREET,
        pd.DataFrame({"x": DEMAND.geometry.x, "y": DEMAND.geometry.y, "people": DEMAND.people}),
        pd.DataFrame({"x": SITES.geometry.x, "y": SITES.geometry.y}),
        radius=520,
    )
    assert dense(metres) == dense(tables) == dense(degrees)


def test_edge_and_node_tables_without_any_coordinate_system() -> None:
    """u, v, length_m and node, x, y in plain metres: lengths are those given."""
    edges = pd.DataFrame({"u": [1, 2], "v": [2, 3], "length_m": [400.0, 700.0]})
    nodes = pd.DataFrame({"node": [1, 2, 3], "x": [0.0, 400.0, 1000.0], "y": 0.0})
    demand = pd.DataFrame({"x": [100.0, 700.0], "y": [0.0, 0.0]})
    sites = pd.DataFrame({"x": [0.0], "y": [0.0]})
    problem = Problem.from_network(edges, demand, sites, nodes=nodes, radius=1000)
    assert dense(problem) == [[1000, 7500]]
    assert problem.persons.tolist() == [[1000, 1000]]


def test_frames_as_osmnx_makes_them() -> None:
    """Edges indexed by (u, v, key) with length and geometry, nodes indexed by osmid."""
    edges = STREET.assign(length=[400.0, 650.0])
    edges.index = pd.MultiIndex.from_tuples([(7, 8, 0), (8, 9, 0)], names=["u", "v", "key"])
    nodes = points([(0, 0), (400, 0), (1000, 0)])
    nodes.index = pd.Index([7, 8, 9], name="osmid")
    problem = Problem.from_network(edges, DEMAND, SITES, nodes=nodes, radius=2000)
    assert dense(problem)[0] == [1100, 5083, 9417]


def test_formats_of_the_catalogue_and_new_ones() -> None:
    """Several formats share floor and budget; a new one needs only its standard and price."""
    sites = SITES.assign(area_m2=[900, 400], opening_cost=[5, 0], id=["a", "b"])
    problem = Problem.from_network(
        STREET,
        DEMAND,
        sites,
        {"wet_market": {"metres": 800}, "kiosk": {"minutes": 5, "cost": 7, "area_m2": 20}},
        existing=points([(900, 0)], format=["kiosk"]),
        groups={"all": "people", "elderly": "people_60"},
        budget=1_000_000,
    )
    assert problem.labels.formats == ("wet_market", "kiosk")
    assert list(problem.labels.sites) == ["a", "b"]
    assert [t.limit for t in problem.targets] == [8000, 3600]
    assert problem.site_area.tolist() == [900, 400]
    assert problem.opening_cost.tolist() == [5, 0]
    assert len(problem.outlets) == 1
    assert "budget.total" in {r.name for r in problem.rules}
    kiosks = problem.options.format == 1
    assert set(problem.options.cost[kiosks].tolist()) == {7}


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames are layers as they are, also streets as a pair of tables, which give the reach that
    the same pair gives as files: no temporary folder, nothing where the program works."""
    edges = pd.DataFrame({"u": ["a", "b"], "v": ["b", "c"], "length_m": [400.0, 600.0]})
    nodes = pd.DataFrame({"node": list("abc"), "x": [E0, E0 + 400, E0 + 1000], "y": [N0] * 3})
    filed = tmp_path / "filed"
    filed.mkdir()
    people = pd.DataFrame({"x": DEMAND.geometry.x, "y": DEMAND.geometry.y, "people": DEMAND.people})
    sites = pd.DataFrame({"x": SITES.geometry.x, "y": SITES.geometry.y})
    frames = {"edges": edges, "nodes": nodes, "people": people, "sites": sites}
    for name, frame in frames.items():
        frame.to_csv(filed / f"{name}.csv", index=False)

    def keys(ending: str) -> dict[str, object]:
        places = {"x": "x", "y": "y", "crs": CRS}
        streets = {"edges": f"edges{ending}", "nodes": f"nodes{ending}"}
        return {
            "siting": 1,
            "crs": CRS,
            "travel": {"mode": "network", "network": streets},
            "demand": {"file": f"people{ending}", **places, "groups": {"all": "people"}},
            "premises": {"file": f"sites{ending}", **places, "area_m2": 500},
            "formats": {"use": ["wet_market"], "change": {"wet_market": {"metres": 520}}},
        }

    monkeypatch.chdir(filed)
    of_files = siting.load(keys(".csv")).problem()
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for name in ("mkdtemp", "mkstemp"):
        monkeypatch.setattr(tempfile, name, lambda *_, **__: pytest.fail("something is written"))
    held = siting.load(keys(""), frames=frames).problem()
    direct = Problem.from_network(edges, people, sites, nodes=nodes, radius=520, crs=CRS)
    assert dense(held) == dense(of_files) == dense(direct) == [[1100, 5000, -1], [-1, 5200, 1200]]
    assert list(work.iterdir()) == []


def test_catalogue_ids_alone() -> None:
    """A list of ids means the catalogue's own standards."""
    problem = Problem.from_network(STREET, DEMAND, SITES, ["wet_market", "repair"])
    assert problem.labels.formats == ("wet_market", "repair")
    assert problem.targets[0].limit == 7200


def test_faults_name_the_frame() -> None:
    """Negative persons and unknown formats are told together, without temporary files."""
    with pytest.raises(InputError) as caught:
        Problem.from_network(STREET, DEMAND.assign(people=-1), SITES, radius=100)
    assert "demand" in str(caught.value)
    assert "parquet" not in str(caught.value)
    with pytest.raises(InputError, match="wet_market"):
        Problem.from_network(STREET, DEMAND, SITES, ["wet_marked"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"budgett": 3}, "settings must be among .*did you mean 'budget'"),
        ({"formats": ["repair"], "radius": 5}, "radius must be left out"),
        ({"sites": [[0, 0]]}, "sites must be a frame; got list"),
        ({"sites": pd.DataFrame({"lon": [1]})}, "sites must have geometry or the columns x, y"),
        ({"edges": pd.DataFrame({"u": [1], "v": [2], "length_m": [3]})}, "edges must be"),
    ],
)
def test_misuse(arguments: dict, message: str) -> None:
    """What cannot be meant is refused with what was expected."""
    given = {"edges": STREET, "demand": DEMAND, "sites": SITES} | arguments
    with pytest.raises(ArgumentError, match=message):
        Problem.from_network(**given)
