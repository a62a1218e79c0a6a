"""Every model on every solver that claims it: the same optimum, the truth by plain enumeration."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from siting.errors import ArgumentError
from siting.exact import formulation, solve_exact
from siting.problem import Model, Problem
from siting.solution import Solution
from siting.solvers import SOLVERS
from siting.solvers.base import load
from siting.solvers.child import WarmSolver
from siting.verifying import verify
from tests.brute import Best, brute_best
from tests.models.cases import MODELS, random_case

Warm = Callable[[str], WarmSolver]
PAIRS = [
    (model, solver)
    for model in MODELS
    for solver in SOLVERS
    if not load(solver).FEATURES.models or model in load(solver).FEATURES.models
]


def in_model_units(problem: Problem, value: int | Fraction) -> float:
    """An enumerated value in the unit that results are told in."""
    if problem.objective.model in ("max_cover", "capacitated_cover", "backup_cover", "p_median"):
        return float(value * problem.unit)
    if problem.objective.model == "complete_circle":
        return float(value / problem.person_units)
    return float(value)


def agree(problem: Problem, solution: Solution, best: Best) -> None:
    """The solution is what enumeration found, and verification believes the plan."""
    if best.objective is None:
        assert solution.status == "infeasible"
        return
    wanted = in_model_units(problem, best.objective)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(wanted, abs=1e-6)
    assert solution.bound == pytest.approx(wanted, abs=1e-6)
    checked = verify(problem, solution)
    assert checked.ok, checked.violations
    assert checked.objective == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("model", "solver"), PAIRS)
def test_every_solver_finds_the_enumerated_optimum(model: Model, solver: str, warm: Warm) -> None:
    """All solvers agree with plain enumeration, under random combinations of all rules."""
    tried = 0
    for seed in range(8):
        problem = random_case(model, seed)
        one_of_ours = warm(solver)
        only = one_of_ours.features.models
        if only and formulation(problem, problem.objective).__name__.split(".")[-1] not in only:
            continue
        try:
            solution = solve_exact(problem, problem.objective, solver, solver=one_of_ours)
        except ArgumentError as refusal:
            assert solver == "cpsat" and "whole numbers" in str(refusal)
            assert problem.reach.cost.dtype.kind == "f"
            continue
        agree(problem, solution, brute_best(problem))
        tried += 1
    assert tried >= 4


@pytest.mark.parametrize("model", MODELS)
def test_random_rules_never_change_the_truth(model: Model, warm: Warm) -> None:
    """On many more random problems, HiGHS with each formulation finds the enumerated optimum."""
    for seed in range(1000, 1012 if model == "capacitated_cover" else 1024):
        problem = random_case(model, seed)
        solution = solve_exact(problem, problem.objective, "highs", solver=warm("highs"))
        agree(problem, solution, brute_best(problem))


@pytest.mark.parametrize("model", ["p_median", "p_center", "complete_circle"])
def test_benders_refuses_what_it_does_not_solve(model: Model, warm: Warm) -> None:
    """A solver refuses a model it does not declare, by name, before it is sent anything."""
    problem = random_case(model, 3)
    with pytest.raises(ArgumentError, match=f"benders solves .*got model '{model}'"):
        solve_exact(problem, problem.objective, "benders", solver=warm("benders"))


def test_cpsat_refuses_fractions() -> None:
    """CP-SAT takes whole numbers only and says which one is not."""
    problem = random_case("p_center", 2, without=frozenset({"require"}))
    assert (problem.reach.cost % 1).any()
    with pytest.raises(ArgumentError, match="cpsat needs whole numbers; got"):
        solve_exact(problem, problem.objective, "cpsat")
