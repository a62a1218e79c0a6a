"""Towns whose outlets may change: the software finds what trying every plan by hand finds.

``standing_plans`` judges plans from the contract's words, phase by phase, and knows nothing of the
options and rules that the software makes of a scenario.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given

import siting
from siting.solvers.pool import SolverPool
from tests.tools.depth import examples
from tests.tools.standing_compare import differences, problem_of, table_of, told_worth
from tests.tools.standing_draws import draw_town
from tests.tools.standing_plans import Judge
from tests.tools.standing_search import best, choices, plan_of

SEEDS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def pool() -> Iterator[SolverPool]:
    """Solvers that stay warm."""
    with closing(SolverPool()) as made:
        yield made


def agree(seed: int, most_plans: int, pool: SolverPool) -> None:
    """HiGHS proves what trying every plan finds, with a plan that the town's own rules accept."""
    town = draw_town(seed, most_plans)
    judge = Judge(town)
    found, problem = best(judge), problem_of(town)
    result = siting.solve(problem, method="highs", threads=1, solvers=pool)
    if found is None:
        assert result.status == "infeasible"
        return
    assert result.status == "optimal"
    assert not differences(town, result, judge)
    assert told_worth(town, result) == found[0], found[1]
    assert siting.verify(problem, result).ok


@examples(6)
@given(seed=SEEDS)
def test_the_best_plan_is_the_best_of_all(pool: SolverPool, seed: int) -> None:
    """Feasible or not, and how good: found and tried agree."""
    agree(seed, 2000, pool)


@examples(12)
@given(seed=SEEDS)
def test_every_plan_is_judged_alike(seed: int) -> None:
    """Good or bad, kept until whenever: worth as much, and within the rules or not."""
    judged_alike(seed, 40)


@pytest.mark.slow
@examples(200)
@given(seed=SEEDS)
def test_every_plan_of_many_is_judged_alike(seed: int) -> None:
    """The same of so many towns that rare meetings of rules and years are among them."""
    judged_alike(seed, 40)


def judged_alike(seed: int, n: int) -> None:
    """Judge ``n`` random plans of a town twice, under few of its rules: many plans then keep all
    but one, and that one is told."""
    town, rng = draw_town(seed, 10**9), Random(seed)
    kept = rng.sample(sorted(town.rules), min(len(town.rules), 1))
    town = replace(
        town,
        rules={key: town.rules[key] for key in kept},
        budget=town.budget if rng.random() < 0.3 else {},
    )
    judge, problem = Judge(town), problem_of(town)
    ways = choices(town)
    for _ in range(n):
        opens = rng.choice([0.1, 0.3, 0.6])
        eager = [0.6] * len(town.outlets) + [opens] * (len(ways) - len(town.outlets))
        plan = plan_of(
            [
                rng.choice(each) if rng.random() < often else each[0]
                for each, often in zip(ways, eager, strict=True)
            ]
        )
        there, table = judge.there(plan), table_of(town, plan)
        score, broken = siting.score(problem, table), list(judge.broken(plan, there))
        assert score.feasible == (not broken), (plan, broken, score.violations)
        assert Fraction(str(score.objective)) == sum(judge.worth(there)), plan


@pytest.mark.slow
@examples(100)
@given(seed=SEEDS)
def test_the_best_plan_is_the_best_of_all_of_many(pool: SolverPool, seed: int) -> None:
    """The same of larger towns, and of more."""
    agree(seed, 40_000, pool)


@examples(6)
@given(seed=SEEDS)
def test_the_large_scale_road_stays_within_the_rules(pool: SolverPool, seed: int) -> None:
    """Its plan keeps the town's own rules, and no plan that does is beyond its bound."""
    road(seed, 2000, pool)


def road(seed: int, most_plans: int, pool: SolverPool) -> None:
    """What ``city`` finds with little work against the best of all plans."""
    town = draw_town(seed, most_plans)
    judge = Judge(town)
    found, problem = best(judge), problem_of(town)
    result = siting.solve(
        problem, method="city", time_limit=None, work_limit=20, threads=1, solvers=pool
    )
    if result.plan is not None:
        assert found is not None
        assert not differences(town, result, judge)
        assert told_worth(town, result) <= found[0]
        assert siting.verify(problem, result).ok
    if found is None:
        assert result.status in ("infeasible", "no_solution")
    elif result.bound is not None:
        assert sum(found[0]) <= result.bound
