"""Snapping finds the nearest place exactly, and ties go to the lowest edge."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siting.walking import snapping_plain
from siting.walking.network import Network
from siting.walking.rounding import decimetres, limit_decimetres
from siting.walking.snapping import Snapped
from siting.walking.snapping import snap as snap_once
from tests.tools.depth import examples
from tests.walking.test_search import grid_network, straight_network


def bent_network(seed: int, n: int) -> Network:
    """Polylines of every length, some across the whole area, unrelated to each other."""
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(n):
        step = 10 ** rng.uniform(-1, 3)
        vertices = rng.integers(2, 8)
        shapes.append(rng.uniform(0, 3000, 2) + np.cumsum(rng.normal(0, step, (vertices, 2)), 0))
    count = [len(s) for s in shapes]
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    metres = np.array([np.hypot(*np.diff(s, axis=0).T).sum() for s in shapes])
    node = np.arange(2 * n, dtype=np.int32)
    ends = np.concatenate([[s[0], s[-1]] for s in shapes])
    return Network(
        ends, node[::2], node[1::2], metres, decimetres(metres), start, np.concatenate(shapes), "x"
    )


def snap(network: Network, xy: np.ndarray, limit_m: float) -> Snapped:
    """By the kernel and without a compiler, in one go and in many: the same bits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapping_plain, "FEW", -1)
        found = snap_once(network, xy, limit_m)
        patch.setattr(snapping_plain, "FEW", 10**9)
        for together in (snapping_plain.TOGETHER, 50):
            patch.setattr(snapping_plain, "TOGETHER", together)
            again = snap_once(network, xy, limit_m)
            for each in fields(Snapped):
                one, other = getattr(found, each.name), getattr(again, each.name)
                assert one.dtype == other.dtype
                np.testing.assert_array_equal(one, other)
    return found


@pytest.mark.parametrize("limit", [20.0, 300.0, np.inf])
@pytest.mark.parametrize("seed", range(4))
def test_snapping_agrees_with_shapely(seed: int, limit: float) -> None:
    """Distance, edge and part of the edge are those of the nearest of all lines."""
    network = bent_network(seed, 60)
    xy = np.random.default_rng(seed).uniform(-800, 3800, (400, 2))
    lines = [
        shapely.LineString(network.shape_xy[a:b])
        for a, b in zip(network.shape_start[:-1], network.shape_start[1:], strict=True)
    ]
    found = snap(network, xy, limit)
    distance = shapely.distance(shapely.points(xy)[:, None], np.array(lines)[None, :])
    nearest = distance.min(axis=1)
    assert (found.edge >= 0).tolist() == (nearest <= limit).tolist()
    for i in np.flatnonzero(found.edge >= 0):
        edge = found.edge[i]
        assert distance[i, edge] == pytest.approx(nearest[i], abs=1e-6)
        assert found.access_dm[i] == decimetres(nearest[i])
        along = shapely.line_locate_point(lines[edge], shapely.Point(xy[i]))
        assert found.along_m[i] == pytest.approx(along, abs=1e-5)
        assert found.to_u_dm[i] == decimetres(found.along_m[i])
        assert np.hypot(*(found.xy[i] - xy[i])) == pytest.approx(nearest[i], abs=1e-6)


@given(
    st.lists(st.tuples(*[st.integers(-6, 6)] * 4), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=6),
)
@examples(200)
def test_ties_go_to_the_lowest_edge(
    segments: list[tuple[int, int, int, int]], points: list[tuple[int, int]]
) -> None:
    """Among all edges at the least distance (exact rational arithmetic) the first is taken."""
    from fractions import Fraction

    def squared(px: int, py: int, ax: int, ay: int, bx: int, by: int) -> Fraction:
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        share = Fraction((px - ax) * dx + (py - ay) * dy, length) if length else Fraction(0)
        share = min(max(share, Fraction(0)), Fraction(1))
        return (ax + share * dx - px) ** 2 + (ay + share * dy - py) ** 2

    nodes = [(float(x), float(y)) for a, b, c, d in segments for x, y in ((a, b), (c, d))]
    network = straight_network(nodes, [(2 * k, 2 * k + 1, 7.0) for k in range(len(segments))])
    found = snap(network, np.array(points, np.float64), 100.0)
    for i, (x, y) in enumerate(points):
        distances = [squared(x, y, *segment) for segment in segments]
        assert found.edge[i] == distances.index(min(distances))


def test_the_limit_is_inclusive() -> None:
    """A point exactly at the limit snaps, one a centimetre farther does not and is listed as -1."""
    network = straight_network([(0, 0), (100, 0)], [(0, 1, 100.0)])
    found = snap(network, np.array([[50.0, 300.0], [50.0, 300.01], [np.nan, 0.0]]), 300.0)
    assert found.edge.tolist() == [0, -1, -1]
    assert found.access_dm.tolist() == [3000, 0, 0]
    assert found.reachable.tolist() == [True, False, False]


def test_far_away_and_huge_edges() -> None:
    """A 2,000 km edge among short ones, and points very far off, are no trouble."""
    short = grid_network(5)
    nodes = [*map(tuple, short.node_xy), (-1e6, -1e6), (1e6, 1e6)]
    edges = [
        (int(u), int(v), float(m))
        for u, v, m in zip(short.edge_u, short.edge_v, short.edge_m, strict=True)
    ]
    network = straight_network(nodes, [*edges, (len(nodes) - 2, len(nodes) - 1, 3e6)])
    found = snap(network, np.array([[5e5, 5e5 + 10], [1e9, 1e9], [0.0, -1.0]]), 1e12)
    assert found.edge[0] == found.edge[1] == len(edges)
    assert found.access_dm[0] == decimetres(10 / np.sqrt(2))


@pytest.mark.parametrize(
    ("metres", "expected"),
    [(0.0, 0), (0.049, 0), (0.05, 1), (16.15, 162), (2.25, 23), (1e6, 10_000_000)],
)
def test_lengths_round_half_up(metres: float, expected: int) -> None:
    """Halves go up, also where the binary image of the decimal lies a hair below."""
    assert decimetres(metres) == expected


@pytest.mark.parametrize(("metres", "expected"), [(540.0, 5400), (0.19, 1), (0.3, 3), (-1.0, -10)])
def test_standards_round_down(metres: float, expected: int) -> None:
    """10 minutes at 0.9 m/s are 5,400 dm; a standard never gains a decimetre."""
    assert limit_decimetres(metres) == expected
