"""Really different plans that are nearly as good, and which sites all of them share.

Each further plan is the best that differs from every plan before it by a minimum number of sites
(or opens fewer outlets in one district), so the list is proven complete where a bound says that
no other plan comes within the wanted share of the best. Where tiers count, that is the best tier by
tier or, when this one gains too little in all, the one that gains most in all.

A method that proves nothing (the greedy, a run that time ended) may do better under such a rule
than without it. That plan is then the best found, and the list begins anew from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from siting.analysis.arguments import problem_of
from siting.analysis.studies.constraints import (
    fewer_in_district,
    other_sites,
    with_one_of,
    with_rule,
    without_options,
)
from siting.analysis.study import Study, beats, told_of, value
from siting.errors import ArgumentError
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import Action, Problem
from siting.problem.vehicles import site_kinds
from siting.result import Plan, Result, counts

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario

By = Literal["sites", "districts"]
Verdict = Literal["always", "sometimes", "never"]


@dataclass(frozen=True)
class Alternative:
    """One plan and how it was made to differ."""

    result: Result
    differs: str
    """Empty for the best plan found; else the districts with fewer outlets (", " between them), or
    the number of sites as text."""


@dataclass(frozen=True)
class SiteUse:
    """How a candidate site fares over all plans within the wanted share of the best."""

    site: str
    kind: str
    """"" for premises, "stop" or "vehicle" of a mobile unit."""
    verdict: Verdict
    plans: int
    """Of the plans found, those that open it."""
    proven: bool
    """Whether the verdict holds for every such plan, found or not."""


@dataclass(frozen=True)
class Alternatives:
    """What was found, the best plan first."""

    plans: tuple[Alternative, ...]
    """The first is the best found, and the best there is only where its status is optimal."""
    complete: bool
    """Proven: no further plan that differs enough comes within the share; by districts: none that
    has so many fewer in a district which no plan names."""
    sites: tuple[SiteUse, ...]
    within: Fraction
    seconds: float

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a plan: objective, its part of the best, money, outlets, sites that differ; where
        there are stops and vehicles, these apart, and the stops that differ."""
        import pandas as pd

        if not self.plans:
            return pd.DataFrame()
        best = self.plans[0].result
        rows = []
        opened = counts([alternative.result.plan for alternative in self.plans])
        for number, (alternative, count) in enumerate(zip(self.plans, opened, strict=True), 1):
            result = alternative.result
            assert result.plan is not None and best.plan is not None
            rows.append(
                {
                    "plan": number,
                    "objective": result.objective,
                    "of_best": _part(result.objective, best.objective),
                    "bound": result.bound,
                    "spent": result.plan.budget["spent"],
                    **count,
                    **_differing(result.plan.fixed, best.plan.fixed, "sites"),
                    **(
                        _differing(_stops(result.plan), _stops(best.plan), "stops")
                        if "stops" in count
                        else {}
                    ),
                    "differs": alternative.differs,
                }
            )
        return pd.DataFrame(rows)


def alternatives(
    asked: Problem | Scenario,
    within: Fraction | float = Fraction(2, 100),
    count: int = 5,
    least: int = 2,
    by: By = "sites",
    *,
    prove: bool = False,
    study: Study | None = None,
) -> Alternatives:
    """Several really different plans within a share of the best.

    Args:
        asked: a problem, or the scenario of one.
        within: how much worse than the best a plan may be, 0..1 (with tiers: in the first tier and
            in all).
        count: so many plans at most, the best included.
        least: premises or stops of every earlier plan that stay closed; with ``districts``, outlets
            or stops fewer than the best plan has in one district, and as many more or fewer in some
            district than every other plan. A vehicle more or less makes no other plan: what counts
            is where people are served.
        prove: solve once more for each site whose verdict would rest on the plans found alone,
            while there is time.
        by: what plans must differ in, ``sites`` or ``districts``.
        study: settings; its time is for all plans together.

    Returns:
        The plans, the best first, whether the list is proven complete, and how every candidate
        site fares; no plan where there is none.

    Raises:
        ArgumentError: values outside their range, or districts nobody named.
    """
    problem = problem_of(asked)
    within = Fraction(str(within)) if isinstance(within, float) else Fraction(within)
    if not 0 <= within <= 1:
        raise ArgumentError(Notice("fault.within_range", within=float(within)))
    if count < 1 or least < 1:
        raise ArgumentError(Notice("fault.count_least", count=count, least=least))
    if by == "districts" and problem.site_district is None:
        raise ArgumentError(Notice("fault.by_districts"))
    study = study or Study()
    problem = problem.under(problem.objective)
    best = study.solve(problem, rest=count)
    if best.plan is None:
        return Alternatives((), best.status == "infeasible", (), within, study.clock.seconds)
    while True:
        found = [Alternative(best, "")]
        try:
            if by == "districts":
                complete = _by_district(problem, found, within, count, least, study)
            else:
                complete = _by_sites(problem, found, within, count, least, study)
            uses = _verdicts(problem, found, within, study, prove)
        except _BetterPlanError as better:
            best = study.adopt(problem, better.result, best)
            continue
        return Alternatives(tuple(found), complete, uses, within, study.clock.seconds)


class _BetterPlanError(Exception):
    """A plan that was to be second is better than the first."""

    def __init__(self, result: Result):
        self.result = result


def _no_better(result: Result, best: Result) -> Result:
    """The result, if its plan is not the better one."""
    if result.plan is None:
        return result
    mine, its = value(result), value(best)
    if best.spec.tolerance and len(mine) > 1:  # more of an earlier tier is nothing better by itself
        if beats(result, best):
            raise _BetterPlanError(result)
        return result
    if traits_of(best.model).minimised:
        mine, its = its, mine
    for one, other in zip(mine, its, strict=True):
        if abs(one - other) > 1e-9 * max(abs(one), abs(other)):
            if one > other:
                raise _BetterPlanError(result)
            break
    return result


def good_enough(result: Result, best: Result, within: Fraction) -> bool:
    """Whether a plan is within the share of the best: in all, and in the first tier."""
    if result.objective is None or best.objective is None:
        return False
    pairs = [(result.objective, best.objective)]
    first = next(iter(best.tiers), None)
    if first is not None and len(best.tiers) > 1:
        pairs.append(
            (result.tiers[first]["objective"] or 0.0, best.tiers[first]["objective"] or 0.0)
        )
    slack = float(within)
    if traits_of(best.model).minimised:
        return all(mine <= its * (1 + slack) + 1e-9 * abs(its) for mine, its in pairs)
    return all(mine >= its * (1 - slack) - 1e-9 * abs(its) for mine, its in pairs)


def proven_worse(result: Result, best: Result, within: Fraction) -> bool:
    """Whether the bound shows that no plan of this kind is within the share of the best."""
    if result.status == "infeasible":
        return True
    bound, value = result.bound, best.objective
    if len(best.tiers) > 1:
        first = next(iter(best.tiers))
        bound = result.tiers[first]["bound"] if first in result.tiers else None
        value = best.tiers[first]["objective"]
    if bound is None or value is None:
        return False
    if traits_of(best.model).minimised:
        return bound > value * (1 + float(within)) + 1e-9 * abs(value)
    return bound < value * (1 - float(within)) - 1e-9 * abs(value)


def _near(
    asked: Problem, best: Result, within: Fraction, study: Study, rest: int, note: str
) -> tuple[Result | None, bool]:
    """A plan under further rules that is within the share of the best, and whether it is proven
    that there is none.

    Tier by tier the best of them can lack in all what a plan with a few people less in the first
    tier has, so where it does, the one with the most people in all is looked at too.
    """
    result = _no_better(study.solve(asked, rest=rest, note=note), best)
    if good_enough(result, best, within):
        return result, False
    none = proven_worse(result, best, within)
    if none or len(best.tiers) < 2 or study.over:
        return None, none
    in_all = asked.under(replace(asked.objective, order="weighted"))
    most = study.solve(in_all, rest=rest, note=note)
    if most.options is not None:
        told = _no_better(study.keep(asked, most.options), best)
        if good_enough(told, best, within):
            return told, False
    return None, proven_worse(most, replace(best, tiers={}), within)


def _by_sites(
    problem: Problem,
    found: list[Alternative],
    within: Fraction,
    count: int,
    least: int,
    study: Study,
) -> bool:
    best = found[0].result
    asked = problem
    while len(found) < count and not (len(found) > 1 and study.over):
        options = found[-1].result.options
        assert options is not None
        asked = with_rule(asked, other_sites(problem, f"unlike plan {len(found)}", options, least))
        note = Notice("progress.plan", n=len(found) + 1)
        result, none = _near(asked, best, within, study, count - len(found), note)
        if result is None:
            return none
        found.append(Alternative(told_of(problem, result), str(least)))
    return False


def _by_district(
    problem: Problem,
    found: list[Alternative],
    within: Fraction,
    count: int,
    least: int,
    study: Study,
) -> bool:
    """One plan a district, those that the best plan uses most first; a plan that is no other than
    an earlier one adds its district to that one."""
    best = found[0].result
    assert best.options is not None
    opened = [_by_home(problem, best)]
    order = sorted(np.flatnonzero(opened[0]).tolist(), key=lambda d: (-opened[0][d], d))
    settled = True
    for turn, district in enumerate(order):
        if len(found) == count or (len(found) > 1 and study.over):
            return False
        name = problem.labels.districts[district]
        rule = fewer_in_district(problem, f"fewer in {name}", best.options, district, least)
        asked, rest = with_rule(problem, rule), len(order) - turn
        result, none = _near(
            asked, best, within, study, rest, Notice("progress.fewer_in", name=name)
        )
        if result is None:
            settled = settled and none
            continue
        mine = _by_home(problem, result)
        like = next((k for k, its in enumerate(opened) if abs(mine - its).max() < least), None)
        if like is None:
            found.append(Alternative(told_of(problem, result), name))
            opened.append(mine)
        elif opened[0][district] - opened[like][district] >= least:
            found[like] = replace(found[like], differs=f"{found[like].differs}, {name}")
        else:
            settled = False  # a plan that differs from all may stand behind the one that does not
    return settled


def _by_home(problem: Problem, result: Result) -> NDArray[np.int64]:
    """Outlets and stops of a plan in each district, shape (n_districts,)."""
    assert result.options is not None and problem.site_district is not None
    home = problem.site_district[problem.options.site[result.options]]
    return np.bincount(home[home >= 0], minlength=len(problem.labels.districts))


def _verdicts(
    problem: Problem, found: list[Alternative], within: Fraction, study: Study, prove: bool
) -> tuple[SiteUse, ...]:
    best = found[0].result
    kinds = site_kinds(problem)
    opened = [set(a.result.chosen.tolist()) for a in found if a.result.chosen is not None]
    useful = np.unique(problem.options.site)
    told = []
    for at, s in enumerate(useful.tolist()):
        plans = sum(s in sites for sites in opened)
        verdict: Verdict = "sometimes" if 0 < plans < len(found) else "always" if plans else "never"
        proven = verdict == "sometimes"
        if prove and not proven and not study.over:
            mask = problem.options.site == s
            other = (
                without_options(problem, "without", mask)
                if plans
                else with_one_of(problem, "with", mask)
            )
            rest, note = len(useful) - at, problem.site_id(s)
            result, proven = _near(other, best, within, study, rest, note)
            if result is not None:
                verdict, proven = "sometimes", True
        told.append(SiteUse(problem.site_id(s), kinds[s], verdict, plans, proven))
    return tuple(told)


def _stops(plan: Plan) -> pd.DataFrame:
    return plan.table[plan.table["action"] == Action.STOP]


def _differing(own: pd.DataFrame, best: pd.DataFrame, what: str) -> dict[str, int]:
    """Places that only one of two plans opens."""
    mine, its = set(own["site"]), set(best["site"])
    return {f"{what}_not_in_best": len(mine - its), f"{what}_only_in_best": len(its - mine)}


def _part(value: float | None, best: float | None) -> float | None:
    return None if value is None or not best else value / best
