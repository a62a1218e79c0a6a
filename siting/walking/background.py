"""What lies around the streets of an OpenStreetMap extract: water, railways, names of places.

Nobody walks on any of it; a map without it is hard to find one's way on. Tags as in
wiki.openstreetmap.org/wiki/Map_features.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Kinds = dict[str, tuple[str, ...]]
WATER_AREAS: Kinds = {
    "natural": ("water", "bay"),
    "waterway": ("riverbank", "dock"),
    "landuse": ("reservoir", "basin"),
}
RIVERS: Kinds = {"waterway": ("river", "canal", "stream"), "natural": ("coastline",)}
RAILWAYS: Kinds = {
    "railway": ("rail", "light_rail", "subway", "tram", "monorail", "narrow_gauge"),
}
UNDERGROUND = ("yes", "building_passage")
PLACES = ("city", "town", "borough", "suburb", "quarter", "neighbourhood", "village", "hamlet")
"""Kinds of places that are named, larger ones first."""
RANKS = {"city": 0, "town": 0, "borough": 0, "suburb": 1, "village": 1}
"""All others: 2."""

Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Background:
    """All in degrees, east and north."""

    water: Shapes
    """Polygons and multipolygons."""
    rivers: Shapes
    """Lines; coasts too."""
    railways: Shapes
    """Lines above ground."""
    name: tuple[str, ...]
    name_lonlat: NDArray[np.float64]
    """Shape (n_names, 2)."""
    rank: tuple[int, ...]
    """Of each name: 0 cities and towns, 1 suburbs and villages, 2 quarters; ascending."""


def read_background(path: Path) -> Background:
    """Of one extract. What of it cannot be built, such as rings that do not close, is left out."""
    import osmium
    import shapely

    from siting.walking.osm_file import in_order

    water: list[Any] = []
    rivers: list[Any] = []
    railways: list[Any] = []
    names: list[tuple[int, str, float, float]] = []
    wkb = osmium.geom.WKBFactory()
    keys = osmium.filter.KeyFilter("natural", "waterway", "landuse", "railway", "place")
    found: Any
    with in_order(path) as file:
        for found in osmium.FileProcessor(str(file)).with_areas(keys).with_filter(keys):
            tags = {tag.k: tag.v for tag in found.tags}
            if found.is_area() and _is(tags, WATER_AREAS):
                with suppress(RuntimeError):
                    water.append(wkb.create_multipolygon(found))
            elif found.is_way() and tags.get("tunnel") not in UNDERGROUND:
                for lines, kinds in ((rivers, RIVERS), (railways, RAILWAYS)):
                    # An extract may lack nodes of a way at its edge.
                    at = [(node.lon, node.lat) for node in found.nodes if node.location.valid()]
                    if _is(tags, kinds) and len(at) > 1:
                        lines.append(shapely.linestrings(at))
            elif found.is_node() and tags.get("place") in PLACES and tags.get("name"):
                rank = RANKS.get(tags["place"], 2)
                names.append((rank, tags["name"], found.location.lon, found.location.lat))
    names.sort()
    return Background(
        _shapes(shapely.from_wkb(water)),
        _shapes(rivers),
        _shapes(railways),
        tuple(name for _, name, _, _ in names),
        np.array([(lon, lat) for _, _, lon, lat in names], float).reshape(-1, 2),
        tuple(rank for rank, *_ in names),
    )


def _is(tags: dict[str, str], kinds: Kinds) -> bool:
    return any(tags.get(key) in values for key, values in kinds.items())


def _shapes(found: Any) -> Shapes:
    return np.asarray(found, object).reshape(-1)
