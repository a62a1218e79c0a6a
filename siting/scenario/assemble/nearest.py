"""How far people walk to the nearest of some outlets or sites of the problem, however far it is.

The problem's own reach ends at the longest standard, which is all that planning needs; who asks
how far people walk that are not covered walks on from here. Vehicles are walked to nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from siting.scenario.assemble.problem import Assembled

Ints = NDArray[np.int64]
Float = NDArray[np.float64]


@dataclass(frozen=True)
class NearestPlaces:
    """Walks as the scenario describes them; whole decimetres, infinite where no way leads."""

    assembled: Assembled

    @property
    def walked_dm(self) -> float:
        """How far people were walked: everybody to the nearest place there is."""
        return np.inf

    def outlets(self, positions: Ints) -> Float:
        """To the nearest of some standing outlets, shape (n_points,)."""
        found = self.assembled
        return found.walked.ways.nearest("outlets", found.standing_walked[positions])

    def sites(self, positions: Ints) -> Float:
        """To the nearest of some sites, shape (n_points,)."""
        found, sites = self.assembled, self.assembled.sites
        own, stops = sites.n_premises, sites.first_stop
        vehicles = stops + int((sites.mobile.number == 0).sum())
        positions = np.asarray(positions)
        at = np.searchsorted(found.placed, sites.own)
        kinds = {
            "premises": positions[positions < own],
            "outlets": at[positions[(positions >= own) & (positions < stops)] - own],
            "stops": positions[(positions >= stops) & (positions < vehicles)] - stops,
        }
        nearest = np.full(found.problem.n_points, np.inf)
        for kind, rows in kinds.items():
            if len(rows):
                nearest = np.minimum(nearest, found.walked.ways.nearest(kind, rows))
        return nearest
