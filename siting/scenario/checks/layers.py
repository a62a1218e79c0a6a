"""Checks of what a scenario says about one layer, before the layer is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from siting.errors import nearest
from siting.notice import Hint, Notice, plain, quoted
from siting.scenario.document.document import Key
from siting.scenario.document.paths import Folder, resolve
from siting.scenario.document.wrong import Wrong, broken, lacks
from siting.scenario.formats.kinds import BUILT_IN
from siting.scenario.layers.counted import counted
from siting.scenario.layers.file_kinds import HAVE_HEAD, HOLD_LAYERS, KINDS, WAY_OUT, suffix_of
from siting.scenario.layers.osm_tags import split_filter
from siting.scenario.schema.layers import DemandLayer, Layer, OutletLayer, PremisesLayer

_LATITUDES = {"lat", "latitude", "纬度", "wgs84_lat", "gcj_lat", "bd_lat", "y_lat"}
_LONGITUDES = {"lon", "lng", "long", "longitude", "经度", "wgs84_lng", "gcj_lng", "bd_lng", "x_lon"}


def check_file(text: str, key: Key, folder: Folder, given: tuple[Key, ...] = ()) -> Iterator[Wrong]:
    """Whether a named file is there."""
    if text in folder.frames and key[-1] in ("file", "edges", "nodes") and "join" not in key:
        return
    path = resolve(text, folder)
    if isinstance(path, Notice):
        yield broken(key, path, quoted(text), given=given)
    elif path.is_dir():
        if suffix_of(path) != "gdb":
            hint = Notice("fault.gdb_folder")
            yield broken(
                key, Notice("fault.a_file"), Notice("fault.a_folder", file=text), hint, given=given
            )
    elif not path.is_file():
        near: Hint = ""
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
    kind = "parquet" if layer.file in folder.frames else suffix_of(Path(layer.file))
    yield from _check_kind(layer, kind, key)
    for i, join in enumerate(layer.join):
        yield from check_file(join.file, (*key, "join", i, "file"), folder)
        yield from _check_held(Path(join.file), join.layer, join.header_row, (*key, "join", i))
    yield from _check_held(Path(layer.file), layer.layer, layer.header_row, key)
    is_osm = kind in ("osm.pbf", "osm")
    if isinstance(layer, OutletLayer):
        yield from _check_outlets(layer, key, is_osm, folder)
    elif isinstance(layer, PremisesLayer):
        yield from _check_tags(layer.osm, key, is_osm, "osm: [building=retail]")
    elif is_osm:
        hint = Notice("fault.osm_for")
        expected = Notice("fault.table_or_layer")
        yield broken(at, expected, quoted(layer.file), hint)
    if isinstance(layer, DemandLayer):
        yield from _check_demand(layer, kind, key, folder)


def _check_kind(layer: Layer, kind: str, key: Key) -> Iterator[Wrong]:
    """Whether there is a reader for the file."""
    at: Key = (*key, "file")
    if kind not in (*KINDS, "osm"):
        hint: Hint = Notice(WAY_OUT[kind]) if kind in WAY_OUT else ""
        yield broken(at, Notice("fault.one_of", kinds=KINDS), quoted(layer.file), hint, given=(at,))
    elif kind == "tif" and not isinstance(layer, DemandLayer):
        expected = Notice("fault.tif_for_demand")
        yield broken(at, expected, quoted(layer.file))


def _check_held(
    file: Path, layer: str | None, header_row: tuple[int, ...] | None, key: Key
) -> Iterator[Wrong]:
    """Keys that only some kinds of files have a use for."""
    kind = suffix_of(file)
    if layer is not None and kind not in HOLD_LAYERS:
        expected = Notice("fault.no_layer", kinds=HOLD_LAYERS)
        yield Wrong((*key, "layer"), expected, quoted(layer))
    if header_row is not None and kind not in HAVE_HEAD:
        expected = Notice("fault.no_head", kinds=HAVE_HEAD)
        yield Wrong((*key, "header_row"), expected, ", ".join(map(str, header_row)))


def _check_demand(layer: DemandLayer, kind: str, key: Key, folder: Folder) -> Iterator[Wrong]:
    """Bands belong to rasters, columns to tables; a file to spread over must be there."""
    if kind == "tif" and layer.groups:
        expected = Notice("fault.bands_not_groups")
        yield broken((*key, "groups"), expected, hint=plain("bands: {all: 1}"))
    if kind != "tif" and layer.bands:
        yield broken((*key, "bands"), Notice("fault.no_bands"), quoted(layer.file))
    if layer.spread is not None:
        at: Key = (*key, "spread")
        file = Path(layer.spread.over)
        yield from check_file(layer.spread.over, (*at, "over"), folder)
        if suffix_of(file) not in KINDS or suffix_of(file) == "osm.pbf":
            expected = Notice("fault.table_or_layer")
            yield broken((*at, "over"), expected, quoted(layer.spread.over))
        yield from _check_held(file, layer.spread.layer, None, at)


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
    if layer.lonlat is not None and (layer.x is not None or layer.y is not None):
        yield broken((*key, "lonlat"), Notice("fault.not_beside_xy"), Notice("fault.both"))
    if isinstance(layer, DemandLayer) and not counted(layer):
        expected = Notice("fault.column_each_group")
        yield lacks((*key, "groups"), expected, plain("groups: {all: people}"))


def _check_outlets(layer: OutletLayer, key: Key, is_osm: bool, folder: Folder) -> Iterator[Wrong]:
    if isinstance(layer.kinds, str) and layer.kinds not in BUILT_IN:
        yield from check_file(layer.kinds, (*key, "kinds"), folder)
    if layer.kinds is not None and layer.format is None:
        yield lacks((*key, "format"), Notice("fault.column_of_kinds"))
        return
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
        yield lacks(osm, Notice("fault.wanted_tags"), plain(example))
    if tags is not None and not is_osm:
        expected = Notice("fault.no_tags")
        yield broken(osm, expected, Notice("fault.other_kind"), given=(osm,))
    for i, text in enumerate(tags or ()):
        try:
            split_filter(text)
        except ValueError:
            at = (*osm, i if isinstance(tags, list) else text)
            yield broken(at, Notice("fault.key_value"), quoted(text))
