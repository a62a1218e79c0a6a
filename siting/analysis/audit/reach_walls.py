"""Walks among walled compounds again: gates, sight and straight ways by shapely alone.

The streets are the scenario's, already cut at the walls; all else is found anew from the sentences
of ``siting/walking/compounds.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from siting.walking.compounds import Compounds
    from siting.walking.network import Network

Float = NDArray[np.float64]
Ints = NDArray[np.int64]
END_M = 1e-6
"""A straight walk may end at a wall."""


class Walks(Protocol):
    """How far it is, all compounds aside."""

    def near(self, site: int) -> Ints:
        """Points that may be within the limit."""

    def costs(self, here: Float, to: Float) -> Float:
        """Decimetres from one place, shape (1, 2), to others, shape (n, 2); inf = unreachable."""

    def straight(self, here: Float, to: Float) -> Float:
        """The same as one straight walk."""


class WalledStretches:
    """Stretches of street outside compounds, and which of them a place sees."""

    def __init__(self, network: Network, compounds: Compounds):
        import shapely

        n = np.diff(network.shape_start)
        edge = np.repeat(np.arange(network.n_edges), n)
        begin = np.flatnonzero(edge[1:] == edge[:-1])
        ends = np.column_stack([begin, begin + 1])
        lines = shapely.linestrings(network.shape_xy[ends])
        middle = shapely.points(network.shape_xy[ends].mean(axis=1))
        inside = shapely.STRtree(compounds.core).query(middle, predicate="intersects")[0]
        outside = np.ones(len(lines), np.bool_)
        outside[inside] = False
        self.edge, self.lines = edge[begin][outside], lines[outside]
        self.tree = shapely.STRtree(self.lines)
        self.border = shapely.boundary(compounds.core)
        self.borders = shapely.STRtree(self.border)
        self.compounds = compounds

    def nearest(self, xy: Float, limit_m: float) -> tuple[Ints, Float]:
        """(edge or -1, the place on it) of each place: the nearest in sight, ties: lowest edge."""
        import shapely

        points = shapely.points(xy)
        edge, spot = np.full(len(xy), -1), np.full((len(xy), 2), np.nan)
        which, stretch = self.tree.query_nearest(points, max_distance=limit_m)
        self._take(points, which, stretch, edge, spot)
        # Whoever sees none of the nearest looks at all within the limit.
        rest = np.setdiff1d(which, np.flatnonzero(edge >= 0))
        if len(rest):
            k, stretch = self.tree.query(points[rest], predicate="dwithin", distance=limit_m)
            self._take(points, rest[k], stretch, edge, spot)
        return edge, spot

    def _take(
        self, points: NDArray[np.object_], which: Ints, stretch: Ints, edge: Ints, spot: Float
    ) -> None:
        """The nearest visible of the pairs (place, stretch), written into ``edge`` and ``spot``."""
        import shapely

        sight = shapely.shortest_line(points[which], self.lines[stretch])
        seen = ~self._hidden(sight)
        which, stretch, sight = which[seen], stretch[seen], sight[seen]
        away = np.round(shapely.length(sight), 7)
        order = np.lexsort((self.edge[stretch], away, which))
        place, first = np.unique(which[order], return_index=True)
        best = order[first]
        edge[place] = self.edge[stretch[best]]
        spot[place] = shapely.get_coordinates(shapely.get_point(sight[best], 1))

    def _hidden(self, sight: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Whether a straight walk crosses a border away from that compound's gates."""
        import shapely

        line, compound = self.borders.query(sight, predicate="intersects")
        meeting = shapely.intersection(sight[line], self.border[compound])
        xy, of = shapely.get_coordinates(meeting, return_index=True)
        line, compound = line[of], compound[of]
        ends = shapely.get_coordinates(sight[line]).reshape(-1, 2, 2)
        between = (np.hypot(*(ends - xy[:, None]).transpose(2, 0, 1)) > END_M).all(axis=1)
        shut = np.array(
            [
                np.hypot(*(self._gates(c) - at).T).min(initial=np.inf) > self.compounds.opening_m
                for c, at in zip(compound, xy, strict=True)
            ],
            np.bool_,
        )
        hidden = np.zeros(len(sight), np.bool_)
        hidden[line[between & shut]] = True
        return hidden

    def _gates(self, compound: int) -> Float:
        own = slice(self.compounds.start[compound], self.compounds.start[compound + 1])
        return self.compounds.gate_xy[self.compounds.gate[own]]


class ByGates:
    """Walks from one site when homes and sites may stand in compounds."""

    def __init__(
        self,
        walks: Walks,
        compounds: Compounds,
        site_xy: Float,
        point_xy: Float,
        own: Callable[[Float], Float],
    ):
        """``own`` turns planar metres into the coordinates of ``walks``."""
        self.walks, self.compounds = walks, compounds
        self.site, self.point = own(site_xy), own(point_xy)
        self.gate = own(compounds.gate_xy)
        self.site_home, self.home = (_smallest(compounds, xy) for xy in (site_xy, point_xy))

    def walk(self, site: int) -> tuple[Ints, Float]:
        """(points, decimetres) of the points that may be near; inf = unreachable."""
        near, here = self.walks.near(site), self.site[site : site + 1]
        home = self.home[near]
        best = np.full(len(near), np.inf)
        out = np.flatnonzero(home < 0)
        lived_in = np.unique(home[home >= 0]).tolist()
        gates = np.unique(np.concatenate([self._gates(c) for c in lived_in] or [np.zeros(0, int)]))
        goals = np.concatenate([self.gate[gates], self.point[near[out]]])
        own = int(self.site_home[site])
        for g in self._gates(own).tolist() if own >= 0 else [-1]:
            door, access = here, 0.0
            if g >= 0:
                door = self.gate[g : g + 1]
                access = float(self.walks.straight(here, door)[0])
            there = self.walks.costs(door, goals)
            there[: len(gates)][gates == g] = 0
            best[out] = np.minimum(best[out], access + there[len(gates) :])
            for c in lived_in:
                people = np.flatnonzero(home == c)
                for h in self._gates(c).tolist():
                    back = self.walks.straight(self.gate[h : h + 1], self.point[near[people]])
                    way = access + there[np.searchsorted(gates, h)] + back
                    best[people] = np.minimum(best[people], way)
        if own >= 0:
            people = np.flatnonzero(home == own)
            straight = self.walks.straight(here, self.point[near[people]])
            best[people] = np.minimum(best[people], straight)
        return near, best

    def _gates(self, compound: int) -> Ints:
        start = self.compounds.start
        return self.compounds.gate[start[compound] : start[compound + 1]].astype(np.int64)


def _smallest(compounds: Compounds, xy: Float) -> Ints:
    """Compound of each place, the smallest that covers it; -1 = none."""
    import shapely

    home = np.full(len(xy), -1)
    place, compound = shapely.STRtree(shapely.points(xy)).query(
        compounds.shape, predicate="intersects"
    )[::-1]
    area = shapely.area(compounds.shape)[compound]
    order = np.lexsort((compound, area, place))
    who, first = np.unique(place[order], return_index=True)
    home[who] = compound[order][first]
    return home
