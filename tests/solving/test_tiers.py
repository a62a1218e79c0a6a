"""Tiers one after the other: which, in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from siting.problem import TIERS, Objective
from siting.problem.tiers import tiers_in_order
from tests.tools.examples import example


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
