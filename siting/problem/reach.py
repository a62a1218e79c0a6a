"""Reach: who is within which walking cost of each place, as one sparse structure.

Rows are places (candidate sites or existing outlets), columns are demand points.
Within a row the points stand in ascending cost, so "within 10 minutes" is a *prefix*
of the row and any number of standards costs no more memory than one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit

FEW = 400_000
"""Pairs up to which a new machine would rather look at all of them than compile a kernel."""
Cost = NDArray[np.uint16] | NDArray[np.int32] | NDArray[np.float64]


@dataclass(frozen=True)
class Reach:
    """Sparse walking costs, rows sorted by cost, ties by point."""

    start: NDArray[np.int64]
    """Row pointers, shape (n_places + 1,)."""
    point: NDArray[np.int32]
    """Demand point of each pair, shape (n_pairs,)."""
    cost: Cost
    """Cost of each pair, shape (n_pairs,), ascending within a row. Integer decimetres
    (uint16 or int32) when a walk was measured; float64 in the user's unit for the
    literature's instances, where values are compared unrounded."""
    n_points: int
    """Number of columns."""
    has_cost: bool = True
    """False when only "within the radius" is known and ``cost`` is a constant zero."""

    @property
    def n_places(self) -> int:
        return len(self.start) - 1

    @property
    def n_pairs(self) -> int:
        return len(self.point)

    def row(self, place: int) -> NDArray[np.int32]:
        """Points of one place, nearest first."""
        return self.point[self.start[place] : self.start[place + 1]]

    def row_cost(self, place: int) -> Cost:
        """Costs of one place, ascending."""
        return self.cost[self.start[place] : self.start[place + 1]]

    def prefix_end(self, limit: float) -> NDArray[np.int64]:
        """End position of each row's pairs with cost <= limit, shape (n_places,)."""
        if not self.has_cost:
            return self.start[1:] if limit >= 0 else self.start[:-1]
        if self.n_pairs <= FEW:
            within = np.concatenate([[0], np.cumsum(self.cost <= limit)])
            return self.start[:-1] + within[self.start[1:]] - within[self.start[:-1]]
        return _prefix_end(self.start, self.cost, limit)

    def nearest(self) -> NDArray[np.float64]:
        """Cost of each point to its nearest place, inf where none, shape (n_points,)."""
        best = np.full(self.n_points, np.inf)
        np.minimum.at(best, self.point, self.cost.astype(np.float64, copy=False))
        return best

    def rows(self, places: NDArray[np.integer]) -> Reach:
        """The reach of some places only, in the order given."""
        length = self.start[places + 1] - self.start[places]
        start = np.zeros(len(places) + 1, np.int64)
        np.cumsum(length, out=start[1:])
        take = np.repeat(self.start[places] - start[:-1], length) + np.arange(start[-1])
        return Reach(start, self.point[take], self.cost[take], self.n_points, self.has_cost)

    @classmethod
    def empty(cls, n_places: int, n_points: int, dtype: np.dtype | type = np.uint16) -> Reach:
        """Nobody reaches anything."""
        none = np.zeros(0, np.int32)
        return cls(np.zeros(n_places + 1, np.int64), none, np.zeros(0, dtype), n_points)

    @classmethod
    def from_pairs(
        cls,
        place: NDArray[np.integer],
        point: NDArray[np.integer],
        cost: NDArray,
        n_places: int,
        n_points: int,
    ) -> Reach:
        """Sort loose pairs into a Reach."""
        order = np.lexsort((point, cost, place))
        start = np.zeros(n_places + 1, np.int64)
        np.cumsum(np.bincount(place, minlength=n_places), out=start[1:])
        return cls(
            start, point[order].astype(np.int32), np.ascontiguousarray(cost[order]), n_points
        )


@njit(cache=True)
def _prefix_end(start, cost, limit):  # type: ignore[no-untyped-def]
    end = np.empty(len(start) - 1, np.int64)
    for row in range(len(start) - 1):
        low, high = start[row], start[row + 1]
        while low < high:
            middle = (low + high) >> 1
            if cost[middle] <= limit:
                low = middle + 1
            else:
                high = middle
        end[row] = low
    return end
