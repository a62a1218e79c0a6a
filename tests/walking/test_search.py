"""Walks are shortest, rounded as the contract says, and the same on every number of threads."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.problem.reach import Reach
from siting.walking import compact, search_plain
from siting.walking.network import Network
from siting.walking.rounding import decimetres
from siting.walking.search import walk
from siting.walking.search_plain import FEW
from siting.walking.snapping import Snapped, snap
from tests.tools.depth import examples

FAR = 10**9


def straight_network(
    nodes: list[tuple[float, float]], edges: list[tuple[int, int, float]]
) -> Network:
    """A network of straight edges (u, v, length_m)."""
    xy = np.array(nodes, np.float64)
    u, v = (np.array([e[k] for e in edges], np.int32) for k in (0, 1))
    metres = np.array([e[2] for e in edges], np.float64)
    shape = xy[np.column_stack([u, v]).ravel()]
    start = 2 * np.arange(len(edges) + 1, dtype=np.int64)
    return Network(xy, u, v, metres, decimetres(metres), start, shape, "EPSG:32635")


def between_nodes(network: Network) -> NDArray[np.int64]:
    """All shortest paths by Floyd and Warshall, decimetres."""
    n = network.n_nodes
    d = np.full((n, n), FAR, np.int64)
    np.fill_diagonal(d, 0)
    for u, v, dm in zip(network.edge_u, network.edge_v, network.edge_dm, strict=True):
        d[u, v] = d[v, u] = min(d[u, v], dm)
    for k in range(n):
        d = np.minimum(d, d[:, [k]] + d[[k], :])
    return d


def by_hand(network: Network, a: Snapped, b: Snapped) -> NDArray[np.int64]:
    """Cost of every pair straight from the contract's sentences, shape (len(a), len(b))."""
    d = between_nodes(network)
    cost = np.full((len(a), len(b)), FAR, np.int64)
    for i in range(len(a)):
        for j in range(len(b)):
            e, f = a.edge[i], b.edge[j]
            if e < 0 or f < 0:
                continue
            ways = [
                out + d[x, y] + back
                for x, out in ((network.edge_u[e], a.to_u_dm[i]), (network.edge_v[e], a.to_v_dm[i]))
                for y, back in (
                    (network.edge_u[f], b.to_u_dm[j]),
                    (network.edge_v[f], b.to_v_dm[j]),
                )
            ]
            if e == f:
                ways.append(int(decimetres(abs(a.along_m[i] - b.along_m[j]))))
            cost[i, j] = a.access_dm[i] + min(ways) + b.access_dm[j]
    return cost


def dense(reach: Reach) -> NDArray[np.int64]:
    """Costs as a table, FAR where there is no pair."""
    table = np.full((reach.n_places, reach.n_points), FAR, np.int64)
    for place in range(reach.n_places):
        table[place, reach.row(place)] = reach.row_cost(place)
    return table


@st.composite
def small_networks(draw: st.DrawFn) -> Network:
    """Few nodes, any edges: parallel ones, loops, zero lengths, several components."""
    n = draw(st.integers(1, 7))
    spot = st.tuples(st.integers(0, 40), st.integers(0, 40))
    nodes = [(float(x), float(y)) for x, y in draw(st.lists(spot, min_size=n, max_size=n))]
    end = st.integers(0, n - 1)
    metres = st.integers(0, 900).map(lambda k: k / 20)
    edges = draw(st.lists(st.tuples(end, end, metres), min_size=1, max_size=12))
    return straight_network(nodes, edges)


spots = st.lists(st.tuples(st.integers(-10, 50), st.integers(-10, 50)), min_size=1, max_size=9)


@given(small_networks(), spots, spots, st.integers(0, 900), st.sampled_from([3.0, 15.0, 1e9]))
@examples(300)
def test_walks_agree_with_all_shortest_paths(
    network: Network,
    places: list[tuple[int, int]],
    points: list[tuple[int, int]],
    limit_dm: int,
    snap_limit: float,
) -> None:
    """Costs within the limit are the least over all ways in and out; no other pair is in."""
    a = snap(network, np.array(places, np.float64), snap_limit)
    b = snap(network, np.array(points, np.float64), snap_limit)
    expected = by_hand(network, a, b)
    expected[expected > limit_dm] = FAR
    for most in (-1, FEW):  # by kernels, and without a compiler
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(search_plain, "FEW", most)
            patch.setattr(compact, "FEW", most)
            reach = walk(network, a, b, limit_dm)
        assert (dense(reach) == expected).all()
        for place in range(reach.n_places):
            rows = list(zip(reach.row_cost(place).tolist(), reach.row(place).tolist(), strict=True))
            assert rows == sorted(rows)


def grid_network(side: int, step: float = 83.3, seed: int = 5) -> Network:
    """A street grid with some streets missing and lengths beyond the straight line."""
    rng = np.random.default_rng(seed)
    xy = [(step * (k % side), step * (k // side)) for k in range(side * side)]
    pairs = [(k, k + 1) for k in range(side * side) if k % side < side - 1]
    pairs += [(k, k + side) for k in range(side * (side - 1))]
    kept = [pairs[k] for k in np.flatnonzero(rng.random(len(pairs)) < 0.9)]
    return straight_network(xy, [(u, v, step * rng.uniform(1, 1.3)) for u, v in kept])


def test_bytes_do_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """One, two and three threads give the same bytes, and so does a search without a compiler."""
    network = grid_network(20)
    xy = np.random.default_rng(1).uniform(-50, 1700, (3000, 2))
    points = [snap(network, xy, 300.0, threads=t) for t in (1, 2, 3)]
    for p in points[1:]:
        for name in ("edge", "access_dm", "to_u_dm", "to_v_dm", "along_m", "xy"):
            assert getattr(p, name).tobytes() == getattr(points[0], name).tobytes()
    reaches = [walk(network, points[0], points[0], 5000, threads=t) for t in (1, 2, 3)]
    monkeypatch.setattr(search_plain, "FEW", np.inf)
    reaches.append(walk(network, points[0], points[0], 5000, threads=2))
    for r in reaches[1:]:
        assert r.start.tobytes() == reaches[0].start.tobytes()
        assert r.point.tobytes() == reaches[0].point.tobytes()
        assert r.cost.tobytes() == reaches[0].cost.tobytes()


def test_a_walk_back_is_as_long() -> None:
    """Cost is symmetric: reach from points to places is the transpose."""
    network = grid_network(12)
    rng = np.random.default_rng(2)
    a = snap(network, rng.uniform(0, 1000, (80, 2)), 300.0)
    b = snap(network, rng.uniform(0, 1000, (120, 2)), 300.0)
    assert (dense(walk(network, a, b, 6000)) == dense(walk(network, b, a, 6000)).T).all()


@pytest.mark.parametrize(("limit_dm", "dtype"), [(65535, np.uint16), (65536, np.int32)])
def test_costs_take_two_bytes_where_they_fit(limit_dm: int, dtype: type) -> None:
    """Up to 6,553.5 m costs are uint16, beyond int32; the pairs in common are the same."""
    network = grid_network(6)
    xy = np.random.default_rng(3).uniform(0, 400, (30, 2))
    spots = snap(network, xy, 50)
    reach = walk(network, spots, spots, limit_dm)
    assert reach.cost.dtype == dtype
    assert (dense(reach) == dense(walk(network, spots, spots, None))).all()


def test_contraction_changes_no_decimetre() -> None:
    """Cutting every edge of a network into a chain of many changes costs only by their rounding."""
    chain = [(10.04 * k, 0.0) for k in range(30)]
    network = straight_network(chain, [(k, k + 1, 10.04) for k, _ in enumerate(chain[:-1])])
    places = snap(network, np.array([[0.0, 0.0]]), 1.0)
    points = snap(network, np.array(chain), 1.0)
    row = walk(network, places, points, None).row_cost(0)
    assert row.tolist() == [100 * k for k in range(30)]
    assert all(b - a == 100 for a, b in pairwise(row.tolist()))


def test_many_points_at_one_spot_stand_in_their_order() -> None:
    """A thousand points at one cost are sorted by point."""
    network = grid_network(4)
    points = snap(network, np.tile([[83.3, 83.3]], (1000, 1)), 10.0)
    reach = walk(network, snap(network, np.array([[0.0, 0.0]]), 10.0), points, 10_000)
    assert reach.row(0).tolist() == list(range(1000))
    assert len(set(reach.row_cost(0).tolist())) == 1


def test_nobody_on_the_network() -> None:
    """Places or points off the network give an empty reach of the right shape."""
    network = grid_network(4)
    near, off = np.array([[0.0, 0.0]]), np.array([[9e5, 9e5], [np.nan, 0.0]])
    for a, b in ((near, off), (off, near)):
        reach = walk(network, snap(network, a, 10.0), snap(network, b, 10.0), 10_000)
        assert (reach.n_places, reach.n_points, reach.n_pairs) == (len(a), len(b), 0)
