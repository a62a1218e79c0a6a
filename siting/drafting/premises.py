"""Candidate premises from the buildings of an OpenStreetMap extract, by a stated rule.

One building is one candidate when its ground floor is let to the public: it is mapped as retail,
commercial, public, civic, office or kiosk, or at least two shops, restaurants or the like are
mapped inside its footprint. A fifth of the footprint is to let (one unit in five changes hands, an
assumption), at most 1,800 m2; below a least area there is nothing to let. The cost factor grows
with the shops within 150 m, from 0.8 (none) to 1.6 (150 and more), as rents do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siting.complete_files import complete_file, refuse_unwritable
from siting.errors import Fault, InputError
from siting.files.boundary import oddness
from siting.notice import Notice
from siting.scenario.layers.crs import estimate_crs
from siting.scenario.layers.layer import planar
from siting.scenario.layers.osm import OSM_ID, read_osm

OPEN_TO_THE_PUBLIC = ("retail", "commercial", "public", "civic", "office", "kiosk")
TRADE = (
    "restaurant",
    "cafe",
    "pub",
    "bar",
    "fast_food",
    "bank",
    "pharmacy",
    "post_office",
    "clinic",
    "dentist",
    "doctors",
    "library",
    "cinema",
    "community_centre",
)
"""Values of ``amenity`` that count as trade, beside every ``shop``."""
SHARE_TO_LET = 0.20
LEAST_M2, MOST_M2 = 15.0, 1800
NEAR_M, MOST_NEAR = 150.0, 150


@dataclass(frozen=True)
class FoundPremises:
    """Candidates and how many buildings they were chosen from."""

    frame: Any
    """GeoDataFrame: id, area_m2, cost_factor, use, shops_inside, name; points in WGS84."""
    buildings: int
    out: Path | None

    @property
    def area_m2(self) -> int:
        """Floor space to let in all."""
        return int(self.frame["area_m2"].sum())


def premises(
    extract: str | Path, out: str | Path | None = None, min_area: float = LEAST_M2
) -> FoundPremises:
    """Choose candidates among the buildings of an extract.

    Args:
        extract: a .osm.pbf or .osm file.
        out: .gpkg to be written; None for none.
        min_area: least floor space to let, m2.

    Raises:
        InputError: no extract, or one without buildings.
    """
    import geopandas as gpd
    import shapely
    from scipy.spatial import KDTree

    refuse_unwritable(out)
    path = Path(extract)
    odd = oddness(path)
    if odd is not None:
        raise InputError(Fault(str(extract), odd[0], odd[1]))
    raw = read_osm(path, path.name, ["building=*"])
    areal = _polygons(raw.geometry)
    if not areal.any():
        raise InputError(Fault(path.name, Notice("fault.has_buildings"), Notice("fault.none")))
    frame = raw.frame[areal].reset_index(drop=True)
    assert raw.geometry is not None
    shapes = raw.geometry[areal]
    trade = read_osm(path, path.name, ["shop=*", *(f"amenity={value}" for value in TRADE)])
    shops = np.asarray(trade.geometry if trade.geometry is not None else [], object)
    shops = shapely.point_on_surface(shops) if len(shops) else shops
    points = shapely.point_on_surface(shapes)
    degrees = shapely.get_coordinates(points)
    metric, _ = estimate_crs([], degrees)
    inside = np.zeros(len(shapes), np.int64)
    near = np.zeros(len(shapes), np.int64)
    if len(shops):
        _, building = shapely.STRtree(shapes).query(shops, predicate="intersects")
        inside += np.bincount(building, minlength=len(shapes))
        there = planar(shapely.get_coordinates(shops), "EPSG:4326", metric)
        here = planar(degrees, "EPSG:4326", metric)
        near += KDTree(there).query_ball_point(here, NEAR_M, return_length=True)
    footprint = shapely.area(shapely.transform(shapes, lambda xy: planar(xy, "EPSG:4326", metric)))
    area = np.floor(np.minimum(footprint * SHARE_TO_LET, MOST_M2)).astype(np.int64)
    public = np.isin(frame["building"].to_numpy(object), OPEN_TO_THE_PUBLIC) | (inside >= 2)
    chosen = np.flatnonzero(public & (area >= max(min_area, 1)))
    blank = np.full(len(frame), None, object)
    table = gpd.GeoDataFrame(
        {
            "id": frame[OSM_ID],
            "area_m2": area,
            "cost_factor": np.round(0.8 + 0.8 * np.minimum(near, MOST_NEAR) / MOST_NEAR, 2),
            "use": frame["building"],
            "shops_inside": inside,
            "name": frame.get("name", blank),
        },
        geometry=points,
        crs="EPSG:4326",
    ).iloc[chosen]
    table = table.sort_values("id", ignore_index=True)
    if out is not None and len(table):
        with complete_file(out) as fresh:
            table.to_file(fresh, layer="premises", driver="GPKG", engine="pyogrio")
    return FoundPremises(table, len(frame), Path(out) if out is not None else None)


def _polygons(geometry: Any) -> Any:
    import shapely

    if geometry is None or not len(geometry):
        return np.zeros(0, np.bool_)
    return np.isin(shapely.get_type_id(geometry), (3, 6))
