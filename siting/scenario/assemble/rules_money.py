"""Budgets: in all, by tier, format, district and phase, of public money, of yearly costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.problem import About, Action, Key, Problem, Rule, RuleKind
from siting.problem import rules as rows
from siting.scenario.assemble.contents import Contents
from siting.scenario.assemble.options import ways_of
from siting.scenario.assemble.rule_maker import Named, RuleMaker, vehicles_of
from siting.scenario.assemble.sites import Sites
from siting.scenario.formats.catalogue import Format
from siting.scenario.schema.values import exact


def budgets(make: RuleMaker) -> Iterator[Rule]:
    """What is not given is unlimited."""
    budget = make.settings.budget
    if budget is None:
        return
    problem = make.problem

    def told(key: Key, part: str = "", **of: Any) -> Named:
        return make.named(f"{key}.{part}" if part else key, About(key, **of), budget.reason)

    if budget.total is not None:
        yield rows.budget(problem, limit=budget.total, **told(Key.TOTAL_BUDGET))
    for tier, limit in budget.per_tier.items():
        named = told(Key.TIER_BUDGET, tier, tier=tier)
        yield rows.budget(problem, limit=limit, mask=make.of_tier(tier), openings=False, **named)
    for format_, limit in budget.per_format.items():
        named = told(Key.FORMAT_BUDGET, format_, formats=(format_,))
        make.tell_unused(f"budget.per_format.{format_}", format_)
        mask = make.of_format(format_)
        yield rows.budget(problem, limit=limit, mask=mask, openings=False, **named)
    for district, limit in budget.per_district.items():
        named = told(Key.DISTRICT_BUDGET, district, district=district)
        openings = np.repeat(make.sites_of_district(district), problem.n_phases)
        mask = make.of_district(district)
        yield rows.budget(problem, limit=limit, mask=mask, openings=openings, **named)
    for phase, limit in budget.per_phase.items():
        k = problem.labels.phases.index(phase)
        named = told(Key.PHASE_BUDGET, phase, phase=phase)
        openings = np.arange(problem.n_sites * problem.n_phases) % problem.n_phases == k
        mask = problem.options.phase == k
        yield rows.budget(problem, limit=limit, mask=mask, openings=openings, **named)
    yield from _shares_of_cost(make, budget.public, budget.yearly, told)


def _shares_of_cost(
    make: RuleMaker, public: int | None, yearly: int | None, told: Callable[[Key], Named]
) -> Iterator[Rule]:
    problem, o = make.problem, make.problem.options
    if public is not None:
        shares = [exact(make.formats[f].public_share or 0) for f in problem.labels.formats]
        paid = np.zeros(len(o), np.int64)
        for f, share in enumerate(shares):
            mine = o.format == f
            paid[mine] = public_part(o.cost[mine], share)
        yield rows.weighted(
            problem,
            kind=RuleKind.BUDGET,
            coefficient=paid,
            sense="<=",
            limit=public,
            unit="money",
            **told(Key.PUBLIC_BUDGET),
        )
    if yearly is not None:
        support = yearly_support(problem, make.formats, make.contents, make.sites)
        yield rows.weighted(
            problem,
            kind=RuleKind.BUDGET,
            coefficient=support,
            sense="<=",
            limit=yearly,
            unit="money",
            **told(Key.YEARLY_BUDGET),
        )


def yearly_support(
    problem: Problem, formats: Mapping[str, Format], contents: Contents, sites: Sites
) -> NDArray[np.int64]:
    """Operating support and rent a year of each option, whole currency units rounded half up, shape
    (n_options,); what stands already is paid for already."""
    o, new = problem.options, problem.acting(Action.OPEN)
    support = np.zeros(len(o), np.int64)
    for f, name in enumerate(problem.labels.formats):
        for size in ways_of(formats[name]):
            k = problem.labels.sizes.index(size.name)
            mine = (o.format == f) & (o.size == k) & new
            rent = contents.premises.rent[o.site[mine]] * o.area[mine]
            support[mine] = np.floor(size.yearly_cost + rent + 0.5).astype(np.int64)
    for u, unit in enumerate(contents.stops.units):
        support[vehicles_of(problem, sites, u)] = int(unit.yearly_cost + 0.5)
    return support


def public_part(cost: NDArray[np.int64], share: Fraction) -> NDArray[np.int64]:
    """cost x share, rounded half up; in Python's integers where 64 bits could be too few."""
    n, d = share.numerator, share.denominator
    if 2 * n * int(cost.max(initial=0)) + d < 2**62:
        return (2 * n * cost + d) // (2 * d)
    return np.array([(2 * n * int(c) + d) // (2 * d) for c in cost], np.int64)
