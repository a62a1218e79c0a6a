"""Stage: whose coverage is counted, and which coverage must be kept.

Without tiers there is one stage. With tiers, the second counts the quality formats and must keep
what the basic ones reached. What must be kept - an earlier tier, a minimum coverage - is a row
over coverage, ``Σ coefficient z >= need``; at a price it simply makes those people worth more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd

import numpy as np

from siting.engine.shared.arrays import Floats, Ints, Ints32, Mask
from siting.engine.shared.instance import Instance
from siting.problem import UNLIMITED, Problem


def step_of(problem: Problem, counted: Mask, *, capacities: bool = False) -> int:
    """Every value that a plan can reach is a multiple of this, in ``problem.unit``.

    Args:
        counted: targets whose people are the value, shape (n_targets,).
        capacities: people are served in parts, as much as outlets can take.
    """
    weight = [
        t.weight_micro // problem.weight_gcd if count else 0
        for t, count in zip(problem.targets, counted, strict=True)
    ]
    persons = [int(np.gcd.reduce(each, initial=0)) for each in problem.persons]
    step = gcd(*(w * persons[t.group] for w, t in zip(weight, problem.targets, strict=True)))
    if capacities:
        limits = np.concatenate([problem.options.capacity, problem.outlets.capacity])
        limit = int(np.gcd.reduce(limits[limits < UNLIMITED], initial=0))
        step = gcd(step, limit * problem.person_units * gcd(*weight))
    return max(1, step)


def of_counted(value: Ints, counted: Mask) -> Ints:
    """Value of the counted targets' people, nought of others; the array itself where all count,
    for a city's is large.

    Args:
        value: shape (n_points, n_targets).
        counted: shape (n_targets,).
    """
    return value if counted.all() else np.where(counted[np.newaxis, :], value, 0)


def settled(value: float, bound: float, safe_bound: float, step: int, gap: float) -> bool:
    """Whether a plan is as near to the bound as was asked, or no attainable value lies between.

    All in ``problem.unit``.

    Args:
        bound: in single precision, as it is told.
        safe_bound: the same with the margin that makes it surely valid.
    """
    if bound - value <= gap * max(value, 1e-9):
        return True
    return bool(safe_bound // step * step <= value + step / 2)


@dataclass(frozen=True)
class CoverRow:
    """Σ over listed targets and points of coefficient * z >= need, integers."""

    targets: tuple[int, ...]
    """The problem's."""
    coefficient: Ints
    """Shape (n_points, len(targets)) of the problem; 0 where existing outlets cover."""
    need: int
    name: str
    number: int = -1
    """Of the problem's minimum coverages; -1 for held tiers."""
    district: int = 0
    """Position within that rule's districts."""

    def over(self, instance: Instance) -> tuple[Ints, Ints]:
        """The instance's targets and the coefficients summed over patterns."""
        position = {int(t): k for k, t in enumerate(instance.target)}
        kept = [k for k, t in enumerate(self.targets) if t in position]
        inside = instance.pattern >= 0
        total = np.zeros((instance.n_points, len(kept)), np.int64)
        for column, k in enumerate(kept):
            np.add.at(total[:, column], instance.pattern[inside], self.coefficient[inside, k])
        return np.array([position[self.targets[k]] for k in kept], np.int64), total


@dataclass(frozen=True)
class Stage:
    """One lexicographic step."""

    problem: Problem
    counted: Mask
    """Targets whose people are the objective, shape (n_targets,)."""
    tier: str | None = None
    held: int | None = None
    """In ``problem.unit``."""
    cover_rows: tuple[CoverRow, ...] = field(default=())

    @property
    def value(self) -> Ints:
        """Objective value of each (point, target); shape (n_points, n_targets)."""
        return of_counted(self.problem.value, self.counted)

    @property
    def needed(self) -> Mask | None:
        """Whom rows over coverage count, shape (n_points, n_targets)."""
        if not self.cover_rows:
            return None
        needed = np.zeros((self.problem.n_points, self.problem.n_targets), np.bool_)
        for row in self.cover_rows:
            for k, t in enumerate(row.targets):
                needed[:, t] |= row.coefficient[:, k] > 0
        return needed

    @property
    def keep_apart(self) -> Ints32 | None:
        """Labels of points that rows tell apart: districts."""
        return self.problem.told_apart

    def phi(self, prices: Floats, scale: int) -> tuple[Ints, ...]:
        """Integer prices of the minimum coverages, as the certificate wants them."""
        out = [np.zeros(len(m.places), np.int64) for m in self.problem.min_coverage]
        for row, price in zip(self.cover_rows, prices, strict=True):
            if row.number >= 0:
                out[row.number][row.district] = round(price * scale)
        return tuple(out)

    def held_price(self, prices: Floats, scale: int) -> int:
        """Integer price of the held tier."""
        held = [p for row, p in zip(self.cover_rows, prices, strict=True) if row.number < 0]
        return round(held[0] * scale) if held else 0


def at_one_point(problem: Problem) -> int:
    """What the judge's numbers of one point may come to, twice, ``problem.unit``: whoever is
    covered today, or counted by no target, is part of them."""
    heaviest = max([1, *(t.weight_micro // problem.weight_gcd for t in problem.targets)])
    return 2 * heaviest * int(problem.persons.max(initial=0))


def min_coverage_rows(problem: Problem) -> tuple[CoverRow, ...]:
    """One row for each minimum coverage and district."""
    rows = []
    for number, rule in enumerate(problem.min_coverage):
        for at, district in enumerate(rule.places):
            need = problem.missing(rule, district)
            if need <= 0:
                continue
            here = problem.inside(district)
            group = {t: problem.persons[problem.targets[t].group] for t in rule.targets}
            targets = tuple(t for t, persons in group.items() if persons[here].any())
            persons = np.zeros((problem.n_points, len(targets)), np.int64)
            for column, t in enumerate(targets):
                persons[here, column] = group[t][here]
            persons[problem.covered_before[:, list(targets)]] = 0
            rows.append(CoverRow(targets, persons, need, rule.name, number, at))
    return tuple(rows)


def held_row(problem: Problem, targets: Mask, reached: int) -> CoverRow:
    """What earlier tiers reached must stay."""
    listed = tuple(int(t) for t in np.flatnonzero(targets))
    return CoverRow(listed, problem.value[:, list(listed)], reached, "tiers held")
