"""siting demo: synthetic cities that are seeded, labelled, tight and fast."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siting.demo import make_city
from siting.demo.city import draw_city
from siting.errors import ArgumentError


def _bytes(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """The same arguments write the same files, another seed another city."""
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        make_city(300, 40, 4, out=tmp_path / name, seed=seed, travel="network")
    a, b, c = (_bytes(tmp_path / name) for name in "abc")
    assert a == b
    assert a["people.csv"] != c["people.csv"]


def test_labelled_synthetic_everywhere(tmp_path: Path) -> None:
    """Name, scenario file and README all say that the data are synthetic."""
    path = make_city(50, 10, 2, out=tmp_path / "x", name="长安示范区")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# SYNTHETIC DATA - 合成数据")
    assert yaml.safe_load(text)["name"] == "长安示范区 (合成 synthetic)"
    assert "Synthetic data" in (tmp_path / "x" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("people, sites, formats", [(20, 1, 1), (5_001, 30, 29)])
def test_sizes_asked_for_are_sizes_given(
    tmp_path: Path, people: int, sites: int, formats: int
) -> None:
    """N people points, M premises and F formats, in csv or, beyond 5,000 rows, parquet."""
    path = make_city(people, sites, formats, out=tmp_path)
    scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
    file = tmp_path / scenario["demand"]["file"]
    frame = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    premises = pd.read_csv(tmp_path / scenario["premises"]["file"])
    assert (len(frame), len(premises)) == (people, sites)
    assert len(scenario["formats"]["use"]) == formats
    assert premises["id"].is_unique


def test_age_groups_are_parts_of_everybody() -> None:
    """No age group of a point exceeds its residents, and residents add up to what was asked."""
    city = draw_city(2_000, 50, 8, residents=90_000)
    people = city.people
    ages = people[["people_60", "people_0_3", "people_6_12"]]
    assert people["people"].sum() == 90_000
    assert (people["people"] >= 1).all()
    assert (ages.sum(axis=1) <= people["people"]).all()
    assert 0.12 < ages["people_60"].sum() / 90_000 < 0.28


def test_floors_and_budget_are_tight() -> None:
    """Most floors fit some but not all formats at once; the budget buys far from everything."""
    city = draw_city(20_000, 2_000, 8)
    area = city.premises["area"].to_numpy()
    needs = np.array([s.area_m2 for s in city.used])
    assert np.mean(area >= needs.sum()) < 0.1
    assert 2 < np.mean((area[:, None] >= needs).sum(axis=1)) < 6
    each_once = sum(s.cost for s in city.used) * len(area)
    assert 0 < city.budget < 0.2 * each_once


def test_streets_are_one_piece_near_every_home() -> None:
    """The street network is connected, edges are no shorter than the straight line, and all
    homes and premises are within the usual snap limit of a crossing's streets."""
    city = draw_city(1_500, 200, 4, residents=60_000, travel="network")
    assert city.streets is not None
    edges, nodes = city.streets
    xy = nodes[["x", "y"]].to_numpy()
    u, v = edges["u"].to_numpy() - 1, edges["v"].to_numpy() - 1
    pieces, _ = connected_components(
        coo_array((np.ones(len(u)), (u, v)), shape=(len(nodes), len(nodes))), directed=False
    )
    assert pieces == 1
    straight = np.hypot(*(xy[u] - xy[v]).T)
    assert (edges["length_m"].to_numpy() >= straight - 0.2).all()
    for frame in (city.people, city.premises):
        places = frame[["x", "y"]].to_numpy()
        nearest = np.min(np.hypot(*(places[:, None] - xy[None]).transpose(2, 0, 1)), axis=1)
        assert nearest.max() < 300


def test_more_premises_leave_the_people_where_they_are() -> None:
    """Each layer has a random stream of its own."""
    few, many = draw_city(500, 20, 4), draw_city(500, 60, 4)
    pd.testing.assert_frame_equal(few.people, many.people)


def test_impossible_sizes_are_told_all_at_once(tmp_path: Path) -> None:
    """Every number out of range is named with its range, and nothing is written."""
    with pytest.raises(ArgumentError, match=r"(?s)people must lie .*sites must.*formats must"):
        make_city(1, 0, 99, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_an_existing_scenario_is_not_overwritten(tmp_path: Path) -> None:
    """A folder that holds a scenario is refused."""
    make_city(20, 2, 1, out=tmp_path)
    with pytest.raises(ArgumentError, match="folder without a scenario"):
        make_city(20, 2, 1, out=tmp_path)


def test_a_big_city_is_drawn_whole() -> None:
    """200,000 people points and 20,000 premises: as many as were asked for."""
    city = draw_city(200_000, 20_000, 10)
    assert (len(city.people), len(city.premises)) == (200_000, 20_000)


@pytest.mark.parametrize("residents", [200, 800])
def test_a_hamlet_no_wider_than_its_river(residents: int) -> None:
    """Where the river would take all the ground, people live there all the same."""
    for seed in range(5):
        drawn = draw_city(20, 3, 1, seed=seed, residents=residents)
        assert sum(drawn.people["people"]) > 0 and np.isfinite(drawn.people["x"]).all()
