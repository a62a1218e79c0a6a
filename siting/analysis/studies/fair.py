"""The fair plan by the method that its size asks for, beside the plan of the best sum.

What HiGHS can close is solved stage by stage (:mod:`siting.analysis.studies.max_min`), a city in
rounds, and what lies between both ways. Each round gives the districts weights and asks the
large-scale engine for the plan of the best weighted sum of shares. Since no worst share is above
any weighted mean,

    max_x min_d share[d](x)  <=  max_x Σ_d λ[d] share[d](x),    λ >= 0, Σ λ = 1

every round's verified bound is one on the worst-served district, whatever the weights. They follow
the shares reached (exponentiated gradient with Polyak's step), heavier where a plan serves less.
A district that cannot be lifted any more keeps the weight that holds it, and the next is lifted.

References: Kivinen and Warmuth, Exponentiated gradient versus gradient descent for linear
predictors, Information and Computation 132 (1997); Polyak, Minimization of unsmooth functionals,
USSR Computational Mathematics and Mathematical Physics 9 (1969).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.arguments import problem_of
from siting.analysis.studies.max_min import (
    MOST_DISTRICTS,
    SLACK,
    FairPlan,
    districts_to_lift,
    fair_plan,
    fair_plan_of,
)
from siting.analysis.studies.shares import (
    district_people,
    district_shares,
    named_shares,
    people_covered,
)
from siting.analysis.study import Study
from siting.notice import Notice
from siting.problem import Problem
from siting.result import Result
from siting.solving.arguments import threads_of
from siting.solving.auto import choose, may_run_beside
from siting.texts.numbers import share as told
from siting.verification.evaluation import evaluate

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario

Ints = NDArray[np.int64]
Float = NDArray[np.float64]

ROUNDS, LEAST_LEFT = 12, 3
"""The time is planned for so many rounds; none takes more than a third of what is left."""
ROUNDS_BEFORE = 0.15
"""Of the time, where stages follow that may be closed or not."""
MOST_ROUNDS = 40
EQUAL = 5e-4
"""Shares of one such step are equal when plans are compared, as districts are by the sum then."""
BLOCKED, PATIENCE = 0.7, 3
"""Weight of one district above which it is held, after so many rounds without a better plan."""
STEP, SHORTER = 1.5, 0.7
"""Times Polyak's step, and what the steps shrink by in a round without a better plan."""
WHOLE = 10**15
"""The weighted shares' sum in whole numbers of people: what rounding does is far below SLACK."""


@dataclass(frozen=True)
class Fair:
    """The fair plan beside the plan of the best sum."""

    best: Result
    """Of the best sum over everybody."""
    fair: FairPlan
    """The plan that lifts the worst-served district first, then the next."""
    best_shares: dict[str, float] = field(repr=False)
    """District -> weighted share of its people that the best sum covers; empty without a plan."""

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a district, the worst served by the fair plan first: shares of its weighted
        people ``today``, with the ``best_sum`` and with the ``fair`` plan; no row without plans."""
        import pandas as pd

        shares = self.fair.shares if self.best_shares else {}
        rows = [
            (name, self.fair.before[name], self.best_shares[name], shares[name])
            for name in sorted(shares, key=lambda name: (shares[name], name))
        ]
        return pd.DataFrame(rows, columns=["district", "today", "best_sum", "fair"])


def fair(asked: Problem | Scenario, study: Study | None = None) -> Fair:
    """The plan that lifts the worst-served district first, beside the one of the best sum.

    Args:
        asked: a problem whose people live in districts, or the scenario of one.
        study: settings; its time is for both plans together.

    Returns:
        Both plans, and each district's share under them.

    Raises:
        ArgumentError: plans of this problem cannot be compared by district.
        SolverError: a solver failed.
    """
    problem, study = problem_of(asked), study or Study()
    best, found = best_sum_and_fair(problem, study, study.tell)
    shares = {} if best.options is None else named_shares(problem, best.options)
    return Fair(best, found, shares)


def best_sum_and_fair(
    problem: Problem, study: Study, tell: Callable[[str], None]
) -> tuple[Result, FairPlan]:
    """The plan of the best sum, and the one that lifts the worst-served district first.

    Args:
        tell: hears what the stages or rounds are at.

    Raises:
        ArgumentError: plans of this problem cannot be compared by district.
        SolverError: a solver failed.
    """
    few = len(districts_to_lift(problem)) <= MOST_DISTRICTS
    problem = problem.under(replace(problem.objective, order="weighted"))
    city = not few or choose(problem, problem.objective, "auto") == "city"
    by_stages = few and (not city or may_run_beside(problem, problem.objective))
    best = study.solve(problem, rest=LEAST_LEFT if city else 2)
    if best.status == "infeasible":
        return best, FairPlan("infeasible", None, None, {}, {}, True)
    rounds = None if best.options is None else _Rounds(problem, study, best.options)
    if city and rounds is not None:
        rounds.run(ROUNDS_BEFORE if by_stages else 1.0, tell)
    found = FairPlan("no_solution", None, None, {}, {}, False)
    if by_stages:
        found = fair_plan(
            problem,
            study.clock,
            study.seed,
            threads_of(study.threads),
            tell,
            start=None if rounds is None else rounds.options,
        )
    return best, found if rounds is None else rounds.better(found)


class _Rounds:
    """Weights of districts, and the plan that serves the worst best so far."""

    def __init__(self, problem: Problem, study: Study, start: Ints):
        self.problem, self.study = problem, study
        self.everybody = district_people(problem)
        self.before = people_covered(problem)
        self.districts = np.flatnonzero(self.everybody)
        n = len(self.districts)
        self.log_weight = np.zeros(n)
        self.held = np.full(n, np.nan)
        """Share at which a district that cannot be lifted any more is held."""
        self.in_vain = 0
        self.options, self.shares = start, self._shares(start)
        self.bound = 1.0

    def run(self, part: float, tell: Callable[[str], None]) -> None:
        """Round by round until this part of the time is up, or nothing is left to lift."""
        clock = self.study.clock
        until = clock.seconds + part * clock.seconds_left
        for number in range(MOST_ROUNDS):
            if self.study.over or clock.seconds >= until or not np.isnan(self.held).any():
                return
            weight = self._weights()
            result = self.study.solve(
                self._weighted(weight),
                self.options,
                method="city",
                told=False,
                rest=round(max(LEAST_LEFT, ROUNDS - number) / part),
            )
            if result.bound is not None:
                self.bound = min(self.bound, self._bound_of(result.bound, weight))
            if result.options is None:
                return
            self._step(weight, self._shares(result.options), self._keep(result.options))
            worst = told(float(self.shares.min()), 1)
            tell(Notice("progress.round", k=number + 1, worst=worst, bound=told(self.bound, 1)))

    def better(self, found: FairPlan) -> FairPlan:
        """``found`` by stages, or the plan of the rounds where that serves the worst better."""
        bound = min(self.bound, found.worst_bound)
        if found.proven:
            return found
        if found.plan is not None and _ranked(found.shares.values()) >= _ranked(self.shares):
            return replace(found, worst_bound=bound)
        bound = max(bound, float(self.shares.min()))
        return fair_plan_of(self.problem, self.options, False, bound)

    def _shares(self, options: Ints) -> Float:
        return district_shares(self.problem, options, self.everybody)[self.districts]

    def _weights(self) -> Float:
        weight = np.exp(self.log_weight - self.log_weight.max())
        return np.asarray(weight / weight.sum())

    def _factor(self, weight: Float) -> Float:
        """What a person of each district counts, and in the end one of none; of ``WHOLE``."""
        factor = np.zeros(len(self.everybody) + 1)
        factor[self.districts] = weight * WHOLE / self.everybody[self.districts]
        return factor

    def _weighted(self, weight: Float) -> Problem:
        """The problem whose objective counts people weighed by district, rounded up.

        They are groups of their own, beside those whom minimum coverages count as they are.
        """
        problem = self.problem
        assert problem.point_district is not None
        at = np.where(problem.point_district >= 0, problem.point_district, -1)
        weighed = np.ceil(problem.persons * self._factor(weight)[at]).astype(np.int64)
        counted = [replace(t, group=t.group + len(problem.persons)) for t in problem.targets]
        needed = sorted(problem.needed)
        targets = counted + [counted[t] for t in needed if counted[t].weight_micro]
        for t in needed:
            targets[t] = replace(problem.targets[t], weight_micro=0)
        groups = problem.labels.groups
        labels = replace(problem.labels, groups=(*groups, *(f"{g} weighed" for g in groups)))
        return problem.replace(
            persons=np.vstack([problem.persons, weighed]), targets=tuple(targets), labels=labels
        )

    def _bound_of(self, bound: float, weight: Float) -> float:
        """The weighted mean of shares that a bound on the newly covered means."""
        d = self.districts
        before = float((weight * self.before[d] / self.everybody[d]).sum())
        return min(1.0, before + bound / float(self.problem.unit) / WHOLE + SLACK)

    def _keep(self, options: Ints) -> bool:
        """Whether a plan is better than the best so far, which it then takes the place of."""
        shares = self._shares(options)
        if _ranked(shares) <= _ranked(self.shares) or evaluate(self.problem, options).violations:
            return False
        self.options, self.shares = options, shares
        return True

    def _step(self, weight: Float, shares: Float, better: bool) -> None:
        """Follow the shares; hold a district that its weight does not lift any more."""
        free = np.isnan(self.held)
        below = free & (shares < (weight[free] * shares[free]).sum() / weight[free].sum())
        part = weight * free / weight[free].sum()
        away = shares - (part * shares).sum()
        largest = float(np.abs(away[free]).max())
        if below.any() and largest > 0:
            ahead = float((part * shares).sum() - shares[free].min())
            step = STEP * SHORTER**self.in_vain * ahead / largest**2
            self.log_weight[free] -= step * away[free]
        self.log_weight[~free & (shares < self.held - EQUAL)] += np.log(2.0)
        self.in_vain = 0 if better else self.in_vain + 1
        worst = int(np.argmax(part))
        if part[worst] > BLOCKED and self.in_vain >= PATIENCE:
            self.held[worst], self.in_vain = self.shares[worst], 0
            free = np.isnan(self.held)
            if free.any():
                # As heavy as the others together, which begin anew with even weights.
                self.log_weight[free] = 0.0
                self.log_weight[worst] = np.log(free.sum())


def _ranked(shares: Iterable[float]) -> tuple[int, ...]:
    """What plans are compared by: shares from the worst on, in steps of ``EQUAL``."""
    return tuple(np.sort(np.floor(np.array(list(shares)) / EQUAL + 1e-6).astype(np.int64)).tolist())
