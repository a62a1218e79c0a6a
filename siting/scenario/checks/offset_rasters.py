"""A grid of people in degrees inside mainland China: is it moved as map services move places?

Cells are wide, so that the median of distances tells little. What tells is who would live where
nothing stands: far from every street, or which premises and outlets would stand where nobody
lives. In the right system few do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.scenario.layers.datum_names import OFFSET_DATUMS
from siting.scenario.layers.datums import to_wgs84
from siting.scenario.layers.file_kinds import suffix_of
from siting.scenario.layers.layer import Places, lonlat

Float = NDArray[np.float64]
METRES_PER_DEGREE = 111_320.0
CLOSE_M = 30.0
"""Beyond the half diagonal of a cell: whoever is farther from the streets lives where nothing
stands."""
FAR, CLEAR = 0.2, 4.0
"""Share of the misplaced that raises the question, and how many times fewer another system must
leave."""
LEAST_PLACES = 5
"""Premises and outlets that are worth holding against the cells."""
MOST_CELLS = 20_000
"""Cells with people that are looked at."""
WIDEST_M = 400.0
"""Cells wider than the offset hide it."""


def is_raster(part: Places) -> bool:
    """Whether a layer is a grid of cells."""
    return suffix_of(Path(part.where)) == "tif"


def check_raster(
    part: Places, others: Sequence[Places], near: Callable[[Float], Float] | None
) -> list[Notice]:
    """A warning where the people of a grid, or the places beside them, lie right in an offset
    system only.

    Args:
        others: the layers beside it; points of the premises and outlets count.
        near: metres from WGS84 degrees to the streets; None where there are none.
    """
    people = part.columns.frame.to_numpy(np.float64).max(axis=1, initial=0.0)
    lived = np.flatnonzero(people > 0)
    if not len(lived):
        return []
    cell_m = _cell_m(lonlat(part.xy, part.crs))
    if cell_m > WIDEST_M:
        return []
    close = cell_m * np.sqrt(0.5) + CLOSE_M
    some = lived[:: max(1, len(lived) // MOST_CELLS)]
    own = lonlat(part.xy[some], part.crs)
    tried = {part.crs: own} | {
        datum: np.column_stack(to_wgs84(own[:, 0], own[:, 1], datum)) for datum in OFFSET_DATUMS
    }
    evidence: list[tuple[str, Callable[[Float], float]]] = []
    if near is not None:
        weight = people[some] / people[some].sum()
        evidence.append(
            ("layers.offset_raster", lambda there: float(weight @ (near(there) > close)))
        )
    places = _standing(others)
    if len(places) >= LEAST_PLACES and len(some) == len(lived):
        evidence.append(("layers.offset_raster_places", lambda there: _alone(places, there, close)))
    for key, share_of in evidence:
        far = {name: share_of(there) for name, there in tried.items()}
        better = min(far, key=lambda name: far[name])
        if far[part.crs] >= FAR and far[better] * CLEAR <= far[part.crs]:
            values = {"own": 100 * far[part.crs], "there": 100 * far[better]}
            return [Notice(key, where=part.where, crs=part.crs, better=better, **values)]
    return []


def _standing(others: Sequence[Places]) -> Float:
    """WGS84 degrees of the places of tables and point layers that no offset is named for."""
    found = [
        lonlat(part.xy, part.crs)
        for part in others
        if part.placed and len(part) and part.crs not in OFFSET_DATUMS and not is_raster(part)
    ]
    places = np.concatenate(found) if found else np.zeros((0, 2))
    return np.asarray(places[np.isfinite(places).all(axis=1)])


def _metres(degrees: Float, lat: float) -> Float:
    """Metres in a plane that is right near a latitude, shape (n, 2)."""
    return np.asarray(degrees * [METRES_PER_DEGREE * np.cos(np.radians(lat)), METRES_PER_DEGREE])


def _cell_m(degrees: Float) -> float:
    """About how wide a cell is, metres: the least step from one centre to another."""
    metres = _metres(degrees, float(np.median(degrees[:, 1])))
    steps = [np.diff(np.unique(np.round(axis, 1))) for axis in metres.T]
    return max((float(step.min()) for step in steps if len(step)), default=0.0)


def _alone(places: Float, cells: Float, close: float) -> float:
    """Share of places that stand in no cell with people, nor just beside one."""
    from scipy.spatial import cKDTree

    lat = float(np.median(cells[:, 1]))
    metres, _ = cKDTree(_metres(cells, lat)).query(_metres(places, lat))
    return float(np.mean(np.asarray(metres) > close))
