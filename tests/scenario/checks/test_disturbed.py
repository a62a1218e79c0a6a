"""Layers as they get spoilt on their way: undone exactly, or told with the layer's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting.errors import InputError
from tests.tools.worlds import CRS, EAST, NORTH, World

LAYERS = ("demand", "premises", "outlets")
FILES = {"demand": "people.csv", "premises": "premises.csv", "outlets": "outlets.csv"}


def town(folder: Path, seed: int) -> World:
    """A street with random people, premises and outlets along it."""
    rng = np.random.default_rng(seed)
    world = World(folder)
    for kind, n in (("demand", 30), ("premises", 12), ("outlets", 9)):
        frame = pd.DataFrame({
            "id": [f"{kind[0]}{i:03}" for i in range(n)],
            "x": EAST + rng.uniform(0, 2000, n).round(1),
            "y": NORTH + rng.uniform(-80, 80, n).round(1),
        })  # fmt: skip
        more = {"demand": ("people", rng.integers(1, 300, n)),
                "premises": ("area", rng.integers(100, 900, n)),
                "outlets": ("kind", rng.choice(["wet_market", "recycling_point"], n))}  # fmt: skip
        frame[more[kind][0]] = more[kind][1]
        frame["street"] = rng.choice(["东街", "西街"], n)
        frame.to_csv(folder / FILES[kind], index=False)
    place = {"id": "id", "x": "x", "y": "y", "crs": CRS}
    world.scenario["demand"] = {"file": "people.csv", **place, "groups": {"all": "people"},
                                "district": "street"}  # fmt: skip
    world.scenario["premises"] = {"file": "premises.csv", **place, "area_m2": "area",
                                  "district": "street"}  # fmt: skip
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
