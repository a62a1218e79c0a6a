"""Raw files of ten kinds: what is guessed of each, and every doubt beside the key it is about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import siting
from siting.scenario.layers.datums import wgs84_to_bd09, wgs84_to_gcj02

PLANAR, N = "EPSG:4547", 6
EAST, NORTH = 500_000.0 + 200 * np.arange(N), np.full(N, 3_800_000.0)
Files = dict[str, Any]
WHOLE = {"engine": "pyogrio", "TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}
"""So that a geodatabase keeps whole numbers of 64 bits."""


def homes() -> gpd.GeoDataFrame:
    """Six homes along a street in China."""
    frame = pd.DataFrame({"id": [f"h{i}" for i in range(N)], "people": 10 * np.arange(1, N + 1)})
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(EAST, NORTH), crs=PLANAR)


def degrees() -> tuple[Any, Any]:
    """Their longitudes and latitudes."""
    there = homes().to_crs(4326).geometry
    return there.x.to_numpy(), there.y.to_numpy()


def grid(rows: list[list[Any]]) -> pd.DataFrame:
    """Rows of a sheet, as long as the longest."""
    width = max(map(len, rows))
    return pd.DataFrame([[*row, *[None] * (width - len(row))] for row in rows])


def layer(folder: Path) -> Path:
    """The homes as a layer that says what it is."""
    path = folder / "homes.gpkg"
    homes().to_file(path, engine="pyogrio")
    return path


def streets(folder: Path) -> Path:
    """An extract of one street, without buildings."""
    lon, lat = degrees()
    nodes = "".join(
        f'<node id="{i + 1}" lon="{x:.7f}" lat="{y:.7f}"/>'
        for i, (x, y) in enumerate(zip(lon, lat, strict=True))
    )
    refs = "".join(f'<nd ref="{i + 1}"/>' for i in range(N))
    way = f'<way id="1">{refs}<tag k="highway" v="residential"/></way>'
    path = folder / "street.osm"
    path.write_text(f'<osm version="0.6">{nodes}{way}</osm>')
    return path


def amap(folder: Path) -> Files:
    """Places of AMap with words and codes of their kind, in GB18030, and an extract of streets."""
    x, y = wgs84_to_gcj02(*degrees())
    pairs = [f"{a:.6f},{b:.6f}" for a, b in zip(x, y, strict=True)]
    frame = pd.DataFrame({"id": range(N), "type": "购物服务;便利店", "typecode": "060200"})
    frame.assign(location=pairs).to_csv(folder / "poi.csv", index=False, encoding="gb18030")
    return {"people": layer(folder), "outlets": folder / "poi.csv", "streets": streets(folder)}


def baidu(folder: Path) -> Files:
    """Places of Baidu, whose words are no formats of the catalogue."""
    x, y = wgs84_to_bd09(*degrees())
    frame = pd.DataFrame({"uid": range(N), "bd_lng": x, "bd_lat": y, "tag": "购物;便利店"})
    frame.to_csv(folder / "poi.csv", index=False)
    return {"people": layer(folder), "outlets": folder / "poi.csv"}


def zone_numbers(folder: Path) -> Files:
    """Eastings that begin with the zone's number."""
    frame = pd.DataFrame({"编号": range(N), "横坐标": EAST + 38e6, "纵坐标": NORTH, "人口": 9})
    frame.to_csv(folder / "a.csv", index=False)
    return {"people": folder / "a.csv"}


def zone_numbers_in_a_layer(folder: Path) -> Files:
    """The same in a GeoPackage that says the system without numbers."""
    there = gpd.points_from_xy(EAST + 38e6, NORTH)
    homes().assign(geometry=there).set_crs(PLANAR, allow_override=True).to_file(folder / "a.gpkg")
    return {"people": folder / "a.gpkg"}


def geodatabase(folder: Path) -> Files:
    """People and roads in one geodatabase."""
    path = folder / "city.gdb"
    road = shapely.LineString(np.column_stack([EAST, NORTH]))
    roads = gpd.GeoDataFrame({"n": [1]}, geometry=[road], crs=PLANAR)
    roads.to_file(path, driver="OpenFileGDB", layer="roads", **WHOLE)
    homes().to_file(path, driver="OpenFileGDB", layer="people", **WHOLE)
    return {"people": path, "streets": path}


def workbook(folder: Path) -> Files:
    """A title with a unit, a sum, a note; degrees that say no system; a second sheet."""
    lon, lat = degrees()
    rows: list[list[Any]] = [["人口统计表（单位：万人）"], ["街道", "经度", "纬度", "常住人口"]]
    rows += [[f"街{i}", lon[i], lat[i], 0.5] for i in range(N)]
    rows += [["合计", None, None, 3.0], ["注：数据来源于普查"]]
    with pd.ExcelWriter(folder / "a.xlsx") as book:
        pd.DataFrame([["说明"]]).to_excel(book, sheet_name="说明", header=False, index=False)
        grid(rows).to_excel(book, sheet_name="人口", header=False, index=False)
    return {"people": folder / "a.xlsx"}


def shapefile(folder: Path) -> Files:
    """A shapefile in GBK that does not say so."""
    frame = homes().rename(columns={"people": "总人口"}).assign(街道="未央区某街道")
    frame.to_file(folder / "a.shp", engine="pyogrio", encoding="GBK")
    (folder / "a.cpg").unlink(missing_ok=True)
    return {"people": folder / "a.shp"}


def kml(folder: Path) -> Files:
    """KML, as map services export it whatever the datum."""
    homes().to_crs(4326).to_file(folder / "a.kml", driver="LIBKML", engine="pyogrio")
    return {"people": folder / "a.kml"}


def geoparquet(folder: Path) -> Files:
    """GeoParquet with ages by year."""
    ages = {f"age_{age}": 1 for age in range(0, 90, 5)}
    frame = homes().drop(columns="people").assign(**ages)
    frame.to_crs(4490).to_parquet(folder / "a.parquet")
    return {"people": folder / "a.parquet"}


def register(folder: Path) -> Files:
    """A register of premises whose metres say no system, as those of the people's layer."""
    head = ["序号", "X坐标", "Y坐标", "建筑面积（㎡）", "楼层", "租金（元/㎡·月）"]
    rows: list[list[Any]] = [["候选用房台账"], head]
    rows += [[i + 1, EAST[i], NORTH[i], f"{300 + i}㎡", "一层", 30] for i in range(N)]
    rows += [["合计", None, None, "1,815㎡"]]
    grid(rows).to_excel(folder / "a.xlsx", header=False, index=False)
    return {"people": layer(folder), "premises": folder / "a.xlsx"}


RAW: dict[str, tuple[Callable[[Path], Files], bool, list[str]]] = {
    "AMap": (
        amap,
        True,
        ["crs: GCJ02  # ? GCJ02, for it", 'format: "typecode"', "kinds: amap", "no candidates"],
    ),
    "Baidu": (
        baidu,
        False,
        [
            "crs: BD09  # ?",
            '# kinds: {"购物;便利店": …}  # ? 1 word is no format',
            "# - poi.csv: tag:",
        ],
    ),
    "zone numbers": (zone_numbers, True, ["crs: EPSG:4526  # ?", 'x: "横坐标"']),
    "zone numbers in a layer": (
        zone_numbers_in_a_layer,
        False,
        [
            "# siting check says:",
            "# - a.gpkg: must lie where EPSG:4547",
            "or use EPSG:4526: 6 of 6",
        ],
    ),
    "geodatabase": (
        geodatabase,
        True,
        ['layer: "people"  # ? one layer of several in city.gdb; the others: roads'],
    ),
    "workbook": (
        workbook,
        False,
        [
            'layer: "人口"  # ? one layer of several in a.xlsx; the others: 说明',
            "a.xlsx: 6 rows",
            "header_row: 2",
            "factor: 10000  # ? the title counts in 万人",
            "# crs: GCJ02  # ? degrees inside China of a system nobody names",
        ],
    ),
    "shapefile": (shapefile, True, ['district: "街道"', "# - a.shp: texts read as GB18030"]),
    "KML": (kml, True, ["# crs: GCJ02  # ? degrees are WGS84 as the format says"]),
    "GeoParquet": (geoparquet, True, ['id: "id"', 'all: "0.."', 'elderly: "60.."']),
    "register": (
        register,
        True,
        [
            "crs: EPSG:4547  # ? EPSG:4547: metres of a system nobody names, as of the layer that",
            'area_m2: "建筑面积（㎡）"',
            "# - a.xlsx: rows of sums are left out",
        ],
    ),
}


@pytest.mark.parametrize("kind", RAW)
def test_raw_files_become_a_scenario_with_its_doubts(tmp_path: Path, kind: str) -> None:
    """Some thirty lines; what was guessed and doubted stands beside its key, the check's words at
    the end, and no folder of this machine in them."""
    write, sound, parts = RAW[kind]
    files = write(tmp_path)
    draft = siting.new(**files, budget=1_000_000, out=tmp_path)
    for part in parts:
        assert part in draft.text, draft.text
    assert bool(draft.faults) != sound, [*map(str, draft.faults)]
    assert str(tmp_path) not in draft.text and len(draft.text.splitlines()) <= 40
    assert draft.text == draft.path.read_text(encoding="utf-8")
    assert all(doubt in draft.text for doubt in draft.doubts)
