"""Derive candidate premises from the buildings of the OpenStreetMap extract.

Rule, one building one candidate:

1. A building counts when it is mapped as retail, commercial, public, civic, office or kiosk, or
   when at least two shops, restaurants, cafes or the like are mapped inside its footprint: its
   ground floor is then let to the public.
2. Floor space to let = a fifth of the footprint: one unit in five changes hands, an assumption.
   Between 15 and 1,800 m2; below 15 m2 there is nothing to let.
3. The building's point is a point on its surface; its cost factor grows with the number of shops
   within 150 m, from 0.8 (none) to 1.6 (150 or more), as rents do.

Run ``python scenarios/helsinki/make_premises.py`` to write ``data/premises.csv`` again.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from osmium.geom import WKBFactory
from scipy.spatial import KDTree

from siting.drafting.premises import (
    LEAST_M2,
    MOST_M2,
    OPEN_TO_THE_PUBLIC,
    SHARE_TO_LET,
    TRADE,
)

DATA = Path(__file__).parent / "data"
EXTRACT = DATA / "helsinki_kantakaupunki_2020-04.osm.pbf"
METRIC = "EPSG:3067"  # ETRS89 / TM35FIN


def read_extract() -> tuple[gpd.GeoDataFrame, gpd.GeoSeries]:
    """Buildings (osm id, kind, polygon) and the points of trade, both in metres."""
    wkb = WKBFactory()
    buildings: list[tuple[str, str, shapely.Geometry]] = []
    trade: list[shapely.Point] = []
    for thing in osmium.FileProcessor(EXTRACT).with_areas():
        tags = thing.tags
        if thing.is_node() and ("shop" in tags or tags.get("amenity") in TRADE):
            trade.append(shapely.Point(thing.location.lon, thing.location.lat))
        if thing.is_area() and tags.get("building", "no") != "no":
            id = f"{'w' if thing.from_way() else 'r'}{thing.orig_id()}"
            shape = shapely.from_wkb(wkb.create_multipolygon(thing))
            buildings.append((id, tags["building"], shape))
    ids, kinds, shapes = zip(*buildings, strict=True)
    frame = gpd.GeoDataFrame({"id": ids, "kind": kinds}, geometry=list(shapes), crs=4326)
    return frame.to_crs(METRIC), gpd.GeoSeries(trade, crs=4326).to_crs(METRIC)


def premises(buildings: gpd.GeoDataFrame, trade: gpd.GeoSeries) -> pd.DataFrame:
    """Apply the rule; columns id, lon, lat, area, factor, building, shops_inside."""
    inside = gpd.sjoin(gpd.GeoDataFrame(geometry=trade), buildings[["id", "geometry"]])
    shops = buildings["id"].map(inside["id"].value_counts()).fillna(0).astype(int)
    counts = buildings["kind"].isin(OPEN_TO_THE_PUBLIC) | (shops >= 2)
    area = np.floor(buildings.area * SHARE_TO_LET).clip(upper=MOST_M2).astype(int)
    chosen = counts & (area >= LEAST_M2)
    point = buildings.representative_point()
    tree = KDTree(np.column_stack((trade.x, trade.y)))
    near = tree.query_ball_point(np.column_stack((point.x, point.y)), r=150.0, return_length=True)
    degrees = point.to_crs(4326)
    table = pd.DataFrame(
        {
            "id": buildings["id"],
            "lon": degrees.x.round(6),
            "lat": degrees.y.round(6),
            "area": area,
            "factor": np.round(0.8 + 0.8 * np.minimum(near, 150) / 150, 2),
            "building": buildings["kind"],
            "shops_inside": shops,
        }
    )
    return table[chosen].sort_values("id", ignore_index=True)


if __name__ == "__main__":
    table = premises(*read_extract())
    table.to_csv(DATA / "premises.csv", index=False, lineterminator="\n")
    print(f"{len(table)} premises, {table['area'].sum():,} m2")
