"""Nearest places among walled compounds: by the gates, or straight within one compound.

As in :mod:`siting.walking.doors` a search runs between doors only: from those of the places, each
with the straight way to it ahead of it, to those of the points.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from siting.walking.among_compounds import Among, OnStreets
from siting.walking.doors import Doors
from siting.walking.nearest import Float, Ints, StreetSearch, nearest_straight


@dataclass(frozen=True)
class GateWaysStraight:
    """Straight lines x detour, of people in compounds by the gates."""

    among: Among

    def nearest(self, kind: str, rows: Ints) -> Float:
        """See :class:`siting.walking.nearest.Ways`."""
        start = _Start.of(self.among.doors[kind], rows)
        ends, measure = self.among.doors["demand"], self.among.measure
        from_xy, to_xy = (
            np.concatenate([self.among.gate_xy, doors.xy])[number]
            for doors, number in ((start.doors, start.number), (ends, ends.used))
        )
        between = nearest_straight(from_xy[start.ahead == 0], to_xy, measure)
        for k in np.flatnonzero(start.ahead):
            way = start.ahead[k] + measure.decimetres(from_xy[k : k + 1], to_xy)
            np.minimum(between, way, out=between)
        return _behind_doors(self.among, start, ends, between)


@dataclass(frozen=True)
class GateWays:
    """Ways along streets that end at the compounds' walls."""

    streets: OnStreets

    @cached_property
    def _search(self) -> StreetSearch:
        ends = self.streets.at_doors("demand", self.streets.among.doors["demand"].used)
        return StreetSearch.to(self.streets.walled.network, ends)

    def nearest(self, kind: str, rows: Ints) -> Float:
        """See :class:`siting.walking.nearest.Ways`."""
        among = self.streets.among
        start, ends = _Start.of(among.doors[kind], rows), among.doors["demand"]
        places = self.streets.at_doors(kind, start.number)
        places = replace(places, access_dm=places.access_dm + start.ahead)
        return _behind_doors(among, start, ends, self._search.nearest(places))


@dataclass(frozen=True)
class _Start:
    """The doors that some places are left by, each once."""

    doors: Doors
    rows: Ints
    """The places."""
    number: Ints
    """Numbers of the doors, see :class:`Doors`, ascending, shape (n,)."""
    ahead: NDArray[np.int32]
    """Least straight walk from any of the places to the door, decimetres, shape (n,)."""

    @classmethod
    def of(cls, doors: Doors, rows: Ints) -> _Start:
        count = doors.start[rows + 1] - doors.start[rows]
        at = np.repeat(doors.start[rows] - (np.cumsum(count) - count), count)
        at += np.arange(len(at))
        number, door = np.unique(doors.used[doors.door[at]], return_inverse=True)
        ahead = np.full(len(number), np.iinfo(np.int32).max, np.int32)
        np.minimum.at(ahead, door, doors.access_dm[at])
        return cls(doors, rows, number, ahead)


def _behind_doors(among: Among, start: _Start, ends: Doors, between: Float) -> Float:
    """From the places to the points, given the least way to each door of the points."""
    gate = start.number < start.doors.n_gates
    _, a, b = np.intersect1d(start.number[gate], ends.used, return_indices=True)
    between[b] = np.minimum(between[b], start.ahead[gate][a])
    nearest = np.full(len(ends.xy), np.inf)
    point = np.repeat(np.arange(len(ends.xy)), np.diff(ends.start))
    np.minimum.at(nearest, point, between[ends.door] + ends.access_dm)
    home = start.doors.compound[start.rows]
    for compound in np.unique(home[home >= 0]):
        here = np.flatnonzero(ends.compound == compound)
        places = start.doors.xy[start.rows[home == compound]]
        straight = nearest_straight(places, ends.xy[here], among.measure)
        nearest[here] = np.minimum(nearest[here], straight)
    return nearest
