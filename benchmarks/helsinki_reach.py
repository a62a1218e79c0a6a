"""People near a supermarket or market in Helsinki, by three rules of snapping.

``python -m benchmarks helsinki_reach``: the contract's rule (edge snapping, both straight walks
counted) beside the two node-snapping rules with which the figures of the data's description were
made, so that every difference has a reason with a number.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from siting.walking.load import load_network
from siting.walking.network import Network
from siting.walking.projecting import project
from siting.walking.rounding import decimetres
from siting.walking.search import walk
from siting.walking.snapping import Snapped, snap

HERE = Path(__file__).parents[1] / "scenarios" / "helsinki" / "data"
CRS = "EPSG:32635"
METRES = (400, 800, 1200)
PUBLISHED = {
    "nearest node within 200 m, snap walk free": (12_310, 32_462, 35_475),
    "nearest node within 300 m, snap walk counted": (11_236, 37_695, 47_503),
}
"""People within 400, 800 and 1,200 m of a supermarket, from the description of the data."""


def outlets(extract: Path, key: str, value: str) -> NDArray[np.float64]:
    """Planar places of all objects with the tag; ways and areas at a point on their surface."""
    lonlat = []
    wkb = osmium.geom.WKTFactory()
    import shapely

    objects = (
        osmium.FileProcessor(str(extract)).with_areas().with_filter(osmium.filter.KeyFilter(key))
    )
    o: Any
    for o in objects:
        if o.tags.get(key) != value:
            continue
        if o.is_node():
            lonlat.append((o.location.lon, o.location.lat))
        elif o.is_area():
            spot = shapely.point_on_surface(shapely.from_wkt(wkb.create_multipolygon(o)))
            lonlat.append((spot.x, spot.y))
    return project(np.array(lonlat), "EPSG:4326", CRS)


def at_nearest_node(
    network: Network, xy: NDArray[np.float64], limit_m: float, counted: bool
) -> Snapped:
    """The rule of many tools: the nearest vertex of the streets, its distance counted or free."""
    distance, vertex = cKDTree(network.shape_xy).query(xy)
    spot = snap(network, network.shape_xy[vertex], 0.01)
    away = distance > limit_m
    access = decimetres(distance) if counted else np.zeros(len(xy), np.int32)
    return Snapped(
        np.where(away, -1, spot.edge).astype(np.int32),
        access,
        spot.to_u_dm,
        spot.to_v_dm,
        spot.along_m,
        spot.xy,
    )


def figures(
    network: Network, people: NDArray[np.float64], points: Snapped, places: Snapped
) -> tuple[list[int], int, int]:
    """People within 400, 800, 1,200 m of the nearest place; cells and people on the network."""
    nearest = walk(network, places, points, max(METRES) * 10).nearest()
    within = [round(float(people[nearest <= metres * 10].sum())) for metres in METRES]
    on = points.edge >= 0
    return within, int(on.sum()), round(float(people[on].sum()))


def main(arguments: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks helsinki_reach", description=__doc__
    )
    parser.add_argument("--data", type=Path, default=HERE)
    given = parser.parse_args(arguments)
    extract = next(given.data.glob("*kantakaupunki*.osm.pbf"))
    grid = gpd.read_file(next(given.data.glob("*population*.gpkg"))).to_crs(CRS)
    people = grid["population"].to_numpy(np.float64)
    middle = grid.geometry.representative_point()
    xy = np.column_stack([middle.x, middle.y])
    network = load_network(extract, CRS)
    rules: dict[str, Callable[[NDArray[np.float64]], Any]] = {
        "nearest place on an edge within 300 m, counted": lambda p: snap(network, p, 300.0),
        "nearest node within 300 m, snap walk counted": lambda p: at_nearest_node(
            network, p, 300.0, True
        ),
        "nearest node within 200 m, snap walk free": lambda p: at_nearest_node(
            network, p, 200.0, False
        ),
    }
    for key, value in (("shop", "supermarket"), ("amenity", "marketplace")):
        places = outlets(extract, key, value)
        print(f"\n{len(places)} {key}={value}; people within {METRES} m; cells, people on network")
        for name, rule in rules.items():
            within, cells, on = figures(network, people, rule(xy), rule(places))
            print(f"{name:50s} {within}  {cells} cells, {on:,} people")
            if value == "supermarket" and name in PUBLISHED:
                print(f"{'  as published':50s} {list(PUBLISHED[name])}")
    return 0
