"""Layers in memory are read as files of the same content would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

import siting
from siting.errors import ArgumentError, InputError
from tests.service.conftest import town


def keys(folder: Path) -> dict[str, Any]:
    """The town's scenario as a mapping whose layers have names instead of files."""
    found: dict[str, Any] = yaml.safe_load((folder / "scenario.yaml").read_text(encoding="utf-8"))
    found["demand"]["file"], found["premises"]["file"] = "people", "sites"
    return found


def same(one: siting.Problem, other: siting.Problem) -> None:
    assert (one.persons == other.persons).all()
    assert (one.reach.start == other.reach.start).all()
    assert (one.reach.point == other.reach.point).all()
    assert (one.options.cost == other.options.cost).all()
    assert list(one.labels.sites) == list(other.labels.sites)


def test_frames_and_mapping_give_the_files_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables with coordinates and layers with shapes; nothing is written anywhere; they count as
    inputs, and a change of settings reads them again."""
    folder = town(tmp_path / "town")
    frames: dict[str, Any] = {
        "people": pd.read_csv(folder / "people.csv"),
        "sites": pd.read_csv(folder / "sites.csv"),
    }
    of_files = siting.load(folder)
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    scenario = siting.load(keys(folder), frames=frames)
    same(scenario.problem(), of_files.problem())
    assert {"people", "sites"} <= set(scenario.inputs)
    assert "scenario.yaml" not in scenario.inputs
    dearer = scenario.changed(("budget=900",)).problem()
    assert dearer.rules[0].rhs[0] == 900
    result = siting.solve(scenario.problem(), time_limit=20)
    assert result.objective == siting.solve(of_files.problem(), time_limit=20).objective
    assert list(empty.iterdir()) == []

    shaped = keys(folder)
    for name in ("demand", "premises"):
        for key in ("x", "y", "crs"):
            shaped[name].pop(key, None)
    layers = {
        name: gpd.GeoDataFrame(
            frame.drop(columns=["x", "y"]),
            geometry=shapely.points(frame["x"], frame["y"]),
            crs="EPSG:32650",
        )
        for name, frame in frames.items()
    }
    same(siting.load(shaped, frames=layers).problem(), of_files.problem())


def test_streets_in_memory(tmp_path: Path) -> None:
    """A network of lines by its name."""
    folder = town(tmp_path / "town")
    written = keys(folder)
    written["travel"] = {"mode": "network", "network": "streets", "snap_limit_m": 500}
    lines = [shapely.linestrings([(500_000, 4_400_100), (503_000, 4_400_100)])]
    streets = gpd.GeoDataFrame(geometry=np.array(lines), crs="EPSG:32650")
    frames = {
        "streets": streets,
        "people": pd.read_csv(folder / "people.csv"),
        "sites": pd.read_csv(folder / "sites.csv"),
    }
    scenario = siting.load(written, frames=frames)
    assert scenario.problem().reach.n_pairs > 0
    assert scenario.network is not None


def test_faults_name_the_frame(tmp_path: Path) -> None:
    """A missing column is told of the frame's name; what is no frame is refused at once."""
    folder = town(tmp_path / "town")
    sites = pd.read_csv(folder / "sites.csv")
    people = pd.read_csv(folder / "people.csv").drop(columns="people")
    with pytest.raises(InputError, match="people"):
        siting.load(keys(folder), frames={"people": people, "sites": sites}).problem()
    with pytest.raises(InputError, match="sites"):
        siting.load(keys(folder), frames={"people": people})
    with pytest.raises(ArgumentError, match="people"):
        siting.load(keys(folder), frames={"people": [1, 2]})
    odd = pd.DataFrame({"a": [1, "x", object()]})
    with pytest.raises(ArgumentError, match="people"):
        siting.load(keys(folder), frames={"people": odd})


def test_frames_and_keys_of_other_libraries(tmp_path: Path) -> None:
    """Sparse columns and numbers of numpy are what they hold, periods are no numbers; what no file
    could hold is refused by name, whatever the library below raises of it."""
    folder = town(tmp_path / "town")
    people, sites = pd.read_csv(folder / "people.csv"), pd.read_csv(folder / "sites.csv")
    whole = siting.load(keys(folder), frames={"people": people, "sites": sites}).problem()
    odd = keys(folder)
    odd["budget"] = np.int64(odd["budget"])
    odd["formats"]["use"] = np.array(odd["formats"]["use"])
    sparse = people.assign(people=pd.arrays.SparseArray(people["people"].to_numpy()))
    same(siting.load(odd, frames={"people": sparse, "sites": sites}).problem(), whole)
    months = pd.period_range("1970-01", periods=len(people), freq="M")
    with pytest.raises(InputError, match="1970-01"):
        siting.load(
            keys(folder), frames={"people": people.assign(people=months), "sites": sites}
        ).problem()
    for bad in (10**400, 1j):
        held = people.assign(people=np.array([bad] * len(people)))
        with pytest.raises(ArgumentError, match="people must be a frame that Parquet can hold"):
            siting.load(keys(folder), frames={"people": held, "sites": sites})
    with pytest.raises(ArgumentError, match="frames must be a mapping"):
        siting.load(keys(folder), frames=[people])  # type: ignore[arg-type]
    within = keys(folder)
    within["rules"] = within
    for mapping in (within, keys(folder) | {"name": "a\ud800"}):
        with pytest.raises(ArgumentError, match="what a scenario file can hold"):
            siting.load(mapping, frames={"people": people, "sites": sites})


def test_arguments_of_another_kind_are_told_in_one_line(tmp_path: Path) -> None:
    """By load and by solve, before anything runs: the argument, what it is, what it was given."""
    folder = town(tmp_path / "town")
    wrong: Any
    for wrong, name in (
        ({"path": 5}, "path"),
        ({"path": None}, "path"),
        ({"path": folder, "variant": 5}, "variant"),
        ({"path": folder, "overrides": "budget=9"}, "overrides"),
        ({"path": folder, "overrides": 5}, "overrides"),
    ):
        with pytest.raises(ArgumentError, match=f"^{name} must be [^\n]*; got [a-zA-Z]+$"):
            siting.load(**wrong)
    problem = siting.load(folder).problem()
    value: Any
    values: tuple[Any, ...]
    for name, values in (
        ("listener", (5,)),
        ("start", (5, {}, {1, 2}, b"x", [[1], [2, 3]], [1.5])),
        ("interrupt", (5,)),
        ("write", (5, "a.lp", (5,))),
        ("options", (5, "a")),
        ("solvers", (5,)),
    ):
        for value in values:
            wrong = {name: value}
            with pytest.raises(ArgumentError, match=f"^{name} must be [^\n]*; got [^\n]+$"):
                siting.solve(problem, time_limit=5, **wrong)
