"""Polygons that are drawn badly, as what they are meant to be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.scenario.layers.columns import row_values


def mend(geometry: NDArray[np.object_], where: str) -> list[Notice]:
    """Replace invalid polygons, in place, by all that their parts cover.

    By the rule of even and odd, which invalid polygons are otherwise tested by, what two
    overlapping parts both cover would lie outside. (GEOS, "structure" method of make_valid: rings
    are made valid, then shells are joined and holes taken away.)

    Returns:
        A warning that names the rows, or none.
    """
    import shapely

    areal = np.isin(shapely.get_type_id(geometry), (3, 6))
    finite = np.isfinite(shapely.bounds(geometry)).all(axis=1)
    broken = np.flatnonzero(areal & finite & ~shapely.is_valid(geometry))
    if not len(broken):
        return []
    mended = shapely.make_valid(geometry[broken], method="structure", keep_collapsed=False)
    geometry[broken] = mended
    return [Notice("layer.mended", where=where, **row_values(broken))]
