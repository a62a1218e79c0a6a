"""What binds, and what one more unit of it would gain; the next purchases with more money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.subjects import whole_groups
from siting.analysis.studies.constraints import keep, with_rule
from siting.analysis.study import Study
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import NOTHING, UNLIMITED, About, Key, Problem, Rule, RuleKind
from siting.problem.vehicles import missing_vehicles, price_of_opening, shares_of_vehicles
from siting.result import Result
from siting.result.accounting import gains_somebody
from siting.result.naming import option_row
from siting.result.quantities import newly_reached
from siting.verification.objectives import coverable
from siting.verification.people import exact_sum

Ints = NDArray[np.int64]
MONEY_STEP = 100_000
"""KPI 15: people gained by the next 100,000; of smaller budgets a tenth."""
MORE_MONEY = Fraction(11, 10)
"""The next purchases are those of a budget so many times as large."""


@dataclass(frozen=True)
class Binding:
    """A rule that binds."""

    name: str
    kind: str
    unit: str
    limit: int
    used: int
    price: float | None
    """What the proven bound rises by per unit of the limit; None without a certificate."""
    step: int | None = None
    """How much the limit was raised; None when it was not tried."""
    gain: float | None = None
    """What the best plan found with the raised limit has more."""
    gain_at_most: float | None = None
    """What the bound with the raised limit allows more."""
    reason: str = ""
    sense: str = "<="
    """Of the rule: at most (``<=``) or at least (``>=``) the limit."""
    about: About = NOTHING


def binding(
    problem: Problem, result: Result, study: Study | None = None, most: int = 6
) -> list[Binding]:
    """The rules that bind, each raised by one step and solved again.

    Args:
        most: so many rules are solved again, those with the highest price first; none after an
            interrupt.
    """
    if result.plan is None or result.objective is None:
        return []
    study = study or Study()
    problem = problem.under(result.spec)
    prices = row_prices(problem, result, study)
    lines = {line.rule: line for line in result.plan.rules if not line.row}
    found: list[tuple[Binding, Rule]] = []
    for k, rule in enumerate(problem.rules):
        line = lines.get(rule.name)
        if line is None or not line.binds or not rule.unit or rule.n_rows != 1:
            continue
        price = None if prices is None else prices[k]
        told = Binding(
            rule.name,
            rule.kind,
            rule.unit,
            int(line.limit),
            int(line.used),
            price,
            reason=rule.reason,
            sense=rule.sense,
            about=rule.about,
        )
        found.append((told, rule))
    found.sort(key=lambda pair: -(pair[0].price or 0.0) * step_of(pair[1]))
    tried = found[:most]
    done = [
        told if study.interrupted else _raised(problem, result, told, rule, study, len(tried) - k)
        for k, (told, rule) in enumerate(tried)
    ]
    return done + [told for told, _ in found[most:]]


def step_of(rule: Rule) -> int:
    """One step of a limit: 100,000 of money (of less than a million a tenth), one of all else."""
    limit = int(rule.rhs[0])
    if rule.unit != "money":
        return 1
    return MONEY_STEP if limit >= 10 * MONEY_STEP else max(1, limit // 10)


def _raised(
    problem: Problem, result: Result, told: Binding, rule: Rule, study: Study, rest: int
) -> Binding:
    assert result.objective is not None
    step = step_of(rule)
    sign = 1 if rule.sense == "<=" else -1
    eased = replace(rule, rhs=rule.rhs + sign * step)
    rules = tuple(eased if each is rule else each for each in problem.rules)
    changed = problem.replace(rules=rules)
    if rule.about.key is Key.P:
        changed = problem.replace(p=int(eased.rhs[0]))
    better = study.solve(
        changed, result, rest=rest, note=Notice("progress.loosened", step=f"{sign * step:+,}")
    )
    gain = None if better.objective is None else abs(better.objective - result.objective)
    most = None if better.bound is None else abs(better.bound - result.objective)
    return replace(told, step=sign * step, gain=gain, gain_at_most=most)


def row_prices(problem: Problem, result: Result, study: Study) -> list[float] | None:
    """Price of each rule's first row in the proof, weighted people per unit.

    Of a result that an outside solver proved, a short run of the city engine supplies it.
    """
    certificates = result.certificates
    if not certificates and traits_of(result.model).engine == "cover" and not study.interrupted:
        seconds = None if study.time_limit is None else max(1.0, study.time_limit / 10)
        short = Study(
            "city",
            seconds,
            seed=study.seed,
            threads=study.threads,
            listener=study.listener,
            interrupt=study.interrupt,
        )
        certificates = short.solve(problem, result).certificates
    if not certificates or not traits_of(result.model).certified:
        return None
    prices = [0.0] * len(problem.rules)
    for certificate in certificates:
        scale = Fraction(1, int(certificate.theta_scale)) * problem.unit
        for k, theta in enumerate(certificate.theta):
            if len(theta):
                prices[k] += float(int(theta[0]) * scale)
    return prices


@dataclass(frozen=True)
class Purchase:
    """One more outlet, in the order in which a planner would buy."""

    site: str
    format: str
    size: str
    action: str
    outlet: str | None
    until: str | None
    """As in a plan's table."""
    cost: int
    """With its site's opening cost, where it is the first there."""
    gain: float
    """Weighted people newly covered beyond the plan and the purchases before it."""


def next_purchases(
    problem: Problem, result: Result, study: Study | None = None, factor: Fraction = MORE_MONEY
) -> tuple[int, list[Purchase]]:
    """What is added to the plan, all of which is kept, when the budget grows.

    The total budget; where only phases have one, every budget grows by the same part, so that no
    tier or public share stands in the way.

    Returns:
        The larger budget, and the additions by people gained per money. Nothing without a budget,
        or where an interrupt ended the search before it had added any.
    """
    study = study or Study()
    problem = problem.under(result.spec)
    if result.options is None or study.interrupted:
        return 0, []
    stated = [r for r in problem.rules if r.about.key is Key.TOTAL_BUDGET]
    phases = [r for r in problem.rules if r.about.key is Key.PHASE_BUDGET]
    if stated:
        least = _cheapest(problem, result.options)
        more = max(int(int(stated[0].rhs[0]) * factor), _spent(result) + least)
        larger = problem.replace(budget=more)
    elif phases:
        more = sum(int(int(rule.rhs[0]) * factor) for rule in phases)
        larger = problem.replace(rules=tuple(_grown(rule, factor) for rule in problem.rules))
    else:
        return 0, []
    larger = with_rule(larger, keep(larger, "approved", result.options))
    grown = study.solve(larger, result, note=Notice("progress.budget", n=more))
    if grown.options is None:
        return more, []
    added = np.setdiff1d(grown.options, result.options)
    if study.interrupted and not len(added):
        return 0, []
    return more, ordered(problem, result.options, added)


def _grown(rule: Rule, factor: Fraction) -> Rule:
    """A budget times ``factor``, rounded down; any other rule as it is."""
    if rule.kind is not RuleKind.BUDGET:
        return rule
    return replace(rule, rhs=np.array([int(int(limit) * factor) for limit in rule.rhs], np.int64))


def ordered(problem: Problem, options: Ints, added: Ints) -> list[Purchase]:
    """Additions one after the other, always the one that gains most per money next; a vehicle
    comes before the first stop that needs it, and its price counts with its stops."""
    covered = np.zeros((problem.n_points, problem.n_targets), np.bool_)
    for t in range(problem.n_targets):
        covered[newly_reached(problem, options, t), t] = True
    left = [int(k) for k in added]
    bought: list[Purchase] = []
    site, cost = problem.options.site, problem.options.cost.copy()
    calls = dict(zip(left, shares_of_vehicles(problem, added), strict=True))
    opened = set(site[options].tolist())
    cost += np.where(np.isin(site, site[options]), 0, problem.opening_cost[site])
    while left:
        gains = {k: _gain(problem, covered, k) for k in left}
        best = max(left, key=lambda k: (gains[k] / max(1, cost[k] + calls[k]), -k))
        kept = np.setdiff1d(np.append(options, added), left)
        vehicles = missing_vehicles(problem, kept).get(best)
        for k in [*(() if vehicles is None else vehicles.tolist()), best]:
            if k not in left:
                continue
            left.remove(k)
            gain = gains[k] * float(problem.unit)
            bought.append(Purchase(**option_row(problem, k), cost=int(cost[k]), gain=gain))
            if site[k] not in opened:
                opened.add(int(site[k]))
                cost[site == site[k]] -= problem.opening_cost[site[k]]
        for t in range(problem.n_targets):
            covered[newly_reached(problem, np.array([best]), t), t] = True
    return bought


def _gain(problem: Problem, covered: NDArray[np.bool_], option: int) -> int:
    total = 0
    for t in range(problem.n_targets):
        points = np.unique(newly_reached(problem, np.array([option]), t))
        total += int(problem.value[points[~covered[points, t]], t].sum())
    return total


def _cheapest(problem: Problem, options: Ints) -> int:
    """Cost of the cheapest further outlet that reaches somebody, with all that it needs."""
    useful = np.flatnonzero(gains_somebody(problem, options))
    if not len(useful):
        return 0
    least = int(price_of_opening(problem, options)[useful].min())
    return least if least < UNLIMITED else 0


def _spent(result: Result) -> int:
    return 0 if result.plan is None else int(result.plan.budget["spent"])


def out_of_reach(problem: Problem) -> list[dict[str, Any]]:
    """People whom nobody could serve whatever is spent, by format and group: within the standard
    there is neither an outlet nor an option that is permitted and fits its site's floor."""
    told: list[dict[str, Any]] = []
    unit = problem.person_units
    for (format_, group), parts in whole_groups(problem).items():
        persons = {t: problem.persons[problem.targets[t].group] for t in parts}
        beyond = sum(exact_sum(persons[t], ~coverable(problem, t)) for t in parts)
        if beyond:
            told.append(
                {
                    "format": problem.labels.formats[format_],
                    "group": group,
                    "people": beyond / unit,
                    "of": sum(map(exact_sum, persons.values())) / unit,
                }
            )
    return told
