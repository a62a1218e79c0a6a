"""Hilbert's curve visits every cell once and never jumps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.problem.hilbert import hilbert_order
from tests.tools.depth import examples

places = st.integers(1, 40).flatmap(
    lambda n: arrays(np.int64, (n, 2), elements=st.integers(-(2**20), 2**20))
)


def steps_to(x: int, y: int) -> int:
    """Steps along the curve to a cell of a square of 65,536 cells an edge: quarter by quarter, the
    rest of the way counted in a quarter turned so that the curve enters it at its own corner."""
    steps, half = 0, 1 << 15
    while half:
        right, up = x >= half, y >= half
        steps += half * half * {(0, 0): 0, (0, 1): 1, (1, 1): 2, (1, 0): 3}[right, up]
        x, y = x % half, y % half
        if not up:
            x, y = (half - 1 - y, half - 1 - x) if right else (y, x)
        half >>= 1
    return steps


@examples(100)
@given(places)
def test_points_stand_along_the_curve(xy: np.ndarray) -> None:
    """On a grid of 65,536 cells across the larger extent; equal cells stay in the order given."""
    low, extent = xy.min(axis=0), max(1e-9, float(np.ptp(xy, axis=0).max()))
    cell = ((xy - low) * (65535.0 / extent)).astype(int)
    values = [steps_to(int(x), int(y)) for x, y in cell]
    wanted = sorted(range(len(xy)), key=lambda i: (values[i], i))
    assert hilbert_order(xy.astype(np.float64), len(xy)).tolist() == wanted


def test_the_curve_goes_from_neighbour_to_neighbour() -> None:
    """Along a full grid every step is one cell to the side."""
    grid = np.stack(np.meshgrid(np.arange(32.0), np.arange(32.0)), axis=-1).reshape(-1, 2)
    walk = grid[hilbert_order(grid, len(grid))]
    assert (np.abs(np.diff(walk, axis=0)).sum(axis=1) == 1).all()


def test_without_coordinates_the_order_is_the_given_one() -> None:
    """Nor do there have to be any points."""
    assert hilbert_order(None, 4).tolist() == [0, 1, 2, 3]
    assert hilbert_order(np.zeros((0, 2)), 0).tolist() == []
