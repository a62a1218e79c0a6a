"""From a claim to a verified bound: whose word counts for which tier."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.progress import Stop
from siting.solving import outcome, solve
from siting.solving.outcome import WHOLE, proven, verified
from siting.verification.judge import verify
from tests.tools.brute import brute_best
from tests.tools.problems import build


def checked(tiers: dict[str, float], bound: float | None) -> Any:
    """A verification of a plan with two tiers."""
    judged = SimpleNamespace(tiers={"basic": 10, "quality": 4})
    return SimpleNamespace(evaluation=judged, tier_bounds=tiers, bound=bound)


def claim(bound: float | None, tiers: dict[str, float]) -> Any:
    """A solution with multipliers whose solver speaks for some tiers."""
    return Solution(
        "feasible",
        np.zeros(0, np.int64),
        bound=bound,
        bound_proof="solver",
        certificates=(None,),  # type: ignore[arg-type]
        tier_bounds=tiers,
    )


def test_a_solver_speaks_for_its_tier_and_multipliers_for_theirs() -> None:
    """The tree's bound of one tier and the recomputed bound of the other add up."""
    bounds, proof = proven(
        checked({"basic": 12.0, "quality": 5.0}, 17.0), claim(None, {"basic": 10.0}), Objective()
    )
    assert (bounds, proof) == ({WHOLE: 15.0, "basic": 10.0, "quality": 5.0}, "solver")


def test_the_least_of_all_known_bounds_counts() -> None:
    """Of each tier whoever proved more, and of the whole no more than the tiers' sum."""
    bounds, proof = proven(
        checked({"basic": 12.0, "quality": 5.0}, 17.0),
        claim(19.0, {"basic": 11.0, "quality": 8.0}),
        Objective(),
    )
    assert (bounds, proof) == ({WHOLE: 16.0, "basic": 11.0, "quality": 5.0}, "solver")
    bounds, proof = proven(
        checked({"basic": 12.0, "quality": 5.0}, 17.0), claim(None, {"basic": 13.0}), Objective()
    )
    assert (bounds, proof) == ({WHOLE: 17.0, "basic": 12.0, "quality": 5.0}, "certificate")


def test_a_tier_that_nobody_bounds_leaves_the_sum_open() -> None:
    """Without a bound of every tier there is none of the whole."""
    bounds, proof = proven(checked({}, None), claim(None, {"basic": 10.0}), Objective())
    assert (bounds, proof) == ({}, None)


@pytest.mark.parametrize("seed", range(3))
def test_two_tiers_of_the_engine_never_claim_less_than_the_plan(seed: int) -> None:
    """Whatever closes which tier, the run ends with a bound at or above its own plan."""
    on = frozenset({"budget", "tiers", "existing", "opening"})
    problem = build(on, 5, 9, 2, 9, np.uint16, np.random.default_rng(seed))
    result = solve(problem, method="city", threads=1, work_limit=3000, time_limit=None, seed=seed)
    if result.plan is not None and result.bound is not None:
        assert result.bound >= (result.objective or 0.0)


def town() -> Problem:
    """A problem in which people are to be won."""
    drawn = (
        build(frozenset({"budget"}), 4, 8, 1, 6, np.uint16, np.random.default_rng(seed))
        for seed in range(50)
    )
    return next(problem for problem in drawn if brute_best(problem).objective)


def test_every_claim_is_looked_at_before_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that would tell a gap of nothing where there is one keeps its plan, tells what did not
    stand, and claims what the judge found."""
    problem = town()
    best = solve(problem, method="highs", threads=1)
    assert best.status == "optimal" and best.objective
    monkeypatch.setattr(outcome, "attainable", lambda problem, judged, bound: judged.objective)
    worse = Solution("feasible", np.zeros(0, np.int64))
    told = verified(problem, problem.objective, worse, Stop())
    assert told.status == "feasible" and told.limit == "work" and told.plan is not None
    assert told.bound is not None and told.bound >= best.objective
    assert any("did not stand" in text for text in told.warnings)
    assert verify(problem, told).ok


@pytest.mark.parametrize("proof", ["solver", "certificate"])
def test_a_bound_that_is_beaten_takes_no_plan_with_it(
    proof: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stands behind it: the plan stays, another bound or none is told, and why."""
    problem = town()
    best = solve(problem, method="highs", threads=1)
    assert best.objective and best.options is not None
    beaten = best.objective / 2
    if proof == "certificate":
        monkeypatch.setattr(outcome, "proven", lambda *_: ({WHOLE: beaten}, "certificate"))
    given = Solution("feasible", best.options, bound=beaten, bound_proof="solver")
    told = verified(problem, problem.objective, given, Stop())
    assert told.objective == best.objective
    assert told.bound is None or told.bound >= best.objective
    assert told.limit and any("better than" in text for text in told.notes)
