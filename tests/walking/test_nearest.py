"""The nearest of some places is the least of all walks to them, whatever the way of walking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from siting.walking import nearest
from siting.walking.among_compounds import Among, OnStreets
from siting.walking.compounds import Compounds
from siting.walking.doors import Measure
from siting.walking.nearest import StraightWays, StreetWays
from siting.walking.nearest_among import GateWays, GateWaysStraight
from siting.walking.network import Network
from siting.walking.rounding import LONGEST_DM
from siting.walking.snapping import snap
from siting.walking.walls import wall_off
from tests.tools.depth import examples
from tests.walking import test_compounds as walls
from tests.walking.test_compounds import Float, Town, towns
from tests.walking.test_search import FAR, by_hand, dense, grid_network, small_networks, spots

Chosen = st.lists(st.integers(0, 8), max_size=9)


def rows_of(chosen: list[int], n: int) -> np.ndarray:
    """Some positions of n, perhaps none, each at most once."""
    return np.array(sorted({k for k in chosen if k < n}), np.int64)


def least(costs: np.ndarray, rows: np.ndarray, n_points: int) -> list[float]:
    """Of the rows of a table of walks; FAR is no way."""
    best = np.full((1, n_points), FAR)
    found = np.concatenate([best, costs[rows]]).min(axis=0).astype(np.float64)
    return np.where(found >= FAR, np.inf, found).tolist()


@given(small_networks(), spots, spots, Chosen, st.sampled_from([3.0, 15.0, 1e9]))
@examples(300)
def test_streets(
    network: Network,
    places: list[tuple[int, int]],
    points: list[tuple[int, int]],
    chosen: list[int],
    snap_m: float,
) -> None:
    """Parallel streets, loops, dead ends, several components, many places on one street."""
    a = snap(network, np.array(places, np.float64), snap_m)
    b = snap(network, np.array(points, np.float64), snap_m)
    rows = rows_of(chosen, len(a))
    expected = least(by_hand(network, a, b), rows, len(b))
    for few, pairs in ((-1, 1), (nearest.FEW, nearest.PAIRS)):  # by the kernel, and without one
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(nearest, "FEW", few)
            patch.setattr(nearest, "PAIRS", pairs)
            found = StreetWays(network, {"shops": a, "demand": b}).nearest("shops", rows)
        assert found.tolist() == expected


@given(
    st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=1, max_size=9),
    st.lists(st.tuples(st.integers(-500, 500), st.integers(-500, 500)), min_size=1, max_size=9),
    Chosen,
    st.sampled_from([1.0, 1.27]),
    st.booleans(),
)
@examples(200)
def test_straight_lines(
    places: list[tuple[int, int]],
    points: list[tuple[int, int]],
    chosen: list[int],
    detour: float,
    sphere: bool,
) -> None:
    """In the plane and on the whole sphere, over its poles and its date line."""
    scale = [0.18, 0.36] if sphere else [1.7, 1.3]
    a, b = (np.array(xy, np.float64) * scale for xy in (places, points))
    measure = Measure(sphere, detour)
    rows = rows_of(chosen, len(a))
    table = np.array([measure.decimetres(np.tile(xy, (len(b), 1)), b) for xy in a])
    found = StraightWays({"shops": a, "demand": b}, measure).nearest("shops", rows)
    best = np.full((1, len(b)), np.inf)
    assert found.tolist() == np.concatenate([best, table[rows]]).min(axis=0).tolist()


@given(towns(), walls.spots, walls.spots, Chosen, st.sampled_from([20.0, 300.0]))
@examples(150)
def test_streets_among_compounds(
    town: tuple[Network, Compounds], places: Float, points: Float, chosen: list[int], snap_m: float
) -> None:
    """A graph of every way by walls and gates knows no nearer place."""
    network, compounds = town
    among = Among.of(compounds, {"shops": places, "demand": points})
    streets = OnStreets.of(among, wall_off(network, compounds), snap_m)
    rows = rows_of(chosen, len(places))
    expected = least(Town(network, compounds, snap_m).costs(places, points), rows, len(points))
    assert GateWays(streets).nearest("shops", rows).tolist() == expected


@given(towns(), walls.spots, walls.spots, Chosen, st.sampled_from([1.0, 1.3]), st.booleans())
@examples(100)
def test_straight_lines_by_the_gates(
    town: tuple[Network, Compounds],
    places: Float,
    points: Float,
    chosen: list[int],
    detour: float,
    sphere: bool,
) -> None:
    """As the walks to every single place, which are tested by hand."""
    _, compounds = town
    xy = {"shops": places, "demand": points}

    def own(at: Float) -> Float:
        return at / 1e5 + [30.0, 100.0] if sphere else at

    kinds = {kind: own(at) for kind, at in xy.items()}
    among = Among.of(compounds, xy, Measure(sphere, detour), kinds, own(compounds.gate_xy))
    rows = rows_of(chosen, len(places))
    every = dense(among.straight("shops", "demand", LONGEST_DM))
    found = GateWaysStraight(among).nearest("shops", rows)
    assert found.tolist() == least(every, rows, len(points))


@pytest.mark.parametrize("n", [1, 40])
def test_a_city_of_streets_against_scipy(n: int) -> None:
    """Junction to junction, where no rounding but the edges' own plays a part."""
    network = grid_network(25)
    ends = snap(network, network.node_xy, 0.0)
    rows = np.random.default_rng(n).permutation(network.n_nodes)[:n]
    found = StreetWays(network, {"shops": ends, "demand": ends}).nearest("shops", rows)
    ways = coo_array((network.edge_dm, (network.edge_u, network.edge_v)), (625, 625)).tocsr()
    expected = dijkstra(ways, directed=False, indices=rows, min_only=True)
    lost = ~ends.reachable  # nodes without a street
    assert (found[~lost] == expected[~lost]).all()
    assert np.isinf(found[lost]).all()
