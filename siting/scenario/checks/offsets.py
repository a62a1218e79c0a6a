"""Degrees inside mainland China without a word on their system: WGS84, GCJ-02 or BD-09?

Map services there publish coordinates moved by some 500 m (GCJ-02) or more (BD-09). A table of
degrees does not show it. The streets may: in the right system places lie near them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault
from siting.notice import Notice
from siting.scenario.checks.offset_rasters import check_raster, is_raster
from siting.scenario.layers.datum_names import OFFSET_DATUMS
from siting.scenario.layers.datums import to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from siting.scenario.layers.layer import Places, lonlat
from siting.scenario.layers.mainland import in_mainland

Float = NDArray[np.float64]
Near = Callable[[Float], Float]
"""Metres from WGS84 degrees, shape (n, 2), to the streets, infinite where those are far."""
CLEAR = 4.0
"""How many times nearer than in every other system places must lie to the streets to decide."""
CLOSE_M = 30.0
"""And how near, metres."""
MOST_TRIED = 2000
"""Places of a layer that are looked at."""
OWN, STREETS = "EPSG:4326", "streets "
"""What a layer says of itself; before a datum: the streets would be in that one."""
ASK = Notice("fault.which_datum")


def check_offsets(
    parts: Sequence[Places], near: Near | None, streets: str = ""
) -> tuple[list[Fault], list[Notice]]:
    """Faults that ask for the system where only degrees are known, with the evidence; warnings
    where the streets contradict what is said, of a layer or of the streets themselves.

    Args:
        near: None where there are no streets to hold the places against.
        streets: their file, as messages name it.
    """
    faults: list[Fault] = []
    told: list[Notice] = []
    moved_streets: list[tuple[str, float, float]] = []
    looked_at = 0
    for part in parts:
        degrees = _inside(part)
        if degrees is None:
            continue
        if is_raster(part):
            told += check_raster(part, [other for other in parts if other is not part], near)
            continue
        away = None if near is None else _evidence(degrees, near)
        if part.assumed:
            if away is not None and _clearly_degrees(away):
                told.append(
                    Notice(
                        "layers.taken_as_degrees",
                        where=part.where,
                        own=away[OWN],
                        gcj02=away["GCJ02"],
                        bd09=away["BD09"],
                    )
                )
            else:
                faults.append(_ask(part, away))
            continue
        looked_at += 1
        better = None if away is None else _contradicted(away)
        if away is None or better is None:
            if part.by_format and not (away is not None and _clearly_degrees(away)):
                told.append(Notice("layers.by_format", where=part.where))
        elif better in OFFSET_DATUMS:
            told.append(
                Notice(
                    "layers.offset",
                    where=part.where,
                    crs=part.crs,
                    better=better,
                    there=away[better],
                    own=away[OWN],
                )
            )
        else:
            moved_streets.append((better.removeprefix(STREETS), away[better], away[OWN]))
    if moved_streets:
        better, there, own = moved_streets[0]
        told.append(
            Notice(
                "layers.offset_streets",
                where=streets,
                n=len(moved_streets),
                of=looked_at,
                better=better,
                there=there,
                own=own,
            )
        )
    return faults, told


def _inside(part: Places) -> Float | None:
    """Degrees of a layer most places of which are in mainland China, and which no offset is named
    for; None of others."""
    if not part.placed or not len(part) or part.crs in OFFSET_DATUMS:
        return None
    degrees = lonlat(part.xy, part.crs)
    good = np.asarray(np.isfinite(degrees).all(axis=1))
    return degrees[good] if in_mainland(degrees).mean() > 0.5 else None


def _evidence(degrees: Float, near: Near) -> dict[str, float]:
    """Median metres to the streets, were the layer in each system, or were the streets."""
    some = degrees[:: max(1, len(degrees) // MOST_TRIED)]
    tried = {OWN: some}
    for datum, moved in (("GCJ02", wgs84_to_gcj02), ("BD09", wgs84_to_bd09)):
        tried[datum] = np.column_stack(to_wgs84(some[:, 0], some[:, 1], datum))
        tried[STREETS + datum] = np.column_stack(moved(some[:, 0], some[:, 1]))
    return {name: float(np.median(near(there))) for name, there in tried.items()}


def _clearly_degrees(away: Mapping[str, float]) -> bool:
    """Whether the places lie at the streets as they are, and in no offset system."""
    rest = min(away[datum] for datum in OFFSET_DATUMS)
    return away[OWN] <= CLOSE_M and away[OWN] * CLEAR <= rest


def _contradicted(away: Mapping[str, float]) -> str | None:
    """The system in which the places lie at the streets, where they do not as they are."""
    better = min(away, key=lambda name: away[name])
    moved = better != OWN and away[OWN] > CLOSE_M and away[better] <= CLOSE_M
    return better if moved and away[better] * CLEAR <= away[OWN] else None


def _ask(part: Places, away: dict[str, float] | None) -> Fault:
    lon, lat = part.xy[0]
    found = Notice("fault.in_china", n_part=len(part), ids=part.ids[0], lon=lon, lat=lat)
    hint = ASK
    if away is not None and np.isfinite(min(away[name] for name in (OWN, *OFFSET_DATUMS))):
        metres = [
            Notice("fault.as_system", name=name, m=away[name])
            for name in (OWN, *OFFSET_DATUMS)
            if np.isfinite(away[name])
        ]
        hint = Notice("fault.ask_from_streets", ask=ASK, metres=metres)
    return Fault(part.where, Notice("fault.name_system"), found, key="crs", hint=hint)
