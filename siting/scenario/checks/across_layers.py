"""Layers held against one another and against their systems, before anything is measured.

A layer in the wrong zone, with the zone's number before its eastings, with its axes swapped or
with degrees taken for metres is a layer elsewhere. Nothing in it is wrong by itself: only the
other layers and the area that a system is made for can tell. What would put it right is tried,
and named when it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from siting.errors import Fault
from siting.notice import Hint, Notice
from siting.scenario.checks.zones import (
    MILLION,
    OLD_DATUMS,
    relatives,
    twin,
    with_number,
    zone_number,
)
from siting.scenario.layers.columns import MOST_NAMED
from siting.scenario.layers.datum_names import OFFSET_DATUMS
from siting.scenario.layers.layer import Places, is_geographic, lonlat

Float = NDArray[np.float64]
NEAR_M = 10_000.0
"""Layers of which one has a place so near the other's are together."""
FAR_M = 100_000.0
"""Single places so far from all others are told."""
MARGIN_DEG = 6.0
"""How far beyond the area a system is made for its coordinates are still believed."""
MOST_LOCAL_M = 100_000.0
"""Coordinates of a survey with a zero point of its own."""
WIDEST_DEGREES = 5.0
"""A city whose numbers are degrees is not so wide."""
NEEDED = ("demand", "premises", "stops", "compounds", "gates", "network")
"""Layers without which, or with which elsewhere, no plan can be right."""
MOST_TRIED = 90
"""Systems tried as the cure of a layer that lies elsewhere."""
ENOUGH, HALF = 0.9, 0.5
"""Shares of a layer: that a cure must bring to the others; that speak for the layer."""
WEB_MERCATOR = "EPSG:3857"
"""What web maps export, often under another name."""


@dataclass(frozen=True)
class _Part:
    """A layer with its places on the globe."""

    kind: str
    places: Places
    degrees: Float
    """WGS84, shape (n, 2)."""

    @property
    def whole(self) -> bool:
        """Whether every place is on the globe."""
        return bool(_on_globe(self.degrees).all())

    @property
    def box(self) -> Float:
        """Low and high corner of all but the outermost places, shape (2, 2)."""
        return np.quantile(self.degrees, [0.02, 0.98], axis=0)


def check_together(
    layers: Mapping[str, Sequence[Places]], scenario_crs: str | None
) -> tuple[list[Fault], list[Notice]]:
    """Faults and warnings of layers that cannot belong together.

    Args:
        layers: all layers by kind; only those whose coordinates can be used are looked at.
        scenario_crs: the scenario's planar system, if it names one.
    """
    parts = [
        _Part(kind, part, lonlat(part.xy, part.crs))
        for kind, several in layers.items()
        for part in several
        if part.placed and len(part)
    ]
    faults: list[Fault] = []
    told = [*_old_datums(parts)]
    if _local(parts):
        crs = parts[0].places.crs
        return [], [*told, Notice("layers.local", crs=crs, name=CRS.from_user_input(crs).name)]
    lost = [(part, np.flatnonzero(~_believed(part))) for part in parts]
    sound = [part for part, outside in lost if not len(outside)]
    faults += [_elsewhere(part, out, sound, scenario_crs) for part, out in lost if len(out)]
    if faults or not sound:
        return faults, told
    main = _together(sound)
    for part in sound:
        if part not in main:
            found = _apart(part, main, [p.places.crs for p in sound], scenario_crs)
            if isinstance(found, Fault):
                faults.append(found)
            else:
                told.append(found)
    if not faults:
        told += _strays(main)
    return faults, told


def _local(parts: Sequence[_Part]) -> bool:
    """Whether all layers count metres from a point of their own, as a site survey does: distances
    are right, though no place is where its system says."""
    if not parts or len({part.places.crs for part in parts}) > 1:
        return False
    crs = parts[0].places.crs
    if crs in OFFSET_DATUMS or is_geographic(crs):
        return False
    xy = np.concatenate([part.places.xy for part in parts])
    if not np.isfinite(xy).all() or np.abs(xy).max() > MOST_LOCAL_M:
        return False
    if np.ptp(xy, axis=0).max() <= WIDEST_DEGREES:
        return False
    kilometres = _in_use(crs, lonlat(1000.0 * xy, crs))
    return not (_in_use(crs, lonlat(xy, crs)).any() or kilometres.all())


def _on_globe(degrees: Float) -> NDArray[np.bool_]:
    finite = np.isfinite(degrees).all(axis=1)
    return np.asarray(finite & (np.abs(degrees) <= [180, 90]).all(axis=1))


def _in_use(crs: str, degrees: Float, margin: float = MARGIN_DEG) -> NDArray[np.bool_]:
    """Whether each place lies on the globe and about where its system is used."""
    good = _on_globe(degrees)
    if crs in OFFSET_DATUMS or is_geographic(crs):
        return good
    area = CRS.from_user_input(crs).area_of_use
    if area is None:
        return good
    lon, lat = np.where(good[:, None], degrees, 0.0).T
    east = (lon - area.west + margin) % 360  # an area may cross 180 degrees
    width = (area.east - area.west) % 360 or 360
    north = (lat >= area.south - margin) & (lat <= area.north + margin)
    return np.asarray(good & north & (east <= width + 2 * margin))


def _believed(part: _Part) -> NDArray[np.bool_]:
    """Whether each place may lie there; a file's own system was written with its numbers."""
    if part.places.geometry is not None:
        return _on_globe(part.degrees)
    return _in_use(part.places.crs, part.degrees)


def _elsewhere(
    part: _Part, outside: NDArray[np.int64], sound: Sequence[_Part], scenario_crs: str | None
) -> Fault:
    """A layer whose numbers are beyond the area of its own system."""
    places, first = part.places, outside[0]
    name = CRS.from_user_input(places.crs).name
    x, y = places.xy[first]
    found = Notice(
        "fault.beyond",
        n_outside=len(outside),
        n_places=len(places),
        ids=places.ids[first],
        x=x,
        y=y,
    )
    hint: Hint = ""
    if not places.xy[outside].any():
        hint = Notice("fault.zeros")
    for text, degrees, crs in () if hint else _cures(places, [], scenario_crs):
        inside = int(_in_use(crs, degrees).sum())
        if inside == len(places) and (not sound or _share(degrees, sound) >= ENOUGH):
            cure = Notice("fault.then_there", text=text, inside=inside, n_places=len(places))
            hint = _done_in(part, cure)
            break
    expected = Notice("fault.where_used", crs=places.crs, name=name)
    return Fault(places.where, expected, found, hint=hint or Notice("fault.look_at_crs"))


def _together(parts: Sequence[_Part]) -> list[_Part]:
    """The largest group of layers that lie together; of several one where its own systems are
    used, then that of the people. A group beyond the use of its systems stands behind all others.
    """
    group = list(range(len(parts)))
    for i, one in enumerate(parts):
        for j, other in enumerate(parts[:i]):
            if _share(one.degrees, [other]) > 0 or _share(other.degrees, [one]) > 0:
                old, new = group[i], group[j]
                group = [new if g == old else g for g in group]
    size = {g: group.count(g) for g in group}
    people = {group[i] for i, part in enumerate(parts) if part.kind == "demand"}
    used = dict.fromkeys(size, True)
    exactly = dict.fromkeys(size, True)
    for part, g in zip(parts, group, strict=True):
        used[g] &= bool(_in_use(part.places.crs, part.degrees).all())
        exactly[g] &= bool(_in_use(part.places.crs, part.degrees, 0.0).mean() > HALF)
    best = max(size, key=lambda g: (used[g], size[g], exactly[g], g in people))
    return [part for part, g in zip(parts, group, strict=True) if g == best]


def _share(degrees: Float, others: Sequence[_Part]) -> float:
    """Share of places that lie in or near the boxes of other layers."""
    good = _on_globe(degrees)
    degrees = np.where(good[:, None], degrees, 0.0)
    near = np.zeros(len(degrees), np.bool_)
    for other in others:
        low, high = other.box
        dy = NEAR_M / 111_000
        dx = dy / max(0.02, np.cos(np.radians(np.clip((low[1] + high[1]) / 2, -89, 89))))
        east = (degrees[:, 0] - low[0] + dx) % 360
        inside = (east <= (high[0] - low[0]) % 360 + 2 * dx) | (high[0] - low[0] > 180)
        near |= inside & (degrees[:, 1] >= low[1] - dy) & (degrees[:, 1] <= high[1] + dy)
    return float((good & near).mean())


def _apart(
    part: _Part, main: Sequence[_Part], systems: Sequence[str], scenario_crs: str | None
) -> Fault | Notice:
    places, n = part.places, len(part.places)
    other = next((p for p in main if p.kind == "demand"), main[0])
    middle = np.median(part.degrees, axis=0)
    away = float(_km(middle[None], np.median(other.degrees, axis=0))[0])
    x, y = places.xy[0]
    hint: Hint = ""
    for text, degrees, _ in _cures(places, systems, scenario_crs):
        share = _share(degrees, main)
        if share >= ENOUGH:
            cure = Notice("fault.then_there_n", text=text, v1=round(share * n), n=n)
            hint = _done_in(part, cure)
            break
    if not hint and (part.kind not in NEEDED or away < FAR_M / 1000):
        return Notice(
            "layers.far",
            where=places.where,
            n=n,
            of=n,
            km=away,
            other=other.kind,
            id=places.ids[0],
            x=x,
            y=y,
        )
    found = Notice("fault.far_away", n=n, away=away, ids=places.ids[0], x=x, y=y)
    hint = hint or Notice("fault.look_at_crs")
    return Fault(
        places.where, Notice("fault.where_lies", where=other.places.where), found, hint=hint
    )


def _done_in(part: _Part, cure: Notice) -> Notice:
    """Where the cure is to be done: of streets in their file."""
    return Notice("fault.in_the_file", cure=cure) if part.kind == "network" else cure


def _cures(
    places: Places, systems: Sequence[str], scenario_crs: str | None
) -> Iterator[tuple[Notice, Float, str]]:
    """What may put a layer right: in words, its places on the globe then, and their system."""
    xy, crs = places.xy, places.crs
    turned = np.ascontiguousarray(xy[:, ::-1])
    for swapped, these in ((False, xy), (True, turned)):
        if swapped:
            swap = Notice("fault.swapped" if is_geographic(crs) else "fault.swap")
            yield swap, lonlat(these, crs), crs
        number = zone_number(these[:, 0])
        if number is not None:
            plain = these - [number * MILLION, 0]
            numbered = with_number(crs, number)
            cure = Notice("fault.drop_zone", number=number)
            if numbered:
                cure = Notice("fault.drop_zone_or", number=number, numbered=numbered)
            yield _with_swap(cure, swapped), lonlat(plain, crs), crs
            if numbered:
                cure = Notice("fault.use", crs=numbered)
                yield _with_swap(cure, swapped), lonlat(these, numbered), numbered
        elif (pair := twin(crs)) is not None:
            cure = Notice("fault.use_no_zone", crs=pair[0], number=pair[1])
            yield _with_swap(cure, swapped), lonlat(these, pair[0]), pair[0]
        if (np.abs(these) <= [180, 90]).all():
            cure = Notice("fault.use_degrees", crs="EPSG:4326")
            yield _with_swap(cure, swapped), lonlat(these, "EPSG:4326"), "EPSG:4326"
    if not is_geographic(crs):
        for factor, unit in ((1000.0, "kilometres"), (0.3048, "feet"), (0.01, "centimetres")):
            yield Notice("fault.not_metres", unit=unit), lonlat(xy * factor, crs), crs
    others = [*([scenario_crs] if scenario_crs else []), *systems, WEB_MERCATOR, *relatives(crs)]
    for swapped, these in ((False, xy), (True, turned)):
        for name in list(dict.fromkeys(o for o in others if o != crs))[:MOST_TRIED]:
            geographic = name in OFFSET_DATUMS or is_geographic(name)
            if not geographic or (np.abs(these) <= [180, 90]).all():
                cure = Notice("fault.use", crs=name)
                yield _with_swap(cure, swapped), lonlat(these, name), name


def _with_swap(cure: Notice, swapped: bool) -> Notice:
    """A cure beside which x and y must change places."""
    return Notice("fault.swap_and", cure=cure) if swapped else cure


def _strays(main: Sequence[_Part]) -> Iterator[Notice]:
    """Single places far from all others: rows with a slip, or zeros for blanks."""
    middle = np.median(np.concatenate([part.degrees for part in main]), axis=0)
    boxes = np.array([np.quantile(part.degrees, [0.1, 0.9], axis=0) for part in main])
    size = float(_km(boxes[:, 0].min(axis=0)[None], boxes[:, 1].max(axis=0))[0])
    limit = max(FAR_M / 1000, 2 * size)
    for part in main:
        away = np.flatnonzero(_km(part.degrees, middle) > limit)
        if len(away):
            named = part.places.ids[away[:MOST_NAMED]]
            yield Notice(
                "layers.stray",
                where=part.places.where,
                n=len(away),
                of=len(part.places),
                km=limit,
                ids=named,
            )


def _km(a: Float, b: Float) -> Float:
    """Great-circle kilometres from places, degrees of shape (n, 2), to one."""
    lon, lat = np.radians(a).T
    lon0, lat0 = np.radians(b)
    half = np.sin((lat - lat0) / 2) ** 2
    half += np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    return np.asarray(2 * 6371 * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def _old_datums(parts: Sequence[_Part]) -> Iterator[Notice]:
    for part in parts:
        if part.places.crs in OFFSET_DATUMS:
            continue
        crs = CRS.from_user_input(part.places.crs)
        datum = crs.geodetic_crs.name if crs.geodetic_crs else crs.name
        if datum in OLD_DATUMS:
            yield Notice("layers.old_datum", where=part.places.where, datum=datum)
