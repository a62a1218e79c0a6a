"""Slopes, steps and ways without steps: what a street costs those who walk it, in level metres.

Off unless a scenario names ``travel.elevation``, ``slope``, ``steps`` or ``step_free``. An edge
then counts as many metres of level ground as take as long to walk as the edge does **there and
back, halved**: uphill and downhill differ, but whoever walks to an outlet walks home again, so one
symmetric walk stands for both. Costs stay one number for a pair of places, and all that is true of
walks on level streets is true of these.

Rules for a slope, rise over run s:

- ``tobler``: Tobler's hiking function, speed in proportion to exp(-3.5 |s + 0.05|), with the level
  as 1 (W. Tobler, "Three presentations on geographical analysis and modeling", NCGIA report 93-1,
  1993). The mean of both directions is cosh(3.5 s) up to s = 0.05 and exp(3.5 s) (1 + exp(-0.35))/2
  beyond: 1.015 at 5 %, 1.21 at 10 %, 1.72 at 20 %.
- a number k: every metre climbed counts as k level metres more; one of both directions climbs, so
  1 + k s / 2. Naismith's rule of 1892 is k = 7.92 (P. Scarf, "Route choice in mountain navigation,
  Naismith's rule, and the equivalence of distance and climb", J. Sports Sciences 25, 2007).

Heights are those of the raster between the centres of its cells (bilinear), at places along the
edge about a cell apart, so that a raster's own noise is not climbed many times over. A surveyed
``incline`` in the source goes before the raster; bridges, tunnels and other storeys are walked
straight from the height of one end to that of the other. Straight walks to the streets are level.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from siting.walking.components import describe, keep_edges
from siting.walking.network import EdgeTraits, Network
from siting.walking.osm_rules import STEEPEST, Trait
from siting.walking.rounding import decimetres

Float = NDArray[np.float64]
TOBLER = "tobler"
CLOSED = float("inf")
"""Factor on steps that are not walked."""
FASTEST_AT = 0.05
"""Descent at which one walks fastest, and how speed falls on either side (Tobler 1993)."""
FALL = 3.5
LEAST_RUN_M = 1.0
"""A shorter stretch has no slope of its own."""


@dataclass(frozen=True)
class Gait:
    """How some people walk."""

    slope: str | float = 0.0
    """``tobler``, or the level metres that a metre climbed counts for; 0: slopes do not matter."""
    steps: float = 1.0
    """Factor on the length of steps; :data:`CLOSED`: not walked."""
    step_free: bool = False
    """Only where a wheelchair passes."""


@dataclass(frozen=True)
class Ground:
    """Heights of the ground."""

    at: Callable[[Float], Float]
    """From places, metres in the network's crs, shape (n, 2), to heights in metres; nan where
    nobody knows."""
    cell_m: float
    """How far the places are apart of which heights are known."""


@dataclass(frozen=True)
class Sloped:
    """The streets as one gait walks them, and what that rests on."""

    network: Network
    """``edge_m`` are level metres; the streets that this gait does not walk are left out."""
    kept: NDArray[np.bool_]
    """Which edges of the level network are there, shape (n_level_edges,)."""
    n_tagged: int
    """Edges whose slope the source tells."""
    n_ground: int
    """Edges whose slope the raster tells."""
    n_steps: int
    longer: float
    """Level metres over metres, of all streets that are walked together."""
    mean_slope: float
    """Of the streets whose slope is known, by length, absolute."""


def walked_by(network: Network, gait: Gait, ground: Ground | None) -> Sloped:
    """A network as people of one gait walk it."""
    traits = network.traits
    if traits is None:
        n = network.n_edges
        traits = EdgeTraits(np.zeros(n, np.uint8), np.full(n, np.nan))
    steps = (traits.trait & Trait.STEPS) != 0
    closed = np.zeros(network.n_edges, np.bool_)
    if gait.steps == CLOSED:
        closed |= steps
    if gait.step_free:
        closed |= (traits.trait & Trait.NO_WHEELS) != 0
    factor, slope = np.ones(network.n_edges), np.full(network.n_edges, np.nan)
    tagged = np.isfinite(traits.grade)
    if gait.slope != 0.0:
        if ground is not None:
            spans = (traits.trait & Trait.SPANS) != 0
            factor, slope = _by_ground(network, gait, ground, spans)
        factor[tagged] = slope_factor(traits.grade[tagged], gait.slope)
        slope[tagged] = np.abs(traits.grade[tagged])
        known = np.isfinite(slope)
        factor[~known] = 1.0
    if gait.steps != CLOSED:
        factor[steps] = np.maximum(factor[steps], gait.steps)
    metres = network.edge_m * factor
    level = replace(network, edge_m=metres, edge_dm=decimetres(metres))
    kept, known = ~closed, np.isfinite(slope) & ~closed
    length = float(network.edge_m[kept].sum())
    of_known = network.edge_m[known]
    return Sloped(
        describe(keep_edges(level, kept)) if closed.any() else describe(level),
        kept,
        int((known & tagged).sum()),
        int((known & ~tagged).sum()),
        int((steps & kept).sum()),
        float(metres[kept].sum()) / length if length else 1.0,
        float(np.average(slope[known], weights=of_known)) if of_known.sum() > 0 else 0.0,
    )


def slope_factor(slope: Float, rule: str | float) -> Float:
    """Level metres for a metre, the mean of both directions.

    Args:
        slope: rise over run, either sign.
        rule: see :class:`Gait`.
    """
    s = np.minimum(np.abs(slope), STEEPEST)
    if rule != TOBLER:
        return np.asarray(1.0 + float(rule) * s / 2)
    up = np.exp(FALL * s)
    down = np.exp(FALL * (np.abs(FASTEST_AT - s) - FASTEST_AT))
    return np.asarray((up + down) / 2)


def _by_ground(
    network: Network, gait: Gait, ground: Ground, spans: NDArray[np.bool_]
) -> tuple[Float, Float]:
    """Factor and mean absolute slope of each edge by heights along it; nan where none is known."""
    xy, start = network.shape_xy, network.shape_start
    step = np.zeros(len(xy))
    step[1:] = np.hypot(*(xy[1:] - xy[:-1]).T)
    step[start[:-1]] = 1.0  # edges stand apart, so that no place is of two
    along = np.cumsum(step)
    first, last = along[start[:-1]], along[start[1:] - 1]
    planar = last - first
    parts = np.maximum(1, np.round(planar / ground.cell_m)).astype(np.int64)
    parts[spans] = 1
    count = parts + 1
    edge = np.repeat(np.arange(network.n_edges), count)
    begins = np.cumsum(count) - count
    share = (np.arange(len(edge)) - begins[edge]) / parts[edge]
    at = np.minimum(first[edge] + share * planar[edge], last[edge])
    places = np.column_stack([np.interp(at, along, xy[:, k]) for k in (0, 1)])
    height = ground.at(places)
    rise = np.abs(np.diff(height))
    inner = edge[1:] == edge[:-1]
    rise, of = rise[inner], edge[1:][inner]
    run = planar[of] / parts[of]
    flat = run < LEAST_RUN_M
    slope = np.divide(rise, run, out=np.zeros_like(rise), where=~flat)
    slope[np.isnan(rise)] = np.nan
    known = np.isfinite(slope)
    # parts of an edge are alike; those of unknown height count as the others of it do
    n = np.bincount(of[known], minlength=network.n_edges)
    factors = slope_factor(slope[known], gait.slope)
    with np.errstate(invalid="ignore"):
        factor = np.bincount(of[known], factors, minlength=network.n_edges) / n
        mean = np.bincount(of[known], slope[known], minlength=network.n_edges) / n
    return factor, mean
