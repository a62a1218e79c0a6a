"""Where there is nobody, nothing or nowhere, every formulation still has its plain answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from siting.models import MODELS
from siting.problem import Model, Objective, Problem
from siting.problem.reach import Reach
from siting.solvers import SOLVERS
from siting.solvers.child import WarmSolver
from siting.solving.exact import solve_exact
from siting.verification.judge import verify
from tests.tools.examples import example

Warm = Callable[[str], WarmSolver]
FREE = example().replace(rules=(), spacings=(), min_coverage=())
NOTHING: dict[str, Problem] = {
    "no options": FREE.replace(options=FREE.options.take(np.zeros(0, np.int64))),
    "no targets": FREE.replace(targets=()),
    "nobody": FREE.replace(persons=FREE.persons * 0),
    "no weights": FREE.replace(targets=tuple(replace(t, weight_micro=0) for t in FREE.targets)),
    "no way": FREE.replace(reach=Reach.empty(3, 4)),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("case", NOTHING)
def test_nothing_to_do_is_an_optimum(case: str, model: Model, warm: Warm) -> None:
    """Nothing is opened, and that is proven; only a share that nobody can reach is infeasible."""
    share = Fraction(1, 2) if model == "partial_cover" else None
    problem = NOTHING[case].under(Objective(model, share=share, p=2))
    found = solve_exact(problem, problem.objective, "highs", solver=warm("highs"))
    if model == "partial_cover" and case in ("no options", "no way"):
        assert found.status == "infeasible"
        return
    assert found.status == "optimal"
    assert found.objective == found.bound
    assert found.options is not None and len(found.options) == 0
    assert verify(problem, found).ok


@pytest.mark.parametrize("solver", [name for name in SOLVERS if name != "benders"])
def test_every_solver_takes_a_program_without_columns(solver: str, warm: Warm) -> None:
    """No column at all is an optimum of nothing, or infeasible, for every solver alike."""
    problem = NOTHING["no options"].under(Objective())
    found = solve_exact(problem, problem.objective, solver, solver=warm(solver))
    assert (found.status, found.objective, found.bound) == ("optimal", 0.0, 0.0)
    half = problem.under(Objective("partial_cover", share=Fraction(1, 2)))
    assert solve_exact(half, half.objective, solver, solver=warm(solver)).status == "infeasible"
