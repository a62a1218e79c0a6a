"""A plan to begin with where the rules demand one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.cover.greedy import solve_greedy
from siting.engine.shared.options import placed, possible
from siting.problem import (
    UNLIMITED,
    Labels,
    MinCoverage,
    Objective,
    Options,
    Outlets,
    Problem,
    Target,
    rules,
)
from siting.problem.reach import Reach
from siting.progress import Progress, Stop
from siting.solving import solve
from siting.verification.evaluation import evaluate
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.problems import problems

QUICK = examples(12)
DEMANDING = {
    "hub",
    "require",
    "floor_share",
    "min_coverage",
    "move",
    "add_on",
    "together",
    "budget",
    "floor",
    "sizes",
    "phases",
    "opening",
}


@QUICK
@given(problems(among=DEMANDING, max_options=8))
def test_the_city_engine_has_a_plan_exactly_when_there_is_one(problem: Problem) -> None:
    """Hubs, required sites, least floors and least coverages leave it neither without a plan nor
    with one that breaks them; it calls infeasible only what is, and its bound is valid."""
    truth = brute_best(problem)
    found = solve(problem, method="city", work_limit=3000, time_limit=None, threads=1, seed=1)
    assert (found.options is None) == (truth.options is None)
    if truth.options is None or found.options is None:
        assert found.status == "infeasible"
        return
    assert evaluate(problem, found.options).feasible
    if found.bound is not None and len(found.tiers) < 2:
        assert truth.objective is not None
        assert found.bound >= float(truth.objective * problem.unit) * (1 - 1e-9)


@QUICK
@given(problems(among={"sizes", "floor", "budget", "counts", "phases"}))
def test_a_size_that_was_left_out_is_replaced(problem: Problem) -> None:
    """Every option of a plan has a stand-in of its site, format, phase and action among the
    options kept, unless that place has none left; one that is kept stands for itself."""
    o = problem.options
    kept = np.flatnonzero(possible(problem, np.ones(problem.n_targets, np.bool_)))
    for plan in np.arange(problem.n_options)[:, np.newaxis]:
        found = kept[placed(problem, kept, plan)]
        if np.isin(plan[0], kept):
            assert found.tolist() == plan.tolist()
            continue
        alike = (o.site == o.site[plan[0]]) & (o.format == o.format[plan[0]])
        alike &= (o.phase == o.phase[plan[0]]) & (o.action == o.action[plan[0]])
        assert len(found) == min(1, int(alike[kept].sum()))
        assert alike[found].all()


def test_quality_formats_take_nothing_from_what_the_greedy_gave_basic_ones() -> None:
    """A vehicle's stops win nobody of the quality tier: while that is filled up they stay, though
    with their money, and the shop that a least share asks for, one more gym could be had.

    A stop reaches 50 people and needs the vehicle, a shop reaches 40, the gyms 30 and 25.
    """
    point = np.arange(4)
    problem = Problem(
        persons=1000 * np.array([[50, 40, 30, 25]]),
        reach=Reach.from_pairs(point + 1, point, np.zeros(4, np.int32), 5, 4),
        options=Options.of([0, 1, 2, 3, 4], [0, 0, 1, 2, 2], [5, 1, 5, 5, 5]),
        targets=(Target(0, 0, 0), Target(1, 0, 0), Target(2, 0, 0, tier="quality")),
        site_area=np.full(5, UNLIMITED),
        opening_cost=np.zeros(5, np.int64),
        outlets=Outlets.none(4),
        labels=Labels(formats=("van", "shop", "gym")),
        objective=Objective(order="tiers"),
    )
    need = np.array([-1, 1, 0, 0, 0])
    asked = MinCoverage("shops", (1,), Fraction(1, 4))
    problem = problem.replace(
        rules=(rules.supplied(problem, "van", need),), min_coverage=(asked,), budget=16
    )
    found = solve(problem, method="greedy", threads=1)
    assert {tier: line["objective"] for tier, line in found.tiers.items()} == {
        "basic": 90,
        "quality": 30,
    }


@examples(40)
@given(problems({"tiers", "mobile", "min_coverage", "budget"}, max_options=12), st.integers(0, 9))
def test_a_later_tier_leaves_an_earlier_one_what_it_has(problem: Problem, seed: int) -> None:
    """Whatever the rules: the greedy's plan reaches as many people of basic formats as before the
    quality formats were filled up."""
    problem = problem.under(Objective(order="tiers"))
    told: list[Progress] = []
    found = solve_greedy(problem, problem.objective, Stop(), seed, listener=told.append)
    if found.options is None or len(told) < 2:
        return
    first = next(news.plan for news in told if news.tier == "basic")
    assert first is not None
    before, after = first(), evaluate(problem, found.options)
    assert before is not None
    assert after.tiers["basic"] >= evaluate(problem, before).tiers["basic"]
