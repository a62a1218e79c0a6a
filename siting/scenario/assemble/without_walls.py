"""Walks of a scenario as they would be with other walls: with none, or with gates more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.problem.reach import Reach
from siting.scenario.assemble.paces import joined
from siting.scenario.assemble.reach import Walked
from siting.scenario.layers.layer import lonlat
from siting.scenario.schema.settings import Travel
from siting.walking.among_compounds import Among, OnStreets
from siting.walking.compounds import Compounds
from siting.walking.doors import Measure
from siting.walking.new_gates import SPOTS, among_spots
from siting.walking.search import walk
from siting.walking.snapping import snap
from siting.walking.straight import Metric, walk_straight
from siting.walking.walls import wall_off

Float = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class WallsAside:
    """Walks of some places, up to a limit."""

    travel: Travel
    walked: Walked
    place_xy: Float
    """Planar metres, shape (n_places, 2)."""
    limit_dm: int

    @property
    def compounds(self) -> Compounds:
        """The walls."""
        assert self.walked.compounds is not None
        return self.walked.compounds

    def without_walls(self) -> Reach:
        """To the demand, compounds left out: rows are the places."""
        point_xy = self.walked.xy["demand"]
        paces = self.walked.paces
        if not paces:
            metric: Metric = "great_circle" if self._measure.sphere else "euclidean"
            place, point = self._own(self.place_xy), self._own(point_xy)
            return walk_straight(place, point, self.limit_dm / 10, metric, self._measure.detour)
        near = self.travel.snap_limit_m
        parts = []
        for pace in paces:
            start = snap(pace.streets, self.place_xy, near)
            end = snap(pace.streets, point_xy[pace.points], near)
            parts.append((walk(pace.streets, start, end, self.limit_dm), pace.points))
        return joined(parts, len(point_xy))

    def to_spots(self, spot_xy: Float) -> list[tuple[Reach, Ints]]:
        """To spots on the walls, from the street side, walls and gates as they are.

        Args:
            spot_xy: planar metres, shape (n_spots, 2).

        Returns:
            Of each way of walking that people have: rows are the places, columns the spots; and the
            demand points of those who walk so.
        """
        compounds, place = self.compounds, {"places": self.place_xy}
        own = {"places": self._own(self.place_xy)}
        gates = self._own(compounds.gate_xy)
        among = Among.of(compounds, place, self._measure, own, gates)
        among = among_spots(among, self._own(spot_xy))
        if not self.walked.paces:
            everybody = np.arange(len(self.walked.xy["demand"]))
            return [(among.straight("places", SPOTS, self.limit_dm), everybody)]
        near = self.travel.snap_limit_m
        each = []
        for pace in self.walked.paces:
            streets = OnStreets.of(among, wall_off(pace.streets, compounds), near)
            each.append((streets.reach("places", SPOTS, self.limit_dm), pace.points))
        return each

    def straight_dm(self, spot_xy: Float, home_xy: Float) -> NDArray[np.int32]:
        """Straight walks within a compound, shape (n_spots, n_homes)."""
        a, b = np.broadcast_arrays(self._own(spot_xy)[:, None], self._own(home_xy)[None])
        return self._measure.decimetres(a.reshape(-1, 2), b.reshape(-1, 2)).reshape(a.shape[:2])

    @property
    def _measure(self) -> Measure:
        if self.travel.mode == "network":
            return Measure()
        return Measure(self.travel.mode == "great_circle", self.travel.detour)

    def _own(self, xy: Float) -> Float:
        """Planar metres in the measure's coordinates."""
        return lonlat(xy, self.walked.crs)[:, ::-1] if self._measure.sphere else xy
