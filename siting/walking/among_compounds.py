"""Reach among walled compounds, on streets or by straight lines; see ``compounds.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from siting.problem.reach import Reach
from siting.walking.compounds import Compounds
from siting.walking.doors import Doors, Measure, through_doors
from siting.walking.search import walk
from siting.walking.snapping import Snapped, snap
from siting.walking.straight import walk_straight
from siting.walking.walls import Walled

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]
AS_DRAWN = Measure()
"""Straight walks in the plane."""


@dataclass(frozen=True)
class Among:
    """Kinds of places (demand, premises, …) among compounds, each with its doors."""

    compounds: Compounds
    measure: Measure
    gate_xy: Float
    """In the measure's coordinates."""
    doors: Mapping[str, Doors]

    @classmethod
    def of(
        cls,
        compounds: Compounds,
        xy: Mapping[str, Float],
        measure: Measure = AS_DRAWN,
        own_xy: Mapping[str, Float] | None = None,
        gate_xy: Float | None = None,
    ) -> Among:
        """Find who is in which compound.

        Args:
            xy: planar metres of each kind.
            own_xy, gate_xy: the same and the gates in the measure's coordinates, where they differ.
        """
        gates = compounds.gate_xy if gate_xy is None else gate_xy
        places = xy if own_xy is None else own_xy
        doors = {
            kind: Doors.of(compounds, compounds.of(xy[kind]), places[kind], gates, measure)
            for kind in xy
        }
        return cls(compounds, measure, gates, doors)

    def inside(self, kind: str) -> Mask:
        """Which places are in a compound."""
        return self.doors[kind].compound >= 0

    def straight(self, kind: str, points: str, limit_dm: int, threads: int | None = None) -> Reach:
        """Reach by straight lines x detour."""
        a, b = self.doors[kind], self.doors[points]
        from_xy, to_xy = (np.concatenate([self.gate_xy, d.xy])[d.used] for d in (a, b))
        between = walk_straight(
            from_xy,
            to_xy,
            limit_dm / 10,
            "great_circle" if self.measure.sphere else "euclidean",
            self.measure.detour,
            threads,
        )
        return through_doors(between, a, b, self.measure, limit_dm, threads)


@dataclass(frozen=True)
class OnStreets:
    """Places and gates put on the streets that the walls leave."""

    among: Among
    walled: Walled
    gates: Snapped
    places: Mapping[str, Snapped]
    """By kind; places in compounds are on no street."""

    @classmethod
    def of(
        cls, among: Among, walled: Walled, snap_limit_m: float, threads: int | None = None
    ) -> OnStreets:
        """Put gates and places outside on the streets."""

        def put(xy: Float) -> Snapped:
            return snap(walled.network, xy, snap_limit_m, threads, walled.sight)

        places = {
            kind: put(np.where(among.inside(kind)[:, None], np.nan, doors.xy))
            for kind, doors in among.doors.items()
        }
        return cls(among, walled, put(among.gate_xy), places)

    @property
    def cut_off(self) -> Mask:
        """Compounds none of whose gates reaches the streets, shape (n_compounds,)."""
        compounds = self.among.compounds
        of, gate = compounds.gates_of(np.arange(len(compounds)))
        return np.bincount(of, self.gates.reachable[gate], minlength=len(compounds)) == 0

    def lost(self, kind: str) -> Mask:
        """Places that cannot reach the streets."""
        compound = self.among.doors[kind].compound
        off: Mask = ~self.places[kind].reachable
        return np.where(compound >= 0, self.cut_off[compound], off)

    def reach(self, kind: str, points: str, limit_dm: int, threads: int | None = None) -> Reach:
        """Reach on foot."""
        a, b = self.among.doors[kind], self.among.doors[points]
        start, end = self.at_doors(kind, a.used), self.at_doors(points, b.used)
        between = walk(self.walled.network, start, end, limit_dm, threads)
        return through_doors(between, a, b, self.among.measure, limit_dm, threads)

    def at_doors(self, kind: str, used: NDArray[np.int64]) -> Snapped:
        """Where doors of a kind, by their numbers, are on the streets."""
        parts = self.gates, self.places[kind]
        return Snapped(
            *(np.concatenate([getattr(p, f.name) for p in parts])[used] for f in fields(Snapped))
        )
