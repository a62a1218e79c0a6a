"""Districts of people and premises from a layer of polygons."""

from __future__ import annotations

import numpy as np
import shapely

from siting.scenario.demand import Demand
from siting.scenario.gathering import Log
from siting.scenario.layers import Places, lonlat
from siting.scenario.premises import Premises


def assign_districts(polygons: Places, demand: Demand, premises: Premises, log: Log) -> None:
    """Name the district of every place that has none, in place; of several polygons the first."""
    if polygons.geometry is None:
        log.warnings.append(f"{polygons.where}: holds no polygons; no district is taken from it")
        return
    shapes = shapely.transform(polygons.geometry, lambda xy: lonlat(xy, polygons.crs))
    tree = shapely.STRtree(shapes)
    for places, district in (
        (demand.places, demand.district),
        (premises.places, premises.district),
    ):
        blank = np.flatnonzero(district == "")
        point, polygon = tree.query(shapely.points(places.lonlat[blank]), predicate="intersects")
        first = np.full(len(blank), len(shapes))
        np.minimum.at(first, point, polygon)
        inside = first < len(shapes)
        district[blank[inside]] = polygons.ids[first[inside]]
