"""Slopes and steps: what a street counts there and back, for whom, and that verify agrees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import siting
from siting.analysis.audit.reach import rewalk
from siting.analysis.audit.reach_slopes import level_metres, slopes_again, there_and_back
from siting.errors import InputError
from siting.files.geotiff import read_raster
from siting.scenario import Scenario
from siting.scenario.layers.elevation import read_ground
from siting.walking.slopes import CLOSED, Gait, slope_factor, walked_by
from siting.walking.tables import build
from tests.tools.tiffs import write_tif

CRS, E0, N0 = "EPSG:32649", 500_000.0, 3_800_000.0


def hill(folder: Path, rise: float = 0.1, size: int = 60, cell: float = 30.0) -> Path:
    """A plane that rises eastwards, cells of 30 m, from (E0 - 300, N0 - 900) on."""
    x = E0 - 300 + cell * (np.arange(size) + 0.5)
    heights = np.tile(100 + rise * (x - E0), (size, 1))
    return write_tif(folder / "dem.tif", heights[None], E0 - 300, N0 + 900, cell, 32649)


def town(folder: Path, **travel: Any) -> Scenario:
    """A street of 600 m uphill from home to the first candidate, one of 700 m on the level."""
    (folder / "nodes.csv").write_text(
        f"node,x,y\n0,{E0},{N0}\n1,{E0 + 600},{N0}\n2,{E0},{N0 + 700}\n"
    )
    (folder / "edges.csv").write_text("u,v,length_m,highway\n0,1,600,steps\n0,2,700,footway\n")
    (folder / "people.csv").write_text(f"id,x,y,people,old\nA,{E0},{N0},100,30\n")
    (folder / "premises.csv").write_text(
        f"id,x,y,area\nhill,{E0 + 600},{N0},100\nflat,{E0},{N0 + 700},100\n"
    )
    change = {
        kind: {
            "metres": 650,
            "group": group,
            "tier": "basic",
            "sizes": [{"name": "s", "area_m2": 50, "cost": 1}],
        }
        for kind, group in (("shop", "all"), ("care", "elderly"))
    }
    document = {
        "siting": 1,
        "crs": CRS,
        "travel": {"network": {"edges": "edges.csv", "nodes": "nodes.csv"}, **travel},
        "demand": {
            "file": "people.csv",
            "id": "id",
            "x": "x",
            "y": "y",
            "crs": CRS,
            "groups": {"all": "people", "elderly": "old"},
        },
        "premises": {
            "file": "premises.csv",
            "id": "id",
            "x": "x",
            "y": "y",
            "crs": CRS,
            "area_m2": "area",
        },
        "formats": {"use": ["shop", "care"], "change": change},
        "budget": 10,
    }
    file = folder / "scenario.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return siting.load(file)


def costs(scenario: Scenario, site: int) -> list[int]:
    """Walks from a site, by demand point; -1 where there is none within the standard."""
    problem = scenario.problem()
    found = np.full(problem.n_points, -1)
    found[problem.reach.row(site)] = problem.reach.row_cost(site)
    return found.tolist()


def test_nothing_is_sloped_unless_asked(tmp_path: Path) -> None:
    """Without the keys a street counts as it is long, whatever its tags."""
    scenario = town(tmp_path)
    assert costs(scenario, 0) == [6000]
    assert not any("slope" in warning for warning in scenario.warnings)


def test_a_slope_counts_there_and_back(tmp_path: Path) -> None:
    """Tobler at 10 %: (exp(0.35) + 1) ... the mean of both directions, 1.2095 level metres a metre;
    Naismith: 8 level metres for each metre climbed, one way of two."""
    hill(tmp_path)
    scenario = town(tmp_path, elevation="dem.tif")
    assert costs(scenario, 0) == [-1]  # 725.7 m
    assert scenario.problem().reach.n_places == 2
    assert float(slope_factor(np.array([0.1]), "tobler")[0]) == pytest.approx(1.20954, abs=1e-5)
    assert scenario.network is not None
    assert scenario.network.edge_m == pytest.approx([725.7, 700.0], abs=0.05)
    told = [w for w in scenario.assembled.warnings if w.key == "network.sloped"]
    assert len(told) == 1
    other = town(tmp_path, elevation="dem.tif", slope=8)
    assert other.network is not None
    assert other.network.edge_m == pytest.approx([600 * 1.4, 700.0], abs=0.05)
    assert town(tmp_path, elevation="dem.tif", slope="flat").network is not None
    assert "dem.tif" in scenario.inputs


def test_each_group_walks_by_its_own_rule(tmp_path: Path) -> None:
    """Everybody climbs the steps; the elderly do not: their place stands apart, people are kept."""
    scenario = town(tmp_path, steps={"elderly": "closed"})
    problem = scenario.problem()
    assert list(problem.labels.points) == ["A", "A@elderly"]
    assert problem.persons.tolist() == [[100_000, 0], [0, 30_000]]
    assert costs(scenario, 0) == [6000, -1]
    result = siting.solve(problem, method="highs")
    assert result.plan is not None and siting.verify(problem, result).ok
    assert result.coverage["shop"]["all"]["after"] == 100
    assert result.coverage["care"]["elderly"]["after"] == 0
    assert any(w.key == "network.gaits" for w in scenario.assembled.warnings)
    assert not rewalk(scenario, problem).differences


def test_wheels_and_factors(tmp_path: Path) -> None:
    """step_free leaves steps out; a factor lengthens them; a group that nobody knows is named."""
    assert costs(town(tmp_path, step_free=["default"]), 0) == [-1]
    assert costs(town(tmp_path, steps=1.05), 0) == [6300]
    with pytest.raises(InputError, match="elderli"):
        town(tmp_path, steps={"elderli": 2})
    with pytest.raises(InputError, match="tobler, flat"):
        town(tmp_path, slope="steep")


@pytest.mark.parametrize("gait", [Gait("tobler"), Gait(7.92, 2.0), Gait("tobler", CLOSED, True)])
def test_verify_finds_slopes_again(tmp_path: Path, gait: Gait) -> None:
    """On rough ground, with slopes told by tags, gaps in the raster and streets beyond it, other
    code in other libraries comes to the same metres."""
    rng = np.random.default_rng(3)
    heights = 100 + 40 * np.cumsum(rng.normal(size=(50, 50)), axis=1) / 10
    heights[10:14, 20:24] = -9999
    path = write_tif(
        tmp_path / "rough.tif", heights[None], E0, N0 + 1500, 30.0, 32649, no_data=-9999
    )
    xy = np.column_stack([E0 + rng.uniform(-100, 1600, 40), N0 + rng.uniform(-100, 1600, 40)])
    import pandas as pd

    ends = rng.integers(0, 40, (70, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    metres = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
    edges = pd.DataFrame({"u": ends[:, 0], "v": ends[:, 1], "length_m": metres})
    edges["highway"] = rng.choice(["steps", "footway"], len(edges))
    edges["incline"] = rng.choice(["", "", "12%"], len(edges))
    edges["bridge"] = rng.choice(["", "", "yes"], len(edges))
    nodes = pd.DataFrame({"node": np.arange(40), "x": xy[:, 0], "y": xy[:, 1]})
    level = build(edges, nodes, CRS)
    sloped = walked_by(level, gait, read_ground(path, "rough.tif", CRS))
    again = np.column_stack(level_metres(level, gait, read_raster(path, "rough.tif")))
    apart = np.abs(again[sloped.kept] - sloped.network.edge_m[:, None]).min(axis=1)
    assert apart.max() < 1e-6 * 2000
    assert sloped.longer > 1.0


def test_verify_sees_a_slope_that_is_wrong(tmp_path: Path) -> None:
    """A street that counts a metre less than its rule says is told."""
    hill(tmp_path)
    scenario = town(tmp_path, elevation="dem.tif", slope=4)
    problem = scenario.problem()
    assert not slopes_again(scenario) and not rewalk(scenario, problem).differences
    (pace,) = scenario.assembled.walked.paces
    wrong = replace(pace, streets=replace(pace.streets, edge_m=pace.streets.edge_m - [1, 0]))
    scenario.__dict__["assembled"] = replace(
        scenario.assembled, walked=replace(scenario.assembled.walked, paces=(wrong,))
    )
    assert "1 of 2 edges count otherwise" in slopes_again(scenario)[0]


def test_there_and_back_is_what_is_walked() -> None:
    """Both codes of the rule agree, up and down alike, and no slope makes a walk shorter."""
    slopes = np.linspace(-1.6, 1.6, 321)
    for rule in ("tobler", 0.0, 7.92):
        one, other = slope_factor(slopes, rule), there_and_back(slopes, rule)
        assert one == pytest.approx(other)
        assert one == pytest.approx(one[::-1])
        assert (one >= 1).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda h: h * 100, "heights in metres"),
        (lambda h: h * np.nan, "heights in metres"),
        (lambda h: np.tile(np.arange(60) * 30.0, (60, 1)), "rise"),
    ],
)
def test_heights_that_cannot_be_are_refused(tmp_path: Path, change: Any, words: str) -> None:
    """Centimetres, nothing at all, and slopes that no town has: a fault that names the raster."""
    x = E0 - 300 + 30.0 * (np.arange(60) + 0.5)
    heights = change(np.tile(100 + 0.5 * (x - E0), (60, 1)))
    write_tif(tmp_path / "dem.tif", heights[None], E0 - 300, N0 + 900, 30.0, 32649)
    with pytest.raises(InputError, match=r"dem\.tif.*" + words):
        town(tmp_path, elevation="dem.tif").problem()


def test_a_raster_of_elsewhere_is_refused(tmp_path: Path) -> None:
    """Heights that no street lies on are none; a table is no raster."""
    write_tif(tmp_path / "dem.tif", np.full((1, 9, 9), 5.0), E0 + 90_000, N0, 30.0, 32649)
    with pytest.raises(InputError, match=r"dem\.tif.*heights of the streets"):
        town(tmp_path, elevation="dem.tif").problem()
    with pytest.raises(InputError, match="GeoTIFF of heights"):
        town(tmp_path, elevation="people.csv")
