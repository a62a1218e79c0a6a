"""A whole plan explained: what binds, what more money buys, what each outlet is worth."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from siting.analysis.arguments import problem_of
from siting.analysis.studies.explain import outlet_lines
from siting.analysis.studies.marginal import (
    Binding,
    Purchase,
    binding,
    next_purchases,
    out_of_reach,
)
from siting.analysis.study import Study
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import Problem
from siting.result import Result
from siting.solving.auto import engine_of

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario


@dataclass(frozen=True)
class Explanation:
    """What stands behind a plan as a whole."""

    binding: tuple[Binding, ...]
    """Rules that bind, those with the highest price first."""
    budget: int
    """The larger budget of ``purchases``, whole currency units; 0 without one."""
    purchases: tuple[Purchase, ...]
    """What would be added to the plan with that budget, in the order of buying."""
    outlets: tuple[dict[str, Any], ...] | None
    """Every outlet with the weighted people lost without it, the most important first; None where
    the model does not count people covered."""
    out_of_reach: tuple[dict[str, Any], ...]
    """People whom nobody could serve whatever is spent, by format and group, in persons."""

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a rule that binds, with the fields of
        :class:`~siting.analysis.studies.marginal.Binding`."""
        import pandas as pd

        names = [field.name for field in fields(Binding)]
        rows = [[getattr(told, name) for name in names] for told in self.binding]
        return pd.DataFrame(rows, columns=names)


def explain(asked: Problem | Scenario, result: Result, study: Study | None = None) -> Explanation:
    """What binds and what more of it would gain, the next purchases, and the plan's outlets.

    Args:
        asked: the problem of the result, or its scenario.
        result: with a plan.
        study: settings; its time is for all solves together.

    Raises:
        ArgumentError: a result without a plan.
    """
    if result.options is None:
        raise ArgumentError(Notice("fault.result_without_plan", status=result.status))
    problem, study = problem_of(asked), study or Study()
    rules = binding(problem, result, study)
    budget, purchases = next_purchases(problem, result, study)
    outlets = None
    if engine_of(problem, result.spec) == "cover":
        outlets = tuple(outlet_lines(problem.under(result.spec), result.options))
    beyond = tuple(out_of_reach(problem))
    return Explanation(tuple(rules), budget, tuple(purchases), outlets, beyond)
