"""Gates that are not there: spots along the walls, and who could walk to them from outside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.walking.among_compounds import Among
from siting.walking.compounds import Compounds
from siting.walking.doors import Doors

Float = NDArray[np.float64]
STEP_M = 20.0
"""Walls are looked at in parts no longer than this."""
SPOTS = "spots"
"""Kind of place of the spots."""


@dataclass(frozen=True)
class Spots:
    """Where a compound could have a further gate, compound after compound. Arrays of (n,)."""

    compound: NDArray[np.int64]
    xy: Float
    """Planar metres, shape (n, 2)."""

    def __len__(self) -> int:
        return len(self.compound)


def spots_along(compounds: Compounds, which: NDArray[np.integer]) -> Spots:
    """The middle of each part of the walls of some compounds, in the order given."""
    walls = shapely.segmentize(shapely.boundary(compounds.shape[which]), STEP_M)
    rings, of = shapely.get_parts(walls, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    along = np.flatnonzero(ring[1:] == ring[:-1])
    middle = (xy[along] + xy[along + 1]) / 2
    return Spots(np.asarray(which, np.int64)[of[ring[along]]], middle.reshape(-1, 2))


def among_spots(among: Among, spot_xy: Float) -> Among:
    """The same places and the spots, each a place outside that streets are looked for from.

    Args:
        spot_xy: in the measure's coordinates, shape (n, 2).
    """
    outside = np.full(len(spot_xy), -1, np.int32)
    doors = Doors.of(among.compounds, outside, spot_xy, among.gate_xy, among.measure)
    return replace(among, doors={**among.doors, SPOTS: doors})
