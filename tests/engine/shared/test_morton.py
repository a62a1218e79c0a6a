"""Morton order is the order of the coordinates' interleaved bits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting.problem.morton import morton_order
from tests.tools.depth import examples

places = st.integers(1, 40).flatmap(
    lambda n: arrays(np.int64, (n, 2), elements=st.integers(-(2**20), 2**20))
)


def z_value(x: int, y: int) -> int:
    """The bits of two numbers in turn, x's in the lower place; bit by bit."""
    return sum((x >> k & 1) << 2 * k | (y >> k & 1) << 2 * k + 1 for k in range(16))


@examples(100)
@given(places)
def test_sites_stand_by_their_interleaved_bits(xy: np.ndarray) -> None:
    """On a grid of 65,536 cells across the larger extent; equal cells stay in the order given."""
    low, extent = xy.min(axis=0), max(1e-9, float(np.ptp(xy, axis=0).max()))
    cell = ((xy - low) * (65535.0 / extent)).astype(int)
    values = [z_value(int(x), int(y)) for x, y in cell]
    wanted = sorted(range(len(xy)), key=lambda i: (values[i], i))
    assert morton_order(xy.astype(np.float64), len(xy)).tolist() == wanted


def test_without_coordinates_the_order_is_the_given_one() -> None:
    """Nor do there have to be any points."""
    assert morton_order(None, 4).tolist() == [0, 1, 2, 3]
    assert morton_order(np.zeros((0, 2)), 0).tolist() == []
