"""Walled compounds and their gates as the deliverables show them, in degrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.report.page_grid import PageGrid, packed

if TYPE_CHECKING:
    from siting.scenario import Scenario

Floats = NDArray[np.float64]
MOST_CORNERS = 60_000
"""Outlines with more corners together are simplified; what is still beyond is left out, smallest
compounds first. In the page, this is about 300 kB."""
COARSEST_M = 8.0


@dataclass(frozen=True)
class Walls:
    """Compounds and gates."""

    shape: NDArray[np.object_]
    """Polygons in degrees, shape (n,)."""
    ids: tuple[str, ...]
    area_m2: Floats
    gate_lonlat: Floats
    """Shape (n_gates, 2)."""
    gate_ids: tuple[str, ...]
    gates_of: tuple[tuple[int, ...], ...]
    """Gates of each compound; compounds may share one."""

    def compounds_of_gates(self) -> list[str]:
        """Ids of the compounds a gate belongs to, joined by "|"."""
        names: list[list[str]] = [[] for _ in self.gate_ids]
        for name, gates in zip(self.ids, self.gates_of, strict=True):
            for g in gates:
                names[g].append(name)
        return ["|".join(of) for of in names]


def walls_of(scenario: Scenario | None) -> Walls | None:
    """Those of a scenario; None where it has none."""
    walked = None if scenario is None else scenario.assembled.walked
    if scenario is None or walked is None or walked.compounds is None:
        return None
    import shapely

    from siting.scenario.layers.layer import lonlat

    layers, compounds = scenario.contents.compounds, walked.compounds
    assert layers is not None
    shape = shapely.transform(compounds.shape, lambda xy: lonlat(xy, walked.crs))
    own = np.split(compounds.gate, compounds.start[1:-1])
    return Walls(
        np.asarray(shape, object),
        tuple(map(str, layers.compounds.ids)),
        shapely.area(compounds.shape),
        lonlat(compounds.gate_xy, walked.crs),
        tuple(map(str, layers.gates.ids)),
        tuple(tuple(gates.tolist()) for gates in own),
    )


def drawn(walls: Walls, frame: PageGrid) -> dict[str, Any]:
    """What the map draws: compounds that lie in the frame, largest first, and their gates.

    ``id``, ``gates`` (how many) of each compound; its rings are corners ``start[k]:start[k + 1]``
    of ``x``, ``y``, ``of[k]`` tells whose ring k is; ``gateX``, ``gateY``; ``left``: how many
    compounds are not drawn.
    """
    import shapely

    order = np.argsort(-walls.area_m2, kind="stable")
    # On the frame's grid a step is as long in both directions, as degrees are not.
    shape = shapely.transform(walls.shape[order], frame.steps)
    low, high = np.array(shapely.bounds(shape)).reshape(-1, 2, 2).transpose(1, 0, 2)
    inside = (low >= 0).all(axis=1) & (high < 2**16).all(axis=1)
    order, shape = order[inside], shape[inside]
    metres = 0.5
    shape = shapely.simplify(shape, metres / frame.metres_per_step)
    while shapely.get_num_coordinates(shape).sum() > MOST_CORNERS and metres < COARSEST_M:
        metres *= 2
        shape = shapely.simplify(shape, metres / frame.metres_per_step)
    fits = np.cumsum(shapely.get_num_coordinates(shape)) <= MOST_CORNERS
    order, shape = order[fits], shape[fits]
    polygons, compound = shapely.get_parts(shape, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    corners = np.round(corners).astype(np.uint16)
    start = np.concatenate(([0], np.cumsum(np.bincount(ring, minlength=len(rings)))))
    shown = sorted({g for c in order.tolist() for g in walls.gates_of[c]})
    gates = np.clip(frame.steps(walls.gate_lonlat[shown]), 0, 2**16 - 1).astype(np.uint16)
    return {
        "id": [walls.ids[c] for c in order.tolist()],
        "gates": [len(walls.gates_of[c]) for c in order.tolist()],
        "x": packed(corners[:, 0]),
        "y": packed(corners[:, 1]),
        "start": packed(start.astype(np.uint32)),
        "of": packed(compound[polygon].astype(np.uint32)),
        "gateX": packed(gates[:, 0]),
        "gateY": packed(gates[:, 1]),
        "left": len(walls.ids) - len(order),
    }
