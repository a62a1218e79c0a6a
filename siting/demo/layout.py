"""The ground of a synthetic city: street blocks, a river, density centres.

Everything is drawn from one passed generator, so a seed fixes the city.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

ORIGIN = (540_000.0, 3_780_000.0)
"""South-west corner in EPSG:4545, near Xi'an; only so that a map shows the city somewhere."""
CRS = "EPSG:4545"
BLOCK_M = (85.0, 175.0)
"""Shortest and longest side of a street block."""
RIVER_M = 150.0
SETBACK_M = 12.0
"""Homes stand at least so far from the middle of the street."""


@dataclass(frozen=True)
class Ground:
    """Blocks in a grid of irregular spacing; block b = row * (len(xs) - 1) + column."""

    xs: Floats
    """Streets running north-south, metres from the origin, ascending."""
    ys: Floats
    density: Floats
    """Relative density of homes, shape (n_blocks,), 0 on parks and the river, maximum 1."""
    centrality: Floats
    """Smooth density without blocks' own luck, 0..1, shape (n_blocks,)."""

    @property
    def columns(self) -> int:
        return len(self.xs) - 1

    def corner(self, block: Positions) -> tuple[Floats, Floats, Floats, Floats]:
        """West, south, width and height of blocks, metres."""
        row, column = np.divmod(block, self.columns)
        return (
            self.xs[column],
            self.ys[row],
            self.xs[column + 1] - self.xs[column],
            self.ys[row + 1] - self.ys[row],
        )


def river_y(x: Floats, side_m: float) -> Floats:
    """Middle of the river at easting x, metres from the origin."""
    return side_m * (0.46 + 0.07 * np.sin(2 * np.pi * x / (0.7 * side_m)))


def lay_ground(side_m: float, rng: Generator) -> Ground:
    """A square city of the given side."""
    xs, ys = _streets(side_m, rng), _streets(side_m, rng)
    middle_x, middle_y = (xs[:-1] + xs[1:]) / 2, (ys[:-1] + ys[1:]) / 2
    x, y = np.tile(middle_x, len(middle_y)), np.repeat(middle_y, len(middle_x))
    n_centres = max(3, round((side_m / 1000) ** 2 / 40))
    smooth = np.full(len(x), 0.22)
    # The main centre in the middle, others anywhere, each weaker the farther out.
    for k in range(n_centres):
        at = np.full(2, 0.5) if k == 0 else rng.uniform(0.08, 0.92, 2)
        reach_m = rng.uniform(0.9, 1.8) * 1000 if k else max(1500.0, 0.12 * side_m)
        strength = 1.0 if k == 0 else rng.uniform(0.35, 0.9)
        distance = np.hypot(x - at[0] * side_m, y - at[1] * side_m)
        smooth += strength * np.exp(-distance / reach_m)
    smooth /= smooth.max()
    density = smooth * rng.lognormal(0.0, 0.45, len(x))
    density[rng.random(len(x)) < 0.06] = 0.0  # parks, schools, works
    density[np.abs(y - river_y(x, side_m)) < RIVER_M] = 0.0
    if not density.any():  # a hamlet no wider than its river
        density = smooth
    return Ground(xs, ys, density / density.max(), smooth)


def _streets(side_m: float, rng: Generator) -> Floats:
    """Positions of parallel streets from 0 to about the side."""
    middle = (BLOCK_M[0] + BLOCK_M[1]) / 2
    n = max(2, round(side_m / middle))
    return np.concatenate(([0.0], np.cumsum(rng.uniform(*BLOCK_M, n))))


def homes(ground: Ground, n: int, rng: Generator) -> tuple[Positions, Floats]:
    """Blocks (ascending) and positions, shape (n, 2), of n homes inside their blocks."""
    block = np.sort(rng.choice(len(ground.density), n, p=_shares(ground.density)))
    west, south, width, height = ground.corner(block)
    across, along = rng.random((2, n))
    x = west + SETBACK_M + across * (width - 2 * SETBACK_M)
    y = south + SETBACK_M + along * (height - 2 * SETBACK_M)
    return block, np.column_stack((x, y))


def shopfronts(ground: Ground, n: int, rng: Generator) -> tuple[Positions, Floats]:
    """Blocks (ascending) and positions, shape (n, 2), of n premises on the streets' edge."""
    weight = np.where(ground.density > 0, ground.density**0.8, 0.0)
    block = np.sort(rng.choice(len(weight), n, p=_shares(weight)))
    west, south, width, height = ground.corner(block)
    along, side = rng.random(n), rng.integers(0, 4, n)
    front = 5.0
    x = np.select(
        [side == 0, side == 1], [west + front, west + width - front], west + along * width
    )
    y = np.select(
        [side == 2, side == 3], [south + front, south + height - front], south + along * height
    )
    return block, np.column_stack((x, y))


def _shares(weight: Floats) -> Floats:
    return weight / weight.sum()
