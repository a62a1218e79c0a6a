"""Checks across a scenario's keys that need no layer: what one key says about another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from siting.errors import Fault, InputError, nearest
from siting.notice import Hint, Notice, plain, quoted
from siting.scenario.checks.commitments import check_commitments
from siting.scenario.checks.layers import check_columns, check_file, check_layer
from siting.scenario.checks.rules import check_rules
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.document.wrong import Wrong, broken, lacks, located
from siting.scenario.formats.catalogue import GROUPS, Catalogue, load_catalogue
from siting.scenario.formats.standards import Deviation, Standards, standards
from siting.scenario.layers.counted import counted
from siting.scenario.layers.datum_names import OFFSET_DATUMS, spoken
from siting.scenario.layers.file_kinds import suffix_of
from siting.scenario.schema.layers import Layer
from siting.scenario.schema.settings import Settings


def check(
    settings: Settings, document: Document, folder: Folder
) -> tuple[Catalogue | None, Standards, list[Fault]]:
    """Everything that can be said before a layer is read.

    Args:
        folder: of the scenario file.

    Returns:
        The catalogue (None when it cannot be read), the standards in effect, and the faults.
    """
    faults = located(document, _before_formats(settings, document, folder))
    groups = _groups(settings, document)
    faults += located(document, _check_speeds(settings, groups))
    catalogue = None
    try:
        if not document.unsure(("formats", "catalogue")):
            catalogue = load_catalogue(settings.formats.catalogue, folder)
    except InputError as error:
        faults += located(document, (_at_catalogue(fault, settings) for fault in error.faults))
    known_formats = None if catalogue is None else catalogue.formats
    effect, wrong = standards(known_formats, settings.formats, document, groups)
    faults += located(document, wrong)
    if catalogue is not None:
        effect = replace(effect, nuisances=catalogue.nuisances)
    faults += located(document, _check_tags(settings, effect))
    faults += located(document, _check_circles(settings, effect))
    faults += located(document, _check_delivery(settings, effect))
    effect = replace(effect, deviations=(*effect.deviations, *_of_circles(settings, effect)))
    faults += located(document, check_rules(settings, document, effect, groups))
    faults += located(document, check_commitments(settings, effect, groups))
    return catalogue, effect, faults


def _before_formats(settings: Settings, document: Document, folder: Folder) -> Iterator[Wrong]:
    """What hangs neither on formats nor on groups."""
    yield from _check_crs(settings)
    yield from _check_travel(settings, folder)
    for kind in ("demand", "premises"):
        if document.data.get(kind) == []:
            yield Wrong((kind,), Notice("fault.a_layer"), Notice("fault.none"))
    for key, layer in layers_of(settings):
        yield from check_columns(layer, key)
        if not document.unsure((*key, "file")):
            yield from check_layer(layer, key, folder)


def _check_speeds(settings: Settings, groups: set[str] | None) -> Iterator[Wrong]:
    """Walking speeds and rules for slopes of groups that nobody counts."""
    if settings.travel is None or groups is None:
        return
    known = {*groups, *GROUPS, "default"}
    travel = settings.travel
    named: list[tuple[Key, str]] = [
        (("travel", key, group), group)
        for key in ("speed_m_per_s", "slope", "steps")
        for group in getattr(travel, key)
    ]
    named += [(("travel", "step_free", i), group) for i, group in enumerate(travel.step_free)]
    for key, group in named:
        if group not in known:
            yield Wrong(key, Notice("fault.group_of_demand"), quoted(group), nearest(group, known))


def _check_tags(settings: Settings, effect: Standards) -> Iterator[Wrong]:
    """Formats that the tags of OpenStreetMap outlets name, and those that values stand for."""
    if not effect.all_formats:
        return
    for i, outlets in enumerate(settings.outlets):
        kinds = outlets.kinds if isinstance(outlets.kinds, dict) else {}
        for where, meant in (("osm", outlets.osm or {}), ("kinds", kinds)):
            for text, name in meant.items():
                if effect.format_named(name) is None:
                    key: Key = ("outlets", i, where, text)
                    hint = nearest(name, effect.formats)
                    yield Wrong(key, Notice("fault.a_format"), quoted(name), hint)


def _groups(settings: Settings, document: Document) -> set[str] | None:
    """Groups with a column of persons; None when a fault leaves open which there are."""
    keys: list[Key] = [("demand", i, "groups") for i in range(len(settings.demand))]
    spoilt = any(document.unsure(k) or document.as_written(k) in document.lost for k in keys)
    if spoilt or ("demand",) in document.lost or not all(counted(d) for d in settings.demand):
        return None
    return {group for layer in settings.demand for group in counted(layer)} or None


def layers_of(settings: Settings) -> Iterator[tuple[Key, Layer]]:
    """Every layer that a scenario names, with its key."""
    for kind in ("demand", "outlets", "premises"):
        for i, layer in enumerate(getattr(settings, kind)):
            yield (kind, i), layer
    for i, unit in enumerate(settings.mobile_units):
        yield ("mobile_units", i, "stops"), unit.stops
    for i, rule in enumerate(settings.rules.away):
        yield ("rules", "away", i, "places"), rule.places
    for i, barrier in enumerate(settings.travel.barriers if settings.travel else ()):
        yield ("travel", "barriers", i), barrier
    for kind in ("compounds", "gates"):
        for i, layer in enumerate(getattr(settings.travel, kind, ())):
            yield ("travel", kind, i), layer
    if settings.districts is not None:
        yield ("districts",), settings.districts
    for kind in ("schools", "homes"):
        for i, layer in enumerate(getattr(settings.neighbours, kind)):
            yield ("neighbours", kind, i), layer
    for i, layer in enumerate(settings.water):
        yield ("water", i), layer


def _check_circles(settings: Settings, effect: Standards) -> Iterator[Wrong]:
    seen: set[str] = set()
    for i, circle in enumerate(settings.circles):
        key: Key = ("circles", i)
        if circle.district in seen:
            expected = Notice("fault.unlike_circles")
            yield Wrong((*key, "district"), expected, quoted(circle.district))
        seen.add(circle.district)
        for name, standard in circle.change.items():
            at = (*key, "change", name)
            if effect.all_use and name not in effect.use:
                hint = nearest(name, effect.use) or Notice("fault.in_use", use=effect.use)
                yield Wrong(at, Notice("fault.format_in_use"), quoted(name), hint)
            given: tuple[Key, ...] = ((*at, "minutes"), (*at, "metres"))
            nothing = standard.use and standard.weight is None and not standard.own_standard
            twice = standard.minutes is not None and standard.metres is not None
            if nothing or twice:
                found = Notice("fault.both") if twice else Notice("fault.neither")
                more: Hint = "" if twice else Notice("fault.circle_change")
                given = (*given, (*at, "weight"), (*at, "use"))
                yield Wrong(at, Notice("fault.minutes_or_metres"), found, more, given=given)
            elif standard.own_standard and standard.reason is None:
                yield lacks((*at, "reason"))
            if not standard.use and (standard.own_standard or standard.weight is not None):
                yield Wrong((*at, "use"), Notice("fault.left_out_alone"), given=given)


def _check_delivery(settings: Settings, effect: Standards) -> Iterator[Wrong]:
    """Formats of the delivery layer that nobody delivers."""
    layer = settings.delivery
    for i, name in enumerate((layer and layer.use) or ()):
        key: Key = ("delivery", "use", i)
        entry = effect.formats.get(name)
        if entry is None and effect.all_formats:
            hint = nearest(name, effect.formats)
            yield Wrong(key, Notice("fault.a_format"), quoted(name), hint)
        elif entry is not None and entry.walking:
            yield Wrong(key, Notice("fault.not_delivered"), quoted(name))


def _of_circles(settings: Settings, effect: Standards) -> Iterator[Deviation]:
    """Standards that circles change, for the list of deviations."""
    for circle in settings.circles:
        for name, own in circle.change.items():
            entry = effect.formats.get(name)
            if entry is None:
                continue
            told: dict[str, tuple[object, object]] = {}
            if not own.use:
                told["use"] = (True, False)
            if own.own_standard:
                key = "metres" if own.metres is not None else "minutes"
                told[key] = (getattr(entry, key), getattr(own, key))
            if own.weight is not None:
                told["weight"] = (entry.weight, own.weight)
            for key, (was, here) in told.items():
                yield Deviation(name, f"{key} in {circle.district}", was, here, own.reason or "")


def _at_catalogue(fault: Fault, settings: Settings) -> Fault | Wrong:
    """A catalogue that is not there is a fault of the scenario; others are of the catalogue."""
    if fault.line is None and fault.where == settings.formats.catalogue:
        found = quoted(settings.formats.catalogue)
        return Wrong(("formats", "catalogue"), fault.expected, found, fault.hint)
    return fault


def _check_crs(settings: Settings) -> Iterator[Wrong]:
    named: list[tuple[Key, str]] = [(("crs",), settings.crs)] if settings.crs else []
    named += [((*key, "crs"), layer.crs) for key, layer in layers_of(settings) if layer.crs]
    for key, name in named:
        upper = name.upper()
        if key != ("crs",) and spoken(name) is not None:
            continue
        expected = Notice("fault.epsg") if key == ("crs",) else Notice("fault.epsg_datum")
        authority, colon, code = upper.partition(":")
        if authority != "EPSG" or not colon or not code.isdigit():
            yield broken(key, expected, quoted(name), nearest(upper, OFFSET_DATUMS))
            continue
        from pyproj import CRS  # a scenario that names no system needs none of its library
        from pyproj.exceptions import CRSError

        try:
            crs = CRS.from_user_input(upper)
        except CRSError:
            yield broken(key, Notice("fault.known_system"), quoted(name))
            continue
        units = {axis.unit_name for axis in crs.axis_info}
        if key == ("crs",) and not (crs.is_projected and units <= {"metre", "meter"}):
            yield broken(key, Notice("fault.projected"), f"{name} ({crs.name})")


def _check_travel(settings: Settings, folder: Folder) -> Iterator[Wrong]:
    travel = settings.travel
    if travel is None:
        return
    if bool(travel.compounds) != bool(travel.gates):
        there, missing = ("compounds", "gates") if travel.compounds else ("gates", "compounds")
        hint = (
            Notice("fault.of_compounds", missing=missing)
            if missing == "gates"
            else Notice("fault.of_gates")
        )
        expected = Notice("fault.given_with_travel", there=there)
        yield lacks(("travel", missing), expected, hint, given=(("travel", there),))
    source = travel.network
    if travel.mode != "network":
        return
    at: Key = ("travel", "network")
    given: tuple[Key, ...] = (at, ("travel", "mode"))
    if source is None:
        yield lacks(at, Notice("fault.required_network"), given=given)
        return
    files = {k: v for k in ("file", "edges", "nodes") if (v := getattr(source, k))}
    if set(files) not in ({"file"}, {"edges", "nodes"}):
        yield Wrong(
            at,
            Notice("fault.file_or_pair"),
            ", ".join(files) or Notice("fault.nothing"),
            given=given,
            whole=(at,),
        )
    for name, text in files.items():
        yield from check_file(text, (*at, name), folder, given)
    if travel.elevation is not None:
        heights: Key = ("travel", "elevation")
        yield from check_file(travel.elevation, heights, folder, (("travel", "mode"),))
        if suffix_of(Path(travel.elevation)) != "tif":
            expected = Notice("fault.tif_of_heights")
            yield broken(heights, expected, quoted(travel.elevation))
    if "edges" in files and settings.crs is None and not _shared_crs(settings):
        own: list[Key] = [(*key, "crs") for key, _ in layers_of(settings)]
        expected = Notice("fault.nodes_in_it")
        yield lacks(("crs",), expected, plain("crs: EPSG:…"), given=(*given, *own))


def _shared_crs(settings: Settings) -> bool:
    """Whether the layers name one metric system, which then is the planar one."""
    layers: list[Layer] = [*settings.demand, *settings.outlets, *settings.premises]
    named = {layer.crs for layer in layers}
    if len(named) != 1 or None in named:
        return False
    from pyproj.exceptions import CRSError

    from siting.scenario.layers.crs import is_metric

    try:
        return is_metric(str(named.pop()))
    except CRSError:
        return False
