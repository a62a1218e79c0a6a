"""docs/contract.md, section 1: the file, its faults, its layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

from tests.tools import contract_town as town
from tests.tools.contract_town import GONE

WRONG_TEXTS = {
    "a: &x 1\nb: *x\n": ["anchors and aliases are refused", "anchors and aliases are refused"],
    "name: again\n": ["name: must stand once"],
    "rules:\n\tmax_outlets: 1\n": ["must be readable YAML"],
    "rules: !!python/object/apply:os.system [ls]\n": ["must be written without a tag"],
    "---\nsiting: 1\n": ["must hold one document"],
    "#" * 2**20: ["must not be larger than"],
    "budgte: 5\nnmae: x\n": ["did you mean 'budget'?", "did you mean 'name'?"],
}


@pytest.mark.parametrize("text", WRONG_TEXTS, ids=lambda text: repr(text[:20]))
def test_what_yaml_is_refused(tmp_path: Path, text: str) -> None:
    """Section 1: anchors, aliases and large files are refused; all faults with line and key."""
    found = town.faults(tmp_path, text=text)
    for wanted in WRONG_TEXTS[text]:
        assert any(wanted in line for line in found), found
    assert all(line.startswith("scenario.yaml:") for line in found)


WRONG_VALUES: dict[str, tuple[Any, str]] = {
    "siting": (True, "scenario.yaml:1: siting: must be 1; got true"),
    "budget": ("1000", "must be a number or a mapping of keys; got '1000'"),
    "objective": ({"p": 9}, "objective.p: must lie in 1..4 (number of candidate sites); got 9"),
    "travel": ({"mode": "fly"}, "must be network | euclidean | great_circle; got 'fly'"),
    "crs": ("EPSG:4326", "must be a projected system in metres"),
    "variants": ({"lean": {"budget": -1}}, "variants.lean.budget: must be a whole number"),
    "formats": ({"use": ["front_warehouse"]}, "must count as walking"),
    "premises": ({"file": "../premises.csv"}, "must stay inside the scenario's folder"),
    "demand": ({"file": "http://x/demand.csv"}, "must be a file on this machine"),
    "outlets": ([{"file": "/vsicurl/x.csv", "format": "k"}], "must be a file on this machine"),
}


@pytest.mark.parametrize("key", WRONG_VALUES)
def test_impossible_values_name_the_key(tmp_path: Path, key: str) -> None:
    """Section 1: wrong types and impossible values are errors, before anything is solved."""
    value, wanted = WRONG_VALUES[key]
    found = town.faults(tmp_path, {key: value})
    assert any(wanted in line for line in found), found


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Section 1: an error says what was found."""
    (tmp_path / "people.csv").mkdir()
    (fault,) = town.faults(tmp_path, {"demand": {"file": "people.csv"}})
    assert "must be a file; got 'people.csv', a folder" in fault


def test_all_faults_of_the_layers_at_once(tmp_path: Path) -> None:
    """Section 1: faults of several layers come together, each with file, column, found, rows."""
    demand = town.FILES["demand.csv"].replace(",20,", ",-20,").replace(",30,", ",1e300,")
    premises = town.FILES["premises.csv"].replace("500", "big")
    outlets = "id,x,y,k\n1,385000,6672000,wetmarket\n"
    found = town.faults(
        tmp_path,
        {"outlets": [{"file": "o.csv", "id": "id", "x": "x", "y": "y", "format": "k"}]},
        files={"demand.csv": demand, "premises.csv": premises, "o.csv": outlets},
    )
    assert len(found) == 3
    assert any("'-20', '1e300' in 2 rows (2, 3)" in line for line in found), found
    assert any("1,000,000,000" in line for line in found), found
    assert any("did you mean 'wet_market'?" in line for line in found), found


def _points() -> gpd.GeoDataFrame:
    ids = [f"00{k}" for k in range(11)]
    people = [10.0 * (k + 1) for k in range(11)]
    places = [Point(town.EAST + 100 * k, town.NORTH) for k in range(11)]
    return gpd.GeoDataFrame({"id": ids, "people": people}, geometry=places, crs=3067)


def _squares() -> gpd.GeoDataFrame:
    points = _points()
    return points.set_geometry([box(p.x - 9, p.y - 4, p.x + 9, p.y + 4) for p in points.geometry])


def _table() -> pd.DataFrame:
    points = _points()
    return pd.DataFrame(points.drop(columns="geometry")).assign(
        x=points.geometry.x, y=points.geometry.y
    )


LAYERS: dict[str, Any] = {
    "d.gpkg": lambda path: _points().to_file(path),
    "squares.gpkg": lambda path: _squares().to_file(path),
    "d.geojson": lambda path: _points().to_file(path),
    "d.shp": lambda path: _points().to_file(path),
    "d.parquet": lambda path: _points().to_parquet(path),
    "table.parquet": lambda path: _table().to_parquet(path),
    "table.xlsx": lambda path: _table().to_excel(path, index=False),
    "bom.csv": lambda path: path.write_text(_table().to_csv(index=False), encoding="utf-8-sig"),
    "chinese.csv": lambda path: path.write_bytes(
        _table().assign(id="点" + _table().id).to_csv(index=False).encode("gb18030")
    ),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.filterwarnings("ignore")
def test_every_kind_of_layer_gives_the_same_people(tmp_path: Path, name: str) -> None:
    """Section 1: csv, xlsx, gpkg, geojson, parquet, shp; polygons by a point on their surface.

    Section 1.1: ids are text, 007 stays.
    """
    LAYERS[name](tmp_path / name)
    geometry = {} if "csv" in name or "table" in name else {"x": GONE, "y": GONE, "crs": GONE}
    scenario = town.load(tmp_path, {"demand": {"file": name, "district": GONE, **geometry}})
    walked = {(p, d.removeprefix("点")): cost for (p, d), cost in town.walks(scenario).items()}
    assert walked[("P1", "000")] == 1000
    assert walked[("P9", "0010")] == 1000
    assert len(walked) == 12
    assert int(scenario.problem().persons.sum()) == 660_000


def test_a_geojson_that_is_a_vrt_is_refused(tmp_path: Path) -> None:
    """Architecture: geo inputs are hostile; the driver is told by content, not by name."""
    vrt = '<OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>'
    geometry = {"x": GONE, "y": GONE, "crs": GONE}
    (fault,) = town.faults(
        tmp_path, {"demand": {"file": "d.geojson", **geometry}}, files={"d.geojson": vrt}
    )
    assert "must be GeoJSON" in fault
