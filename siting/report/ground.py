"""What lies below a map: water, and the lines between districts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.scenario.layers.layer import lonlat, planar_shapes

if TYPE_CHECKING:
    from siting.scenario import Scenario
    from siting.scenario.layers.layer import Places

Line = NDArray[np.float64]
"""Corners in degrees, shape (n, 2)."""
NEIGHBOURS_M = 600.0
"""Demand points of different districts farther apart have no line between them."""


@dataclass(frozen=True)
class Ground:
    """Lines and rings in degrees."""

    lakes: list[Line]
    rivers: list[Line]
    borders: list[Line]
    """Of districts: their polygons' outlines, else the lines half way between their people."""


def ground_of(scenario: Scenario | None) -> Ground | None:
    """Of a scenario; None without one."""
    if scenario is None:
        return None
    contents, crs = scenario.contents, scenario.assembled.walked.crs
    lakes, rivers = _parts(contents.water, crs)
    if contents.polygons is not None:
        rings, lines = _parts((contents.polygons,), crs)
        borders = [*rings, *lines]
    else:
        borders = list(_between(scenario, crs))
    return Ground(lakes, rivers, borders)


def _parts(layers: tuple[Places, ...], crs: str) -> tuple[list[Line], list[Line]]:
    """Rings of polygons, and lines."""
    import shapely

    rings: list[Line] = []
    lines: list[Line] = []
    for layer in layers:
        parts = shapely.get_parts(planar_shapes(layer, crs))
        kind = shapely.get_type_id(parts)
        rings += [lonlat(shapely.get_coordinates(p.exterior), crs) for p in parts[kind == 3]]
        lines += [lonlat(shapely.get_coordinates(p), crs) for p in parts[kind == 1]]
    return rings, lines


def _between(scenario: Scenario, crs: str) -> Iterator[Line]:
    """Edges between the Voronoi cells of demand points in different districts."""
    from scipy.spatial import QhullError, Voronoi

    problem = scenario.problem()
    xy, home = problem.point_xy, problem.point_district
    if xy is None or home is None or len(np.unique(home[home >= 0])) < 2:
        return
    places, first = np.unique(xy, axis=0, return_index=True)
    home = home[first]
    try:
        cells = Voronoi(places)
    except QhullError:  # fewer than four places, or all in a row
        return
    for (a, b), (begin, end) in zip(cells.ridge_points, cells.ridge_vertices, strict=True):
        if begin < 0 or home[a] == home[b] or min(home[a], home[b]) < 0:
            continue
        if np.hypot(*(places[a] - places[b])) <= NEIGHBOURS_M:
            yield lonlat(cells.vertices[[begin, end]], crs)
