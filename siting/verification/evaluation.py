"""What a plan gains, costs, uses and breaks under one objective, in exact integers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import TIERS, Objective, Problem
from siting.problem.record import Record
from siting.verification import objectives
from siting.verification.minima import MinimumUse
from siting.verification.people import Ints
from siting.verification.rulebook import (
    RuleUse,
    broken,
    cost,
    floor_use,
    option_values,
    removal,
    rule_use,
)

MOST_USELESS = 20
"""Useless outlets looked for one after the other; each costs as much as the whole evaluation."""


@dataclass(frozen=True, eq=False)
class Reached(Record):
    """People of one group within the standard of one format, in persons."""

    people: float
    """All of the group, reached or not."""
    before: float
    """By what stands today, what may move or close included."""
    after: float
    """At the end of the last phase."""

    def to_dict(self) -> dict[str, float]:
        """``people``, ``before`` and ``after``."""
        return {"people": self.people, "before": self.before, "after": self.after}

    @classmethod
    def from_dict(cls, told: Mapping[str, float]) -> Reached:
        """Stored figures. Raises KeyError or TypeError on anything else."""
        return cls(told["people"], told["before"], told["after"])


Coverage = Mapping[str, Mapping[str, Reached]]
"""{format: {group: who is reached}}, by ids."""


@dataclass(frozen=True)
class TargetCoverage:
    """People of one target, in 1/person_units of a person."""

    target: int
    people: int
    before: int
    """By what stays whatever the plan: the objective counts people gained over this."""
    after: int
    today: int
    """By what stands today, what may move or close included."""


@dataclass(frozen=True)
class Evaluation:
    """A plan, judged."""

    options: Ints
    """Positions of the chosen options, ascending, each once, shape (n_opened,)."""
    spec: Objective
    exact: Fraction
    """The objective in the model's unit (weighted persons, outlets, money, person x cost, cost)."""
    unit: Fraction
    """What one integer unit of a bound of this model is worth."""
    tiers: dict[str, Fraction]
    """The objective a tier ("basic", "quality"), of tiers that have targets; cover models only."""
    targets: tuple[TargetCoverage, ...]
    newly_covered: Ints
    """Persons newly covered by each chosen option, 1/person_units, shape (n_opened,): each person
    counts for the nearest chosen outlet (ties: lowest option); at the end of the last phase, so
    that rows add up to after - before of the counted targets: who is kept where it stands counts
    whom it holds. Served persons under capacity."""
    cost: int
    """Whole currency units, opening costs included."""
    opening_costs: int
    area: dict[int, int]
    """m2 used, by position of the site."""
    rules: tuple[RuleUse, ...]
    minima: tuple[MinimumUse, ...]
    """Minimum coverages, one a row: a rule in a district or in the whole area."""
    violations: tuple[Notice, ...]
    """One notice for each thing the plan breaks; empty = feasible."""
    useless: Ints
    """Chosen options that could all be left out: they gain nothing and no rule needs them (models
    that count people; at most ``MOST_USELESS`` are looked for)."""
    coverage: Coverage = field(default_factory=dict)
    """{format: {group: people, before, after}}, in persons."""

    @property
    def objective(self) -> float:
        """In the model's unit."""
        return float(self.exact)

    @property
    def units(self) -> int:
        """The objective in whole ``unit`` (rounded down; exact for all but p_median, p_center)."""
        return int(self.exact // self.unit)

    @property
    def feasible(self) -> bool:
        """Whether every rule is kept."""
        return not self.violations


def evaluate(
    problem: Problem, options: ArrayLike, objective: Objective | None = None
) -> Evaluation:
    """Judge a plan.

    Args:
        options: positions of the chosen options; order and repeats do not matter here.
        objective: default ``problem.objective``.

    Raises:
        ArgumentError: a position outside ``0..n_options - 1``.
    """
    spec = objective or problem.objective
    chosen = np.unique(np.asarray(options, np.int64).ravel())
    if len(chosen) and not 0 <= chosen[0] <= chosen[-1] < problem.n_options:
        first, final = chosen[[0, -1]].tolist()
        last = problem.n_options - 1
        raise ArgumentError(Notice("data.options_range", last=last, first=first, final=final))
    uses = [use for rule in problem.rules for use in rule_use(problem, rule, chosen)]
    found = objectives.judge(problem, spec, chosen)
    today = [before for _, before, _ in found.people]
    if len(problem.kept_today):
        today = objectives.covered_today(problem, spec)
    targets = tuple(TargetCoverage(t, *people, today[t]) for t, people in enumerate(found.people))
    spent, openings = cost(problem, chosen)
    return Evaluation(
        options=chosen,
        spec=spec,
        exact=found.exact,
        unit=found.unit,
        tiers={
            tier: found.tiers.get(tier, Fraction(0))
            for tier in TIERS
            if objectives.is_cover(spec) and any(t.tier == tier for t in problem.targets)
        },
        targets=targets,
        newly_covered=found.newly_covered,
        cost=spent,
        opening_costs=openings,
        area=floor_use(problem, chosen),
        rules=tuple(uses),
        minima=tuple(found.minima),
        violations=(*broken(problem, spec, chosen, uses), *found.violations),
        useless=_useless(problem, spec, chosen, found.idle, uses),
        coverage=_coverage(problem, targets),
    )


def reported(problem: Problem) -> dict[tuple[int, int], int]:
    """(format, group) -> the target that reports tell of: the last phase's, counted ones first."""
    best: dict[tuple[int, int], int] = {}
    for t, target in enumerate(problem.targets):
        key = target.format, target.group
        other = problem.targets[best[key]] if key in best else None
        if other is None or (target.phase, target.weight_micro > 0) > (
            other.phase,
            other.weight_micro > 0,
        ):
            best[key] = t
    return best


def _coverage(problem: Problem, targets: tuple[TargetCoverage, ...]) -> Coverage:
    """The table of a result's ``coverage``."""
    table: dict[str, dict[str, Reached]] = {}
    for (format_, group), t in sorted(reported(problem).items()):
        told = targets[t]
        persons = (
            float(Fraction(n, problem.person_units)) for n in (told.people, told.today, told.after)
        )
        groups = table.setdefault(problem.labels.formats[format_], {})
        groups[problem.labels.groups[group]] = Reached(*persons)
    return table


def _useless(
    problem: Problem, spec: Objective, chosen: Ints, idle: NDArray[np.bool_], uses: list[RuleUse]
) -> Ints:
    """Options that can be left out one after the other, the last position first: of two that
    cover the same people one stays. At most ``MOST_USELESS`` are looked for."""
    spare: list[int] = []
    while idle.any() and len(spare) < MOST_USELESS:
        found = _unneeded(problem, chosen, idle, uses)
        if not len(found):
            break
        spare.append(int(found[-1]))
        chosen = chosen[chosen != found[-1]]
        idle = objectives.judge(problem, spec, chosen).idle
        uses = [use for rule in problem.rules for use in rule_use(problem, rule, chosen)]
    return np.array(sorted(spare), np.int64)


def _unneeded(problem: Problem, chosen: Ints, idle: NDArray[np.bool_], uses: list[RuleUse]) -> Ints:
    """Options of ``idle`` (they gain nothing and no minimum coverage needs them) whose removal
    breaks no row that the plan keeps."""
    first = 0
    needed = np.zeros(problem.n_options, bool)
    for rule in problem.rules:
        rows = uses[first : first + rule.n_rows]
        first += rule.n_rows
        for option in chosen[idle & ~needed[chosen]].tolist():
            change = removal(problem, rule, chosen, option)
            needed[option] = any(
                rows[row].kept and not replace(rows[row], used=rows[row].used + by).kept
                for row, by in change.items()
            )
    return chosen[idle & ~needed[chosen]]


def useless_notes(problem: Problem, evaluation: Evaluation) -> tuple[Notice, ...]:
    """One for each outlet that should not be in the plan."""
    return tuple(
        Notice("plan.useless", **option_values(problem, option))
        for option in evaluation.useless.tolist()
    )
