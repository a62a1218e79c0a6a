"""Slopes and steps of the streets found again: by shapely along the lines, scipy in the raster.

The rules are those that ``siting/walking/slopes.py`` states; nothing of its code is used.
"""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.files.geotiff import Raster, read_raster
from siting.notice import Notice

if TYPE_CHECKING:
    from siting.scenario import Scenario
    from siting.scenario.assemble.paces import Pace
    from siting.walking.network import Network
    from siting.walking.slopes import Gait

Float = NDArray[np.float64]
STEPS, NO_WHEELS, SPANS = 1, 2, 4
"""Bits of an edge's trait."""
STEEPEST = 1.5
CLOSE = 1e-6
"""Relative difference at which two lengths are the same."""


def slopes_again(scenario: Scenario) -> list[Notice]:
    """A sentence for each way of walking whose streets count otherwise than its rule says."""
    travel = scenario.settings.travel
    assert travel is not None
    raster = None
    if travel.elevation is not None:
        raster = read_raster(Path(scenario.folder, travel.elevation), travel.elevation)
    return [told for pace in scenario.assembled.walked.paces for told in _differs(pace, raster)]


def _differs(pace: Pace, raster: Raster | None) -> list[Notice]:
    kept = _walked(pace.level, pace.gait)
    if int(kept.sum()) != pace.streets.n_edges:
        n = pace.streets.n_edges
        return [Notice("verify.streets_kept", stored=n, again=int(kept.sum()))]
    own = np.column_stack([metres[kept] for metres in level_metres(pace.level, pace.gait, raster)])
    stored = pace.streets.edge_m
    apart = np.abs(own - stored[:, None]).min(axis=1)
    wrong = np.flatnonzero(apart > CLOSE * np.maximum(stored, 1.0))
    if not len(wrong):
        return []
    edge = int(wrong[0])
    return [
        Notice(
            "verify.slopes",
            n=len(wrong),
            of=len(stored),
            edge=edge + 1,
            stored=float(stored[edge]),
            again=float(own[edge, 0]),
        )
    ]


def _walked(network: Network, gait: Gait) -> NDArray[np.bool_]:
    """Edges that people of a gait walk."""
    walked = np.ones(network.n_edges, np.bool_)
    if network.traits is not None:
        if gait.steps == inf:
            walked &= network.traits.trait & STEPS == 0
        if gait.step_free:
            walked &= network.traits.trait & NO_WHEELS == 0
    return walked


def level_metres(network: Network, gait: Gait, raster: Raster | None) -> tuple[Float, Float]:
    """Level metres of every edge, twice: an edge of so many cells and a half may be cut either way.

    Args:
        raster: of heights; None where there is none.
    """
    n = network.n_edges
    trait = np.zeros(n, np.uint8) if network.traits is None else network.traits.trait
    grade = np.full(n, np.nan) if network.traits is None else network.traits.grade
    both = []
    for nudge in (-CLOSE, CLOSE):
        factor = np.ones(n)
        if gait.slope and raster is not None:
            factor = _by_heights(network, gait.slope, raster, trait & SPANS != 0, nudge)
        if gait.slope:
            tagged = np.isfinite(grade)
            factor[tagged] = there_and_back(grade[tagged], gait.slope)
        if gait.steps != inf:
            steps = trait & STEPS != 0
            factor[steps] = np.maximum(factor[steps], gait.steps)
        both.append(network.edge_m * factor)
    return both[0], both[1]


def there_and_back(slope: Float, rule: str | float) -> Float:
    """Time on a slope over time on the level, the mean of up and down."""
    s = np.clip(np.abs(slope), 0, STEEPEST)
    if isinstance(rule, str):  # Tobler's speed, km/h

        def speed(slope: Float) -> Float:
            return np.asarray(6 * np.exp(-3.5 * np.abs(slope + 0.05)))

        level = speed(np.zeros(1))
        return np.asarray((level / speed(s) + level / speed(-s)) / 2)
    return np.asarray(((1 + rule * s) + 1) / 2)


def _by_heights(
    network: Network, rule: str | float, raster: Raster, spans: NDArray[np.bool_], nudge: float
) -> Float:
    import shapely
    from pyproj import Transformer
    from scipy.ndimage import map_coordinates

    turn = Transformer.from_crs(network.crs, raster.crs, always_xy=True)
    lines = shapely.linestrings(
        network.shape_xy,
        indices=np.repeat(np.arange(network.n_edges), np.diff(network.shape_start)),
    )
    length = shapely.length(lines)
    parts = np.maximum(1, np.round(length / _cell(raster, network.crs) + nudge)).astype(np.int64)
    parts[spans] = 1
    edge = np.repeat(np.arange(len(lines)), parts + 1)
    number = np.concatenate([np.arange(k + 1) for k in parts.tolist()])
    points = shapely.line_interpolate_point(lines[edge], number / parts[edge], normalized=True)
    x, y = turn.transform(*shapely.get_coordinates(points).T)
    cells = raster.cells(np.column_stack([x, y])) - 0.5
    value = np.where(raster.valid[0], raster.values[0], np.nan)
    height = map_coordinates(value, cells.T, order=1, mode="nearest")
    rows, columns = value.shape
    off = (cells < -0.5).any(axis=1) | (cells[:, 0] > rows - 0.5) | (cells[:, 1] > columns - 0.5)
    height[off] = np.nan
    inside = number[1:] > 0
    rise, of = np.diff(height)[inside], edge[1:][inside]
    run = length[of] / parts[of]
    slope = np.where(run >= 1.0, rise / np.maximum(run, 1.0), np.where(np.isnan(rise), np.nan, 0.0))
    known = np.isfinite(slope)
    total = np.bincount(of[known], there_and_back(slope[known], rule), minlength=len(lines))
    count = np.bincount(of[known], minlength=len(lines))
    return np.where(count > 0, total / np.maximum(count, 1), 1.0)


def _cell(raster: Raster, crs: str) -> float:
    """Mean side of a cell in the middle, metres of the plane."""
    from pyproj import Transformer

    row, column = raster.values.shape[1] // 2, raster.values.shape[2] // 2
    corner = raster.centres(np.array([row, row + 1, row]), np.array([column, column, column + 1]))
    x, y = Transformer.from_crs(raster.crs, crs, always_xy=True).transform(*corner.T)
    sides = np.hypot(np.subtract(x[1:], x[0]), np.subtract(y[1:], y[0]))
    return max(float(sides.mean()), 1.0)
