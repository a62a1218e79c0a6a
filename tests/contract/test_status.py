"""docs/contract.md, section 1.5: status, limits, the same plan again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import siting
from tests.tools import contract_town as town
from tests.tools.contract_town import BAKERY


def _cloud(n: int) -> siting.Problem:
    random = np.random.default_rng(1)
    demand, sites = random.random((20 * n, 2)), random.random((n, 2))
    return siting.Problem.from_points(demand, sites, radius=0.15)


@pytest.mark.parametrize("method", ["greedy", "highs", "cpsat"])
def test_a_clock_that_is_over_leaves_a_plan_and_bounds(tmp_path: Path, method: str) -> None:
    """0.001 s: the best plan so far; the bound is told and holds, of the whole and each tier."""
    problem = town.load(tmp_path, BAKERY).problem()
    result = siting.solve(problem, method=method, threads=1, time_limit=0.001)
    assert result.plan is not None
    assert result.objective is not None
    assert result.bound is not None
    assert result.bound >= 450  # a market would do 300, and two bakeries 450
    assert result.gap == pytest.approx(abs(result.bound - result.objective) / result.objective)
    assert (result.status == "optimal") == (result.limit is None and result.gap == 0)
    best = {"basic": 300.0, "quality": 0.0}
    for tier, told in result.tiers.items():
        assert told["objective"] is not None
        assert told["bound"] is not None
        assert told["bound"] >= max(best[tier], told["objective"])
    assert siting.verify(problem, result).ok


def test_one_tier_has_the_bound_of_the_whole(tmp_path: Path) -> None:
    """Section 1.4: the result gives objective, bound and gap per tier."""
    result = siting.solve(town.load(tmp_path).problem(), method="greedy", threads=1)
    assert result.tiers["basic"]["bound"] == result.bound
    assert result.tiers["basic"]["gap"] == result.gap


def test_same_seed_threads_and_inputs(tmp_path: Path) -> None:
    """The same plan again, also where work ends the run; another thread count may differ."""
    problem = _cloud(60)
    for threads in (1, 2):
        first, second = (
            siting.solve(problem, method="city", p=5, threads=threads, work_limit=1, seed=3)
            for _ in range(2)
        )
        assert first.chosen is not None
        assert second.chosen is not None
        assert first.chosen.tolist() == second.chosen.tolist()
        assert first.bound == second.bound
        assert siting.verify(problem, first).ok


def test_a_gap_target_is_told(tmp_path: Path) -> None:
    """A run that stops at its gap target is feasible with limit gap, never optimal by the way."""
    result = siting.solve(_cloud(60), p=5, gap=0.5, threads=1)
    assert result.gap is not None
    assert result.gap <= 0.5
    assert (result.status, result.limit) in {("feasible", "gap"), ("optimal", None)}
    assert (result.status == "optimal") == (result.gap == 0)


def test_infeasible_is_a_result(tmp_path: Path) -> None:
    """Section 1.4: a rule that cannot be met is infeasible, not an error."""
    rules = {"rules": {"require": [{"site": "P1"}, {"site": "P4"}]}}
    problem = town.load(tmp_path, rules).problem()
    result = siting.solve(problem, threads=1)
    assert (result.status, result.plan, result.objective, result.gap) == (
        "infeasible",
        None,
        None,
        None,
    )
    assert siting.verify(problem, result).ok
    free = town.load(tmp_path).problem()
    assert not siting.verify(free, result).ok  # opening nothing keeps every rule there
