"""Walled compounds: what their walls and gates mean for walks.

Outside compounds the contract of docs/contract.md, section 1.2, holds as it stands. Beside it:

- A place belongs to the smallest compound that covers it (ties: the first), or to none. A gate in
  sight of no street outside leads to no street.
- From a place in a compound one walks straight to each of its gates and from the gate straight to
  the network, as from any place; both parts count, and the shortest total decides.
- Two places in one compound may walk straight to one another; two compounds with a common gate are
  joined by it.
- A street ends where it meets a wall; within ``gate_m`` of a gate of that compound it passes.
  Between two walls that end it, a street without a junction is closed. Streets that enter a
  compound by less than :data:`DEPTH_M` run along its wall.
- Streets in a compound lead those through who come in by one gate and leave by another. Nobody
  steps onto them: whoever lives there walks straight to the gate.
- A place outside, and a gate, walks straight to the nearest place on a street outside that no wall
  hides; of each straight stretch of street the place nearest to it is tried.

Every part is rounded half up to whole decimetres and then added. Straight-line modes know gates
too: place to gate and gate to place each count with the detour. Only people in compounds are held
up there; lines between places outside go through.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

Float = NDArray[np.float64]
DEPTH_M = 2.0
"""Drawn walls and streets are no more exact than this."""


@dataclass(frozen=True)
class Compounds:
    """Polygons with the gates one leaves them by; every compound has one."""

    shape: NDArray[np.object_]
    """Polygons, metres, shape (n,)."""
    gate_xy: Float
    """Metres, shape (n_gates, 2)."""
    start: NDArray[np.int64]
    """Gates of compound c are ``gate[start[c]:start[c + 1]]``, shape (n + 1,)."""
    gate: NDArray[np.int32]
    gate_m: float
    """How far a gate may stand from its wall, and a street pass from the gate."""

    def __len__(self) -> int:
        return len(self.shape)

    @property
    def n_gates(self) -> int:
        return len(self.gate_xy)

    @cached_property
    def core(self) -> NDArray[np.object_]:
        """What is behind the walls: the polygons less a rim of ``DEPTH_M``, shape (n,)."""
        rim = shapely.buffer(self.shape, -DEPTH_M, join_style="mitre")
        return np.asarray(rim, object)

    @property
    def opening_m(self) -> float:
        """How far from a gate the border of ``core`` lets pass."""
        return self.gate_m + DEPTH_M

    def of(self, xy: Float) -> NDArray[np.int32]:
        """Compound of each place, -1 outside all, shape (n_places,)."""
        order = np.argsort(shapely.area(self.shape), kind="stable")
        rank = np.empty(len(self), np.int64)
        rank[order] = np.arange(len(self))
        place, compound = shapely.STRtree(self.shape).query(
            shapely.points(xy), predicate="intersects"
        )
        best = np.full(len(xy), len(self), np.int64)
        np.minimum.at(best, place, rank[compound])
        return np.append(order, -1)[best].astype(np.int32)

    def gates_of(
        self, compound: NDArray[np.integer]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Each gate of each of these compounds: (position in ``compound``, gate)."""
        count = self.start[compound + 1] - self.start[compound]
        of = np.repeat(np.arange(len(compound)), count)
        before = np.cumsum(count) - count
        return of, self.gate[self.start[compound][of] + np.arange(len(of)) - before[of]]

    def passes(self, compound: NDArray[np.integer], xy: Float) -> NDArray[np.bool_]:
        """Whether one may pass the border of a compound's core at a place, shape (n,)."""
        of, gate = self.gates_of(compound)
        near = np.hypot(*(self.gate_xy[gate] - xy[of]).T) <= self.opening_m
        return np.bincount(of[near], minlength=len(xy)) > 0
