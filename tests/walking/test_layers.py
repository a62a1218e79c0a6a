"""Streets from layers of lines: whatever file keeps them, the network is the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from siting.errors import InputError
from siting.walking.load import load_network
from siting.walking.osm_rules import Trait

CRS, E0, N0 = "EPSG:4547", 500_000.0, 3_800_000.0


def streets() -> gpd.GeoDataFrame:
    """A cross that meets in a vertex, a bridge over it and a flight of steps."""
    lines = [
        shapely.LineString([(0, 0), (100, 0), (200, 0)]),
        shapely.LineString([(100, -80), (100, 0), (100, 80)]),
        shapely.LineString([(50, -50), (150, 50)]),
        shapely.LineString([(200, 0), (200, 30)]),
    ]
    moved = [shapely.transform(line, lambda xy: np.add(xy, [E0, N0])) for line in lines]
    kinds = ["residential", "residential", "footway", "steps"]
    bridge = ["", "", "yes", ""]
    return gpd.GeoDataFrame({"highway": kinds, "bridge": bridge}, geometry=moved, crs=CRS)


def written(folder: Path, kind: str) -> Path:
    """The streets in a file of this kind."""
    path = folder / f"net.{kind}"
    if kind == "parquet":
        streets().to_parquet(path)
    elif kind == "gdb.zip":
        base = written(folder, "gdb")
        shutil.make_archive(str(base), "zip", folder, base.name)
        shutil.rmtree(base)
    elif kind == "gdb":
        streets().to_file(path, layer="roads", driver="OpenFileGDB", engine="pyogrio")
    elif kind == "kml":
        streets().to_crs("EPSG:4326").to_file(path, driver="LIBKML", engine="pyogrio")
    else:
        streets().to_file(path, engine="pyogrio")
    return path


KINDS = ("gpkg", "gdb", "gdb.zip", "shp", "geojson", "fgb", "kml", "parquet")


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_file_means_nothing(tmp_path: Path, kind: str) -> None:
    """Edges, lengths, steps and bridges are the same; the bridge crosses without a word."""
    network = load_network(written(tmp_path, kind), CRS)
    assert sorted(np.round(network.edge_m, 1)) == [30.0, 80.0, 80.0, 100.0, 100.0, 141.4]
    assert network.traits is not None
    steps = network.traits.trait & Trait.STEPS != 0
    bridge = network.traits.trait & Trait.SPANS != 0
    assert np.round(network.edge_m[steps], 1).tolist() == [30.0]
    assert np.round(network.edge_m[bridge], 1).tolist() == [141.4]
    assert [w.key for w in network.warnings] == ["network.parts_kept"]


@pytest.mark.parametrize("kind", ["gdb", "gpkg"])
def test_the_one_layer_of_lines_is_taken(tmp_path: Path, kind: str) -> None:
    """Points beside it are no streets; of two layers of lines nobody can tell."""
    path = written(tmp_path, kind)
    driver = {"gdb": "OpenFileGDB", "gpkg": "GPKG"}[kind]
    spots = gpd.GeoDataFrame(geometry=[shapely.Point(E0, N0)], crs=CRS)
    spots.to_file(path, layer="stops", driver=driver, engine="pyogrio")
    assert load_network(path, CRS).n_edges == 6
    streets().to_file(path, layer="paths", driver=driver, engine="pyogrio")
    with pytest.raises(InputError, match="exactly one layer of LineStrings"):
        load_network(path, CRS)


def test_another_folder_is_no_geodatabase(tmp_path: Path) -> None:
    """A folder of that name that holds none is told."""
    (tmp_path / "net.gdb").mkdir()
    with pytest.raises(InputError, match="geodatabase"):
        load_network(tmp_path / "net.gdb", CRS)
