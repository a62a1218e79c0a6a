"""Layers as they get spoilt on their way: undone exactly, or told with the layer's name."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from siting.errors import InputError
from siting.scenario.layers.datums import wgs84_to_bd09, wgs84_to_gcj02
from tests.tools.worlds import CRS, EAST, NORTH, World

LAYERS = ("demand", "premises", "outlets")
FILES = {"demand": "people.csv", "premises": "premises.csv", "outlets": "outlets.csv"}


def town(folder: Path, seed: int) -> World:
    """A street with random people, premises and outlets along it."""
    rng = np.random.default_rng(seed)
    world = World(folder)
    for kind, n in (("demand", 30), ("premises", 12), ("outlets", 9)):
        frame = pd.DataFrame(
            {
                "id": [f"{kind[0]}{i:03}" for i in range(n)],
                "x": EAST + rng.uniform(0, 2000, n).round(1),
                "y": NORTH + rng.uniform(-80, 80, n).round(1),
            }
        )
        more = {
            "demand": ("people", rng.integers(1, 300, n)),
            "premises": ("area", rng.integers(100, 900, n)),
            "outlets": ("kind", rng.choice(["wet_market", "recycling_point"], n)),
        }
        frame[more[kind][0]] = more[kind][1]
        frame["street"] = rng.choice(["东街", "西街"], n)
        frame.to_csv(folder / FILES[kind], index=False)
    place = {"id": "id", "x": "x", "y": "y", "crs": CRS}
    world.scenario["demand"] = {
        "file": "people.csv",
        **place,
        "groups": {"all": "people"},
        "district": "street",
    }
    world.scenario["premises"] = {
        "file": "premises.csv",
        **place,
        "area_m2": "area",
        "district": "street",
    }
    world.scenario["outlets"] = {"file": "outlets.csv", **place, "format": "kind"}
    world.scenario["formats"]["use"] = ["wet_market", "recycling_point"]
    return world


def tables(world: World) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The layers as they were understood, by id, and what was told."""
    scenario = world.load()
    scenario.problem()
    found = {kind: getattr(scenario, kind).sort_values("id", ignore_index=True) for kind in LAYERS}
    return found, [str(warning) for warning in scenario.warnings]


def _written(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        change(pd.read_csv(path)).to_csv(path, index=False)

    return spoil


def _bytes(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)


def _recoded(path: Path) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))


def _offset(frame: pd.DataFrame) -> pd.DataFrame:
    """Written in degrees by a program that names no system."""
    from pyproj import Transformer

    turn = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    x, y = turn.transform(frame["x"], frame["y"])
    return frame.assign(x=x, y=y)


DISTURBED: dict[str, Callable[[Path], None]] = {
    "swapped": _written(lambda f: f.rename(columns={"x": "y", "y": "x"})),
    "zone number": _written(lambda f: f.assign(x=f["x"] + 50_000_000)),
    "other zone": _written(lambda f: f.assign(x=f["x"] + 550_000)),
    "kilometres": _written(lambda f: f.assign(x=f["x"] / 1000, y=f["y"] / 1000)),
    "degrees": _written(_offset),
    "GB18030": _recoded,
    "row order": _written(lambda f: f.sample(frac=1, random_state=3)),
    "UTF-16": lambda path: _bytes(path, path.read_text(encoding="utf-8").encode("utf-16")),
    "cut in its last row": lambda path: _bytes(path, path.read_bytes().rsplit(b",", 2)[0]),
    "semicolons": lambda path: _bytes(path, path.read_bytes().replace(b",", b";")),
    "tabs": lambda path: _bytes(path, path.read_bytes().replace(b",", b"\t")),
    "thousands": _written(lambda f: f.assign(y=[f"{y:,.1f}" for y in f["y"]])),
    "ten thousands": _written(lambda f: f.rename(columns={"people": "people(万人)"})),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("how", DISTURBED)
def test_never_another_plan_in_silence(tmp_path: Path, how: str, kind: str, seed: int) -> None:
    """The layers are what they were, or a fault or a warning names the one that was spoilt."""
    before, told_before = tables(town(tmp_path, seed))
    world = town(tmp_path, seed)
    DISTURBED[how](tmp_path / FILES[kind])
    try:
        after, told = tables(world)
    except InputError as error:
        assert any(FILES[kind] in str(fault) or kind in fault.key for fault in error.faults)
        return
    same = all(before[k].equals(after[k]) for k in LAYERS)
    assert same or any(FILES[kind] in line for line in set(told) - set(told_before))
    if how in ("GB18030", "row order"):
        assert same


def _halves(frame: pd.DataFrame) -> pd.DataFrame:
    """The layer's own numbers with halves, as another country writes them: 12,5."""
    column = next(c for c in ("people", "area", "y") if c in frame)
    return frame.assign(**{column: [f"{value},5" for value in frame[column].astype(int)]})


def _bom(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


FURTHER: dict[str, Callable[[Path], None]] = {
    "feet": _written(lambda f: f.assign(x=f["x"] / 0.3048, y=f["y"] / 0.3048)),
    "local metres": _written(lambda f: f.assign(x=f["x"] - EAST, y=f["y"] - NORTH)),
    "BOM": _bom,
    "columns in another order": _written(lambda f: f[sorted(f.columns, reverse=True)]),
    "every row twice": _written(lambda f: pd.concat([f, f])),
    "a row at 0, 0": _written(lambda f: f.assign(x=[0, *f["x"][1:]], y=[0, *f["y"][1:]])),
    "decimal commas": _written(_halves),
    "a column without a name": _written(lambda f: f.rename(columns={"x": ""})),
    "a sum at the end": lambda path: _bytes(path, path.read_bytes() + b"total,,,\xe5\x90\x88,\n"),
    "the head twice": lambda path: _bytes(path, path.read_bytes().split(b"\n")[0] + b"\n"
                                          + path.read_bytes()),
}  # fmt: skip
UNDONE = ("BOM", "columns in another order")


@pytest.mark.slow
@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("how", FURTHER)
def test_further_slips_are_never_another_plan_in_silence(
    tmp_path: Path, how: str, kind: str
) -> None:
    """The same of what spreadsheets and their people do to a table."""
    before, told_before = tables(town(tmp_path, 1))
    world = town(tmp_path, 1)
    FURTHER[how](tmp_path / FILES[kind])
    try:
        after, told = tables(world)
    except InputError as error:
        assert any(FILES[kind] in str(fault) or kind in fault.key for fault in error.faults)
        assert how not in UNDONE
        return
    same = all(before[k].equals(after[k]) for k in LAYERS)
    assert same or any(FILES[kind] in line for line in set(told) - set(told_before))
    assert same or how not in UNDONE


def _box(west: float, east: float) -> shapely.Polygon:
    return shapely.box(EAST + west, NORTH - 60, EAST + east, NORTH + 60)


def _line(x: float) -> shapely.LineString:
    return shapely.LineString([(EAST + x, NORTH - 70), (EAST + x, NORTH + 70)])


AREAS: dict[str, list[shapely.Geometry]] = {
    "districts": [_box(-100, 950), _box(950, 2100)],
    "compounds": [_box(300, 400), _box(1250, 1350)],
    "gates": [shapely.Point(EAST + 300, NORTH), shapely.Point(EAST + 1250, NORTH)],
    "barriers": [_line(650), _line(1650)],
    "schools": [_box(700, 760), _box(1500, 1560)],
    "away": [_box(700, 760), _box(1500, 1560)],
    "over": [_box(120, 160), _box(1050, 1090), _box(1800, 1850)],
    "streets": [shapely.LineString([(EAST, NORTH), (EAST + 2000, NORTH)])],
}
"""Layers with shapes of their own: around the street, across it, beside it."""


def with_areas(folder: Path, kind: str) -> World:
    """The town with one further layer of each kind that the spoilt one needs."""
    world = town(folder, 1)
    here = {"compounds", "gates"} if kind in ("compounds", "gates") else {kind}
    at = {k: {"file": f"{k}.gpkg", "id": "id"} for k in here}
    for k in here:
        ids = [f"{k}{i}" for i in range(len(AREAS[k]))]
        gpd.GeoDataFrame({"id": ids}, geometry=AREAS[k], crs=CRS).to_file(folder / f"{k}.gpkg")
    travel, scenario = world.scenario["travel"], world.scenario
    match kind:
        case "districts":
            scenario["districts"] = at[kind]
            for layer in ("demand", "premises"):
                scenario[layer].pop("district")
        case "compounds" | "gates":
            travel |= at
        case "barriers":
            travel["barriers"] = at[kind]
        case "schools":
            scenario["neighbours"] = {"schools": at[kind]}
            scenario["rules"] = {"nuisance": ["all"]}
        case "away":
            rule = {"formats": ["recycling_point"], "places": at[kind], "metres": 80}
            scenario["rules"] = {"away": [rule]}
        case "streets":
            travel["network"] = "streets.gpkg"
        case "over":
            people = gpd.GeoDataFrame({"id": ["a"], "people": [900]}, geometry=[_box(0, 2000)])
            people.set_crs(CRS).to_file(folder / "blocks.gpkg")
            demand = {"file": "blocks.gpkg", "id": "id", "groups": {"all": "people"}}
            scenario["demand"] = demand | {"spread": {"over": "over.gpkg"}}
    return world


def planned(world: World) -> tuple[bytes, list[str]]:
    """All that a plan depends on, as bytes, and what was told."""
    scenario = world.load()
    problem = scenario.problem()
    reach = (problem.reach, problem.outlets.reach)
    walks = [array.tobytes() for r in reach for array in (r.start, r.point, r.cost)]
    people = scenario.demand.drop(columns="layer", errors="ignore").round(7).to_csv()
    rules = pickle.dumps([rule.sites if hasattr(rule, "sites") else rule for rule in problem.rules])
    return b"".join([*walks, people.encode(), rules]), [str(w) for w in scenario.warnings]


def _spoil(change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        change(gpd.read_file(path)).to_file(path, engine="pyogrio")

    return spoil


def _turned(frame: gpd.GeoDataFrame, by: Callable[[Any], Any]) -> gpd.GeoDataFrame:
    return frame.assign(geometry=shapely.transform(frame.geometry.to_numpy(), by)).set_crs(
        frame.crs, allow_override=True
    )


def _moved(frame: gpd.GeoDataFrame, move: Callable[[Any, Any], Any]) -> gpd.GeoDataFrame:
    """Drawn on a map service's coordinates, under the system that the layer had."""
    there = _turned(frame.to_crs(4326), lambda xy: np.column_stack(move(*xy.T.copy())))
    return there.to_crs(CRS)


SHAPES: dict[str, Callable[[Path], None]] = {
    "swapped": _spoil(lambda f: _turned(f, lambda xy: xy[:, ::-1])),
    "zone number": _spoil(lambda f: _turned(f, lambda xy: np.add(xy, [50e6, 0]))),
    "other zone": _spoil(lambda f: _turned(f, lambda xy: np.add(xy, [550e3, 0]))),
    "kilometres": _spoil(lambda f: _turned(f, lambda xy: xy / 1000)),
    "degrees as metres": _spoil(
        lambda f: f.to_crs(4326).set_crs(CRS, allow_override=True)
    ),
    "another system": _spoil(lambda f: f.to_crs("EPSG:32651")),
    "GCJ02": _spoil(lambda f: _moved(f, wgs84_to_gcj02)),
    "BD09": _spoil(lambda f: _moved(f, wgs84_to_bd09)),
    "rows turned": _spoil(lambda f: f.iloc[::-1]),
    "cut": lambda path: _bytes(path, path.read_bytes()[: path.stat().st_size // 2]),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", AREAS)
def test_layers_of_shapes_are_never_others_in_silence(tmp_path: Path, kind: str) -> None:
    """Districts, walls, gates, barriers, schools, places to keep away from, homes to spread over,
    streets: a plan is what it was, or a fault or a warning names the layer's file."""
    before, told_before = planned(with_areas(tmp_path, kind))
    for how, spoil in SHAPES.items():
        if (kind, how) == ("over", "rows turned"):
            continue  # its rows are the demand points, in their order
        if kind == "streets" and how in ("GCJ02", "BD09"):
            continue  # the layers along one straight street stand off it, or tell nothing
        world = with_areas(tmp_path, kind)
        spoil(tmp_path / f"{kind}.gpkg")
        try:
            after, told = planned(world)
        except InputError as error:
            faults = [str(fault) for fault in error.faults]
            assert any(kind in fault for fault in faults), (how, faults)
            assert how not in ("another system", "rows turned"), faults
            continue
        new = set(told) - set(told_before)
        assert before == after or any(f"{kind}.gpkg" in line for line in new), (how, new)


@pytest.mark.slow
@pytest.mark.parametrize("kind", AREAS)
def test_a_shapefile_that_lost_a_part_is_no_other_layer(tmp_path: Path, kind: str) -> None:
    """Without its index, table or system it is refused by name; without the word on its
    encoding, texts of plain letters are what they were."""
    world = with_areas(tmp_path, kind)
    before, _ = planned(world)
    gpd.read_file(tmp_path / f"{kind}.gpkg").to_file(tmp_path / f"{kind}.shp", engine="pyogrio")
    text = json.dumps(world.scenario).replace(f"{kind}.gpkg", f"{kind}.shp")
    world.scenario = json.loads(text)
    for suffix in (".cpg", ".prj", ".dbf", ".shx"):
        (tmp_path / f"{kind}{suffix}").unlink()
        if suffix == ".cpg":
            assert planned(world)[0] == before
            continue
        with pytest.raises(InputError) as caught:
            planned(world)
        assert any(f"{kind}.shp" in str(fault) for fault in caught.value.faults), suffix


def _table_of(frame: pd.DataFrame, path: Path) -> None:
    """The same rows as a file of another kind, with geometry where the kind has one."""
    if path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
        return
    places = gpd.points_from_xy(frame["x"], frame["y"])
    layer = gpd.GeoDataFrame(frame.drop(columns=["x", "y"]), geometry=places, crs=CRS)
    if path.suffix == ".parquet":
        layer.to_parquet(path)
    else:
        layer.to_file(path, engine="pyogrio")


def _kept_as(world: World, kind: str, suffix: str) -> Path:
    """A layer of the scenario kept in a file of another kind."""
    path = world.folder / f"{kind}{suffix}"
    _table_of(pd.read_csv(world.folder / FILES[kind]), path)
    layer = world.scenario[kind]
    layer["file"] = path.name
    if suffix != ".xlsx":
        for key in ("x", "y", "crs"):
            layer.pop(key)
    return path


SUFFIXES = (".xlsx", ".gpkg", ".geojson", ".parquet", ".fgb", ".shp")


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_kind_of_file_in_any_order_is_the_same_town(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    """What a layer is kept in, and in what order its rows stand, means nothing."""
    before, _ = tables(town(tmp_path, 1))
    world = town(tmp_path, 1)
    _written(lambda f: f.sample(frac=1, random_state=3))(tmp_path / FILES[kind])
    _kept_as(world, kind, suffix)
    after, _ = tables(world)
    for name in LAYERS:
        one, other = (t[name].drop(columns="layer", errors="ignore") for t in (before, after))
        for frame in (one, other):  # of a layer the last bits may differ on their way to degrees
            frame[["lon", "lat"]] = frame[["lon", "lat"]].round(9)
        assert one.equals(other)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_cut_file_is_never_a_smaller_town(tmp_path: Path, kind: str, suffix: str) -> None:
    """Two thirds of a file are a fault that names it, or the whole of its rows."""
    world = town(tmp_path, 1)
    path = _kept_as(world, kind, suffix)
    whole = len(getattr(world.load(), kind))
    raw = path.read_bytes()
    path.write_bytes(raw[: 2 * len(raw) // 3])
    try:
        assert len(getattr(world.load(), kind)) == whole
    except InputError as error:
        assert any(path.name in str(fault) for fault in error.faults)


STREETS: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "nodes swapped": ("nodes.csv", lambda f: f.rename(columns={"x": "y", "y": "x"})),
    "nodes with zone number": ("nodes.csv", lambda f: f.assign(x=f["x"] + 50_000_000)),
    "nodes in the other zone": ("nodes.csv", lambda f: f.assign(x=f["x"] + 550_000)),
    "nodes in kilometres": ("nodes.csv", lambda f: f.assign(x=f["x"] / 1e3, y=f["y"] / 1e3)),
    "nodes in degrees": ("nodes.csv", _offset),
    "nodes cut": ("nodes.csv", lambda f: f.iloc[: len(f) * 2 // 3]),
    "nodes in another order": ("nodes.csv", lambda f: f.iloc[::-1]),
    "edges in kilometres": ("edges.csv", lambda f: f.assign(length_m=f["length_m"] / 1000)),
    "edges in feet": ("edges.csv", lambda f: f.assign(length_m=f["length_m"] / 0.3048)),
    "edges in centimetres": ("edges.csv", lambda f: f.assign(length_m=f["length_m"] * 100)),
    "edges in another order": ("edges.csv", lambda f: f.iloc[::-1]),
    "edges turned": ("edges.csv", lambda f: f.rename(columns={"u": "v", "v": "u"})),
    "edges both ways": (
        "edges.csv",
        lambda f: pd.concat([f, f.rename(columns={"u": "v", "v": "u"})]),
    ),
}


@pytest.mark.parametrize("how", STREETS)
def test_streets_are_never_others_in_silence(tmp_path: Path, how: str) -> None:
    """The same for streets: every walk is what it was, or a fault or a warning tells."""
    before = town(tmp_path, 1).load().problem()
    world = town(tmp_path, 1)
    file, change = STREETS[how]
    _written(change)(tmp_path / file)
    try:
        after = world.load().problem()
    except InputError as error:
        told = " ".join(str(fault) for fault in error.faults)
        assert any(word in told for word in ("nodes.csv", "edges.csv", "network"))
        return
    for one, other in ((before.reach, after.reach), (before.outlets.reach, after.outlets.reach)):
        assert np.array_equal(one.start, other.start)
        assert np.array_equal(one.point, other.point)
        assert np.array_equal(one.cost, other.cost)


@pytest.mark.parametrize("datum", ["GCJ02", "BD09"])
@pytest.mark.parametrize("kind", LAYERS)
def test_an_offset_datum_is_asked_for(tmp_path: Path, kind: str, datum: str) -> None:
    """Coordinates of a map service under no name: a fault that names the layer and the datum.

    Under a wrong name single places along one street tell nothing; where the streets do, a warning
    names the layer (``test_together``).
    """
    world = town(tmp_path, 1)
    path = tmp_path / FILES[kind]
    frame = _offset(pd.read_csv(path))
    move = {"GCJ02": wgs84_to_gcj02, "BD09": wgs84_to_bd09}[datum]
    x, y = move(frame["x"].to_numpy(), frame["y"].to_numpy())
    frame.assign(x=x, y=y).to_csv(path, index=False)
    world.scenario[kind].pop("crs")
    with pytest.raises(InputError) as caught:
        world.load().problem()
    told = [str(fault) for fault in caught.value.faults]
    assert any(FILES[kind] in line and datum in line for line in told)
