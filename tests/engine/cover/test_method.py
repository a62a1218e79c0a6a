"""The large-scale engine against plain enumeration, with every rule family in turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.cover.method import solve_city
from siting.engine.params import EngineParams
from siting.problem import Problem
from siting.progress import Stop
from siting.verification.evaluation import evaluate
from siting.verification.judge import recompute_bound
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.engine_town import town
from tests.tools.problems import FAMILIES, problems

SUPPORTED = FAMILIES - {"capacity"}
QUICK = examples(4)


def check(problem: Problem) -> None:
    """Plan feasible, bound valid, certificate valid, infeasible only when it is."""
    truth = brute_best(problem)
    solution = solve_city(problem, problem.objective, Stop(work_limit=1000), seed=1, threads=1)
    if truth.options is None:
        assert solution.options is None
        return
    assert solution.status != "infeasible"
    if solution.options is not None:
        judged = evaluate(problem, solution.options, problem.objective)
        assert not judged.violations
    if len(solution.certificates) == 1:
        best = truth.objective
        assert best is not None
        assert recompute_bound(problem, solution.certificates[0], problem.objective) >= best
        if solution.bound is not None:
            assert solution.bound >= float(best * problem.unit) * (1 - 1e-9) - 1e-9


@pytest.mark.parametrize("family", sorted(SUPPORTED))
def test_each_rule_alone(family: str) -> None:
    """With one family of rules the plan keeps it and no bound is below the optimum."""

    @QUICK
    @given(problems({family, "budget"}))
    def run(problem: Problem) -> None:
        check(problem)

    run()


@examples(20)
@given(problems(among=SUPPORTED))
def test_rules_together(problem: Problem) -> None:
    """Random combinations of rules: the plan keeps them all and no bound is below the optimum."""
    check(problem)


@examples(5)
@given(problems(among=SUPPORTED - {"tiers"}), st.integers(0, 3))
def test_same_seed_same_plan(problem: Problem, seed: int) -> None:
    """Without a clock the same seed and threads give the same plan."""
    runs = [
        solve_city(problem, problem.objective, Stop(work_limit=2000), seed=seed, threads=2)
        for _ in range(2)
    ]
    first, second = runs
    assert (first.options is None) == (second.options is None)
    if first.options is not None and second.options is not None:
        np.testing.assert_array_equal(first.options, second.options)
    assert first.bound == second.bound


@pytest.mark.parametrize("shared_plan", [1, 10_000])
def test_any_number_of_threads_makes_the_same_plan(shared_plan: int) -> None:
    """Where work ends the run: plan, bound and certificate to the bit, whether the searches have a
    plan each or share one."""
    problem = town(n_points=300, n_sites=60, seed=6)
    params = EngineParams.of(
        {"search": {"shared_plan": shared_plan}, "finish": {"small_links": 0, "links": 0}}
    )
    one, *others = (
        solve_city(
            problem, problem.objective, Stop(work_limit=4000), seed=5, threads=n, params=params
        )
        for n in (1, 2, 3)
    )
    assert one.statistics["proposals"] > 0
    for other in others:
        np.testing.assert_array_equal(other.options, one.options)
        assert other.bound == one.bound
        for a, b in zip(other.certificates, one.certificates, strict=True):
            np.testing.assert_array_equal(a.u, b.u)
            for mine, theirs in zip(a.theta, b.theta, strict=True):
                np.testing.assert_array_equal(mine, theirs)


def test_a_short_run_keeps_no_outlet_that_nobody_needs() -> None:
    """What a first plan opened too much is closed before it is told."""
    problem = town(n_points=300, n_sites=60, seed=6)
    solution = solve_city(problem, problem.objective, Stop(work_limit=45), seed=5)
    assert solution.options is not None
    assert not len(evaluate(problem, solution.options, problem.objective).useless)
