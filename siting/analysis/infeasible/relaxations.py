"""What a planner may give up or give way on, and the problem once that is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from siting.analysis.infeasible.unreachable import with_share, without_floors
from siting.problem import NOTHING, UNLIMITED, About, Action, Key, Problem, Rule, RuleKind
from siting.problem.rules import if_opened
from siting.solving.feasibility import row_labels

Kind = Literal["rule", "spacing", "min_coverage", "floor", "capacity"]
FLOORS = "floor_space"
"""What the sites' floor space is called among the rules."""
CAPACITY = "respect_capacity"
"""What serving within capacity is called among the rules."""
SHARE_STEPS = 1000
"""Shares are lowered in steps of 0.1 %."""
NUMBERING = (RuleKind.FLEET, RuleKind.ONCE)
"""Kinds that say what things are (equal vehicles are one plan, an outlet is at one place): no
planner's rule, and kept whatever is given up."""
SOFT = (RuleKind.MAX_OUTLETS, RuleKind.MAX_FORMATS_PER_SITE, RuleKind.BUDGET)
"""Kinds a planner would rather change; they are named last in a conflict."""


@dataclass(frozen=True)
class Item:
    """Something that can be kept or given up as a whole."""

    name: str
    kind: Kind
    position: int
    """In ``Problem.rules``, ``spacings`` or ``min_coverage``."""
    family: str
    """budget, require, ...: the rule's own kind."""
    reason: str = ""
    about: About = NOTHING


@dataclass(frozen=True)
class Relaxation:
    """One way out: this much of one rule, all others kept."""

    item: Item
    unit: str
    """money, outlets, m2, formats, share, minutes; optional: a hub need not open; empty: the rule
    must be given up."""
    limit: float | None = None
    """As it stands."""
    to: float | None = None
    """The value nearest to it with which a plan exists."""
    where: dict[str, int] = field(default_factory=dict)
    """Amount by row or site, where several give way."""

    @property
    def hub(self) -> str:
        """The hub whose rule it is; what it means for other rules is nothing."""
        about = self.item.about
        return about.name or f"{about.key}.{about.site}"

    @property
    def amount(self) -> float | None:
        """How far it must move."""
        if self.limit is None or self.to is None:
            return float(sum(self.where.values())) if self.where else None
        return abs(self.to - self.limit)


def items(problem: Problem) -> list[Item]:
    """Every rule by name, the ones a planner would rather change last."""
    found = [
        Item(s.name, "spacing", k, "apart", s.reason, s.about)
        for k, s in enumerate(problem.spacings)
    ]
    found += [
        Item(r.name, "rule", k, r.kind, r.reason, r.about)
        for k, r in enumerate(problem.rules)
        if r.kind not in NUMBERING and r.n_rows and not (r.rhs >= UNLIMITED).all()
    ]
    if (problem.site_area < UNLIMITED).any():
        found.append(Item(FLOORS, "floor", 0, "floor_space"))
    if problem.respect_capacity and problem.min_coverage:
        found.append(Item(CAPACITY, "capacity", 0, CAPACITY))
    found += [
        Item(m.name, "min_coverage", k, "min_coverage", m.reason, m.about)
        for k, m in enumerate(problem.min_coverage)
    ]
    rank: dict[str, int] = {family: 1 + k for k, family in enumerate(SOFT)}
    return sorted(found, key=lambda item: rank.get(item.family, 0))


def only(problem: Problem, kept: Sequence[Item]) -> Problem:
    """The problem with these items as its only rules."""
    chosen = {(item.kind, item.position) for item in kept}
    changed = problem.replace(
        rules=tuple(
            r for k, r in enumerate(problem.rules) if ("rule", k) in chosen or r.kind in NUMBERING
        ),
        spacings=tuple(s for k, s in enumerate(problem.spacings) if ("spacing", k) in chosen),
        min_coverage=tuple(
            m for k, m in enumerate(problem.min_coverage) if ("min_coverage", k) in chosen
        ),
    )
    if ("floor", 0) not in chosen:
        changed = without_floors(changed)
    if ("capacity", 0) not in chosen:
        changed = changed.replace(respect_capacity=False)
    if changed.objective.p is not None and all(r.about.key is not Key.P for r in changed.rules):
        changed = changed.replace(p=None)
    return changed


def applied(problem: Problem, ways: Sequence[Relaxation]) -> Problem:
    """The problem with relaxations made, or items given up where none is told; positions stay."""
    for way in ways:
        problem = _APPLY[way.item.kind](problem, way)
    return problem


def _apply_share(problem: Problem, way: Relaxation) -> Problem:
    share = Fraction(round((way.to or 0.0) * SHARE_STEPS), SHARE_STEPS)
    return with_share(problem, way.item.position, share)


def _apply_floor(problem: Problem, way: Relaxation) -> Problem:
    if not way.where:
        return without_floors(problem)
    names = [problem.site_id(s) for s in range(problem.n_sites)]
    more = np.array([way.where.get(name, 0) for name in names], np.int64)
    return problem.replace(site_area=problem.site_area + more)


def _apply_optional(problem: Problem, way: Relaxation) -> Problem:
    """A hub's rules for whatever opens there, in place of what must open."""
    o, rules = problem.options, list(problem.rules)
    opens = problem.acting(Action.OPEN, Action.MOVE)
    for k, rule in enumerate(rules):
        if rule.kind is RuleKind.HUB and rule.sense == ">=" and same_entry(rule, way.item.about):
            counted = rule.options.indices  # what stands there has sites of its own
            sites = o.site[counted[opens[counted]]]
            rules[k] = if_opened(problem, rule, np.isin(o.site, sites) & opens)
    return problem.replace(rules=tuple(rules))


def same_entry(rule: Rule, about: About) -> bool:
    """Whether one entry of the scenario asks for a rule and for what another speaks of."""
    return (rule.about.key, rule.about.entry) == (about.key, about.entry)


def _apply_rule(problem: Problem, way: Relaxation) -> Problem:
    if way.unit == "optional":
        return _apply_optional(problem, way)
    rule = problem.rules[way.item.position]
    sign = 1 if rule.sense == "<=" else -1
    if way.to is not None:
        rhs = rule.rhs + (int(way.to) - rule.rhs[0])
    elif way.where:
        more = [way.where.get(label, 0) for label in row_labels(rule)]
        rhs = rule.rhs + sign * np.array(more, np.int64)
    else:
        rhs = np.full(rule.n_rows, sign * UNLIMITED, np.int64)
    rules = list(problem.rules)
    rules[way.item.position] = replace(rule, rhs=rhs)
    return problem.replace(rules=tuple(rules))


def _apply_spacing(problem: Problem, way: Relaxation) -> Problem:
    spacings = list(problem.spacings)
    spacing = spacings[way.item.position]
    nowhere = csr_array(spacing.near.shape, dtype=np.bool_)
    # Formats of one site still exclude each other, unless the rule no longer names them.
    spacings[way.item.position] = replace(spacing, formats=(), near=nowhere)
    return problem.replace(spacings=tuple(spacings))


def _apply_capacity(problem: Problem, way: Relaxation) -> Problem:
    del way
    return problem.replace(respect_capacity=False)


_APPLY = {
    "min_coverage": _apply_share,
    "floor": _apply_floor,
    "rule": _apply_rule,
    "spacing": _apply_spacing,
    "capacity": _apply_capacity,
}
