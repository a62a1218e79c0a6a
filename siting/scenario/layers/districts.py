"""Districts of people, premises and stops from a layer of polygons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.notice import Notice
from siting.scenario.layers.gather import Gathered, Log
from siting.scenario.layers.layer import Places, lonlat


class Placed(Protocol):
    """People, premises or stops."""

    @property
    def places(self) -> Gathered:
        """Where they are."""

    @property
    def district(self) -> NDArray[np.object_]:
        """Name, empty where a place is in none."""


def assign_districts(polygons: Places, kinds: Sequence[Placed], log: Log) -> None:
    """Name the district of every place that has none, in place; of several polygons the first."""
    if polygons.geometry is None:
        log.warnings.append(Notice("layer.no_polygons", where=polygons.where))
        return
    shapes = shapely.transform(polygons.geometry, lambda xy: lonlat(xy, polygons.crs))
    tree = shapely.STRtree(shapes)
    for places, district in ((kind.places, kind.district) for kind in kinds):
        blank = np.flatnonzero(district == "")
        point, polygon = tree.query(shapely.points(places.lonlat[blank]), predicate="intersects")
        first = np.full(len(blank), len(shapes))
        np.minimum.at(first, point, polygon)
        inside = first < len(shapes)
        district[blank[inside]] = polygons.ids[first[inside]]
