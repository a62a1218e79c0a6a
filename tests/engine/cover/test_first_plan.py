"""A plan to begin with where the rules demand one."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from siting.engine.shared.options import placed, possible
from siting.problem import Problem
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
