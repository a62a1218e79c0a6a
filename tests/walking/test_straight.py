"""Straight-line reach: exact, complete, sorted, in the plane and on the sphere."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.problem.reach import Reach
from siting.walking import straight_plain
from siting.walking.straight import EARTH_M, great_circle, walk_straight, within
from tests.tools.depth import examples

spots = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=70)


def distances(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """All euclidean distances, shape (len(a), len(b))."""
    table: NDArray[np.float64] = np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2))
    return table


def check_rows(reach: Reach, table: NDArray, inside: NDArray) -> None:
    """Rows hold exactly the pairs inside, at their cost, sorted by (cost, point)."""
    for place in range(len(table)):
        points = np.flatnonzero(inside[place])
        order = np.lexsort((points, table[place, points]))
        assert reach.row(place).tolist() == points[order].tolist()
        assert reach.row_cost(place).tolist() == table[place, points[order]].tolist()


@given(spots, spots, st.sampled_from([0.0, 1.0, 2.5, 5.0, 13.0, 1e9]), st.booleans())
@examples(150)
def test_within_a_radius(
    places: list[tuple[int, int]], points: list[tuple[int, int]], radius: float, strict: bool
) -> None:
    """d <= r, or d < r when strict, unrounded; without distances the same pairs by point."""
    a, b = np.array(places, np.float64), np.array(points, np.float64)
    table = distances(a, b)
    inside = table < radius if strict else table <= radius
    check_rows(within(a, b, radius, strict=strict), table, inside)
    bare = within(a, b, radius, strict=strict, distances=False)
    assert not bare.has_cost
    assert [bare.row(k).tolist() for k in range(len(a))] == [
        np.flatnonzero(r).tolist() for r in inside
    ]


def test_few_places_and_many_points_across_blocks() -> None:
    """The pass over blocks of points gives what the bands give, on one and on two threads."""
    rng = np.random.default_rng(3)
    a, b = rng.uniform(0, 30, (30, 2)), rng.uniform(0, 30, (20_011, 2))
    exact = within(a, b, 4.0, strict=True)
    for threads in (1, 2):
        bare = within(a, b, 4.0, strict=True, distances=False, threads=threads)
        assert bare.start.tolist() == exact.start.tolist()
        assert all(bare.row(k).tolist() == sorted(exact.row(k).tolist()) for k in range(30))


@pytest.mark.parametrize("few", [-1, straight_plain.FEW])
def test_all_distances_without_a_radius(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No radius keeps every pair; by the kernel and without a compiler."""
    monkeypatch.setattr(straight_plain, "FEW", few)
    a, b = np.random.default_rng(4).uniform(0, 9, (2, 11, 2))
    check_rows(within(a, b, None), distances(a, b), np.ones((11, 11), np.bool_))


def haversine(a: NDArray, b: NDArray) -> float:
    """Plain Python, for two (lat, lon) pairs."""
    p, q = radians(a[0]), radians(b[0])
    h = sin((q - p) / 2) ** 2 + cos(p) * cos(q) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * EARTH_M * asin(sqrt(min(h, 1)))


@pytest.mark.parametrize("radius", [1e3, 1e5, 2e6, 1.2e7, 2.1e7])
def test_the_sphere_has_poles_and_a_date_line(radius: float) -> None:
    """Every pair within the radius is found, also over the pole and past 180 degrees."""
    rng = np.random.default_rng(5)
    near_line = np.column_stack([rng.uniform(-5, 5, 40), 180 + rng.normal(0, 1, 40)])
    near_line[::2, 1] -= 360
    near_pole = np.column_stack([90 - rng.uniform(0, 1, 30), rng.uniform(-180, 180, 30)])
    anywhere = np.column_stack([rng.uniform(-90, 90, 80), rng.uniform(-180, 180, 80)])
    xy = np.concatenate([near_line, near_pole, anywhere])
    table = np.array([[haversine(p, q) for q in xy] for p in xy])
    reach = within(xy, xy, radius, "great_circle")
    for k in range(len(xy)):
        assert sorted(reach.row(k).tolist()) == np.flatnonzero(table[k] <= radius).tolist()
    lat, lon = xy.T
    assert np.allclose(
        great_circle(lat[:, None], lon[:, None], lat, lon), table, rtol=1e-9, atol=1e-3
    )


@pytest.mark.parametrize("few", [-1, straight_plain.FEW])
@pytest.mark.parametrize("detour", [1.0, 1.3])
@pytest.mark.parametrize("limit_m", [0.0, 3.0, 7.25, None])
def test_straight_walks_are_rounded_after_the_detour(
    limit_m: float | None, detour: float, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cost = distance x detour, half up to decimetres; the limit is rounded down and inclusive; by
    the kernel and without a compiler."""
    monkeypatch.setattr(straight_plain, "FEW", few)
    rng = np.random.default_rng(6)
    a, b = rng.integers(0, 20, (9, 2)) / 2.0, rng.integers(0, 20, (200, 2)) / 2.0
    table = np.floor(distances(a, b) * detour * 10 + 0.5 + 1e-6).astype(np.int64)
    limit = np.inf if limit_m is None else np.floor(limit_m * 10)
    check_rows(walk_straight(a, b, limit_m, "euclidean", detour), table, table <= limit)


def test_a_town_is_walked_alike_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coordinates of every length of binary fraction: the same bits from kernel and arrays."""
    rng = np.random.default_rng(7)
    a, b = rng.uniform(0, 3000, (70, 2)), rng.uniform(0, 3000, (3000, 2))
    found = []
    for few in (-1, straight_plain.FEW):
        monkeypatch.setattr(straight_plain, "FEW", few)
        reaches = [walk_straight(a, b, 800.0, detour=1.27), within(a, b, None)]
        found.append(
            [getattr(r, part).tobytes() for r in reaches for part in ("start", "point", "cost")]
        )
    assert found[0] == found[1]


def test_short_walks_take_two_bytes() -> None:
    """uint16 where the limit fits, int32 beyond."""
    xy = np.zeros((1, 2))
    assert walk_straight(xy, xy, 6553.5).cost.dtype == np.uint16
    assert walk_straight(xy, xy, 6553.6).cost.dtype == np.int32


def test_a_detour_is_positive() -> None:
    """Anything else is misuse."""
    with pytest.raises(ArgumentError, match="detour must be > 0; got 0"):
        walk_straight(np.zeros((1, 2)), np.zeros((1, 2)), 10.0, detour=0)


def test_no_places_or_no_points() -> None:
    """Empty in, empty out, in the right shape."""
    none, one = np.zeros((0, 2)), np.zeros((1, 2))
    for a, b in ((none, one), (one, none), (none, none)):
        for reach in (
            within(a, b, 5.0),
            within(a, b, 5.0, distances=False),
            walk_straight(a, b, 5.0),
        ):
            assert (reach.n_places, reach.n_points, reach.n_pairs) == (len(a), len(b), 0)
