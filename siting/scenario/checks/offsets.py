"""Degrees inside mainland China without a word on their system: WGS84, GCJ-02 or BD-09?

Map services there publish coordinates moved by some 500 m (GCJ-02) or more (BD-09). A table of
degrees does not show it. The streets may: in the right system places lie near them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault
from siting.notice import Notice
from siting.scenario.layers.datums import OFFSET_DATUMS, to_wgs84
from siting.scenario.layers.layer import Places

Float = NDArray[np.float64]
Near = Callable[[Float], float]
"""Median metres from WGS84 degrees, shape (n, 2), to the streets."""
CLEAR = 4.0
"""How many times nearer than in every other system places must lie to the streets to decide."""
CLOSE_M = 30.0
"""And how near, metres."""
MOST_TRIED = 2000
"""Places of a layer that are looked at."""
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
    """Faults that ask for the system where only degrees are known, with the evidence.

    Args:
        near: None where there are no streets to hold the places against.
    """
    faults, told = [], []
    for part in parts:
        if not part.placed or not _mostly_inside(part):
            continue
        away = None if near is None else _evidence(part, near)
        if part.assumed:
            own = np.inf if away is None else away["EPSG:4326"]
            rest = np.inf if away is None else min(away[datum] for datum in OFFSET_DATUMS)
            if away is not None and own <= CLOSE_M and own * CLEAR <= rest:
                told.append(
                    Notice(
                        "layers.taken_as_degrees",
                        where=part.where,
                        own=own,
                        gcj02=away["GCJ02"],
                        bd09=away["BD09"],
                    )
                )
            else:
                faults.append(_ask(part, away))
        elif away is not None:
            better = min(away, key=lambda name: away[name])
            if better in OFFSET_DATUMS and away[better] * CLEAR <= away["EPSG:4326"]:
                told.append(
                    Notice(
                        "layers.offset",
                        where=part.where,
                        crs=part.crs,
                        better=better,
                        there=away[better],
                        own=away["EPSG:4326"],
                    )
                )
    return faults, told


def _mostly_inside(part: Places) -> bool:
    """Whether most places are degrees of mainland China that no offset is named for."""
    import shapely
    from pyproj import CRS

    if not len(part) or part.crs in OFFSET_DATUMS or CRS.from_user_input(part.crs).is_projected:
        return False
    inside = shapely.contains_xy(shapely.Polygon(_OUTLINE), *part.xy.T)
    return bool(inside.mean() > 0.5)


def _evidence(part: Places, near: Near) -> dict[str, float]:
    """Median metres to the streets, were the layer in each system."""
    some = part.xy[:: max(1, len(part) // MOST_TRIED)]
    moved = {d: np.column_stack(to_wgs84(some[:, 0], some[:, 1], d)) for d in OFFSET_DATUMS}
    return {"EPSG:4326": near(some)} | {datum: near(xy) for datum, xy in moved.items()}


def _ask(part: Places, away: dict[str, float] | None) -> Fault:
    lon, lat = part.xy[0]
    found = Notice("fault.in_china", n_part=len(part), ids=part.ids[0], lon=lon, lat=lat)
    hint = ASK
    if away is not None and np.isfinite(min(away.values())):
        metres = [
            Notice("fault.as_system", name=name, m=m) for name, m in away.items() if np.isfinite(m)
        ]
        hint = Notice("fault.ask_from_streets", ask=ASK, metres=metres)
    return Fault(part.where, Notice("fault.name_system"), found, key="crs", hint=hint)
