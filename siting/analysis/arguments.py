"""What a study is asked of: a problem or its scenario, and a plan in any form it comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import Problem
from siting.result import Plan, Result
from siting.solving.warm_start import positions

if TYPE_CHECKING:
    from siting.scenario import Scenario

Ints = NDArray[np.int64]


def problem_of(asked: Problem | Scenario) -> Problem:
    """The problem that a study is asked of, without wishes: a study's figures are of what counts
    and of rules. Raises InputError with the faults of a scenario."""
    problem = asked if isinstance(asked, Problem) else asked.problem()
    return problem.replace(wishes=()) if problem.wishes else problem


def plan_options(problem: Problem, plan: Result | Plan | Any) -> Ints:
    """Option positions of a plan of this problem, ascending, shape (n_opened,).

    Args:
        plan: a Result or Plan of this problem, or the positions themselves.

    Raises:
        ArgumentError: a result without a plan, or positions outside the problem.
    """
    if isinstance(plan, Result):
        if plan.options is None:
            raise ArgumentError(Notice("fault.result_without_plan", status=plan.status))
        plan = plan.options
    elif isinstance(plan, Plan):
        plan = plan.options
    return positions(plan, problem.n_options, "plan", "options")
