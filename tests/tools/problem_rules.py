"""Further families of rules for :mod:`tests.tools.problems`: money and numbers in every part, what
stands near, what a study asks, standards that differ in a district."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.analysis.studies.constraints import changes_at_most, other_sites
from siting.problem import FOREVER, Action, Problem, Rule, RuleKind
from siting.problem import rules as rows
from tests.tools.plans import some_plan

FAMILIES = frozenset(
    {
        "budgets",  # per tier, format, district and phase, several at once, some count openings
        "public",  # the public share of costs, without openings
        "yearly",  # what outlets cost a year, unlike their price
        "limits",  # max_outlets per tier, format and district
        "spoilt",  # options scattered over the sites: near what stands or a school, few in reach
        "study",  # few changes from a plan, or other sites than its own
        "circles",  # a district whose people have their own standard
    }
)


def further_rules(on: frozenset[str], problem: Problem, rng: np.random.Generator) -> list[Rule]:
    """The rules of these families."""
    o, n = problem.options, problem.n_options
    rules: list[Rule] = []
    if "budgets" in on:
        rules += _budgets(problem, rng)
    if "public" in on:
        share = rng.integers(0, 11, problem.n_formats)[o.format]
        rules.append(_money(problem, "budget.public", (o.cost * share + 5) // 10, rng))
    if "yearly" in on:
        support = rng.integers(0, 8, n) * (rng.random(n) < 0.8)
        rules.append(_money(problem, "budget.yearly", support, rng))
    if "limits" in on:
        for name, mask in _parts(problem).items():
            if rng.random() < 0.6:
                most = int(rng.integers(0, max(1, mask.sum()) + 1))
                rules.append(rows.count(problem, f"max_outlets.{name}", most, mask))
    if "spoilt" in on:
        rules.append(rows.forbid(problem, "spoilt", rng.random(n) < 0.3))
    if "study" in on:
        plan = some_plan(problem, int(rng.integers(2**31)))
        if rng.random() < 0.5:
            rules.append(changes_at_most(problem, "changes", plan, int(rng.integers(n))))
        else:
            rules.append(other_sites(problem, "differ", plan, int(rng.integers(2))))
    return rules


def _parts(problem: Problem) -> dict[str, np.ndarray]:
    """Options of each tier, format and district."""
    o, names = problem.options, problem.labels
    tier_of = {t.format: t.tier for t in problem.targets}
    tier = np.array([tier_of[f] for f in o.format.tolist()])
    assert problem.site_district is not None
    district = problem.site_district[o.site]
    return (
        {f"per_tier.{k}": tier == k for k in dict.fromkeys(tier_of.values())}
        | {f"per_format.{name}": o.format == f for f, name in enumerate(names.formats)}
        | {f"per_district.{name}": district == d for d, name in enumerate(names.districts)}
    )


def _budgets(problem: Problem, rng: np.random.Generator) -> list[Rule]:
    """Two or three of the parts; opening costs count in those of districts and phases."""
    openings: dict[str, np.ndarray | bool] = {}
    masks = _parts(problem)
    assert problem.site_district is not None
    for d, name in enumerate(problem.labels.districts):
        openings[f"per_district.{name}"] = np.repeat(problem.site_district == d, problem.n_phases)
    for k, name in enumerate(problem.labels.phases):
        masks[f"per_phase.{name}"] = problem.options.phase == k
        openings[f"per_phase.{name}"] = np.tile(np.arange(problem.n_phases) == k, problem.n_sites)
    rules = []
    for name in rng.permutation(sorted(masks))[: int(rng.integers(2, 4))].tolist():
        mask = masks[name]
        most = int(problem.options.cost[mask].sum() + problem.opening_cost.sum())
        rules.append(
            rows.budget(
                problem,
                f"budget.{name}",
                int(rng.integers(most + 1)),
                mask,
                openings=openings.get(name, False),
            )
        )
    return rules


def _money(problem: Problem, name: str, amount: np.ndarray, rng: np.random.Generator) -> Rule:
    limit = int(rng.integers(int(amount.sum()) + 1))
    return rows.weighted(problem, name, RuleKind.BUDGET, amount, "<=", limit, unit="money")


def with_actions(problem: Problem) -> Problem:
    """The problem whose options say what they do, as its rules have it: calls are of stops and
    vehicles; of what stands once, some option keeps it and the others move it."""
    action = np.zeros(problem.n_options, np.int32)
    outlet = np.full(problem.n_options, -1, np.int32)
    for rule in problem.rules:
        entry, option = rule.options.data, rule.options.indices
        if rule.kind == "mobile":
            action[option] = np.where(entry < 0, Action.VEHICLE.code, Action.STOP.code)
        elif rule.kind == "once":
            outlet[option] = 0
            stands = problem.options.last[option] < FOREVER
            if not stands.any():
                stands = option == option.min(initial=problem.n_options)
            action[option] = np.where(stands, Action.KEEP.code, Action.MOVE.code)
    if not action.any():
        return problem
    return problem.replace(
        options=replace(problem.options, action=action, outlet=outlet),
        labels=replace(problem.labels, changeable=("U",)),
    )


def with_circle(problem: Problem, rng: np.random.Generator) -> Problem:
    """The people of the first district within a standard of their own for the first format."""
    assert problem.point_district is not None
    inside = problem.point_district == 0
    limit, old = float(rng.integers(2, 12)), len(problem.persons)
    targets = []
    for t in problem.targets:
        if t.format == 0:
            others = tuple(d for d in (-1, *range(len(problem.labels.districts))) if d)
            targets.append(replace(t, group=old + 2 * t.group, limit=limit, districts=(0,)))
            targets.append(replace(t, group=old + 2 * t.group + 1, districts=others))
        else:
            targets.append(t)
    parts = [np.where(mask, one, 0) for one in problem.persons for mask in (inside, ~inside)]
    groups = problem.labels.groups
    named = tuple(f"{group}@{part}" for group in groups for part in ("D0", "others"))
    return problem.replace(
        targets=tuple(targets),
        persons=np.concatenate([problem.persons, *(p[np.newaxis] for p in parts)]),
        labels=replace(problem.labels, groups=(*groups, *named)),
    )
