"""What a plan costs, gains and uses: the tables of a result, computed from Problem alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.problem import UNLIMITED, Problem, Rule
from siting.result import PLAN_COLUMNS, Coverage, Plan

if TYPE_CHECKING:
    import pandas as pd

MANY_ROWS = 40
"""A rule with more rows than this (one a site, say) is told as one line."""


def plan_of(problem: Problem, options: NDArray[np.int64]) -> Plan:
    """Everything a planner reads about the chosen options (ascending positions)."""
    chosen = np.asarray(options, np.int64)
    sites = problem.options.site[chosen].astype(np.int64)
    places = problem.labels.site_lonlat
    return Plan(
        chosen,
        sites,
        table(problem, chosen),
        coverage(problem, chosen),
        budget(problem, chosen),
        tuple(rule_lines(problem, chosen)),
        None if places is None else np.asarray(places)[sites],
    )


def table(problem: Problem, chosen: NDArray[np.int64]) -> pd.DataFrame:
    """One row a chosen option, columns ``PLAN_COLUMNS``."""
    import pandas as pd

    o, names = problem.options, problem.labels
    district = problem.site_district
    columns: dict[str, Any] = {
        "site": [site_id(problem, s) for s in o.site[chosen]],
        "format": [names.formats[f] for f in o.format[chosen]],
        "size": [names.sizes[k] for k in o.size[chosen]],
        "action": [names.actions[a] for a in o.action[chosen]],
        "phase": [names.phases[k] or None for k in o.phase[chosen]],
        "district": [
            names.districts[d] if d >= 0 else None
            for d in (np.full(len(chosen), -1) if district is None else district[o.site[chosen]])
        ],
        "cost": o.cost[chosen],
        "area_m2": o.area[chosen],
        "newly_covered": newly_covered(problem, chosen).sum(axis=1) / problem.person_units,
    }
    text = dict.fromkeys(PLAN_COLUMNS[:6], object)
    return pd.DataFrame(columns, columns=list(PLAN_COLUMNS)).astype(text)


def site_id(problem: Problem, site: int) -> str:
    """The planner's id of a candidate site; its position as text where there is none."""
    return problem.labels.sites[site] if len(problem.labels.sites) else str(site)


def reported_targets(problem: Problem) -> list[int]:
    """One target a (format, group): that of the last phase, counted ones before rules' own."""
    best: dict[tuple[int, int], int] = {}
    for t, target in enumerate(problem.targets):
        key = (target.format, target.group)
        rank = (target.phase, target.weight_micro > 0)
        held = problem.targets[best[key]] if key in best else None
        if held is None or rank > (held.phase, held.weight_micro > 0):
            best[key] = t
    return sorted(best.values())


def newly_covered(problem: Problem, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Persons that each chosen option is the nearest to, of those nobody covered before.

    Only targets whose people are counted (weight > 0). Ties go to the lower option.
    Shape (n_opened, n_targets), in 1/person_units of a person.
    """
    gained = np.zeros((len(chosen), problem.n_targets), np.int64)
    for t in reported_targets(problem):
        target = problem.targets[t]
        if target.weight_micro == 0:
            continue
        outlet, point, cost = pairs(problem, chosen, t)
        order = np.lexsort((outlet, cost, point))
        first, at = np.unique(point[order], return_index=True)
        np.add.at(gained[:, t], outlet[order][at], problem.persons[target.group][first])
    return gained


def pairs(
    problem: Problem, chosen: NDArray[np.int64], t: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """(position within ``chosen``, point, cost) where an outlet newly reaches a point of t."""
    o, target = problem.options, problem.targets[t]
    serving = np.flatnonzero(problem.serves[o.format[chosen], o.phase[chosen], t])
    reach = problem.reach.rows(o.site[chosen[serving]])
    outlet = np.repeat(serving, np.diff(reach.start))
    new = (reach.cost <= target.limit) & ~problem.covered_before[reach.point, t]
    return outlet[new], reach.point[new], reach.cost[new]


def coverage(problem: Problem, chosen: NDArray[np.int64]) -> Coverage:
    """People within the standard of an outlet of the format, before and after."""
    told: Coverage = {}
    for t in reported_targets(problem):
        target, persons = problem.targets[t], problem.persons[problem.targets[t].group]
        after = problem.covered_before[:, t].copy()
        after[pairs(problem, chosen, t)[1]] = True
        told.setdefault(problem.labels.formats[target.format], {})[
            problem.labels.groups[target.group]
        ] = {
            "people": int(persons.sum()) / problem.person_units,
            "before": int(persons[problem.covered_before[:, t]].sum()) / problem.person_units,
            "after": int(persons[after].sum()) / problem.person_units,
        }
    return told


def spent(problem: Problem, chosen: NDArray[np.int64]) -> tuple[int, int]:
    """(options' cost, opening costs paid once a site), whole currency units."""
    sites = np.unique(problem.options.site[chosen])
    return int(problem.options.cost[chosen].sum()), int(problem.opening_cost[sites].sum())


def budget(problem: Problem, chosen: NDArray[np.int64]) -> dict[str, Any]:
    """``total`` (None = unlimited), ``spent``, ``opening_costs``; further budgets by name."""
    options, openings = spent(problem, chosen)
    told: dict[str, Any] = {"total": None, "spent": options + openings, "opening_costs": openings}
    for rule in problem.rules:
        if rule.kind != "budget":
            continue
        used = row_use(problem, rule, chosen)
        name = rule.name.removeprefix("budget.")
        for row in range(rule.n_rows):
            if name == "total":
                told["total"] = int(rule.rhs[row])
            else:
                key = f"{name}.{rule.labels[row]}" if rule.labels else name
                told[key] = {"total": int(rule.rhs[row]), "spent": int(used[row])}
    return told


def row_use(problem: Problem, rule: Rule, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Left-hand side of each row of a rule under the plan, shape (n_rows,)."""
    taken = np.zeros(problem.n_options, np.int64)
    taken[chosen] = 1
    used = np.asarray(rule.options @ taken, np.int64)
    if rule.openings is not None:
        # A site's opening cost falls in the earliest phase in which anything opens there.
        opened = np.zeros(problem.n_sites * problem.n_phases, np.int64)
        site, phase = problem.options.site[chosen], problem.options.phase[chosen]
        order = np.lexsort((phase, site))
        sites, first = np.unique(site[order], return_index=True)
        opened[sites.astype(np.int64) * problem.n_phases + phase[order][first]] = 1
        used = used + np.asarray(rule.openings @ opened, np.int64)
    return used


def rule_lines(problem: Problem, chosen: NDArray[np.int64]) -> list[dict[str, Any]]:
    """How far each rule is used: name, kind, sense, limit, used, binds, unit, reason.

    A row "binds" when nothing further that would gain anybody fits into what is left of it (<=),
    or when nothing may be taken away (>=).
    """
    useful = gains_somebody(problem, chosen)
    lines: list[dict[str, Any]] = []
    for rule in problem.rules:
        used = row_use(problem, rule, chosen)
        binds = _binding(rule, used, useful)
        common = {"kind": rule.kind, "sense": rule.sense, "unit": rule.unit, "reason": rule.reason}
        if rule.n_rows > MANY_ROWS:
            closest = int(np.argmin(np.abs(rule.rhs - used)))
            lines.append(
                {"name": rule.name, "limit": int(rule.rhs[closest]), "used": int(used[closest]),
                 "binds": bool(binds.any()), "rows": rule.n_rows,
                 "binding_rows": int(binds.sum()), **common}
            )  # fmt: skip
            continue
        for row in range(rule.n_rows):
            name = f"{rule.name}[{rule.labels[row]}]" if len(rule.labels) > 1 else rule.name
            lines.append(
                {"name": name, "limit": int(rule.rhs[row]), "used": int(used[row]),
                 "binds": bool(binds[row]), **common}
            )  # fmt: skip
    return lines + _floor_line(problem, chosen, useful) + _coverage_lines(problem, chosen)


def _binding(rule: Rule, used: NDArray[np.int64], useful: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if rule.sense == ">=":
        return used == rule.rhs
    rows = rule.options.tocoo()
    asked = np.full(rule.n_rows, UNLIMITED, np.int64)
    wants = useful[rows.col] & (rows.data > 0)
    np.minimum.at(asked, rows.row[wants], rows.data[wants])
    return rule.rhs - used < np.where(asked == UNLIMITED, 0, asked)


def gains_somebody(problem: Problem, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Options not in the plan (nor their format at their site) that would newly cover somebody."""
    o = problem.options
    useful = np.zeros(problem.n_options, np.bool_)
    for t, target in enumerate(problem.targets):
        left = problem.value[:, t] > 0
        left[pairs(problem, chosen, t)[1]] = False
        end = problem.reach.prefix_end(target.limit)
        seen = np.concatenate(([0], np.cumsum(left[problem.reach.point])))
        site_gains = seen[end] > seen[problem.reach.start[:-1]]
        useful |= site_gains[o.site] & problem.serves[o.format, o.phase, t]
    key = o.site.astype(np.int64) * problem.n_formats + o.format
    return useful & ~np.isin(key, key[chosen])


def _floor_line(
    problem: Problem, chosen: NDArray[np.int64], useful: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """Floor space of the sites that have a limit, as one line; binds where it keeps one out."""
    limited = problem.site_area < UNLIMITED
    if not limited.any():
        return []
    o = problem.options
    used = np.zeros(problem.n_sites, np.int64)
    np.add.at(used, o.site[chosen], o.area[chosen])
    kept_out = useful & (o.area > (problem.site_area - used)[o.site])
    opened = np.zeros(problem.n_sites, np.bool_)
    opened[o.site[chosen]] = True
    full = np.unique(o.site[kept_out & opened[o.site]])
    return [
        {"name": "floor_space", "kind": "floor_space", "sense": "<=", "unit": "m2", "reason": "",
         "limit": int(problem.site_area[limited].sum()), "used": int(used[limited].sum()),
         "binds": len(full) > 0, "rows": int(limited.sum()), "binding_rows": len(full)}
    ]  # fmt: skip


def _coverage_lines(problem: Problem, chosen: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Minimum coverages: limit and used are shares; one binds when no outlet may be dropped."""
    lines: list[dict[str, Any]] = []
    for demand in problem.min_coverage:
        target = problem.targets[demand.target]
        persons = problem.persons[target.group]
        outlet, point, _ = pairs(problem, chosen, demand.target)
        times = np.bincount(point, minlength=problem.n_points)
        covered = problem.covered_before[:, demand.target] | (times > 0)
        alone = times[point] == 1
        for district in demand.districts if demand.districts is not None else (None,):
            inside = (
                np.ones(problem.n_points, np.bool_)
                if district is None or problem.point_district is None
                else problem.point_district == district
            )
            people, served = int(persons[inside].sum()), int(persons[inside & covered].sum())
            need = -(-people * demand.share.numerator // demand.share.denominator)
            mine = alone & inside[point]
            only = np.bincount(outlet[mine], persons[point[mine]], len(chosen))
            name = demand.name
            if district is not None:
                name += f"[{problem.labels.districts[district]}]"
            lines.append(
                {"name": name, "kind": "min_coverage", "sense": ">=", "unit": "share",
                 "reason": demand.reason, "limit": float(demand.share),
                 "used": served / people if people else 1.0,
                 "binds": bool(people and (served < need or (only > served - need).any()))}
            )  # fmt: skip
    return lines
