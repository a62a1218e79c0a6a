"""Every model on every solver that claims it: the same optimum, the truth by plain enumeration."""

from __future__ import annotations

import pytest

from siting.errors import ArgumentError
from siting.models import MODELS
from siting.problem import Model, Problem
from siting.problem.solution import Solution
from siting.solving.exact import solve_exact
from tests.tools.brute import brute_best
from tests.tools.conformance import (
    METHODS,
    README,
    Warm,
    agreement,
    claims,
    difference,
    written,
)
from tests.tools.examples import random_case

PAIRS = [(model, method) for model in MODELS for method in METHODS if claims(method, model)]
SHOWN = written(README.read_text(encoding="utf-8"))


def agree(problem: Problem, solution: Solution) -> None:
    """The solution is what enumeration found, and verification believes the plan."""
    best = brute_best(problem)
    assert (solution.status == "infeasible") == (best.objective is None)
    assert difference(problem, solution, best) is None


@pytest.mark.parametrize(("model", "method"), PAIRS)
def test_every_method_agrees_with_enumeration(model: Model, method: str, warm: Warm) -> None:
    """All methods agree with plain enumeration, and models/README.md says so of each."""
    tally = agreement(model, method, warm)
    assert not tally.faults
    assert tally.agreed >= 4
    assert SHOWN[model, method] == tally.cell, "run python -m tests.tools.conformance"


def test_the_table_claims_nothing_more() -> None:
    """A cell of models/README.md that no method claims is empty."""
    assert set(SHOWN) == {(model, method) for model in MODELS for method in METHODS}
    assert {pair for pair, cell in SHOWN.items() if cell != "–"} == set(PAIRS)


@pytest.mark.parametrize("model", MODELS)
def test_random_rules_never_change_the_truth(model: Model, warm: Warm) -> None:
    """On many more random problems, HiGHS with each formulation finds the enumerated optimum."""
    for seed in range(1000, 1012 if model == "capacitated_cover" else 1024):
        problem = random_case(model, seed)
        solution = solve_exact(problem, problem.objective, "highs", solver=warm("highs"))
        agree(problem, solution)


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
