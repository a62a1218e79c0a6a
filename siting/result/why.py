"""Why each outlet is in a plan: whom it gains, which rules keep it, whose host it is.

Proven by dropping it and nothing else: a rule keeps it that would then be broken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem, Rule, RuleKind
from siting.problem.about import NOTHING, About
from siting.result.accounting import by_rule, newly_reached
from siting.result.binding import dropping_breaks
from siting.verification.evaluation import Evaluation

Ints = NDArray[np.int64]
HOSTS = (RuleKind.TOGETHER, RuleKind.ADD_ON)
DEAREST = 5
"""So many outlets with the highest cost a newly covered person are marked."""


@dataclass(frozen=True)
class Kept:
    """A rule that would be broken without an outlet."""

    rule: str
    about: About = NOTHING
    row: str = ""


@dataclass(frozen=True)
class Why:
    """What speaks for one outlet of a plan."""

    gained: float
    """Persons, each at the nearest new outlet: ``newly_covered`` of the plan's table."""
    keeps: tuple[Kept, ...]
    host_of: tuple[str, ...]
    """Formats at its site that may not be there without it."""
    cost_per_person: float | None
    """Currency units a person gained, its site's opening apart; None where nobody is gained or
    nothing is paid."""
    dearest: bool = False
    """One of the plan's ``DEAREST`` by cost a person, or paid for and gaining nobody."""


def whys(problem: Problem, judged: Evaluation) -> tuple[Why, ...]:
    """One a chosen option, in their order."""
    chosen, o = judged.options, problem.options
    gained = judged.newly_covered / problem.person_units
    keeps: list[list[Kept]] = [[] for _ in chosen]
    hosts: list[set[str]] = [set() for _ in chosen]
    for rule, uses in by_rule(problem, judged):
        if rule.kind in (RuleKind.ONCE, RuleKind.FLEET):
            continue
        breaks = dropping_breaks(rule, uses, chosen)
        for row, k in zip(*(found.tolist() for found in breaks), strict=True):
            if rule.kind in HOSTS:
                hosts[k] |= _guests(problem, rule, row, chosen, int(chosen[k]))
            else:
                keeps[k].append(Kept(rule.name, rule.about, uses[row].label))
    for k, kept in _minima(problem, judged):
        keeps[k].append(kept)
    cost = o.cost[chosen]
    each = [
        float(money / people) if people > 0 and money else None
        for money, people in zip(cost.tolist(), gained.tolist(), strict=True)
    ]
    order = [
        np.inf if one is None and money else one or 0.0
        for one, money in zip(each, cost.tolist(), strict=True)
    ]
    marked = set(np.argsort(-np.array(order), kind="stable")[:DEAREST].tolist())
    return tuple(
        Why(
            float(gained[k]),
            tuple(dict.fromkeys(keeps[k])),
            tuple(sorted(hosts[k])),
            each[k],
            k in marked and order[k] > 0,
        )
        for k in range(len(chosen))
    )


def _guests(problem: Problem, rule: Rule, row: int, chosen: Ints, host: int) -> set[str]:
    """Formats of the plan's outlets that the row lets be only beside a host."""
    part = slice(int(rule.options.indptr[row]), int(rule.options.indptr[row + 1]))
    columns, values = rule.options.indices[part], rule.options.data[part]
    sign = 1 if rule.sense == "<=" else -1
    guests = np.intersect1d(columns[sign * values > 0], chosen)
    return {problem.labels.formats[problem.options.format[k]] for k in guests if k != host}


def _minima(problem: Problem, judged: Evaluation) -> list[tuple[int, Kept]]:
    """(position in the plan, minimum coverage) of each outlet without which too few are reached."""
    found: list[tuple[int, Kept]] = []
    if problem.respect_capacity:
        return found
    chosen = judged.options
    for use in judged.minima:
        demand = problem.min_coverage[use.rule]
        here = problem.inside(use.district)
        alone: Ints = np.zeros(len(chosen), np.int64)
        for t in demand.targets:
            people = np.where(here, problem.persons[problem.targets[t].group], 0)
            reached = [
                np.unique(newly_reached(problem, chosen[k : k + 1], t)) for k in range(len(chosen))
            ]
            times = np.zeros(problem.n_points, np.int64)
            for mine in reached:
                times[mine] += 1
            alone += [int(people[mine[times[mine] == 1]].sum()) for mine in reached]
        name = "" if use.district is None else problem.labels.districts[use.district]
        found += [
            (int(k), Kept(demand.name, demand.about, name))
            for k in np.flatnonzero(alone > use.covered - use.needed)
        ]
    return found
