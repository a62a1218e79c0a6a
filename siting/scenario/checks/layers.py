"""Checks of what a scenario says about one layer, before the layer is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from siting.errors import nearest
from siting.notice import Notice, quoted
from siting.scenario.document.document import Key
from siting.scenario.document.paths import Folder, resolve
from siting.scenario.document.wrong import Wrong, broken, lacks
from siting.scenario.layers.layer import KINDS, suffix_of
from siting.scenario.layers.osm import split_filter
from siting.scenario.schema.layers import DemandLayer, Layer, OutletLayer, PremisesLayer

_LATITUDES = {"lat", "latitude", "纬度", "wgs84_lat", "gcj_lat", "bd_lat", "y_lat"}
_LONGITUDES = {"lon", "lng", "long", "longitude", "经度", "wgs84_lng", "gcj_lng", "bd_lng", "x_lon"}


def check_file(text: str, key: Key, folder: Folder, given: tuple[Key, ...] = ()) -> Iterator[Wrong]:
    """Whether a named file is there."""
    path = resolve(text, folder)
    if isinstance(path, str):
        yield broken(key, path, quoted(text), given=given)
    elif path.is_dir():
        yield broken(key, Notice("fault.a_file"), f"{text!r}, a folder", given=given)
    elif not path.is_file():
        near = ""
        if path.parent.is_dir():
            near = nearest(path.name, sorted(p.name for p in path.parent.iterdir())[:1000])
        yield broken(
            key, Notice("fault.a_file"), Notice("fault.nothing_there", text=text), near, given
        )


def check_layer(layer: Layer, key: Key, folder: Folder) -> Iterator[Wrong]:
    """What is wrong in a layer's file and what is said of it, where that file is known."""
    at: Key = (*key, "file")
    if layer.file is None:
        yield lacks(at)
        return
    yield from check_file(layer.file, at, folder)
    kind = suffix_of(Path(layer.file))
    if kind not in (*KINDS, "osm"):
        yield broken(at, Notice("fault.one_of", kinds=KINDS), quoted(layer.file), given=(at,))
    if layer.layer is not None and kind not in ("gpkg", "xlsx"):
        expected = Notice("fault.no_layer")
        yield Wrong((*key, "layer"), expected, quoted(layer.layer))
    is_osm = kind in ("osm.pbf", "osm")
    if isinstance(layer, OutletLayer):
        yield from _check_outlets(layer, key, is_osm)
    elif isinstance(layer, PremisesLayer):
        yield from _check_tags(layer.osm, key, is_osm, "osm: [building=retail]")
    elif is_osm:
        hint = Notice("fault.osm_for")
        expected = Notice("fault.table_or_layer")
        yield broken(at, expected, quoted(layer.file), hint)


def check_columns(layer: Layer, key: Key) -> Iterator[Wrong]:
    """What can be said whatever kind of file it is."""
    if (layer.x is None) != (layer.y is None):
        missing = "x" if layer.x is None else "y"
        yield lacks((*key, missing), Notice("fault.other_coordinate"))
    if (layer.x or "").lower() in _LATITUDES or (layer.y or "").lower() in _LONGITUDES:
        at, found = ("x", layer.x) if (layer.x or "").lower() in _LATITUDES else ("y", layer.y)
        hint = Notice("fault.swapped")
        what = Notice("fault.eastings") if at == "x" else Notice("fault.northings")
        both = ((*key, "x"), (*key, "y"))
        yield Wrong(
            (*key, at), Notice("fault.must_name", what=what), quoted(found), hint, spoils=both
        )
    if isinstance(layer, DemandLayer) and not layer.groups:
        expected = Notice("fault.column_each_group")
        yield lacks((*key, "groups"), expected, "groups: {all: people}")


def _check_outlets(layer: OutletLayer, key: Key, is_osm: bool) -> Iterator[Wrong]:
    if layer.osm is not None and layer.format is not None:
        yield broken((*key, "osm"), Notice("fault.not_beside_format"), Notice("fault.both"))
    else:
        example = "osm: {amenity=marketplace: wet_market}"
        yield from _check_tags(layer.osm, key, is_osm, example)
    if not is_osm and layer.format is None and layer.osm is None:
        expected = Notice("fault.column_of_formats")
        yield lacks((*key, "format"), expected, given=((*key, "osm"),))


def _check_tags(
    tags: Collection[str] | None, key: Key, is_osm: bool, example: str
) -> Iterator[Wrong]:
    """Tags are told for OpenStreetMap files, and for these only."""
    osm: Key = (*key, "osm")
    if is_osm and not tags:
        yield lacks(osm, Notice("fault.wanted_tags"), example)
    if tags is not None and not is_osm:
        expected = Notice("fault.no_tags")
        yield broken(osm, expected, Notice("fault.other_kind"), given=(osm,))
    for i, text in enumerate(tags or ()):
        try:
            split_filter(text)
        except ValueError:
            at = (*osm, i if isinstance(tags, list) else text)
            yield broken(at, Notice("fault.key_value"), quoted(text))
