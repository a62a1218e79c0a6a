"""Why each outlet is in a plan: whom it gains, which rules keep it, whose host it is.

Proven by dropping it and nothing else: a rule keeps it that would then be broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.problem import Place, Problem, Rule, RuleKind
from siting.problem.about import NOTHING, About
from siting.problem.vehicles import option_kinds
from siting.result.binding import by_rule, dropping_breaks
from siting.verification.evaluation import Evaluation

Ints = NDArray[np.int64]
HOSTS = (RuleKind.TOGETHER, RuleKind.ADD_ON)
DEAREST = 5
"""So many outlets with the highest cost a newly covered person are marked; of a plan with fewer
than twice as many, half."""


@dataclass(frozen=True)
class Kept:
    """A rule that would be broken without an outlet."""

    rule: str
    about: About = NOTHING
    row: str = ""

    @property
    def name(self) -> str:
        """The rule's name with its row."""
        return f"{self.rule}[{self.row}]" if self.row else self.rule

    def to_dict(self) -> dict[str, Any]:
        """``rule``; ``row`` and ``about`` where there is any."""
        about = self.about.to_dict()
        return (
            {"rule": self.rule}
            | ({"row": self.row} if self.row else {})
            | ({"about": about} if about else {})
        )

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Kept:
        """From result.json. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(told["rule"], About.from_dict(told.get("about", {})), told.get("row", ""))


@dataclass(frozen=True)
class Why:
    """What speaks for one outlet of a plan, beside those whom it gains (``newly_covered``)."""

    keeps: tuple[Kept, ...]
    host_of: tuple[str, ...]
    """Formats at its site that may not be there without it."""
    cost_per_person: float | None
    """Currency units a person gained, its site's opening apart; None where nobody is gained or
    nothing is paid."""
    dearest: bool = False
    """Among the plan's ``DEAREST`` by cost a person; first what is paid for and gains nobody,
    vehicles apart, which serve by their stops."""

    def to_dict(self) -> dict[str, Any]:
        """As the plan's rows of result.json have it."""
        return {
            "keeps": [kept.to_dict() for kept in self.keeps],
            "host_of": list(self.host_of),
            "cost_per_person": self.cost_per_person,
            "dearest": self.dearest,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Why:
        """Of a stored row. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            tuple(Kept.from_dict(kept) for kept in row["keeps"]),
            tuple(row["host_of"]),
            row["cost_per_person"],
            row["dearest"],
        )


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
    # A vehicle gains nobody itself: its stops do.
    vehicle = option_kinds(problem)[chosen] == Place.VEHICLE
    order = [
        0.0 if drives else np.inf if one is None and money else one or 0.0
        for one, money, drives in zip(each, cost.tolist(), vehicle.tolist(), strict=True)
    ]
    most = min(DEAREST, (len(order) + 1) // 2)
    marked = set(np.argsort(-np.array(order), kind="stable")[:most].tolist())
    return tuple(
        Why(
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
    pairs = {
        t: _alone(problem, judged.options, t)
        for demand in problem.min_coverage
        for t in demand.targets
    }
    for use in judged.minima:
        demand = problem.min_coverage[use.rule]
        here = problem.inside(use.district)
        alone: Ints = np.zeros(len(judged.options), np.int64)
        for t in demand.targets:
            outlet, point = pairs[t]
            people = np.where(here, problem.persons[problem.targets[t].group], 0)
            np.add.at(alone, outlet, people[point])
        name = "" if use.district is None else problem.labels.districts[use.district]
        found += [
            (int(k), Kept(demand.name, demand.about, name))
            for k in np.flatnonzero(alone > use.covered - use.needed)
        ]
    return found


def _alone(problem: Problem, chosen: Ints, t: int) -> tuple[Ints, Ints]:
    """(position in the plan, point) wherever one outlet alone reaches a point for a target."""
    at = np.flatnonzero(problem.serves[problem.kind[chosen], t])
    reach = problem.reach.rows(problem.options.site[chosen[at]])
    outlet = np.repeat(at, np.diff(reach.start))
    new = (reach.cost <= problem.targets[t].limit) & ~problem.covered_before[reach.point, t]
    outlet, point = outlet[new], reach.point[new].astype(np.int64)
    times = np.bincount(point, minlength=problem.n_points)
    return outlet[times[point] == 1], point[times[point] == 1]
