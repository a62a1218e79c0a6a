"""Morton order of problem/morton.py, which engine and walking share."""

from __future__ import annotations

import numpy as np
import pytest

from siting.problem.morton import morton_order


def z_position(x: int, y: int) -> int:
    """The bits of both numbers taken in turns, by text."""
    pairs = zip(f"{y:016b}", f"{x:016b}", strict=True)
    return int("".join(a + b for a, b in pairs), 2)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_is_that_of_the_z_shaped_curve(seed: int) -> None:
    """Over a square of 2^16 cells a side, whatever its place and scale."""
    cells = np.random.default_rng(seed).integers(0, 2**16, (200, 2))
    cells[:2] = (0, 0), (2**16 - 1, 2**16 - 1)
    expected = sorted(range(200), key=lambda k: (z_position(*cells[k].tolist()), k))
    for scale, shift in ((1.0, 0.0), (0.25, -1e6), (2.0**-16, 5.0)):
        assert morton_order((cells + 0.5) * scale + shift, 200).tolist() == expected


def test_places_alike_keep_their_order_and_no_places_are_as_given() -> None:
    """Ties by position; also where all points are one."""
    assert morton_order(np.ones((5, 2)), 5).tolist() == [0, 1, 2, 3, 4]
    assert morton_order(None, 3).tolist() == [0, 1, 2]
    assert morton_order(np.zeros((0, 2)), 0).tolist() == []
