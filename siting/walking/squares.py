"""Straight ways across a square, between the places where other ways reach its outline."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.walking.lines import Lines

MOST_ENTRANCES = 40
"""Squares with more entrances are walked along their outline only: pairs grow with the square."""


def crossings(lines: Lines, square: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs of vertices that see each other across a square.

    Args:
        square: of each line, the square it is a part of the outline of; -1 = of none.

    Returns:
        Vertex numbers, shape (n, 2), each pair once, in the order of the squares.
    """
    uses = np.bincount(lines.vertex, minlength=len(lines.xy))
    found: list[NDArray[np.int64]] = []
    order = np.argsort(square, kind="stable")
    order = order[square[order] != -1]
    for group in np.split(order, np.flatnonzero(np.diff(square[order])) + 1):
        rings = [lines.vertex[lines.start[k] : lines.start[k + 1]] for k in group]
        area = _polygon([lines.xy[ring] for ring in rings])
        if area is None:
            continue
        outline, own_uses = np.unique(np.concatenate(rings), return_counts=True)
        entrances = outline[uses[outline] > own_uses]
        if 2 <= len(entrances) <= MOST_ENTRANCES:
            found.append(_visible(entrances, lines.xy, area))
    return np.concatenate(found) if found else np.zeros((0, 2), np.int64)


def _polygon(rings: list[NDArray[np.float64]]) -> shapely.Geometry | None:
    """The square's area; None when its outline does not close or crosses itself."""
    parts = [shapely.linestrings(ring) for ring in rings if len(ring) >= 2]
    if not parts:
        return None
    area = None
    for line in shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts))):
        if not shapely.is_closed(line) or shapely.get_num_points(line) < 4:
            return None
        ring = shapely.polygons(shapely.get_coordinates(line))
        if not shapely.is_valid(ring):
            return None
        # Even-odd: an inner ring is a hole, whatever role it was given.
        area = ring if area is None else shapely.symmetric_difference(area, ring)
    return area


def _visible(
    vertex: NDArray[np.int64], xy: NDArray[np.float64], area: shapely.Geometry
) -> NDArray[np.int64]:
    """Pairs whose straight line stays on the square; neighbours along the outline included."""
    i, j = np.triu_indices(len(vertex), 1)
    pairs = np.column_stack([vertex[i], vertex[j]])
    sight = shapely.linestrings(xy[pairs])
    grown = shapely.buffer(area, 0.05)  # the outline itself belongs to the square
    shapely.prepare(grown)
    return pairs[shapely.covers(grown, sight)]
