"""The end of the streets: a bay of the border is one, a park between streets is none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from siting.walking.map_edge import near_edge

WALK_M = 500.0


def streets(shape: str, step_m: float = 100.0) -> NDArray[np.float64]:
    """Nodes every 100 m over 6 km x 6 km, but for a corner (L) or a middle (O) of 2.5 km."""
    x, y = (line.ravel() for line in np.meshgrid(*[np.arange(0.0, 6001, step_m)] * 2))
    away = {
        "L": (x > 3500) & (y > 3500),
        "O": (abs(x - 3000) < 1250) & (abs(y - 3000) < 1250),
        "full": np.zeros(len(x), np.bool_),
    }[shape]
    return np.column_stack([x, y])[~away]


@pytest.mark.parametrize(
    ("shape", "place", "near"),
    [
        ("full", (3000, 3000), False),
        ("full", (300, 3000), True),
        ("full", (-50, 3000), True),
        ("full", (9000, 9000), True),
        ("full", (800, 800), False),
        ("L", (3300, 5000), True),
        ("L", (4500, 4500), True),
        ("L", (2700, 5000), False),
        ("L", (2900, 2900), False),
        ("O", (1600, 3000), False),
        ("O", (3000, 3000), False),
        ("O", (5900, 3000), True),
    ],
)
def test_near_is_what_outlets_beyond_could_reach(
    shape: str, place: tuple[float, float], near: bool
) -> None:
    """The inner corner of an L is beyond its convex hull's reach."""
    assert near_edge(streets(shape), np.array([place], np.float64), WALK_M).tolist() == [near]


def test_the_frame_does_not_matter() -> None:
    """The same streets moved and turned: the same people, but for those in doubt by a cell."""
    nodes, people = streets("L"), np.random.default_rng(4).uniform(-500, 6500, (2000, 2))
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    before = near_edge(nodes, people, WALK_M)
    after = near_edge(nodes @ turn + 4e5, people @ turn + 4e5, WALK_M)
    assert (before == after).mean() > 0.95
    assert 0.3 < before.mean() < 0.9


def test_a_whole_country_fits_in_memory() -> None:
    """Cells grow with the extent; one street alone has no inside."""
    nodes = np.array([[0.0, 0.0], [2e6, 1e6]])
    assert near_edge(nodes, nodes, 1000.0).all()
