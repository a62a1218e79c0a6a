"""What lies under a report's map: water, rivers, railways, districts and names of places, from the
files that the scenario reads anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.report.frame import Frame, packed

if TYPE_CHECKING:
    from siting.scenario import Scenario

Shapes = NDArray[np.object_]
MOST_CORNERS = 40_000
"""Of each kind; beyond, the smallest shapes are left out. In the page, this is about 200 kB."""
MOST_NAMES = 300
FINEST_M = 2.0


@dataclass(frozen=True)
class Ground:
    """Shapes and names in degrees."""

    water: Shapes
    rivers: Shapes
    railways: Shapes
    districts: Shapes
    name: tuple[str, ...]
    """Of places and districts, in the order in which they are drawn."""
    name_lonlat: NDArray[np.float64]
    rank: tuple[int, ...]

    @classmethod
    def none(cls) -> Ground:
        """A problem without a scenario file."""
        empty = np.zeros(0, object)
        return cls(empty, empty, empty, empty, (), np.zeros((0, 2)), ())


def ground_of(scenario: Scenario | None) -> Ground:
    """That of a scenario; nothing where its files tell nothing of the kind."""
    if scenario is None:
        return Ground.none()
    import shapely

    from siting.scenario.layers.layer import lonlat
    from siting.walking.background import read_background

    parts = [read_background(file) for file in scenario.osm_files]
    districts, names, places = np.zeros(0, object), [], []
    polygons = scenario.contents.district_polygons
    if polygons is not None and polygons.geometry is not None:
        shape = shapely.transform(polygons.geometry, lambda xy: lonlat(xy, polygons.crs))
        districts = np.asarray(shape, object)
        inside = shapely.get_coordinates(shapely.point_on_surface(districts))
        names = [(0, str(id), *at) for id, at in zip(polygons.ids, inside.tolist(), strict=True)]
    for part in parts:
        places += [
            (rank, name, *at)
            for rank, name, at in zip(part.rank, part.name, part.name_lonlat.tolist(), strict=True)
        ]
    told = list(dict.fromkeys([*names, *sorted(places)]))[:MOST_NAMES]
    return Ground(
        _joined([part.water for part in parts]),
        _joined([part.rivers for part in parts]),
        _joined([part.railways for part in parts]),
        districts,
        tuple(name for _, name, _, _ in told),
        np.array([(x, y) for _, _, x, y in told], float).reshape(-1, 2),
        tuple(rank for rank, *_ in told),
    )


def _joined(parts: list[Shapes]) -> Shapes:
    return np.concatenate([np.zeros(0, object), *parts])


def drawn_ground(ground: Ground, frame: Frame) -> dict[str, Any]:
    """What the map draws: ``water``, ``rivers``, ``rail``, ``districts``: corners ``start[k]:
    start[k + 1]`` of ``x``, ``y`` for ring or line k; ``names``: ``x``, ``y``, ``text``, ``rank``.
    """
    at = frame.steps(ground.name_lonlat)
    inside = ((at >= 0) & (at < 2**16)).all(axis=1)
    shown = np.flatnonzero(inside).tolist()
    return {
        "water": _rings(ground.water, frame),
        "rivers": _rings(ground.rivers, frame),
        "rail": _rings(ground.railways, frame),
        "districts": _rings(ground.districts, frame),
        "names": {
            "x": packed(at[inside, 0].astype(np.uint16)),
            "y": packed(at[inside, 1].astype(np.uint16)),
            "text": [ground.name[k] for k in shown],
            "rank": [ground.rank[k] for k in shown],
        },
    }


def _rings(shapes: Shapes, frame: Frame) -> dict[str, str]:
    """Corners of what of some shapes lies in the frame, largest first."""
    import shapely

    whole = shapely.box(0, 0, 2**16 - 1, 2**16 - 1)
    shape = shapely.make_valid(shapely.transform(shapes, frame.steps))
    shape = shapely.intersection(shapely.simplify(shape, FINEST_M / frame.metres_per_step), whole)
    parts = shapely.get_parts(shape)
    # An intersection may leave points; a collection holds what it is made of.
    parts = shapely.get_parts(parts)
    kind = shapely.get_type_id(parts)
    polygons = parts[kind == shapely.GeometryType.POLYGON]
    lines = parts[kind == shapely.GeometryType.LINESTRING]
    rings = np.concatenate([shapely.get_rings(polygons), lines]).astype(object)
    rings = rings[np.argsort(-shapely.length(rings), kind="stable")]
    rings = rings[np.cumsum(shapely.get_num_coordinates(rings)) <= MOST_CORNERS]
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    corners = np.round(corners).astype(np.uint16)
    start = np.concatenate(([0], np.cumsum(np.bincount(ring, minlength=len(rings)))))
    return {
        "x": packed(corners[:, 0]),
        "y": packed(corners[:, 1]),
        "start": packed(start.astype(np.uint32)),
    }
