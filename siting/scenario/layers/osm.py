"""Places of an OpenStreetMap extract that carry given tags: nodes, ways and multipolygons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Geod

from siting.files.raw import RawLayer, first_bytes, refuse, said
from siting.notice import Notice
from siting.scenario.layers.osm_tags import split_filter
from siting.walking.osm_file import in_order, own_id

KIND = "@filter"
"""Column that tells which filter a place met."""
OSM_ID = "@id"
"""Column of OpenStreetMap ids: n123, w123, r123."""
FOOTPRINT = "@area_m2"
"""Column of the area of closed ways and multipolygons on the ellipsoid, m2; blank for others."""
_ELLIPSOID = Geod(ellps="WGS84")
_ORDER = {"n": 0, "w": 1, "r": 2}


def read_osm(path: Path, where: str, filters: Sequence[str]) -> RawLayer:
    """Everything that meets a filter, the first that fits; nodes, then ways, then relations.

    Closed ways and multipolygon relations are areas, open ways are lines.

    Raises:
        InputError: not an OpenStreetMap file.
    """
    import osmium
    import pandas as pd
    import shapely

    name = path.name.lower()
    head = first_bytes(path, 64).lstrip(b"\xef\xbb\xbf \t\r\n")
    right = b"OSMHeader" in head if name.endswith(".pbf") else head.startswith((b"<?xml", b"<osm"))
    if not right:
        raise refuse(where, Notice("fault.osm_extract"), Notice("fault.other_kind"))
    wanted = [(text, *split_filter(text)) for text in filters]
    keys = list(dict.fromkeys(key for _, key, _ in wanted))
    factory = osmium.geom.WKBFactory()
    found: dict[tuple[str, int], tuple[str, dict[str, str], Any]] = {}
    lines: dict[tuple[str, int], tuple[str, dict[str, str], Any]] = {}
    relations: set[int] = set()
    broken, known = 0, False
    try:
        with in_order(path) as file:
            processor = (
                osmium.FileProcessor(str(file))
                .with_areas(osmium.filter.KeyFilter(*keys))
                .with_filter(osmium.filter.KeyFilter(*keys))
            )
            for entity in processor:
                tags = {tag.k: tag.v for tag in entity.tags}
                known = known or any(key in tags for key in keys)
                met = next((t for t, k, v in wanted if k in tags and v in (None, tags[k])), None)
                if met is None:
                    continue
                try:
                    if isinstance(entity, osmium.osm.Area):
                        kind = "w" if entity.from_way() else "r"
                        found[kind, entity.orig_id()] = (
                            met,
                            tags,
                            factory.create_multipolygon(entity),
                        )
                    elif isinstance(entity, osmium.osm.Node):
                        found["n", entity.id] = (met, tags, factory.create_point(entity))
                    elif isinstance(entity, osmium.osm.Way):
                        lines["w", entity.id] = (met, tags, factory.create_linestring(entity))
                    elif isinstance(entity, osmium.osm.Relation) and tags.get("type") in (
                        "multipolygon",
                        "boundary",
                    ):
                        relations.add(entity.id)
                except (osmium.InvalidLocationError, RuntimeError):
                    broken += 1
    except RuntimeError as error:
        raise refuse(where, Notice("fault.osm_readable"), said(error)) from None
    # a closed way comes as a line too; its area is what is meant
    found |= {key: value for key, value in lines.items() if key not in found}
    broken += sum(("r", relation) not in found for relation in relations)
    ordered = sorted(found, key=lambda key: (_ORDER[key[0]], key[1]))
    rows = [{**found[k][1], OSM_ID: f"{k[0]}{own_id(k[1])}", KIND: found[k][0]} for k in ordered]
    shapes = np.empty(len(ordered), object)
    shapes[:] = [shapely.from_wkb(found[key][2]) for key in ordered]
    for row, shape in zip(rows, shapes, strict=True):
        if shape.geom_type == "MultiPolygon":
            row[FOOTPRINT] = f"{abs(_ELLIPSOID.geometry_area_perimeter(shape)[0]):.2f}"
    columns = list(dict.fromkeys(name for row in rows for name in row)) or [OSM_ID, KIND, FOOTPRINT]
    frame = pd.DataFrame(
        {c: pd.Series([row.get(c) for row in rows], dtype=object) for c in columns},
        index=range(len(rows)),
    )
    raw = RawLayer(frame, shapes, "EPSG:4326")
    unmet = (
        dict.fromkeys(filters) if found else {}
    )  # that nothing is found at all is told elsewhere
    for text, _, _ in found.values():
        unmet.pop(text, None)
    raw.warnings += [Notice("layer.tag_unmet", where=where, tag=text) for text in unmet]
    if not known:
        raw.warnings.append(Notice("layer.keys_absent", where=where, keys=keys))
    if broken:
        raw.warnings.append(Notice("layer.incomplete", where=where, n=broken))
    return raw
