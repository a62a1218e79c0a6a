"""Layers held against one another: what lies elsewhere is told, with what puts it right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from siting.scenario.checks.across_layers import check_together
from siting.scenario.checks.offsets import ASK, check_offsets
from siting.scenario.checks.zones import twin, with_number
from siting.scenario.layers.columns import Columns
from siting.scenario.layers.crs import estimate_crs, stretch
from siting.scenario.layers.datums import wgs84_to_bd09, wgs84_to_gcj02
from siting.scenario.layers.layer import Places, lonlat, planar

CRS = "EPSG:4547"
Floats = NDArray[np.float64]
KINDS = ("demand", "premises", "outlets", "stops", "gates")


def layer(kind: str, xy: Floats, crs: str = CRS, assumed: bool = False) -> Places:
    """A layer of places."""
    ids = np.array([f"{kind}{i}" for i in range(len(xy))], object)
    table = Columns(pd.DataFrame(index=range(len(xy))), f"{kind}.csv", [])
    return Places(kind, f"{kind}.csv", ids, np.asarray(xy, float), crs, table, assumed=assumed)


def town(seed: int, n: int = 12) -> dict[str, Floats]:
    """Places of every kind within five kilometres."""
    rng = np.random.default_rng(seed)
    centre = [500_000 + rng.uniform(-6e4, 6e4), rng.uniform(2.5e6, 4.8e6)]
    return {kind: centre + rng.uniform(-2500, 2500, (n, 2)) for kind in KINDS}


DISTURBED: dict[str, Any] = {
    "swapped": lambda xy: (xy[:, ::-1], CRS, "swap x and y"),
    "zone number": lambda xy: (np.add(xy, [38e6, 0]), CRS, "drop the zone number 38"),
    "zone number, other form": lambda xy: (np.add(xy, [38e6, 0]), "EPSG:4526", None),
    "no zone number": lambda xy: (xy, "EPSG:4526", "use EPSG:4547"),
    "degrees as metres": lambda xy: (lonlat(xy, CRS), CRS, "use EPSG:4326"),
    "next zone": lambda xy: (planar(xy, CRS, "EPSG:4546"), CRS, "use EPSG:4546"),
    "kilometres": lambda xy: (xy / 1000, CRS, "kilometres"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", DISTURBED)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_layer_elsewhere_is_a_fault_with_its_cure(name: str, kind: str, seed: int) -> None:
    """Never another plan in silence: each disturbance of each layer names the layer and the cure,
    and what is right in another form is no fault."""
    places = town(seed)
    xy, crs, cure = DISTURBED[name](places[kind])
    layers = {
        k: [layer(k, xy if k == kind else v, crs if k == kind else CRS)] for k, v in places.items()
    }
    faults, told = check_together(layers, CRS)
    if cure is None:
        assert (faults, told) == ([], [])
        return
    (fault,) = faults
    assert fault.where == f"{kind}.csv"
    assert cure in fault.hint
    assert "12 of 12 then lie there" in fault.hint


@pytest.mark.parametrize("seed", [1, 2])
def test_layers_that_belong_together_are_believed(seed: int) -> None:
    """Whatever town, and whatever of the right systems each layer is in."""
    systems = dict(zip(KINDS, (CRS, "EPSG:4526", "EPSG:4326", "EPSG:4490", "EPSG:32649")))  # noqa: B905
    layers = {
        k: [
            layer(
                k,
                planar(xy, CRS, systems[k]) if "43" not in systems[k] else lonlat(xy, CRS),
                systems[k],
            )
        ]
        for k, xy in town(seed).items()
    }
    assert check_together(layers, CRS) == ([], [])


def test_single_places_far_away_are_told() -> None:
    """A row of zeros for blanks is no reason to refuse the layer, and none to be silent."""
    places = town(1)
    places["outlets"][3] += [400_000, 0]
    faults, told = check_together({k: [layer(k, xy)] for k, xy in places.items()}, CRS)
    assert faults == []
    assert [str(t).split(" km")[0] for t in told] == [
        "outlets.csv: 1 of 12 places lie more than 100"
    ]
    assert told[0].values["ids"] == ["outlets3"]


def test_outlets_that_are_merely_elsewhere_are_told() -> None:
    """They cover nobody, which a plan may be right with."""
    places = town(2)
    places["outlets"] += [30_000, 0]
    faults, told = check_together({k: [layer(k, xy)] for k, xy in places.items()}, CRS)
    assert faults == []
    assert [t.key for t in told] == ["layers.far"]


def test_old_datums_are_told_by_name() -> None:
    """The library has no parameters for them, moves nothing and says nothing."""
    _, told = check_together({"demand": [layer("demand", town(1)["demand"], "EPSG:2383")]}, None)
    assert [t.key for t in told] == ["layers.old_datum"]
    assert "Xian 1980" in str(told[0])


@pytest.mark.parametrize(
    ("one", "other", "number"),
    [
        ("EPSG:4547", "EPSG:4526", 38),
        ("EPSG:4545", "EPSG:4524", 36),
        ("EPSG:4507", "EPSG:4496", 18),
        ("EPSG:2383", "EPSG:2362", 38),
        ("EPSG:2435", "EPSG:2414", 38),
    ],
)
def test_both_forms_of_a_zone_are_the_same_places(one: str, other: str, number: int) -> None:
    """The tables of codes agree with the registry: same meridian, a million times the number."""
    assert twin(one) == (other, number)
    assert twin(other) == (one, number)
    assert with_number(one, number) == other
    xy = np.array([[501_000.0, 3_800_000.0]])
    assert lonlat(xy, one) == pytest.approx(lonlat(np.add(xy, [number * 1e6, 0]), other))


def near_streets(degrees: Floats) -> Floats:
    """Metres to a street along 108.95 E."""
    return np.asarray(np.abs(degrees[:, 0] - 108.95) * 92_000)


AT = np.column_stack([np.full(9, 108.95), 34.2 + np.arange(9) / 1000])


def test_degrees_inside_china_without_a_system_ask() -> None:
    """Without streets nobody can tell; near them in one system only, they are believed and told."""
    (fault,), told = check_offsets([layer("demand", AT, "EPSG:4326", assumed=True)], None)
    assert (fault.where, fault.key, fault.hint, told) == ("demand.csv", "crs", ASK, [])
    faults, (notice,) = check_offsets([layer("demand", AT, "EPSG:4326", True)], near_streets)
    assert (faults, notice.key) == ([], "layers.taken_as_degrees")


@pytest.mark.parametrize(("name", "offset"), [("GCJ02", wgs84_to_gcj02), ("BD09", wgs84_to_bd09)])
def test_offset_degrees_ask_with_the_evidence(name: str, offset: Any) -> None:
    """The fault tells how far from the streets the layer would lie in each system."""
    moved = np.column_stack(offset(*AT.T))
    (fault,), _ = check_offsets([layer("demand", moved, "EPSG:4326", True)], near_streets)
    assert f"as {name} 0 m" in fault.hint
    faults, (notice,) = check_offsets([layer("demand", moved, "EPSG:4326")], near_streets)
    assert (faults, notice.key, notice.values["better"]) == ([], "layers.offset", name)


def test_degrees_elsewhere_are_degrees() -> None:
    """No offset outside mainland China, nor where the system is named or planar."""
    for lon, lat in ((179.99, -16.8), (24.9, 60.2), (106.7, 10.8), (139.7, 35.7), (77.2, 28.6)):
        there = AT - AT[0] + [lon, lat]
        assert check_offsets([layer("demand", there, "EPSG:4326", True)], None) == ([], [])
    for crs in ("GCJ02", "BD09", "EPSG:4490", CRS):
        assert check_offsets([layer("demand", AT, crs)], None) == ([], [])


def test_a_system_that_stretches_is_never_estimated() -> None:
    """Web Mercator or a zone far away is passed over, and told; a fit one is taken."""
    system, told = estimate_crs(["EPSG:3857", "EPSG:4326"], AT)
    assert system == "EPSG:32649"
    assert [t.key for t in told] == ["network.other_system"]
    assert estimate_crs(["EPSG:4545", "EPSG:3857"], AT) == ("EPSG:4545", ())
    assert estimate_crs(["EPSG:32618"], AT - [104, -18])[0] == "EPSG:32631"
    assert stretch("EPSG:3857", AT) == pytest.approx(1 / np.cos(np.radians(34.2)), rel=0.01)


def test_nothing_is_nothing_to_hold_against() -> None:
    """Empty layers, and none at all."""
    assert check_together({}, None) == ([], [])
    assert check_together({"demand": [layer("demand", np.zeros((0, 2)))]}, None) == ([], [])
