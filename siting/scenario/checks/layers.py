"""Checks of what a scenario says about one layer, before the layer is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from siting.errors import Fault, nearest
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import resolve
from siting.scenario.layers.layer import KINDS, suffix_of
from siting.scenario.layers.osm import split_filter
from siting.scenario.schema.layers import DemandLayer, Layer, OutletLayer, PremisesLayer

_LATITUDES = {"lat", "latitude", "纬度", "wgs84_lat", "gcj_lat", "bd_lat", "y_lat"}
_LONGITUDES = {"lon", "lng", "long", "longitude", "经度", "wgs84_lng", "gcj_lng", "bd_lng", "x_lon"}


def check_file(text: str, key: Key, document: Document, folder: Path) -> Iterator[Fault]:
    """Whether a named file is there."""
    path = resolve(text, folder)
    if isinstance(path, str):
        yield document.broken(key, path, repr(text))
    elif path.is_dir():
        yield document.broken(key, "must be a file", f"{text!r}, a folder")
    elif not path.is_file():
        near = ""
        if path.parent.is_dir():
            near = nearest(path.name, sorted(p.name for p in path.parent.iterdir())[:1000])
        yield document.broken(key, "must be a file", f"{text!r}, nothing there", near)


def check_layer(layer: Layer, key: Key, document: Document, folder: Path) -> Iterator[Fault]:
    """What is wrong in a layer's keys; those that nothing may be read from are marked."""
    yield from _check_columns(layer, key, document)
    if document.unsure((*key, "file")):
        return
    if layer.file is None:
        yield document.lacks((*key, "file"))
        return
    yield from check_file(layer.file, (*key, "file"), document, folder)
    kind = suffix_of(Path(layer.file))
    if kind not in (*KINDS, "osm") and not document.unsure((*key, "file")):
        expected = f"must be one of {', '.join(KINDS)}"
        yield document.broken((*key, "file"), expected, repr(layer.file))
    if layer.layer is not None and kind not in ("gpkg", "xlsx"):
        expected = "must be left out: only gpkg and xlsx hold layers"
        yield document.fault((*key, "layer"), expected, repr(layer.layer))
    is_osm = kind in ("osm.pbf", "osm")
    if isinstance(layer, OutletLayer):
        yield from _check_outlets(layer, key, document, is_osm)
    elif isinstance(layer, PremisesLayer):
        yield from _check_tags(layer.osm, key, document, is_osm, "osm: [building=retail]")
    elif is_osm:
        hint = "osm.pbf is read for outlets and premises"
        expected = "must be a table or a layer of places"
        yield document.broken((*key, "file"), expected, repr(layer.file), hint)


def _check_columns(layer: Layer, key: Key, document: Document) -> Iterator[Fault]:
    """What can be said whatever kind of file it is."""
    missing = "x" if layer.x is None else "y"
    one = (layer.x is None) != (layer.y is None)
    if one and not document.unsure((*key, missing)):
        yield document.lacks((*key, missing), "must be given where the other coordinate is")
    if (layer.x or "").lower() in _LATITUDES or (layer.y or "").lower() in _LONGITUDES:
        at, found = ("x", layer.x) if (layer.x or "").lower() in _LATITUDES else ("y", layer.y)
        hint = "latitude and longitude are swapped: x is the longitude, y the latitude"
        what = "longitudes or eastings" if at == "x" else "latitudes or northings"
        document.mark((*key, "y" if at == "x" else "x"))
        yield document.broken((*key, at), f"must name {what}", repr(found), hint)
    named = not isinstance(layer, DemandLayer) or layer.groups
    if not named and not document.unsure((*key, "groups")):
        yield document.lacks((*key, "groups"), "must name a column of persons for each group",
                             "groups: {all: people}")  # fmt: skip


def _check_outlets(
    layer: OutletLayer, key: Key, document: Document, is_osm: bool
) -> Iterator[Fault]:
    if layer.osm is not None and layer.format is not None:
        yield document.broken((*key, "osm"), "must not stand beside format", "both")
    example = "osm: {amenity=marketplace: wet_market}"
    yield from _check_tags(layer.osm, key, document, is_osm, example)
    untold = not is_osm and layer.format is None and layer.osm is None
    if untold and not document.unsure((*key, "format"), (*key, "osm")):
        yield document.lacks((*key, "format"), "must name the column of format ids")


def _check_tags(
    tags: Collection[str] | None, key: Key, document: Document, is_osm: bool, example: str
) -> Iterator[Fault]:
    """Tags are told for OpenStreetMap files, and for these only."""
    if document.unsure((*key, "osm")):
        return
    if is_osm and not tags:
        yield document.lacks((*key, "osm"), "must tell the tags that are wanted", example)
    if tags is not None and not is_osm:
        expected = "must be left out: tags are read from osm.pbf only"
        yield document.broken((*key, "osm"), expected, "another kind of file")
    for i, text in enumerate(tags or ()):
        try:
            split_filter(text)
        except ValueError:
            at = (*key, "osm", i if isinstance(tags, list) else text)
            yield document.broken(at, "must read key=value or key=*", repr(text))
