"""The fair plan against trying every plan: no other has a better worst district, and so on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given

from siting.analysis.studies.max_min import fair_plan
from siting.analysis.studies.shares import district_people, named_shares
from siting.errors import ArgumentError
from siting.problem import Problem
from tests.tools.brute import brute_score, feasible_plans
from tests.tools.depth import examples
from tests.tools.problems import build, problems

RULES = {"budget", "floor", "opening", "counts", "existing", "weights", "require", "min_coverage"}


@examples(6)
@given(problems(among=RULES, max_options=7))
def test_no_plan_serves_the_worst_districts_better(problem: Problem) -> None:
    """Sorted from the worst, the shares are lexicographically the largest of all plans; among
    plans with these shares none covers more people in all."""
    assume(district_people(problem).any())
    found = fair_plan(problem)
    every = []
    for plan in feasible_plans(problem):
        score = brute_score(problem, plan)
        if score is not None:
            shares = sorted(named_shares(problem, np.flatnonzero(plan)).values())
            every.append((np.round(shares, 6).tolist(), int(sum(map(int, score)))))
    if not every:
        assert found.status == "infeasible"
        return
    assert found.proven
    best = max(every)
    assert sorted(found.shares.values()) == pytest.approx(best[0], abs=2e-6)
    assert found.objective == pytest.approx(best[1] * float(problem.unit))


def test_districts_are_needed() -> None:
    """Without districts there is nobody to be fair between."""
    problem = build(frozenset(), 3, 4, 1, 3, np.uint16, np.random.default_rng(0))
    with pytest.raises(ArgumentError, match="districts"):
        fair_plan(problem.replace(point_district=None))
    with pytest.raises(ArgumentError, match="reach"):
        fair_plan(problem.replace(respect_capacity=True))
