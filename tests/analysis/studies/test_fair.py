"""The fair plan in rounds: a valid bound, and never worse than the plan of the best sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given

from siting.analysis.studies import fair
from siting.analysis.studies.fair import EQUAL, best_sum_and_fair
from siting.analysis.studies.max_min import FairPlan
from siting.analysis.studies.shares import district_people, named_shares
from siting.analysis.study import Study
from siting.problem import Labels, Problem
from siting.verification.evaluation import evaluate
from tests.tools.brute import brute_score, feasible_plans
from tests.tools.depth import examples
from tests.tools.problems import build, problems

RULES = {"budget", "floor", "counts", "existing", "weights", "min_coverage", "phases", "apart"}


def by_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a city."""
    monkeypatch.setattr(fair, "choose", lambda *_: "city")
    monkeypatch.setattr(fair, "may_run_beside", lambda *_: False)
    monkeypatch.setattr(fair, "MOST_ROUNDS", 4)


@examples(5)
@given(problem=problems(among=RULES, max_options=7))
def test_no_plan_is_above_the_bound(problem: Problem) -> None:
    """The worst share of every plan there is lies within it; the plan keeps every rule."""
    assume(district_people(problem).any())
    with pytest.MonkeyPatch.context() as patch:
        by_rounds(patch)
        best, found = best_sum_and_fair(problem, Study(time_limit=20), lambda note: None)
    plans = [plan for plan in feasible_plans(problem) if brute_score(problem, plan) is not None]
    if not plans:
        assert found.status == "infeasible"
        return
    assert found.plan is not None
    assert best.options is not None
    assert not evaluate(problem, found.plan.options).violations
    worst = [min(named_shares(problem, np.flatnonzero(plan)).values()) for plan in plans]
    assert found.worst_bound >= max(worst) - 1e-9
    assert found.worst_bound >= min(found.shares.values())
    assert min(found.shares.values()) >= min(named_shares(problem, best.options).values()) - EQUAL


def test_the_worst_district_is_lifted_by_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three outlets: the best sum gives both to one district, the fair plan one to each."""
    by_rounds(monkeypatch)
    far = 9.0
    costs = np.array([[1, far, far, far], [far, 1, far, far], [far, far, 1, far]]).T
    problem = Problem.from_matrix(costs, np.array([50, 50, 40, 60]), 2.0).replace(
        point_district=np.array([0, 0, 1, 1], np.int32),
        p=2,
        labels=Labels(sites=("0", "1", "2"), districts=("a", "b")),
    )
    told: list[str] = []
    best, found = best_sum_and_fair(problem, Study(time_limit=200), told.append)
    assert best.objective == 100
    assert found.shares == {"a": 0.5, "b": 0.4}
    assert found.objective == 90
    assert 0.4 <= found.worst_bound <= 0.6
    assert told[0] == "round 1: worst-served district 0.0%, no plan above 50.0%"


def test_more_districts_than_stages_go_by_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty districts are no refusal."""
    monkeypatch.setattr(fair, "MOST_ROUNDS", 2)
    problem = build(frozenset({"budget"}), 6, 60, 2, 2, np.uint16, np.random.default_rng(1))
    problem = problem.replace(
        point_district=np.arange(60, dtype=np.int32) % 50,
        labels=replace(problem.labels, districts=tuple(f"d{k}" for k in range(50))),
    )
    _, found = best_sum_and_fair(problem, Study(time_limit=20), lambda note: None)
    assert len(found.shares) == len(np.flatnonzero(district_people(problem)))


def test_what_stages_leave_open_is_no_worse_than_the_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages cut off by the clock may have nothing better than no outlet at all."""
    problem = build(frozenset({"budget"}), 8, 12, 2, 2, np.uint16, np.random.default_rng(3))
    problem = problem.replace(
        point_district=np.zeros(12, np.int32), labels=replace(problem.labels, districts=("a",))
    )
    none = np.zeros(0, np.int64)
    shares = named_shares(problem, none)
    cut = FairPlan("feasible", None, 0.0, shares, shares, False, 0.9)
    monkeypatch.setattr(fair, "fair_plan", lambda *_, **__: cut)
    best, found = best_sum_and_fair(problem, Study(time_limit=20), lambda note: None)
    assert found.objective == best.objective
    assert found.worst_bound == pytest.approx(max(0.9, *found.shares.values()))
