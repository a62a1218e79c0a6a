"""One sweep over many limits: each point valid by itself, and cheaper than from nothing."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import example, given

from siting.engine.cover.bound import PrimalDual
from siting.engine.shared.instance import pack
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.stage import Stage
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from siting.solving.parametric import can_solve_limits, solve_limits
from siting.verification.bound import recompute_bound
from siting.verification.evaluation import evaluate
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.engine_town import town
from tests.tools.problems import build, problems

SMALL = examples(15)
FAMILIES = {
    "budget",
    "floor",
    "sizes",
    "opening",
    "counts",
    "existing",
    "weights",
    "apart",
    "require",
    "together",
    "hub",
    "phases",
}


@SMALL
@given(
    problems(among=FAMILIES, max_options=8),
    st.lists(st.integers(0, 40), min_size=1, max_size=4, unique=True),
    st.sampled_from([0.0, 0.1]),
)
@example(
    build(frozenset({"budget", "hub"}), 3, 5, 2, 8, np.uint16, np.random.default_rng(3)),
    [0, 4, 40],
    0.0,
)
def test_every_limit_is_proven_by_itself(problem: Problem, limits: list[int], gap: float) -> None:
    """At each limit the plan keeps the rules, brute force is not better than the bound, and the
    certificate that the limit was given says so when recomputed for that very limit."""
    assert can_solve_limits(problem)
    asked = [problem.replace(budget=limit) for limit in sorted(limits)]
    for each, found in zip(
        asked, solve_limits(asked, time_limit=None, gap=gap, threads=1, patient=False), strict=True
    ):
        if found is None:
            continue
        truth = brute_best(each)
        assert truth.objective is not None
        assert found.options is not None and found.objective is not None
        assert evaluate(each, found.options).feasible
        assert found.objective <= float(truth.objective * each.unit) + 1e-9
        if found.bound is not None:
            assert found.bound >= float(truth.objective * each.unit) - 1e-9
        for certificate in found.certificates:
            assert recompute_bound(each, certificate) >= truth.objective


def test_the_gap_asked_is_reached_at_every_limit() -> None:
    """Ten budgets of a town, all within one per cent, in ascending worth, each within its money."""
    problem = town()
    limits = [int(problem.rules[0].rhs[0]) * k // 5 for k in range(1, 11)]
    found = solve_limits(
        [problem.replace(budget=limit) for limit in limits], gap=0.01, threads=1, time_limit=None
    )
    values = []
    for limit, result in zip(limits, found, strict=True):
        assert result is not None and result.plan is not None and result.objective is not None
        assert result.gap is not None and result.gap <= 0.01
        assert result.plan.budget["spent"] <= limit
        values.append(result.objective)
    assert values == sorted(values)


def test_multipliers_carried_over_need_fewer_iterations() -> None:
    """After a fifth less money, 20 more iterations bound better than 40 from nothing."""
    problem = town(900, 150)
    budget = int(problem.rules[0].rhs[0])
    less = problem.replace(budget=budget * 4 // 5)
    with ThreadPool(1) as pool:
        instance = pack(problem, problem.value, pool)
        stage = Stage(problem, np.ones(problem.n_targets, np.bool_))
        rows = gather_rows(instance)
        dual = PrimalDual(instance, rows, pool, stage)
        for _ in range(15):
            dual.run(20)
        cold_instance = pack(less, less.value, pool)
        cold = PrimalDual(cold_instance, gather_rows(cold_instance), pool, stage)
        for _ in range(2):
            cold.run(20)
        dual.move_to(gather_rows(cold_instance))
        assert dual.best is None
        dual.run(20)
        assert dual.best is not None and cold.best is not None
        assert dual.best.value <= cold.best.value


def test_money_that_one_site_has_to_itself_is_not_swept() -> None:
    """The budget then stands inside that site's own small problem, where no price carries over."""
    problem = Problem.from_points(
        np.zeros((1, 2)), np.zeros((1, 2)), np.array([34]), radius=1, costs=np.array([3])
    )
    assert solve_limits([problem.replace(budget=2), problem.replace(budget=3)], threads=1) == [
        None,
        None,
    ]


@pytest.mark.parametrize("family", ["capacity", "tiers", "min_coverage"])
def test_what_a_sweep_does_not_know_is_told_before(family: str) -> None:
    """Capacities, tiers one after the other and minimum coverages have other roads."""
    for seed in range(20):
        problem = build(
            frozenset({"budget", family}), 4, 6, 3, 10, np.uint16, np.random.default_rng(seed)
        )
        tiers = len({t.tier for t in problem.targets if t.weight_micro > 0})
        if family == "tiers" and (tiers < 2 or problem.objective.order != "tiers"):
            continue
        if family == "min_coverage" and not problem.min_coverage:
            continue
        assert not can_solve_limits(problem)
        return
    raise AssertionError(f"no problem with {family} was drawn")
