"""Bounds without a certificate."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given

from siting.problem import Objective, Problem
from siting.verification.fallback import plain_bound
from siting.verification.objectives import KNOWN, step_of, unit_of
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.problems import problems
from tests.verification.test_evaluation import MODELS

SPECS = (Objective(), *MODELS)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.model}-{spec.times}")
def test_plain_bounds_are_valid_and_optima_attainable(spec: Objective) -> None:
    """No plan beats the plain bound, and every optimum is a multiple of the attainable step."""

    @examples(40)
    @given(problems(without={"capacity"}))
    def check(problem: Problem) -> None:
        best = brute_best(problem, spec)
        if best.objective is None:
            return
        optimum = best.objective * (
            Fraction(1) if spec.model == "p_center" else unit_of(problem, spec)
        )
        bound = plain_bound(problem, spec)
        assert bound <= optimum if KNOWN[spec.model].minimised else bound >= optimum
        step = step_of(problem, spec)
        if step is not None:
            assert optimum % step == 0

    check()


@examples(40)
@given(problems({"capacity", "existing", "fractions"}))
def test_what_can_be_served_is_a_multiple_of_the_step(problem: Problem) -> None:
    """With capacities the step is the largest unit that divides people and capacities."""
    best = brute_best(problem)
    assert best.objective is not None
    step = step_of(problem, problem.objective)
    assert step is not None
    assert best.objective * unit_of(problem, problem.objective) % step == 0
    assert plain_bound(problem, problem.objective) >= best.objective * unit_of(
        problem, problem.objective
    )
