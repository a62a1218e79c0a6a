"""Coverage against money: the best plan for each of several budgets, each with its proven gap.

*Free* plans are best for their own budget (:mod:`siting.analysis.studies.parametric`). *Nested*
plans open only more and more: each keeps all that the one before opened, as a programme that grows
does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.analysis.arguments import problem_of
from siting.analysis.studies.bounds import Ceilings
from siting.analysis.studies.constraints import keep, with_rule
from siting.analysis.studies.knees import Knee, knees
from siting.analysis.studies.parametric import RULE, Axis, closed, free_plans, no_worse
from siting.analysis.study import Study, beats
from siting.errors import ArgumentError
from siting.models.traits import models_that, traits_of
from siting.notice import Notice
from siting.problem import Place, Problem
from siting.problem.vehicles import option_kinds
from siting.result import Result, counts, relative_gap
from siting.result.accounting import gains_somebody
from siting.solving import solve
from siting.solving.auto import engine_of
from siting.solving.parametric import can_solve_limits

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario

LIMIT: dict[Axis, str] = {"budget": "budget", "outlets": "most_outlets"}
GAINED: dict[Axis, str] = {"budget": "gained_per_100k", "outlets": "gained_per_outlet"}
"""Columns of the table, by axis: of the limit, and of what its last step gained."""
REACH_OUT = 2
"""The frontier goes on to this many times the budget that the problem states."""


@dataclass(frozen=True)
class Point:
    """One budget and the best plan found for it."""

    limit: int
    """Money, or number of outlets."""
    result: Result
    bound: float | None
    """The tightest that any of the frontier's proofs gives here."""
    seconds: float
    nested: Result | None = None

    @property
    def gap(self) -> float | None:
        """Of the free plan."""
        return relative_gap(self.result.objective, self.bound)

    @property
    def status(self) -> str:
        """The result's; optimal also when another point's proof meets the plan."""
        return "optimal" if self.gap == 0 else self.result.status

    @property
    def nested_gap(self) -> float | None:
        """How far the nested plan can be from the best plan of any kind for this budget: in the
        first tier, where tiers are optimised one after the other and it has fewer people there."""
        if self.nested is None:
            return None
        first = next(iter(self.nested.tiers), None)
        if first is not None and first in self.result.tiers:
            least, most = self.nested.tiers[first]["objective"], self.result.tiers[first]
            if least is not None and least < (most["objective"] or 0.0):
                return relative_gap(least, most["bound"])
        return relative_gap(self.nested.objective, self.bound)


@dataclass(frozen=True)
class Frontier:
    """The points in ascending order of money."""

    axis: Axis
    points: tuple[Point, ...]
    seconds: float
    largest: Problem
    """With the largest limit; where even that has no plan, it tells why."""
    knees: tuple[Knee, ...] = field(default=())

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a point; objective and bound in the model's unit, ``gained_per_100k`` what the
        last step of money gained per 100,000 (or per outlet); ``knee``: main, bend or empty."""
        import pandas as pd

        rows = []
        names = {knee.x: "main" if knee.strongest else "bend" for knee in self.knees}
        last: tuple[int, float] = (0, 0.0)
        opened = counts([point.result.plan for point in self.points])
        for point, count in zip(self.points, opened, strict=True):
            del count["sites"]
            plan, found = point.result.plan, point.result.objective
            step = 100_000 if self.axis == "budget" else 1
            gained = None
            if found is not None and point.limit > last[0]:
                gained = (found - last[1]) / (point.limit - last[0]) * step
                last = point.limit, found
            nested = None if point.nested is None else point.nested.objective
            rows.append(
                {
                    LIMIT[self.axis]: point.limit,
                    "status": point.status,
                    "objective": found,
                    "bound": point.bound,
                    "gap": point.gap,
                    "spent": None if plan is None else plan.budget["spent"],
                    **count,
                    GAINED[self.axis]: gained,
                    "nested_objective": nested,
                    "nested_gap": point.nested_gap,
                    "knee": names.get(float(point.limit), ""),
                    "seconds": point.seconds,
                }
            )
        return pd.DataFrame(rows)

    def record(self) -> dict[str, Any]:
        """The plans for a page or another program: ``axis``, ``n_options``, ``points`` (``limit``,
        ``objective``, ``bound``, ``gap``, ``status``, ``spent``, ``options``: positions, None
        without a plan), ``knees`` (``x``, ``strongest``)."""
        points = []
        for point in self.points:
            plan = point.result.plan
            points.append(
                {
                    "limit": point.limit,
                    "objective": point.result.objective,
                    "bound": point.bound,
                    "gap": point.gap,
                    "status": point.result.status,
                    "spent": None if plan is None else plan.budget.spent,
                    "options": None if plan is None else plan.options.tolist(),
                }
            )
        knees = [{"x": knee.x, "strongest": bool(knee.strongest)} for knee in self.knees]
        return {
            "axis": self.axis,
            "n_options": self.largest.n_options,
            "points": points,
            "knees": knees,
        }


def frontier(
    asked: Problem | Scenario,
    limits: Sequence[int] | None = None,
    points: int = 10,
    *,
    nested: bool = True,
    study: Study | None = None,
) -> Frontier:
    """Best coverage for each of several budgets (numbers of outlets where nothing costs).

    Args:
        asked: a problem whose model counts people, or the scenario of one.
        limits: the budgets, whole currency units; default ``points`` evenly spaced ones up to twice
            the stated budget, or up to what covers all that can be covered if that is less.
        nested: also plans that only grow.
        points: how many budgets, where they are not given.
        study: settings; its time is for the whole frontier.

    Returns:
        One point a budget, in ascending order; ``table`` has a row for each.

    Raises:
        ArgumentError: the model does not count people, or limits that are none.
    """
    problem = problem_of(asked)
    if traits_of(problem.objective.model).minimised:
        counted = ", ".join(models_that(lambda traits: not traits.minimised))
        raise ArgumentError(
            Notice("fault.frontier_model", counted=counted, model=problem.objective.model)
        )
    study = study or Study()
    axis: Axis = "budget" if problem.priced else "outlets"
    chosen = _limits(problem, axis, limits, points, study)
    ceilings = Ceilings()
    limited = [_at(problem, axis, limit) for limit in chosen]
    n = len(chosen)
    free, seconds = free_plans(limited, chosen, axis, study, ceilings, n if nested else 0)
    grown = _grown(limited, chosen, free, study, ceilings, seconds) if nested else [None] * n
    told = tuple(
        Point(limit, _better(result, more), ceilings.bound(problem, result, limit), spent, more)
        for limit, result, more, spent in zip(chosen, free, grown, seconds, strict=True)
    )
    curve = [(0.0, 0.0)] + [
        (float(p.limit), p.result.objective)
        for p in told
        if p.limit and p.result.objective is not None
    ]
    return Frontier(axis, told, study.clock.seconds, limited[-1], tuple(knees(curve)))


def _better(free: Result, nested: Result | None) -> Result:
    """A nested plan is a plan: where the clock left the free one behind it, it takes its place."""
    if nested is None or not beats(nested, free):
        return free
    return no_worse(free, nested)


def _at(problem: Problem, axis: Axis, limit: int) -> Problem:
    return problem.replace(budget=limit) if axis == "budget" else problem.replace(p=limit)


def _limits(
    problem: Problem, axis: Axis, given: Sequence[int] | None, points: int, study: Study
) -> list[int]:
    if given is not None:
        if not len(given) or min(given) < 0:
            raise ArgumentError(Notice("fault.limits", given=list(given)))
        return sorted({int(limit) for limit in given})
    if points < 1:
        raise ArgumentError(Notice("fault.points", points=points))
    stated = [int(r.rhs[0]) for r in problem.rules if r.about.key is RULE[axis]]
    most = enough(problem, axis, study)
    if stated and stated[0] > 0:
        top = REACH_OUT * stated[0]
        if most is not None and stated[0] < most < top:
            top = most
    else:
        top = most if most is not None else _everything(problem, axis)
    # Round numbers, two digits of a step, as budgets are written.
    unit = 10 ** max(0, floor(log10(max(1.0, top / points))) - 1)
    steps = {max(1, round(top * k / points / unit) * unit) for k in range(1, points)}
    return sorted({*steps, max(1, ceil(top / unit) * unit)})


def _everything(problem: Problem, axis: Axis) -> int:
    if axis == "outlets":
        return max(1, int((option_kinds(problem) == Place.PREMISES).sum()))
    return int(problem.options.cost.sum() + problem.opening_cost.sum())


def enough(problem: Problem, axis: Axis, study: Study) -> int | None:
    """What a greedy plan spends until nobody more can be gained; None when it says nothing.

    Other rules stay, so this is what money can be used for, not what the best plan needs.
    """
    if engine_of(problem, problem.objective) != "cover":
        return None
    free = replace(problem, rules=tuple(r for r in problem.rules if r.about.key is not RULE[axis]))
    if axis == "outlets":
        free = replace(free, objective=replace(free.objective, p=None))
    result = solve(free, method="greedy", time_limit=study.time_limit, seed=study.seed)
    if result.plan is None or not len(result.plan):
        return None
    if gains_somebody(free, result.plan.options).any() and not free.rules:
        return None
    return int(result.plan.budget["spent"]) if axis == "budget" else len(result.plan.fixed)


def _grown(
    asked: Sequence[Problem],
    limits: Sequence[int],
    free: Sequence[Result],
    study: Study,
    ceilings: Ceilings,
    seconds: list[float],
) -> list[Result | None]:
    """Plans that keep what the one before opened; the first is the free plan.

    The greedy's plan does where the proofs of the free plans put it within the gap that was asked.
    """
    grown: list[Result | None] = []
    kept = np.zeros(0, np.int64)
    for at, (each, limit) in enumerate(zip(asked, limits, strict=True)):
        begun = study.clock.seconds
        if study.interrupted:
            grown.append(None)
            continue
        if not len(kept):
            result = free[at]
        else:
            locked = with_rule(each, keep(each, "nested", kept))
            rest, note = len(limits) - at, Notice("progress.nested", n=limit)
            quick = None
            if study.gap > 0 and can_solve_limits(each):
                quick = study.solve(locked, kept, rest=rest, note=note, method="greedy")
            if quick is not None and closed(ceilings, each, quick, limit, study.gap):
                result = quick
            else:
                begin = kept if quick is None or quick.options is None else quick.options
                result = study.solve(locked, begin, rest=rest, note=note)
        if result.options is not None:
            kept = result.options
        grown.append(result)
        seconds[at] += study.clock.seconds - begun
    return grown
