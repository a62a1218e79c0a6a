"""Problems from points and matrices say exactly what the caller said, or refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import coo_array, coo_matrix, csr_array

from siting import ArgumentError, Problem
from siting.problem import UNLIMITED
from siting.walking.straight import great_circle
from tests.tools.depth import examples

DEMAND = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])
SITES = np.array([[0.0, 0.0], [6.0, 8.0]])


def pairs(problem: Problem) -> set[tuple[int, int]]:
    """(site, point) within the target's limit."""
    end = problem.reach.prefix_end(problem.targets[0].limit)
    return {
        (s, int(i))
        for s in range(problem.n_sites)
        for i in problem.reach.point[problem.reach.start[s] : end[s]]
    }


@pytest.mark.parametrize(
    ("strict", "expected"),
    [(False, {(0, 0), (0, 1), (1, 1), (1, 2)}), (True, {(0, 0), (1, 2)})],
)
def test_the_radius_is_inclusive_unless_strict(strict: bool, expected: set) -> None:
    """d <= r as a rule; d < r with strict=True; also when a matrix says the distances."""
    points = Problem.from_points(DEMAND, SITES, radius=5.0, strict=strict)
    table = np.hypot(*(DEMAND[:, None] - SITES[None]).transpose(2, 0, 1))
    matrix = Problem.from_matrix(table, radius=5.0, strict=strict)
    assert pairs(points) == pairs(matrix) == expected


def test_points_and_matrix_give_the_same_problem() -> None:
    """A dense matrix, a sparse one and the points themselves agree in every array."""
    rng = np.random.default_rng(0)
    demand, site = rng.uniform(0, 9, (40, 2)), rng.uniform(0, 9, (7, 2))
    table = np.sqrt(((demand[:, None] - site[None]) ** 2).sum(axis=2))
    a = Problem.from_points(demand, site, radius=3.0)
    for costs in (table, csr_array(table), coo_matrix(table), csr_array(table).tocsc()):
        b = Problem.from_matrix(costs, radius=3.0)
        assert a.reach.start.tolist() == b.reach.start.tolist()
        assert a.reach.point.tolist() == b.reach.point.tolist()
        assert np.allclose(a.reach.cost, b.reach.cost)
        assert (a.persons == b.persons).all()


def test_missing_and_infinite_entries_are_out_of_reach() -> None:
    """Not stored (sparse) and inf (dense) mean unreachable; a stored zero is a cost of zero."""
    sparse = coo_array(([0.0, 4.0], ([0, 1], [0, 1])), shape=(2, 2))
    dense = np.array([[0.0, np.inf], [np.inf, 4.0]])
    for costs in (sparse, dense):
        assert pairs(Problem.from_matrix(costs)) == {(0, 0), (1, 1)}


def test_without_a_radius_every_distance_is_kept() -> None:
    """p_median and p_center need them all."""
    problem = Problem.from_points(DEMAND, SITES)
    assert problem.reach.n_pairs == 6
    assert problem.targets[0].limit == np.inf


def test_great_circle_takes_latitude_first() -> None:
    """A degree of longitude at 60 degrees north is half one at the equator."""
    demand = np.array([[60.0, 25.0], [60.0, 26.0], [0.0, 25.0], [0.0, 26.0]])
    reach = Problem.from_points(demand, demand[[0, 2]], radius=2e5, metric="great_circle").reach
    assert reach.row_cost(0)[1] == pytest.approx(55_660, rel=1e-3)
    assert reach.row_cost(1)[1] == pytest.approx(111_320, rel=1e-3)
    assert reach.row_cost(1)[1] == great_circle(*np.array([0.0, 25.0, 0.0, 26.0]))


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=9), st.integers(0, 9))
@examples(200)
def test_decimal_weights_are_kept_exactly(numbers: list[int], places: int) -> None:
    """Weights with up to nine decimals become integers without loss, in thousandths or finer."""
    weights = np.array(numbers) / 10**places
    problem = Problem.from_points(np.zeros((len(numbers), 2)), np.zeros((1, 2)), weights, 1.0)
    unit = problem.person_units
    assert unit in {10**k for k in range(3, 10)}
    assert [int(p) * 10**places for p in problem.persons[0]] == [n * unit for n in numbers]


def test_weights_that_are_no_decimals_are_rounded_with_a_warning() -> None:
    """A third of a person has no exact decimal: the nearest one is taken and said."""
    with pytest.warns(UserWarning, match="weights: rounded to 1/1,000,000,000 of a person"):
        problem = Problem.from_points(DEMAND, SITES, [1 / 3, 1, 1], 5.0)
    assert problem.persons[0, 0] == 333_333_333


def test_costs_and_their_absence() -> None:
    """Costs are whole; without them nothing is priced and models count sites."""
    priced = Problem.from_points(DEMAND, SITES, radius=5.0, costs=[3.0, 4])
    assert priced.options.cost.tolist() == [3, 4]
    assert priced.priced
    assert not Problem.from_points(DEMAND, SITES, radius=5.0).priced
    assert priced.site_area.tolist() == [UNLIMITED, UNLIMITED]
    assert Problem.from_matrix(np.ones((3, 2)), site_costs=[1, 2]).options.cost.tolist() == [1, 2]


@pytest.mark.parametrize("existing", [[1], np.array([False, True]), [[6.0, 8.0]]])
def test_existing_outlets_by_position_mask_or_place(existing: object) -> None:
    """All three say that an outlet stands at the second site, and cover the same people."""
    problem = Problem.from_points(DEMAND, SITES, radius=5.0, existing=existing)  # type: ignore[arg-type]
    assert problem.covered_before[:, 0].tolist() == [False, True, True]
    at = problem.outlets.site.tolist()
    assert at == ([-1] if isinstance(existing, list) and isinstance(existing[0], list) else [1])


@pytest.mark.parametrize("existing", [None, [], np.zeros((0, 2)), np.zeros(2, np.bool_)])
def test_nothing_stands_today(existing: object) -> None:
    """None and every empty form mean no outlet."""
    problem = Problem.from_points(DEMAND, SITES, radius=5.0, existing=existing)  # type: ignore[arg-type]
    assert len(problem.outlets) == 0
    assert not problem.covered_before.any()


@pytest.mark.parametrize("existing", [None, [3]])
def test_many_pairs_keep_no_distances(
    existing: list[int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit only who is within is known: the same pairs, no cost, no memory for it."""
    rng = np.random.default_rng(1)
    demand, site = rng.uniform(0, 30, (5000, 2)), rng.uniform(0, 30, (20, 2))
    full = Problem.from_points(demand, site, radius=5.5, strict=True, existing=existing)
    monkeypatch.setattr("siting.instances.KEPT_PAIRS", 1000)
    bare = Problem.from_points(demand, site, radius=5.5, strict=True, existing=existing)
    assert full.reach.has_cost
    assert not bare.reach.has_cost
    assert bare.reach.cost.strides == (0,)
    assert pairs(full) == pairs(bare)
    assert (full.covered_before == bare.covered_before).all()
    kept = Problem.from_points(demand, site, radius=5.5, strict=True, distances=True)
    assert kept.reach.cost.tolist() == full.reach.cost.tolist()


NAN: NDArray[np.float64] = np.array([[0.0, np.nan]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"demand_xy": np.zeros((3, 3))}, r"demand_xy must have shape \(n, 2\); got \(3, 3\)"),
        ({"demand_xy": np.zeros((0, 2))}, "demand_xy must hold at least one point"),
        ({"site_xy": NAN}, r"site_xy must be finite; got \[0.0, nan\] in row 0"),
        ({"site_xy": [["a", "b"]]}, "site_xy must be numbers"),
        ({"weights": [1, 2]}, r"weights must have shape \(3,\); got \(2,\)"),
        ({"weights": [1, -2, 3]}, "weights must be finite and >= 0; got -2.0 in row 1"),
        ({"weights": [1, np.inf, 3]}, "weights must be finite and >= 0; got inf in row 1"),
        ({"weights": [1e18, 1, 1]}, "weights must sum to at most"),
        ({"radius": -1}, "radius must be a number >= 0; got -1"),
        ({"radius": float("nan")}, "radius must be a number >= 0; got nan"),
        ({"radius": "far"}, "radius must be"),
        ({"metric": "manhattan"}, "metric must be one of euclidean, great_circle; got 'manhattan'"),
        ({"metric": "great_circle", "site_xy": [[91.0, 0.0]]}, "lat in -90..90"),
        ({"costs": [1.5, 2]}, "costs must be whole numbers >= 0; got 1.5 for site 0"),
        ({"costs": [1, -2]}, "costs must be whole numbers >= 0; got -2 for site 1"),
        ({"costs": [1]}, r"costs must have shape \(2,\); got \(1,\)"),
        ({"existing": [2]}, r"existing must lie in 0..1 \(sites\); got 2"),
        ({"existing": [True]}, r"existing must have shape \(2,\); got \(1,\)"),
        ({"existing": [0.5]}, "existing must be positions of sites"),
    ],
)
def test_misuse_is_told_as_expected_and_found(change: dict, message: str) -> None:
    """X must be ...; got ..."""
    arguments = {"demand_xy": DEMAND, "site_xy": SITES, "radius": 5.0} | change
    with pytest.raises(ArgumentError, match=message):
        Problem.from_points(**arguments)


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        (np.zeros(3), r"costs must have shape \(n_demand, n_site\); got \(3,\)"),
        (np.array([[np.nan]]), "costs must be numbers, inf where unreachable; got nan"),
        (np.array([[-1.0]]), "costs must be >= 0; got -1"),
        (coo_array(([1.0, 2.0], ([0, 0], [0, 0])), shape=(1, 1)), "each entry once"),
        (csr_array(np.array([[-3.0]])), "costs must be >= 0; got -3"),
        (np.zeros((0, 3)), "at least one"),
        (np.zeros((3, 0)), "at least one"),
    ],
)
def test_a_matrix_must_be_costs(costs: object, message: str) -> None:
    """Shape, sign, NaN and repeated entries are checked."""
    with pytest.raises(ArgumentError, match=message):
        Problem.from_matrix(costs)
