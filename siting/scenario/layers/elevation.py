"""Heights of the ground from a raster of elevation (travel.elevation)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.files.geotiff import Raster, read_raster
from siting.notice import Notice
from siting.walking.projecting import project
from siting.walking.slopes import Ground

Float = NDArray[np.float64]
LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Nobody lives lower or higher; the Dead Sea's shore lies at -430 m."""


def read_ground(path: Path, where: str, crs: str) -> Ground:
    """Heights for places in a metric system.

    Raises:
        InputError: no GeoTIFF, one without a system, or one whose values are no heights in metres.
    """
    raster = read_raster(path, where)
    if raster.crs is None:
        raise InputError(Fault(where, Notice("fault.say_system"), Notice("fault.none")))
    if len(raster.values) != 1:
        raise InputError(Fault(where, Notice("fault.one_band"), str(len(raster.values))))
    held = raster.values[raster.valid]
    if not len(held) or held.min() < LOWEST_M or held.max() > HIGHEST_M:
        low, high = (float(held.min()), float(held.max())) if len(held) else (0.0, 0.0)
        found = Notice("fault.heights_between", low=low, high=high)
        hint = Notice("fault.heights_hint")
        raise InputError(Fault(where, Notice("fault.heights"), found, hint=hint))
    system = raster.crs

    def at(xy: Float) -> Float:
        return heights(raster, project(xy, crs, system))

    return Ground(at, _cell_m(raster, crs))


def heights(raster: Raster, xy: Float) -> Float:
    """Bilinear between centres of cells, in the raster's own system; nan where a cell is missing.

    Within half a cell of the raster's border the height is that of the outermost centres.
    """
    height, width = raster.values.shape[1:]
    cells = raster.cells(np.where(np.isfinite(xy), xy, -1e9)) - 0.5
    inside = ((cells >= -0.5) & (cells <= np.array([height, width]) - 0.5)).all(axis=1)
    cells = np.clip(cells, 0, [height - 1, width - 1])
    low = np.minimum(np.floor(cells).astype(np.int64), [max(height - 2, 0), max(width - 2, 0)])
    high = np.minimum(low + 1, [height - 1, width - 1])
    part = cells - low
    value = np.where(raster.valid[0], raster.values[0], np.nan)
    total = np.zeros(len(xy))
    for rows, down in ((low[:, 0], 1 - part[:, 0]), (high[:, 0], part[:, 0])):
        for columns, across in ((low[:, 1], 1 - part[:, 1]), (high[:, 1], part[:, 1])):
            weight = down * across
            total += np.where(weight > 0, weight * value[rows, columns], 0.0)
    total[~inside] = np.nan
    return total


def _cell_m(raster: Raster, crs: str) -> float:
    """Mean side of a cell in the middle of the raster, metres."""
    rows, columns = (n // 2 for n in raster.values.shape[1:])
    three = raster.centres(
        np.array([rows, rows + 1, rows]), np.array([columns, columns, columns + 1])
    )
    a, b, c = project(three, str(raster.crs), crs)
    side = float(np.hypot(*(b - a)) + np.hypot(*(c - a))) / 2
    return max(side, 1.0) if np.isfinite(side) else 30.0
