"""One budget over many circles: who gets how much, and how far that can be from the best.

Each circle is solved at several budgets. Its plans are points (money, people); its certificates,
with their price on money, are lines over all budgets (:mod:`siting.analysis.studies.bounds`), the
least of which is a concave ceiling. Points are chosen exactly, one a circle (a multiple-choice
knapsack). With F_s(b) the best that circle s can do with b, and any price λ ≥ 0 on money,

    max Σ F_s(b_s), Σ b_s ≤ N  ≤  λ N + Σ_s max_b (ceiling_s(b) - λ b),

Everett (1963); the least of these over λ is the bound told. Everything in it is exact fractions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations

import numpy as np

from siting.progress import relative_gap

STEPS = 80
"""Halvings of the interval of prices: the bound is valid at every price, only not as tight."""


@dataclass(frozen=True)
class Choice:
    """A plan of a circle, found and verified."""

    spent: int
    """Whole currency units."""
    objective: float
    key: str
    """Of its task."""


@dataclass(frozen=True)
class Straight:
    """A proven line: no plan that may spend b has more than ``value + slope * b``."""

    tier: str
    value: Fraction
    slope: Fraction


@dataclass
class Circle:
    """What is known of one circle."""

    name: str
    least: int
    """Money it has in any case, spent or not."""
    most: int
    choices: list[Choice] = field(default_factory=list)
    lines: list[Straight] = field(default_factory=list)
    """Of several tiers; the ceiling is the sum over tiers of the least of each's lines."""
    tiers: tuple[str, ...] = ()
    """Those that count; without lines of all of them the lines say nothing."""
    steps: dict[int, float] = field(default_factory=dict)
    """Proven bounds by budget: for that budget and smaller ones."""
    certified: dict[int, float] = field(default_factory=dict)
    """The same, of certificates alone, without what a solver's own search has proven."""
    everybody: float = float("inf")
    """What no plan can exceed, whatever it spends."""

    def at_most(self, money: int) -> float:
        """What is proven of plans that spend no more than this."""
        told = [self.everybody, *(v for limit, v in self.steps.items() if limit >= money)]
        by_tier = [[x for x in self.lines if x.tier == t] for t in self.tiers]
        if by_tier and all(by_tier):
            told.append(
                float(sum(min(x.value + x.slope * money for x in lines) for lines in by_tier))
            )
        return min(told)

    def highest(self, price: Fraction) -> tuple[Fraction, int]:
        """The most of ceiling(b) - price * b within the circle's limits, and such a b."""
        found = [self._by_lines(price), self._by_steps(price)]
        return min((f for f in found if f is not None), key=lambda value_at: value_at[0])

    def _by_lines(self, price: Fraction) -> tuple[Fraction, int] | None:
        by_tier = {t: [x for x in self.lines if x.tier == t] for t in self.tiers}
        if not by_tier or not all(by_tier.values()):
            return None
        at = {Fraction(self.least), Fraction(self.most)}
        for lines in by_tier.values():
            for one, other in combinations(lines, 2):
                if one.slope != other.slope:
                    cross = (other.value - one.value) / (one.slope - other.slope)
                    if self.least < cross < self.most:
                        at.add(cross)

        def worth(b: Fraction) -> Fraction:
            tiers = by_tier.values()
            return sum((min(x.value + x.slope * b for x in lines) for lines in tiers), Fraction(0))

        best = max(at, key=lambda b: worth(b) - price * b)
        return worth(best) - price * best, round(best)

    def _by_steps(self, price: Fraction) -> tuple[Fraction, int]:
        """A step's height over the money at which it begins."""
        begins, found = self.least, []
        for limit in sorted(self.steps):
            if limit < begins:
                continue
            found.append((Fraction(self.steps[limit]) - price * begins, begins))
            begins = limit + 1
        if begins <= self.most:
            if self.everybody == float("inf"):
                raise ValueError(f"{self.name}: nothing is proven beyond {begins:,}")
            found.append((Fraction(self.everybody) - price * begins, begins))
        return max(found, key=lambda value_at: value_at[0])


@dataclass(frozen=True)
class Programme:
    """The money shared out."""

    total: int
    chosen: Mapping[str, Choice]
    """By the circle's name."""
    objective: float
    bound: float
    """No way to share the money has more."""
    price: float
    """People that one more unit of money is worth, at the bound."""
    certified_bound: float
    """The same bound where nothing but certificates is believed, which anybody can recompute."""

    @property
    def spent(self) -> int:
        """By all circles together."""
        return sum(choice.spent for choice in self.chosen.values())

    @property
    def gap(self) -> float | None:
        """|bound - objective| / |objective|."""
        return relative_gap(self.objective, self.bound)

    @property
    def certified_gap(self) -> float | None:
        """The same to the certified bound."""
        return relative_gap(self.objective, self.certified_bound)


def share(circles: Sequence[Circle], total: int) -> Programme | None:
    """The best choice of one known plan a circle, and a bound on every way to share; None where
    no choice keeps within the money.

    Args:
        total: whole currency units, of all circles.
    """
    chosen = _choose(circles, total)
    if chosen is None:
        return None
    bound, price = bound_of(circles, total)
    alone, _ = bound_of([replace(circle, steps=circle.certified) for circle in circles], total)
    objective = float(sum(choice.objective for choice in chosen.values()))
    return Programme(
        total,
        chosen,
        objective,
        max(float(bound), objective),
        float(price),
        max(float(alone), float(bound), objective),
    )


def bound_of(circles: Sequence[Circle], total: int) -> tuple[Fraction, Fraction]:
    """The least bound over prices, and its price."""

    def dual(price: Fraction) -> Fraction:
        return price * total + sum((c.highest(price)[0] for c in circles), Fraction(0))

    slopes = [x.slope for c in circles for x in c.lines]
    slopes += [Fraction(c.everybody) for c in circles if c.everybody < float("inf")]
    low, high = Fraction(0), max([*slopes, Fraction(1)]) * 2
    for _ in range(STEPS):
        third = (high - low) / 3
        one, other = _short(low + third), _short(high - third)
        if dual(one) <= dual(other):
            high = other
        else:
            low = one
    tried = [Fraction(0), low, high, *sorted({x.slope for c in circles for x in c.lines})]
    best = min(tried, key=dual)
    return dual(best), best


def _short(price: Fraction) -> Fraction:
    """A price near by, with few digits: any price will do."""
    return Fraction(float(price)) if price else price


def wanted(circles: Sequence[Circle], programme: Programme) -> dict[str, list[int]]:
    """Budgets at which another solve may help, by circle: where the ceiling stands highest over the
    price, and what is left of the money on top of what the circle has."""
    price = Fraction(programme.price)
    left = programme.total - programme.spent
    highest = {circle.name: circle.highest(price)[1] for circle in circles}
    slack = max(0, programme.total - sum(highest.values()))
    told = {}
    for circle in circles:
        has, high = programme.chosen[circle.name].spent, highest[circle.name]
        at = {min(circle.most, b) for b in (high, high + slack, has + left)}
        known = {*circle.steps}
        told[circle.name] = sorted(b for b in at if b > 0 and b not in known)
    return told


def _choose(circles: Sequence[Circle], total: int) -> dict[str, Choice] | None:
    """One plan a circle, the most people for the money: a multiple-choice knapsack, solved exactly
    by branch and cut; ties go to the cheaper."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    options = [
        (k, choice)
        for k, circle in enumerate(circles)
        for choice in circle.choices
        if choice.spent <= circle.most
    ]
    if {k for k, _ in options} != set(range(len(circles))):
        return None
    cost = np.array([max(c.spent, circles[k].least) for k, c in options], float)
    worth = np.array([c.objective for _, c in options])
    one_each = np.zeros((len(circles), len(options)))
    one_each[[k for k, _ in options], np.arange(len(options))] = 1.0
    cheaper = 1e-9 * max(1.0, float(worth.max(initial=0.0))) / max(1.0, float(cost.sum()))
    found = milp(
        cheaper * cost - worth,
        constraints=[
            LinearConstraint(one_each, 1.0, 1.0),
            LinearConstraint(cost[np.newaxis, :], -np.inf, float(total)),
        ],
        integrality=np.ones(len(options), np.int64),
        bounds=Bounds(0.0, 1.0),
    )
    if found.x is None:
        return None
    taken = [options[j] for j in np.flatnonzero(found.x > 0.5)]
    chosen = {circles[k].name: choice for k, choice in taken}
    spent = sum(max(choice.spent, circles[k].least) for k, choice in taken)
    return chosen if spent <= total and len(chosen) == len(circles) else None


def grid(most: int, points: int) -> list[int]:
    """Budgets to begin with, denser where money helps most: quadratic steps up to ``most``."""
    return sorted({max(1, most * k * k // (points * points)) for k in range(1, points + 1)})
