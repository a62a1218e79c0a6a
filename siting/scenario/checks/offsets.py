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
from siting.scenario.layers.datum_names import OFFSET_DATUMS
from siting.scenario.layers.datums import to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from siting.scenario.layers.layer import Places, lonlat

Float = NDArray[np.float64]
Near = Callable[[Float], float]
"""Median metres from WGS84 degrees, shape (n, 2), to the streets."""
CLEAR = 4.0
"""How many times nearer than in every other system places must lie to the streets to decide."""
CLOSE_M = 30.0
"""And how near, metres."""
MOST_TRIED = 2000
"""Places of a layer that are looked at."""
OWN, STREETS = "EPSG:4326", "streets "
"""What a layer says of itself; before a datum: the streets would be in that one."""
ASK = Notice("fault.which_datum")
_OUTLINE = np.array([
    (73.5, 39.5), (74.9, 40.5), (80.2, 42.2), (80.3, 45.0), (82.5, 45.3), (83.0, 47.2),
    (85.5, 47.2), (85.7, 48.4), (87.8, 49.2), (91.0, 47.5), (91.0, 45.2), (95.4, 44.3),
    (97.0, 42.8), (101.8, 42.5), (105.0, 41.6), (107.5, 42.4), (110.1, 42.7), (111.9, 43.8),
    (111.5, 44.8), (114.0, 44.9), (116.0, 46.4), (119.7, 46.7), (118.5, 47.9), (115.6, 47.8),
    (116.7, 49.8), (119.3, 50.3), (120.0, 52.7), (121.5, 53.4), (125.6, 53.1), (127.5, 50.0),
    (130.7, 48.9), (134.8, 48.4), (133.2, 45.1), (131.1, 44.8), (131.0, 42.9), (128.0, 42.0),
    (126.9, 41.7), (124.4, 40.0), (121.5, 38.7), (122.7, 37.2), (119.9, 35.0), (122.3, 31.0),
    (122.4, 29.5), (119.9, 25.4), (116.8, 23.0), (114.4, 22.5), (113.4, 22.1), (110.6, 21.0),
    (111.2, 19.8), (109.5, 18.0), (108.4, 19.0), (109.4, 20.8), (108.0, 21.5), (106.6, 22.3),
    (105.3, 23.3), (102.2, 22.4), (101.0, 21.2), (99.3, 22.1), (97.6, 24.0), (98.7, 27.5),
    (97.3, 28.3), (94.0, 29.0), (91.6, 27.8), (88.9, 27.3), (86.0, 28.0), (81.2, 30.1),
    (78.8, 31.5), (78.5, 34.4), (76.0, 36.0), (74.8, 37.3),
])  # fmt: skip
"""The mainland, coarsely, degrees: some ten kilometres either way decide nothing."""


def check_offsets(parts: Sequence[Places], near: Near | None) -> tuple[list[Fault], list[Notice]]:
    """Faults that ask for the system where only degrees are known, with the evidence; warnings
    where the streets contradict what is said, of a layer or of the streets themselves.

    Args:
        near: None where there are no streets to hold the places against.
    """
    faults: list[Fault] = []
    told: list[Notice] = []
    moved_streets: list[tuple[str, float, float]] = []
    looked_at = 0
    for part in parts:
        degrees = _inside(part)
        if degrees is None:
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
    import shapely

    if not part.placed or not len(part) or part.crs in OFFSET_DATUMS:
        return None
    degrees = lonlat(part.xy, part.crs)
    good = np.asarray(np.isfinite(degrees).all(axis=1))
    inside = shapely.contains_xy(shapely.Polygon(_OUTLINE), *np.where(good[:, None], degrees, 0).T)
    return degrees[good] if inside.mean() > 0.5 else None


def _evidence(degrees: Float, near: Near) -> dict[str, float]:
    """Median metres to the streets, were the layer in each system, or were the streets."""
    some = degrees[:: max(1, len(degrees) // MOST_TRIED)]
    found = {OWN: near(some)}
    for datum, moved in (("GCJ02", wgs84_to_gcj02), ("BD09", wgs84_to_bd09)):
        found[datum] = near(np.column_stack(to_wgs84(some[:, 0], some[:, 1], datum)))
        found[STREETS + datum] = near(np.column_stack(moved(some[:, 0], some[:, 1])))
    return found


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
