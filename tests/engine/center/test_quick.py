"""Quick answers about a distance: a plan is one, and what is called impossible is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting.engine.center.quick import Quick
from tests.tools.depth import examples


def quick_of(seed: int, p: int) -> tuple[Quick, np.ndarray]:
    """Ten people, seven sites; some people have somebody today. Dense walks beside."""
    rng = np.random.default_rng(seed)
    dense = rng.integers(1, 30, (10, 7)).astype(float)
    dense[rng.random(dense.shape) < 0.2] = np.inf
    stay = np.where(rng.random(10) < 0.2, rng.integers(1, 30, 10), np.inf)
    person, site = np.nonzero(np.isfinite(dense))
    order = np.lexsort((site, dense[person, site], person))
    person, site = person[order], site[order]
    start = np.searchsorted(person, np.arange(11))
    return Quick(start, site, dense[person, site], stay, 7, p), dense


def farthest(quick: Quick, dense: np.ndarray, sites: np.ndarray) -> float:
    """The longest walk once these sites are open."""
    return float(np.minimum(dense[:, sites].min(axis=1, initial=np.inf), quick.stay).max())


@examples(100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 30))
def test_plans_reach_everybody_and_proofs_are_true(seed: int, p: int, distance: int) -> None:
    """A plan has at most p sites and reaches everybody within the distance; where it is called
    impossible no set of p sites does; at the optimum's own distance it never is."""
    quick, dense = quick_of(seed, p)
    best = min(farthest(quick, dense, np.array(each)) for each in combinations(range(7), p))
    plan = quick.plan(float(distance))
    if plan is not None:
        assert len(plan) <= p
        assert farthest(quick, dense, plan) <= distance
    if quick.impossible(float(distance)):
        assert best > distance
        assert plan is None
    if np.isfinite(best):
        assert not quick.impossible(best)


def test_a_planner_has_a_plan_however_short_the_time() -> None:
    """One interchange is not left to the clock; the plan keeps p, and its bound is no claim."""
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 5000, (300, 2))
    problem = siting.Problem.from_points(xy, xy, weights=np.ones(300, np.int64))
    result = siting.solve(problem, model="p_center", p=6, time_limit=1e-4)
    assert (result.status, result.limit) == ("feasible", "time")
    assert result.options is not None and len(result.options) <= 6
    assert result.bound is not None and result.objective is not None
    assert result.bound <= result.objective
