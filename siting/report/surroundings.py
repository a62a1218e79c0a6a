"""What lies around the streets on a page's map: water, rivers, railways, borders of districts and
names of places, from the files that the scenario reads anyway."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.report.ground import ground_of
from siting.report.page_grid import PageGrid, packed

if TYPE_CHECKING:
    from siting.cache import Cache
    from siting.scenario import Scenario
    from siting.walking.background import Background

Shapes = NDArray[np.object_]
MOST_CORNERS = 40_000
"""Of each kind; beyond, the smallest shapes are left out. In the page, this is about 200 kB."""
MOST_NAMES = 300
FINEST_M = 2.0


@dataclass(frozen=True)
class Around:
    """Shapes and names in degrees."""

    water: Shapes
    rivers: Shapes
    railways: Shapes
    borders: Shapes
    """Lines between districts."""
    name: tuple[str, ...]
    """Of places and districts, in the order in which they are drawn."""
    name_lonlat: NDArray[np.float64]
    rank: tuple[int, ...]

    @classmethod
    def none(cls) -> Around:
        """Of a problem without a scenario file."""
        empty = np.zeros(0, object)
        return cls(empty, empty, empty, empty, (), np.zeros((0, 2)), ())


def around_of(scenario: Scenario | None) -> Around:
    """What a scenario's own layers tell (see :mod:`siting.report.ground`) and what its extracts of
    OpenStreetMap hold beside the streets."""
    ground = ground_of(scenario)
    if scenario is None or ground is None:
        return Around.none()
    import shapely

    from siting.scenario.layers.layer import lonlat

    parts = [background_of(file, scenario.cache) for file in scenario.osm_files]
    names: list[tuple[int, str, float, float]] = []
    polygons = scenario.contents.polygons
    if polygons is not None and polygons.geometry is not None:
        inside = shapely.get_coordinates(shapely.point_on_surface(polygons.geometry))
        at = lonlat(inside, polygons.crs).tolist()
        names = [(0, str(id), x, y) for id, (x, y) in zip(polygons.ids, at, strict=True)]
    places = [
        (rank, name, x, y)
        for part in parts
        for rank, name, (x, y) in zip(part.rank, part.name, part.name_lonlat.tolist(), strict=True)
    ]
    told = list(dict.fromkeys([*names, *sorted(places)]))[:MOST_NAMES]
    return Around(
        _joined([[shapely.polygons(ring) for ring in ground.lakes], *(p.water for p in parts)]),
        _joined([[shapely.linestrings(at) for at in ground.rivers], *(p.rivers for p in parts)]),
        _joined([p.railways for p in parts]),
        _joined([[shapely.linestrings(at) for at in ground.borders]]),
        tuple(name for _, name, _, _ in told),
        np.array([(x, y) for _, _, x, y in told], float).reshape(-1, 2),
        tuple(rank for rank, *_ in told),
    )


def background_of(file: Path, cache: Cache) -> Background:
    """Of one extract, read once for all results upon it: kept where walks are."""
    from siting.walking.background import Background, read_background

    with file.open("rb") as opened:
        key = hashlib.file_digest(opened, "sha256").hexdigest()
    found = cache.recall("background", key)
    if not isinstance(found, Background):
        found = read_background(file)
        cache.keep("background", key, found)
    return found


def _joined(parts: Sequence[Sequence[Any] | Shapes]) -> Shapes:
    return np.array([shape for part in parts for shape in part], object).reshape(-1)


def drawn_around(around: Around, frame: PageGrid) -> dict[str, Any]:
    """What the map draws: ``water``, ``rivers``, ``rail``, ``districts``: corners ``start[k]:
    start[k + 1]`` of ``x``, ``y`` for ring or line k; ``names``: ``x``, ``y``, ``text``, ``rank``.
    """
    at = frame.steps(around.name_lonlat)
    inside = ((at >= 0) & (at < 2**16)).all(axis=1)
    shown = np.flatnonzero(inside).tolist()
    return {
        "water": _rings(around.water, frame),
        "rivers": _rings(around.rivers, frame),
        "rail": _rings(around.railways, frame),
        "districts": _rings(around.borders, frame),
        "names": {
            "x": packed(at[inside, 0].astype(np.uint16)),
            "y": packed(at[inside, 1].astype(np.uint16)),
            "text": [around.name[k] for k in shown],
            "rank": [around.rank[k] for k in shown],
        },
    }


def _rings(shapes: Shapes, frame: PageGrid) -> dict[str, str]:
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
