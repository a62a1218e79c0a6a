"""A judged plan as the tables planners read: outlets, money, people, rules; ids, not positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.problem import ACTIONS, UNLIMITED, About, Action, Key, Problem, Rule, RuleKind
from siting.problem.prefixes import any_in_prefix
from siting.problem.vehicles import (
    fleet,
    price_of_opening,
    with_vehicles,
)
from siting.result.binding import DECIDES, SLACK, STATES, USED_UP, Tried, by_rule
from siting.result.lines import Money, RuleLine, Spending
from siting.result.quantities import gained, in_reach, newly_reached, places
from siting.result.result import Plan, Result, plan_table
from siting.result.why import whys
from siting.verification.objectives import KNOWN, by_reach

if TYPE_CHECKING:
    import pandas as pd

    from siting.verification.evaluation import Evaluation
    from siting.verification.rulebook import RuleUse

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
HALF_A_PERSON = 0.5
"""What fractions of persons leave between two sums of them."""
MANY_ROWS = 40
"""A rule with more rows than this (one a site, say) is told as one line."""


def plan_of(problem: Problem, judged: Evaluation) -> Plan:
    """Everything a planner reads about the options that were judged."""
    sites = problem.options.site[judged.options].astype(np.int64)
    lonlat = problem.labels.site_lonlat
    return Plan(
        judged.options,
        sites,
        table(problem, judged),
        judged.coverage,
        budget(problem, judged),
        tuple(rule_lines(problem, judged)),
        None if lonlat is None else np.asarray(lonlat)[sites],
        in_reach(problem, judged),
        places(problem, judged),
        whys(problem, judged),
    )


def table(problem: Problem, judged: Evaluation) -> pd.DataFrame:
    """One row a chosen option, columns ``siting.result.PLAN_COLUMNS``."""
    o, names, chosen = problem.options, problem.labels, judged.options
    no_district = np.full(problem.n_sites, -1)
    district = no_district if problem.site_district is None else problem.site_district
    columns: dict[str, Any] = {
        "site": [problem.site_id(s) for s in o.site[chosen]],
        "format": [names.formats[f] for f in o.format[chosen]],
        "size": [names.sizes[k] for k in o.size[chosen]],
        "action": [str(ACTIONS[a]) for a in o.action[chosen]],
        "phase": [names.phases[k] or None for k in o.phase[chosen]],
        "district": [names.districts[d] if d >= 0 else None for d in district[o.site[chosen]]],
        "cost": o.cost[chosen],
        "area_m2": o.area[chosen],
        "newly_covered": judged.newly_covered / problem.person_units,
        "outlet": [problem.whose(k) for k in chosen],
        "until": [problem.until(k) for k in chosen],
    }
    return plan_table(columns)


def closures(problem: Problem, chosen: Ints) -> Notice | None:
    """What may close and does from the first phase on: it neither stays nor moves.

    It has no row in a plan's table, so that without this nobody would be told. What is kept for
    some phases has one.
    """
    names = [str(problem.whose(k)) for k in closed(problem, chosen)]
    return Notice("plan.closes", outlets=names) if names else None


def closed(problem: Problem, chosen: Ints) -> Ints:
    """Of ``Problem.kept_today``, what neither stays for a phase nor moves in a plan."""
    there = chosen[problem.acting(Action.KEEP, Action.MOVE)[chosen]]
    whose = problem.options.outlet
    today = problem.kept_today
    return today[~np.isin(whose[today], whose[there])]


def budget(problem: Problem, judged: Evaluation) -> Money:
    """What is spent, of the whole budget and of further ones by their names."""
    total: int | None = None
    parts: dict[str, Spending] = {}
    for rule, uses in by_rule(problem, judged):
        if rule.kind is not RuleKind.BUDGET:
            continue
        if rule.about.key is Key.TOTAL_BUDGET:
            total = uses[0].limit
            continue
        for use in uses:
            name = rule.name.removeprefix("budget.") + (f".{use.label}" if use.label else "")
            parts[name] = Spending(use.limit, use.used)
    return Money(total, judged.cost, judged.opening_costs, parts)


@dataclass(frozen=True)
class Weighed:
    """People, once for each format, of whom the objective makes more or less."""

    people: float
    """Newly in reach: after less before."""
    kept: float
    """Whom outlets that may close or move serve before, and whom the objective counts as well."""


def people_weighed(result: Result) -> Weighed | None:
    """People covered by a plan whose objective makes more or less of them, by weights or over
    several years; None where it is their number, or counts something else."""
    if result.plan is None or KNOWN[result.model].counts != "reach":
        return None
    people = float(result.plan.table["newly_covered"].sum())
    if abs(people - (result.objective or 0.0)) <= 5e-4:
        return None
    return Weighed(people - (kept := _kept(result.plan, people)), kept)


def _kept(plan: Plan, people: float) -> float:
    """Of all whom a plan's rows cover those who are in reach before it, too: of outlets that may
    close or move, and that the plan keeps or has another one stand in for."""
    newly = sum(gained(groups) for groups in plan.coverage.values())
    return kept if (kept := people - newly) > HALF_A_PERSON else 0.0


def rule_lines(problem: Problem, judged: Evaluation) -> list[RuleLine]:
    """How far each rule is used, and whether it is used up, decides or is slack
    (:mod:`siting.result.binding`); a rule "binds" when it is not slack.

    Where gaining is more than reaching somebody (other models, capacity), every option counts as
    useful. Calls of vehicles are told as those that the stops take of those that are made; a fleet
    as the vehicles bought of those that could be. That an outlet is at one place only is no
    planner's rule and is not told; that it may not close decides where keeping or moving it costs
    money or takes floor.
    """
    reaching = by_reach(problem, judged.spec)
    o, chosen = problem.options, judged.options
    useful = gains_somebody(problem, chosen) if reaching else None
    tried = None if useful is None else Tried(problem, judged, useful)
    lines: list[RuleLine] = []
    short: set[str] = set()  # units whose calls bind
    for number, (rule, mine) in enumerate(by_rule(problem, judged)):
        if rule.kind is RuleKind.ONCE:
            continue
        if rule.kind is RuleKind.STAYS:
            paid = chosen[o.cost[chosen] + o.area[chosen] > 0]
            taken = bool(rule.options[:, paid].count_nonzero())
            state = DECIDES if taken else SLACK
            lines.append(_line(rule, mine[0].limit, mine[0].used, state))
        elif rule.kind is RuleKind.CALLS:
            calls = _calls(problem, rule, mine, useful)
            short |= {rule.about.unit for line in calls if line.binds}
            lines += calls
        elif rule.kind is RuleKind.FLEET:
            lines.append(_fleet(problem, rule, judged, short))
        else:
            states = _plain(mine) if tried is None else tried.states(number)
            lines += _each_row(rule, mine, states)
    lines += _spacing_lines(problem, tried)
    return lines + _floor_line(problem, judged, tried) + _coverage_lines(problem, judged)


def _spacing_lines(problem: Problem, tried: Tried | None) -> list[RuleLine]:
    """Distances between what opens, one line a rule; slack where nobody knows what is worth having,
    for without that none is known to keep anything out."""
    nothing = [SLACK] * len(problem.spacings)
    states = nothing if tried is None else tried.spacing_states()
    return [
        RuleLine(
            spacing.name,
            RuleKind.APART,
            0,
            0,
            state != SLACK,
            state,
            reason=spacing.reason,
            about=spacing.about,
        )
        for spacing, state in zip(problem.spacings, states, strict=True)
    ]


def _line(rule: Rule, limit: float, used: float, state: str, **more: Any) -> RuleLine:
    told = {"unit": rule.unit} | more
    return RuleLine(
        rule.name,
        rule.kind,
        limit,
        used,
        state != SLACK,
        state,
        sense=rule.sense,
        reason=rule.reason,
        about=rule.about,
        **told,
    )


def _each_row(rule: Rule, uses: list[RuleUse], states: list[str]) -> list[RuleLine]:
    """One line a row; of very many one by the row that is nearest to its limit, and of rows that
    have no names, which say one thing together, too."""
    if rule.n_rows > 1 and (rule.n_rows > MANY_ROWS or not rule.labels):
        closest = min(uses, key=lambda use: abs(use.limit - use.used))
        strongest = min(states, key=STATES.index)
        if not rule.labels:
            return [_line(rule, closest.limit, closest.used, strongest)]
        some = sum(state != SLACK for state in states)
        return [
            _line(rule, closest.limit, closest.used, strongest, rows=rule.n_rows, binding_rows=some)
        ]
    return [
        _line(rule, use.limit, use.used, state, row=use.label)
        for use, state in zip(uses, states, strict=True)
    ]


def _plain(uses: list[RuleUse]) -> list[str]:
    """By what is left alone, where nobody knows what is worth having."""
    return [(USED_UP if u.sense == "<=" else DECIDES) if u.binds else SLACK for u in uses]


def _calls(
    problem: Problem, rule: Rule, uses: list[RuleUse], useful: Mask | None
) -> list[RuleLine]:
    """Calls a week that the stops take of those that the vehicles make, by each phase. Where no
    vehicle is bought it is not the calls that keep a stop out."""
    full = [use.binds for use in uses]
    if useful is not None:
        rows = (rule.options @ with_vehicles(problem, np.flatnonzero(useful), {})).tocoo()
        least = np.full(rule.n_rows, UNLIMITED, np.int64)
        takes = rows.data > 0
        np.minimum.at(least, rows.row[takes], rows.data[takes])
        full = [u.limit - u.used < n < UNLIMITED for u, n in zip(uses, least.tolist(), strict=True)]
    states = [
        USED_UP if bound and use.limit > 0 else SLACK for use, bound in zip(uses, full, strict=True)
    ]
    return _each_row(rule, uses, states)


def _fleet(problem: Problem, rule: Rule, judged: Evaluation, short: set[str]) -> RuleLine:
    """Vehicles bought, of all that could be; more of them would help where none is left to be
    bought and the calls of all bind.

    Args:
        short: units whose calls bind.
    """
    unit = rule.about.unit
    calls = [r for r in problem.rules if r.kind is RuleKind.CALLS and r.about.unit == unit]
    vehicles = np.unique(np.concatenate([fleet(problem, r) for r in calls or [rule]]))
    bought = int(np.isin(vehicles, problem.options.site[judged.options]).sum())
    state = USED_UP if unit in short and bought == len(vehicles) else SLACK
    return _line(rule, len(vehicles), bought, state, unit="vehicles", rows=rule.n_rows)


def gains_somebody(problem: Problem, chosen: NDArray[np.int64]) -> Mask:
    """Options not in the plan (nor their format at their site) that reach somebody uncovered."""
    o = problem.options
    useful = np.zeros(problem.n_options, np.bool_)
    for t, target in enumerate(problem.targets):
        left = problem.value[:, t] > 0
        left[newly_reached(problem, chosen, t)] = False
        end = problem.reach.prefix_end(target.limit)
        site_gains = any_in_prefix(problem.reach.start, end, problem.reach.point, left)
        useful |= site_gains[o.site] & problem.serves[problem.kind, t]
    key = o.site.astype(np.int64) * problem.n_formats + o.format
    return useful & ~np.isin(key, key[chosen])


def basic_gap_left(problem: Problem, judged: Evaluation) -> Notice | None:
    """A warning where quality formats are bought while an affordable basic gap remains.

    Affordable: a basic option that would gain somebody, with the opening of its site and the
    vehicles it needs, costs no more than what is left of the total budget and what the quality
    formats take of it. Only plans with one weighted sum can.
    """
    tier = {target.format: target.tier for target in problem.targets}
    o = problem.options
    basic = np.array([tier.get(f) == "basic" for f in range(problem.n_formats)])[o.format]
    quality = judged.options[~basic[judged.options]]
    if judged.spec.order == "tiers" or not len(quality):
        return None
    gaps = gains_somebody(problem, judged.options) & basic
    if not gaps.any():
        return None
    limits = [int(r.rhs[0]) for r in problem.rules if r.about.key is Key.TOTAL_BUDGET]
    taken = int(o.cost[quality].sum())
    price = price_of_opening(problem, judged.options)
    affordable = gaps & (price <= taken + min(limits, default=UNLIMITED - 1) - judged.cost)
    if not affordable.any():
        return None
    names = [problem.labels.formats[f] for f in np.unique(o.format[affordable])]
    return Notice("plan.basic_gap_left", money=taken, formats=names)


def crowded(problem: Problem, judged: Evaluation) -> list[Notice]:
    """A warning a format that has fewer places than people newly served, where capacity is not
    respected."""
    if problem.respect_capacity:
        return []
    return [
        Notice(
            "plan.places",
            format=format_,
            places=told.places,
            people=told.people,
            share=100 * told.use,
        )
        for format_, told in places(problem, judged).items()
        if told.use > 1
    ]


def _floor_line(problem: Problem, judged: Evaluation, tried: Tried | None) -> list[RuleLine]:
    """Floor space of the sites that have a limit, as one line: used up where nothing more of what
    is worth having fits at a site that is open."""
    limited = problem.site_area < UNLIMITED
    if not limited.any():
        return []
    o = problem.options
    used = np.zeros(problem.n_sites, np.int64)
    for site, area in judged.area.items():
        used[site] = area
    if tried is not None:
        full = len(tried.full_sites())
    else:
        free = (problem.site_area - used)[o.site]
        opened = np.unique(o.site[judged.options])
        full = len(np.setdiff1d(opened, np.unique(o.site[o.area <= free])))
    return [
        RuleLine(
            "floor_space",
            RuleKind.FLOOR_SPACE,
            int(problem.site_area[limited].sum()),
            int(used[limited].sum()),
            full > 0,
            USED_UP if full else SLACK,
            unit="m2",
            about=About(Key.FLOOR_SPACE),
            rows=int(limited.sum()),
            binding_rows=full,
        )
    ]


def _coverage_lines(problem: Problem, judged: Evaluation) -> list[RuleLine]:
    """Minimum coverages: limit and used are shares; one binds when no outlet may be dropped."""
    lines: list[RuleLine] = []
    for use in judged.minima:
        demand = problem.min_coverage[use.rule]
        lines.append(
            RuleLine(
                demand.name,
                RuleKind.MIN_COVERAGE,
                float(demand.share),
                use.covered / use.everybody if use.everybody else 1.0,
                use.binds,
                DECIDES if use.binds else SLACK,
                sense=">=",
                unit="share",
                reason=demand.reason,
                about=demand.about,
                row="" if use.district is None else problem.labels.districts[use.district],
            )
        )
    return lines
