"""Tiers one after the other: which, in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from siting.problem import TIERS, Objective
from siting.problem.tiers import tiers_in_order
from siting.progress import Stop
from siting.solving import exact
from siting.solving.stage import StageOutcome
from siting.solving.tree import KEPT
from tests.tools.examples import example
from tests.tools.problems import build


@pytest.mark.parametrize("weights", [(1, 1), (1, 0), (0, 1), (0, 0)])
def test_only_tiers_with_counted_people_take_a_step_and_only_two_need_an_order(
    weights: tuple[int, int],
) -> None:
    """A tier whose people weigh nothing is no step; one tier alone, or one sum, is one step."""
    problem = example()
    targets = tuple(
        replace(problem.targets[0], tier=tier, weight_micro=weight)
        for tier, weight in zip(reversed(TIERS), reversed(weights), strict=True)
    )
    problem = problem.replace(targets=targets, min_coverage=())
    counted = tuple(tier for tier, weight in zip(TIERS, weights, strict=True) if weight)
    steps = tiers_in_order(problem, Objective(order="tiers"))
    assert steps == (counted if len(counted) == 2 else ())
    assert tiers_in_order(problem, Objective(order="weighted")) == ()


def test_a_tier_leaves_time_to_the_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first tier may not take all the time while there is a plan: the later one has its part,
    and the last one all that is left but for the proof."""
    on = frozenset({"budget", "tiers"})
    problem = build(on, 5, 9, 2, 9, np.uint16, np.random.default_rng(0))
    spec = Objective(order="tiers")
    problem = problem.under(spec)
    assert len(tiers_in_order(problem, spec)) == 2
    ends: list[tuple[float, float]] = []

    def stage(run: Any, *args: Any, **more: Any) -> Any:
        ends.append((run.until, run.end))
        return StageOutcome("feasible", np.zeros(0, np.int64), None, "time")

    monkeypatch.setattr(exact, "solve_stage", stage)
    exact.solve_exact(problem, spec, "highs", Stop(time_limit=100.0))
    kept = KEPT * 100
    assert ends[1] == (100.0 - kept, 100.0 - kept)
    assert ends[0][0] == pytest.approx((1 - exact.LATER_SHARE) * (100 - kept), rel=0.05)
