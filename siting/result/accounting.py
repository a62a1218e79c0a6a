"""A judged plan as the tables planners read: outlets, money, people, rules; ids, not positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.notice import Notice
from siting.problem import ACTIONS, UNLIMITED, Action, Problem, Rule
from siting.problem.prefixes import any_in_prefix
from siting.problem.vehicles import (
    CALLS,
    FLEET,
    fleet,
    missing_vehicles,
    price_of_opening,
    unit_of,
    with_vehicles,
)
from siting.result.result import Plan, Result, plan_table
from siting.verification.objectives import KNOWN, by_reach

if TYPE_CHECKING:
    import pandas as pd

    from siting.verification.evaluation import Evaluation
    from siting.verification.rulebook import RuleUse

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
MANY_ROWS = 40
"""A rule with more rows than this (one a site, say) is told as one line."""


def plan_of(problem: Problem, judged: Evaluation) -> Plan:
    """Everything a planner reads about the options that were judged."""
    sites = problem.options.site[judged.options].astype(np.int64)
    places = problem.labels.site_lonlat
    return Plan(
        judged.options,
        sites,
        table(problem, judged),
        judged.coverage,
        budget(judged),
        tuple(rule_lines(problem, judged)),
        None if places is None else np.asarray(places)[sites],
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


def budget(judged: Evaluation) -> dict[str, Any]:
    """``total`` (None = unlimited), ``spent``, ``opening_costs``; further budgets by name."""
    told: dict[str, Any] = {
        "total": None,
        "spent": judged.cost,
        "opening_costs": judged.opening_costs,
    }
    for use in judged.rules:
        if use.kind == "budget" and use.name == "budget.total":
            told["total"] = use.limit
        elif use.kind == "budget":
            name = use.name.removeprefix("budget.") + (f".{use.label}" if use.label else "")
            told[name] = {"total": use.limit, "spent": use.used}
    return told


def people_weighed(result: Result) -> float | None:
    """People newly covered by a plan whose objective makes more or less of them, by weights or
    over several years; None where it is their number, or counts something else."""
    if result.plan is None or KNOWN[result.model].counts != "reach":
        return None
    people = float(result.plan.table["newly_covered"].sum())
    return people if abs(people - (result.objective or 0.0)) > 5e-4 else None


def rule_lines(problem: Problem, judged: Evaluation) -> list[dict[str, Any]]:
    """How far each rule is used: name, kind, sense, limit, used, binds, unit, reason.

    A row "binds" when nothing further that would gain anybody fits into what is left of it (<=),
    or when nothing may be taken away (>=). Where gaining is more than reaching somebody (other
    models, capacity), every option counts as useful. Calls of vehicles are told as those that the
    stops take of those that are made; a fleet as the vehicles bought of those that could be. That
    an outlet is at one place only is no planner's rule and is not told; that it may not close binds
    where keeping or moving it costs money or takes floor.
    """
    reaching = by_reach(problem, judged.spec)
    o, chosen = problem.options, judged.options
    useful = gains_somebody(problem, chosen) if reaching else None
    uses = iter(judged.rules)
    wanted = None if useful is None else _wanted(problem, chosen, useful)
    lines: list[dict[str, Any]] = []
    short: set[str] = set()  # rules of calls that bind
    for rule in problem.rules:
        mine = [next(uses) for _ in range(rule.n_rows)]
        common = {"kind": rule.kind, "sense": rule.sense, "unit": rule.unit, "reason": rule.reason}
        if rule.kind == "once":
            continue
        if rule.kind == "move":
            paid = chosen[o.cost[chosen] + o.area[chosen] > 0]
            taken = bool(rule.options[:, paid].count_nonzero())
            lines.append(
                {"name": rule.name, "limit": mine[0].limit, "used": mine[0].used, "binds": taken,
                 **common}
            )  # fmt: skip
            continue
        if rule.kind == CALLS:
            calls = _calls(problem, rule, mine, useful, common)
            short |= {rule.name for line in calls if line["binds"]}
            lines += calls
            continue
        if rule.kind == FLEET:
            lines.append(_fleet(problem, rule, judged, short, common))
            continue
        binds = _binding(rule, mine, wanted)
        if rule.n_rows > MANY_ROWS:
            closest = min(mine, key=lambda use: abs(use.limit - use.used))
            lines.append(
                {"name": rule.name, "limit": closest.limit, "used": closest.used,
                 "binds": any(binds), "rows": rule.n_rows, "binding_rows": sum(binds), **common}
            )  # fmt: skip
            continue
        for use, bound in zip(mine, binds, strict=True):
            name = f"{use.name}[{use.label}]" if use.label else use.name
            lines.append(
                {"name": name, "limit": use.limit, "used": use.used, "binds": bound, **common}
            )
    return lines + _floor_line(problem, judged, useful) + _coverage_lines(problem, judged)


def _wanted(problem: Problem, chosen: NDArray[np.int64], useful: Mask) -> csr_array:
    """What would gain somebody, a column each: an option with the vehicles it needs; a stop for
    which no vehicle is left is out of reach of every other rule."""
    missing = missing_vehicles(problem, chosen)
    lost = [stop for stop, vehicles in missing.items() if vehicles is None]
    wanted = np.setdiff1d(np.flatnonzero(useful), np.array(lost, np.int64))
    return with_vehicles(problem, wanted, missing)


def _binding(rule: Rule, uses: list[RuleUse], wanted: csr_array | None) -> list[bool]:
    if wanted is None or rule.sense == ">=":
        return [use.binds for use in uses]
    rows = (rule.options @ wanted).tocoo()
    asked = np.full(rule.n_rows, UNLIMITED, np.int64)
    takes = rows.data > 0
    np.minimum.at(asked, rows.row[takes], rows.data[takes])
    return [
        use.limit - use.used < least < UNLIMITED
        for use, least in zip(uses, asked.tolist(), strict=True)
    ]


def _calls(
    problem: Problem, rule: Rule, uses: list[RuleUse], useful: Mask | None, common: dict[str, Any]
) -> list[dict[str, Any]]:
    """Calls a week that the stops take of those that the vehicles make, by each phase. Where no
    vehicle is bought it is not the calls that keep a stop out."""
    alone = None if useful is None else with_vehicles(problem, np.flatnonzero(useful), {})
    return [
        {"name": f"{use.name}[{use.label}]" if use.label else use.name, "limit": use.limit,
         "used": use.used, "binds": bound and use.limit > 0, **common}
        for use, bound in zip(uses, _binding(rule, uses, alone), strict=True)
    ]  # fmt: skip


def _fleet(
    problem: Problem, rule: Rule, judged: Evaluation, short: set[str],
    common: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Vehicles bought, of all that could be; more of them would help where none is left to be
    bought and the calls of all bind."""
    unit = unit_of(rule.name)
    calls = [r for r in problem.rules if r.kind == CALLS and unit_of(r.name) == unit]
    vehicles = np.unique(np.concatenate([fleet(problem, r) for r in calls or [rule]]))
    bought = int(np.isin(vehicles, problem.options.site[judged.options]).sum())
    return {"name": rule.name, "limit": len(vehicles), "used": bought,
            "binds": any(r.name in short for r in calls) and bought == len(vehicles),
            **common, "unit": "vehicles", "rows": rule.n_rows}  # fmt: skip


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
    limits = [use.limit for use in judged.rules if use.name == "budget.total"]
    taken = int(o.cost[quality].sum())
    price = price_of_opening(problem, judged.options)
    affordable = gaps & (price <= taken + min(limits, default=UNLIMITED - 1) - judged.cost)
    if not affordable.any():
        return None
    names = [problem.labels.formats[f] for f in np.unique(o.format[affordable])]
    return Notice("plan.basic_gap_left", money=taken, formats=names)


def newly_reached(problem: Problem, chosen: NDArray[np.int64], t: int) -> NDArray[np.int32]:
    """Points of target t that a chosen outlet reaches and none that stays, with repeats."""
    o = problem.options
    serving = chosen[problem.serves[problem.kind[chosen], t]]
    reach = problem.reach.rows(o.site[serving])
    new = (reach.cost <= problem.targets[t].limit) & ~problem.covered_before[reach.point, t]
    return reach.point[new]


def reached(problem: Problem, standing: NDArray[np.int64], t: int) -> Mask:
    """Who of target t is within the standard of what stays or of some options, (n_points,).

    Args:
        standing: of a plan; ``problem.kept_today`` for today.
    """
    covered = problem.covered_before[:, t].copy()
    covered[newly_reached(problem, standing, t)] = True
    return covered


def _floor_line(problem: Problem, judged: Evaluation, useful: Mask | None) -> list[dict[str, Any]]:
    """Floor space of the sites that have a limit, as one line; binds where it keeps one out."""
    limited = problem.site_area < UNLIMITED
    if not limited.any():
        return []
    o = problem.options
    used = np.zeros(problem.n_sites, np.int64)
    for site, area in judged.area.items():
        used[site] = area
    opened = np.isin(o.site, o.site[judged.options])
    wanted = opened if useful is None else opened & useful
    full = np.unique(o.site[wanted & (o.area > (problem.site_area - used)[o.site])])
    return [
        {"name": "floor_space", "kind": "floor_space", "sense": "<=", "unit": "m2", "reason": "",
         "limit": int(problem.site_area[limited].sum()), "used": int(used[limited].sum()),
         "binds": len(full) > 0, "rows": int(limited.sum()), "binding_rows": len(full)}
    ]  # fmt: skip


def _coverage_lines(problem: Problem, judged: Evaluation) -> list[dict[str, Any]]:
    """Minimum coverages: limit and used are shares; one binds when no outlet may be dropped."""
    lines: list[dict[str, Any]] = []
    for use in judged.minima:
        demand = problem.min_coverage[use.rule]
        name = demand.name
        if use.district is not None:
            name += f"[{problem.labels.districts[use.district]}]"
        lines.append(
            {"name": name, "kind": "min_coverage", "sense": ">=", "unit": "share",
             "reason": demand.reason, "limit": float(demand.share),
             "used": use.covered / use.everybody if use.everybody else 1.0, "binds": use.binds}
        )  # fmt: skip
    return lines
