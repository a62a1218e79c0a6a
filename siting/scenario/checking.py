"""Checks across a scenario's keys that need no layer: what one key says about another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pyproj import CRS
from pyproj.exceptions import CRSError

from siting.errors import Fault, InputError, nearest
from siting.scenario.catalogue import GROUPS, Catalogue, load_catalogue
from siting.scenario.checking_rules import check_rules
from siting.scenario.choosing_crs import is_metric
from siting.scenario.datums import OFFSET_DATUMS
from siting.scenario.layers import KINDS, suffix_of
from siting.scenario.osm_layer import split_filter
from siting.scenario.paths import resolve
from siting.scenario.reading import Document, Key
from siting.scenario.schema import Settings
from siting.scenario.schema_layers import DemandLayer, Layer, OutletLayer, PremisesLayer
from siting.scenario.standards import Deviation, Standards, standards

_LATITUDES = {"lat", "latitude", "纬度", "wgs84_lat", "gcj_lat", "bd_lat", "y_lat"}
_LONGITUDES = {"lon", "lng", "long", "longitude", "经度", "wgs84_lng", "gcj_lng", "bd_lng", "x_lon"}


def check(
    settings: Settings, document: Document, folder: Path
) -> tuple[Catalogue | None, Standards, list[Fault]]:
    """Everything that can be said before a layer is read.

    Args:
        folder: of the scenario file.

    Returns:
        The catalogue (None when it cannot be read), the standards in effect, and the faults.
    """
    faults = [*_check_crs(settings, document), *_check_travel(settings, document, folder)]
    for kind in ("demand", "outlets", "premises"):
        layers: Sequence[Layer] = getattr(settings, kind)
        if (
            not layers
            and kind != "outlets"
            and document.data.get(kind) == []
            and (kind,) not in document.shortened
        ):
            faults.append(document.fault((kind,), "must hold at least one layer", "none"))
        for i, layer in enumerate(layers):
            faults += _check_layer(layer, (kind, i), document, folder)
    for i, away in enumerate(settings.rules.away):
        faults += _check_layer(away.places, ("rules", "away", i, "places"), document, folder)
    for i, barrier in enumerate(settings.travel.barriers if settings.travel else ()):
        faults += _check_layer(barrier, ("travel", "barriers", i), document, folder)
    groups = {group for layer in settings.demand for group in layer.groups}
    known = {*groups, *GROUPS, "default"}
    if settings.travel is not None:
        for group in settings.travel.speed_m_per_s:
            if group not in known:
                key = ("travel", "speed_m_per_s", group)
                hint = nearest(group, known)
                faults.append(
                    document.fault(key, "must be a group of the demand", repr(group), hint)
                )
    catalogue = None
    try:
        catalogue = load_catalogue(settings.formats.catalogue, folder)
    except InputError as error:
        faults += [_at_catalogue(fault, document, settings) for fault in error.faults]
        return None, Standards({}, ()), faults
    effect, more = standards(catalogue.formats, settings.formats, document, groups)
    faults += more
    for i, outlets in enumerate(settings.outlets):
        for text, name in (outlets.osm or {}).items():
            if name not in effect.formats:
                hint = nearest(name, effect.formats)
                at: Key = ("outlets", i, "osm", text)
                faults.append(
                    document.fault(at, "must be a format of the catalogue", repr(name), hint)
                )
    faults += _check_circles(settings, document, effect)
    effect = replace(effect, deviations=(*effect.deviations, *_of_circles(settings, effect)))
    if settings.districts is not None:
        faults += _check_layer(settings.districts, ("districts",), document, folder)
    faults += check_rules(settings, document, effect, groups)
    return catalogue, effect, faults


def _check_circles(settings: Settings, document: Document, effect: Standards) -> Iterator[Fault]:
    seen: set[str] = set()
    for i, circle in enumerate(settings.circles):
        key: Key = ("circles", i)
        if circle.district in seen:
            expected = "must be unlike the other circles' districts"
            yield document.fault((*key, "district"), expected, repr(circle.district))
        seen.add(circle.district)
        for name, standard in circle.change.items():
            at = (*key, "change", name)
            if name not in effect.use:
                hint = nearest(name, effect.use) or f"in use: {', '.join(effect.use)}"
                yield document.fault(at, "must be a format in use", repr(name), hint)
            if (standard.minutes is None) == (standard.metres is None):
                found = "neither" if standard.minutes is None else "both"
                yield document.fault(at, "must give minutes or metres", found)


def _of_circles(settings: Settings, effect: Standards) -> Iterator[Deviation]:
    """Standards that circles change, for the list of deviations."""
    for circle in settings.circles:
        for name, own in circle.change.items():
            entry = effect.formats.get(name)
            if entry is not None:
                key = "metres" if own.metres is not None else "minutes"
                value = getattr(own, key)
                yield Deviation(name, f"{key} in {circle.district}", getattr(entry, key), value,
                                own.reason)  # fmt: skip


def _at_catalogue(fault: Fault, document: Document, settings: Settings) -> Fault:
    """A catalogue that is not there is a fault of the scenario; others are of the catalogue."""
    if fault.line is None and fault.where == settings.formats.catalogue:
        found = repr(settings.formats.catalogue)
        return document.fault(("formats", "catalogue"), fault.expected, found, fault.hint)
    return fault


def _check_crs(settings: Settings, document: Document) -> Iterator[Fault]:
    named: list[tuple[Key, str]] = [(("crs",), settings.crs)] if settings.crs else []
    for kind in ("demand", "outlets", "premises"):
        named += [((kind, i, "crs"), layer.crs)
                  for i, layer in enumerate(getattr(settings, kind)) if layer.crs]  # fmt: skip
    for i, rule in enumerate(settings.rules.away):
        named.append((("rules", "away", i, "places", "crs"), rule.places.crs or "EPSG:4326"))
    for i, barrier in enumerate(settings.travel.barriers if settings.travel else ()):
        named.append((("travel", "barriers", i, "crs"), barrier.crs or "EPSG:4326"))
    if settings.districts is not None:
        named.append((("districts", "crs"), settings.districts.crs or "EPSG:4326"))
    for key, name in named:
        upper = name.upper()
        if key != ("crs",) and upper.replace("-", "") in OFFSET_DATUMS:
            continue
        also = "" if key == ("crs",) else ", GCJ02 or BD09"
        expected = f"must be EPSG: and a number{also}"
        authority, colon, code = upper.partition(":")
        if authority != "EPSG" or not colon or not code.isdigit():
            yield document.fault(key, expected, repr(name), nearest(upper, OFFSET_DATUMS))
            continue
        try:
            crs = CRS.from_user_input(upper)
        except CRSError:
            yield document.fault(key, "must be a known coordinate system", repr(name))
            continue
        units = {axis.unit_name for axis in crs.axis_info}
        if key == ("crs",) and not (crs.is_projected and units <= {"metre", "meter"}):
            yield document.fault(
                key, "must be a projected system in metres", f"{name} ({crs.name})"
            )


def _check_travel(settings: Settings, document: Document, folder: Path) -> Iterator[Fault]:
    travel = settings.travel
    if travel is None:
        return
    source = travel.network
    if travel.mode != "network":
        return
    written = document.data.get("travel")
    if source is None:
        if not (isinstance(written, dict) and written.get("network")):
            yield document.lacks(("travel", "network"), "is required in mode network")
        return
    files = {k: v for k in ("file", "edges", "nodes") if (v := getattr(source, k))}
    if set(files) not in ({"file"}, {"edges", "nodes"}):
        yield document.fault(
            ("travel", "network"), "must be a file, or a pair of tables with the keys edges, nodes",
            ", ".join(files) or "nothing",
        )  # fmt: skip
    for name, text in files.items():
        key: Key = ("travel", "network", name)
        yield from _check_file(text, key, document, folder)
    if "edges" in files and settings.crs is None and not _shared_crs(settings):
        yield document.lacks(("crs",), "is required: the nodes' x and y are in it", "crs: EPSG:…")


def _shared_crs(settings: Settings) -> bool:
    """Whether the layers name one metric system, which then is the planar one."""
    layers: list[Layer] = [*settings.demand, *settings.outlets, *settings.premises]
    named = {layer.crs for layer in layers}
    try:
        return len(named) == 1 and None not in named and is_metric(str(named.pop()))
    except CRSError:
        return False


def _check_file(text: str, key: Key, document: Document, folder: Path) -> Iterator[Fault]:
    path = resolve(text, folder)
    if isinstance(path, str):
        yield document.fault(key, path, repr(text))
    elif not path.is_file():
        near = ""
        if path.parent.is_dir():
            near = nearest(path.name, sorted(p.name for p in path.parent.iterdir())[:1000])
        yield document.fault(key, "must be a file", f"{text!r}, nothing there", near)


def _check_layer(layer: Layer, key: Key, document: Document, folder: Path) -> Iterator[Fault]:
    if layer.file is None:
        if not _stated(document, (*key, "file")):
            yield document.lacks((*key, "file"))
        return
    yield from _check_file(layer.file, (*key, "file"), document, folder)
    kind = suffix_of(Path(layer.file))
    if kind not in (*KINDS, "osm"):
        expected = f"must be one of {', '.join(KINDS)}"
        yield document.fault((*key, "file"), expected, repr(layer.file))
    if layer.layer is not None and kind not in ("gpkg", "xlsx"):
        expected = "must be left out: only gpkg and xlsx hold layers"
        yield document.fault((*key, "layer"), expected, repr(layer.layer))
    if (layer.x is None) != (layer.y is None):
        missing = "x" if layer.x is None else "y"
        if not _stated(document, (*key, missing)):
            yield document.lacks((*key, missing), "must be given where the other coordinate is")
    if (layer.x or "").lower() in _LATITUDES or (layer.y or "").lower() in _LONGITUDES:
        at, found = ("x", layer.x) if (layer.x or "").lower() in _LATITUDES else ("y", layer.y)
        hint = "latitude and longitude are swapped: x is the longitude, y the latitude"
        what = "longitudes or eastings" if at == "x" else "latitudes or northings"
        yield document.fault((*key, at), f"must name {what}", repr(found), hint)
    is_osm = kind in ("osm.pbf", "osm")
    if isinstance(layer, OutletLayer):
        yield from _check_outlets(layer, key, document, is_osm)
    elif isinstance(layer, PremisesLayer):
        yield from _check_tags(layer.osm, key, document, is_osm, "osm: [building=retail]")
    elif is_osm:
        hint = "osm.pbf is read for outlets and premises"
        expected = "must be a table or a layer of places"
        yield document.fault((*key, "file"), expected, repr(layer.file), hint)
    if (
        isinstance(layer, DemandLayer)
        and not layer.groups
        and not _stated(document, (*key, "groups"))
    ):
        yield document.lacks((*key, "groups"), "must name a column of persons for each group",
                             "groups: {all: people}")  # fmt: skip


def _stated(document: Document, key: Key) -> bool:
    """Whether a key stands in the file, though it may have been cut out for a fault."""
    if key in document.places:
        return True
    return len(key) > 2 and key[1] == 0 and (key[0], *key[2:]) in document.places


def _check_outlets(
    layer: OutletLayer, key: Key, document: Document, is_osm: bool
) -> Iterator[Fault]:
    if layer.osm is not None and layer.format is not None:
        yield document.fault((*key, "osm"), "must not stand beside format", "both")
    example = "osm: {amenity=marketplace: wet_market}"
    yield from _check_tags(layer.osm, key, document, is_osm, example)
    untold = not is_osm and layer.format is None and layer.osm is None
    if untold and not _stated(document, (*key, "format")):
        yield document.lacks((*key, "format"), "must name the column of format ids")


def _check_tags(
    tags: Collection[str] | None, key: Key, document: Document, is_osm: bool, example: str
) -> Iterator[Fault]:
    """Tags are told for OpenStreetMap files, and for these only."""
    if is_osm and not tags and not _stated(document, (*key, "osm")):
        yield document.lacks((*key, "osm"), "must tell the tags that are wanted", example)
    if tags is not None and not is_osm:
        expected = "must be left out: tags are read from osm.pbf only"
        yield document.fault((*key, "osm"), expected, "another kind of file")
    for i, text in enumerate(tags or ()):
        try:
            split_filter(text)
        except ValueError:
            at = (*key, "osm", i if isinstance(tags, list) else text)
            yield document.fault(at, "must read key=value or key=*", repr(text))
