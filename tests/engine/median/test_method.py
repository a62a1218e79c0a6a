"""p_median and p_center at size: published optima, proven, and the truth on small problems."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.instances import REGISTRY
from siting.engine.center.method import solve_center
from siting.engine.center.quick import Quick
from siting.engine.median.interchange import Costs, cost_of, improve
from siting.engine.median.lagrange import Proof, Relaxation
from siting.engine.median.method import _by_person, _common_step, fits, solve_median
from siting.models.shared.allocating import walks
from siting.problem import Objective, Problem
from siting.progress import Progress, Stop
from siting.verification.judge import verify
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.examples import random_case

PMED = ("pmed1", "pmed2", "pmed3", "pmed4", "pmed5", "pmed6", "pmed11", "pmed16")


def silent(news: Progress) -> None:
    """A listener that does not listen."""


@pytest.mark.parametrize("name", PMED)
def test_published_p_medians_are_proven(name: str) -> None:
    """The OR-Library's optima are found and proven, and verification agrees."""
    instance = REGISTRY[name]
    problem = instance.problem()
    assert fits(problem)
    found = solve_median(problem, problem.objective, Stop(), 0, 1, None, silent)
    assert found is not None
    assert found.status == "optimal"
    assert found.objective == found.bound == instance.best
    assert verify(problem, found).ok


@pytest.mark.parametrize("name", ["pmed1-center", "pmed2-center", "pmed4-center", "pmed5-center"])
def test_published_p_centers_are_proven(name: str) -> None:
    """The optima of the same graphs as p-center instances are found and proven."""
    instance = REGISTRY[name]
    problem = instance.problem()
    found = solve_center(problem, problem.objective, Stop(), 0, 1, None, silent)
    assert found.status == "optimal"
    assert found.objective == found.bound == instance.best
    assert verify(problem, found).ok


def test_small_p_medians_agree_with_enumeration() -> None:
    """Whatever the method takes on, it solves to the enumerated optimum."""
    tried = 0
    simple = frozenset(
        {
            "sizes",
            "apart",
            "min_coverage",
            "together",
            "require",
            "budget",
            "max_formats",
            "capacity",
            "opening",
            "stands_in",
            "tiers",
            "phases",
            "counts",
            "mobile",
            "move",
            "hub",
        }
    )
    for seed in range(150):
        problem = random_case("p_median", seed, without=simple)
        if not fits(problem):
            continue
        found = solve_median(problem, problem.objective, Stop(), seed, 1, None, silent)
        best = brute_best(problem)
        if found is None:
            # Somebody is out of every plan's reach, or the formulation must decide.
            continue
        assert best.objective is not None
        assert found.objective == pytest.approx(float(best.objective * problem.unit))
        assert found.bound == found.objective
        assert verify(problem, found).ok
        tried += 1
    assert tried >= 15


def test_random_tables_agree_with_every_choice_of_sites() -> None:
    """On random cost tables, with gaps in them and an outlet that stands, no choice is better."""
    from itertools import combinations

    for seed in range(80):
        rng = np.random.default_rng(seed)
        n, sites, p = int(rng.integers(5, 30)), int(rng.integers(4, 13)), int(rng.integers(1, 6))
        cost = rng.integers(1, 12, (n, sites)) + (rng.integers(0, 4) / 8)
        if seed % 3 == 0:
            cost[rng.random((n, sites)) < 0.3] = np.inf
        weight = rng.integers(1, 20, n)
        standing = [0] if seed % 4 == 0 else []
        problem = Problem.from_matrix(
            cost, weights=weight, existing=np.array(standing) if standing else None
        ).under(Objective("p_median", p=p))
        served = np.isfinite(cost).any(axis=1)
        best = min(
            float((cost[served][:, [*plan, *standing]].min(axis=1) * weight[served]).sum())
            for plan in combinations(range(sites), min(p, sites))
        )
        found = solve_median(problem, problem.objective, Stop(), seed, 1, None, silent)
        if found is None:
            assert np.isinf(best)
            continue
        assert found.status == "optimal"
        assert found.objective == pytest.approx(best)
        assert found.bound == pytest.approx(best)


def test_costs_of_any_fineness_are_proven_within_what_verification_forgives() -> None:
    """Optimal is told only with a bound that verification accepts; multiples of a power of two
    are proven to the last one."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        cost = rng.random((12, 7)) * 10.0 ** rng.integers(0, 7)
        fine = seed % 2 == 0
        if fine:
            cost = np.round(cost * 64) / 64
        weights = rng.integers(1, 20, 12)
        problem = Problem.from_matrix(cost, weights=weights).under(Objective("p_median", p=3))
        found = solve_median(problem, problem.objective, Stop(), seed, 1, None, silent)
        assert found is not None
        assert found.bound is not None
        assert found.objective is not None
        assert found.status == "optimal"
        assert verify(problem, found).ok
        assert found.bound == found.objective if fine else found.bound <= found.objective


def test_small_p_centers_agree_with_enumeration() -> None:
    """Thresholds find the enumerated optimum under random combinations of all rules."""
    for seed in range(12):
        problem = random_case("p_center", 40 + seed)
        found = solve_center(problem, problem.objective, Stop(), 0, 1, None, silent)
        best = brute_best(problem)
        if best.objective is None:
            assert found.status == "infeasible"
            continue
        assert found.status == "optimal"
        assert found.objective == pytest.approx(float(best.objective))
        assert verify(problem, found).ok


def test_quick_answers_about_a_distance_are_true() -> None:
    """A quick plan serves everybody within the distance; a quick proof never denies a plan."""
    from itertools import combinations

    for seed in range(12):
        rng = np.random.default_rng(seed)
        cost = rng.integers(1, 20, (14, 9)).astype(np.float64)
        problem = Problem.from_matrix(cost).under(Objective("p_center", p=3))
        best = min(cost[:, list(plan)].min(axis=1).max() for plan in combinations(range(9), 3))
        quick = Quick.of(walks(problem), 9, 3)
        for distance in range(1, 20):
            sites = quick.plan(float(distance))
            if sites is not None:
                assert len(sites) <= 3
                assert cost[:, sites].min(axis=1).max() <= distance
            if quick.impossible(float(distance)):
                assert distance < best
        assert quick.impossible(0.0)
        assert quick.plan(19.0) is not None


def plane(n: int, seed: int) -> Costs:
    """n people and sites at random in a square, whole costs."""
    rng = np.random.default_rng(seed)
    xy = rng.random((n, 2))
    cost = np.round(100 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)))
    order = np.argsort(cost, axis=1, kind="stable")
    return Costs(
        np.arange(0, n * n + 1, n),
        order.ravel(),
        np.take_along_axis(cost, order, 1).ravel(),
        np.full(n, 1e6),
        n,
    )


def test_no_swap_improves_an_improved_plan() -> None:
    """The profits kept up to date are the true ones: at the end no single swap pays."""
    costs = plane(30, 1)
    sites, total = improve(costs, np.zeros(0, np.int64), 4)
    assert total == cost_of(costs, sites)
    for drop in sites:
        for add in range(30):
            swapped = np.append(sites[sites != drop], add)
            assert cost_of(costs, swapped) >= total - 1e-9


def test_every_price_gives_a_valid_bound() -> None:
    """No plan is cheaper than the bound at any prices, and what it decides holds for the best."""
    from itertools import combinations

    costs = plane(12, 2)
    plans = {plan: cost_of(costs, np.array(plan)) for plan in combinations(range(12), 3)}
    best = min(plans.values())
    rng = np.random.default_rng(3)
    for _ in range(20):
        relaxation = Relaxation.start(costs, 3)
        relaxation.best_price = rng.uniform(0, 60, 12)
        proof = Proof.of(relaxation, whole=True)
        assert proof.bound <= best
        decided = proof.decided(best + 1)
        for plan, value in plans.items():
            if value < best + 1:
                assert not decided.closed[list(plan)].any()
                assert set(np.flatnonzero(decided.opened)) <= set(plan)


def test_the_same_seed_gives_the_same_plan() -> None:
    """Two runs with one seed and a work limit are alike to the last site."""
    problem = REGISTRY["pmed6"].problem()
    plans = [
        solve_median(problem, problem.objective, Stop(work_limit=40), 7, 1, None, silent)
        for _ in range(2)
    ]
    assert plans[0] is not None and plans[1] is not None
    assert plans[0].options is not None and plans[1].options is not None
    assert plans[0].options.tolist() == plans[1].options.tolist()
    assert plans[0].limit == "work"
    assert plans[0].bound is not None and plans[0].bound <= 7824


def test_hundreds_of_points_are_nearly_proven() -> None:
    """600 points by 600 sites: a plan with a proven gap under 1 % after 1,500 steps of the bound at
    most."""
    rng = np.random.default_rng(5)
    xy = rng.random((600, 2)) * 10_000
    problem = Problem.from_points(xy, xy, weights=rng.integers(1, 50, 600))
    problem = problem.under(Objective("p_median", p=20))
    found = solve_median(
        problem, problem.objective, Stop(work_limit=1500, gap=0.01), 0, 1, None, silent
    )
    assert found is not None and found.objective is not None and found.bound is not None
    assert found.objective - found.bound <= 0.01 * found.objective
    assert verify(problem, found).ok


@examples(40)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**17)), max_size=30),
    st.sampled_from([1.0, 0.5]),
)
def test_walks_stand_by_person_and_cost(walks: list[tuple[int, int]], unit: float) -> None:
    """Sorted 16 bits at a time or as they are: by person, by cost, equals as they stood."""
    person = np.array([one[0] for one in walks], np.int64)
    cost = np.array([one[1] * unit for one in walks], np.float64)
    assert _by_person(person, cost).tolist() == np.lexsort((cost, person)).tolist()


@pytest.mark.parametrize("costs", [[], [6, 10, 4], [0, 0], [12] * 20_000 + [8]])
def test_the_step_of_totals_is_the_greatest_common_divisor(costs: list[int]) -> None:
    """In parts as at once."""
    assert _common_step(np.array(costs, np.int64)) == (np.gcd.reduce(costs) if costs else 0)
