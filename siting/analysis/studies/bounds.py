"""What one budget's proof says about other budgets.

A certificate with price θ on the budget row and η on a held tier proves, at any budget B and for
plans that reach h of the earlier tiers,

    bound(B, h) = bound(B0, h0) + θ (B - B0) + η (h0 - h),

as both stand in it as constants only (:class:`~siting.problem.solution.Certificate`): every solve
draws a line over the whole frontier, and the least of the lines is a proven concave ceiling. That
needs the budget to bind by its price alone: a budget that one site has to itself also shuts out of
that site's own small problem what it cannot pay, and a larger one lets it in again. So the line is
drawn with that row left to its price. A bound that rests on a solver's search tree, or on the row
in a site's own problem, holds for smaller budgets too, as they allow fewer plans.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor

import numpy as np

from siting.problem import TIERS, UNLIMITED, Problem
from siting.problem.tiers import to_keep
from siting.result import Result
from siting.verification.bound import recompute_bound
from siting.verification.certificate import CertificateError

WHOLE = ""
"""The key of the objective as one sum, where tiers do not matter."""


@dataclass(frozen=True)
class Line:
    """A bound that a certificate proves as a function of the limit; in ``Problem.unit``."""

    tier: str
    at: int
    """The limit it was found at."""
    value: Fraction
    slope: Fraction
    """Per unit of the limit, >= 0."""
    held: int
    held_slope: Fraction

    def bound(self, limit: int, held: int) -> Fraction:
        """No plan within the limit that reaches ``held`` of the earlier tiers has more."""
        rise = self.slope * (limit - self.at)
        return self.value + rise + self.held_slope * (self.held - held)


@dataclass
class Ceilings:
    """Every bound proven so far, over limits (budgets, numbers of outlets)."""

    lines: list[Line] = field(default_factory=list)
    steps: list[tuple[str, int, float]] = field(default_factory=list)
    """(tier, limit, bound): for this limit and smaller ones."""

    def learn(self, problem: Problem, result: Result, rule_name: str, limit: int) -> None:
        """What a result at a limit proves. ``rule_name`` is the row whose limit it is."""
        problem = problem.under(result.spec)
        names = [rule.name for rule in problem.rules]
        if result.bound is not None and len(result.tiers) < 2:
            self.steps.append((WHOLE, limit, result.bound))
        first = next(iter(result.tiers), None)
        proven = None if first is None else result.tiers[first]["bound"]
        if first is not None and proven is not None:
            self.steps.append((first, limit, proven))
        if rule_name not in names:
            return
        row = names.index(rule_name)
        priced = _by_price_alone(problem, row)
        for certificate in result.certificates:
            try:
                units = recompute_bound(priced, certificate, result.spec)
            except CertificateError:
                continue
            scale = int(certificate.theta_scale)
            slope = Fraction(int(certificate.theta[row][0]), scale)
            self.lines.append(
                Line(
                    certificate.tier or WHOLE,
                    limit,
                    # The recomputed bound was rounded down to a whole unit.
                    Fraction(units + 1) - slope * (UNLIMITED - limit),
                    slope,
                    int(certificate.held or 0),
                    Fraction(int(certificate.held_price), scale),
                )
            )

    def bound(self, problem: Problem, result: Result, limit: int) -> float | None:
        """The tightest bound on the objective of a result at a limit; None when nothing is known.

        With tiers: on every plan that is as good as the result's in the earlier tiers.
        """
        unit = problem.unit
        tiers = list(result.tiers) if len(result.tiers) > 1 else []
        if not tiers:
            alone = next(iter(result.tiers), WHOLE)
            known = [self._least(name, problem, limit, 0) for name in {WHOLE, alone}]
            return min((b for b in (*known, result.bound) if b is not None), default=None)
        total, held = 0.0, 0
        for tier in sorted(tiers, key=TIERS.index):
            found = [self._least(tier, problem, limit, held), result.tiers[tier]["bound"]]
            proven = [b for b in found if b is not None]
            if not proven:
                return result.bound
            total += min(proven)
            reached = floor(Fraction(_reached(result.tiers[tier])) / unit + Fraction(1, 10**6))
            held += to_keep(problem.objective, reached)
        return total

    def _least(self, tier: str, problem: Problem, limit: int, held: int) -> float | None:
        unit = problem.unit
        found = [
            float(floor(line.bound(limit, held)) * unit) for line in self.lines if line.tier == tier
        ]
        if not held:
            found += [bound for name, at, bound in self.steps if name == tier and at >= limit]
        return min(found, default=None)


def _by_price_alone(problem: Problem, row: int) -> Problem:
    """The problem with a limit that never binds in place of the rule's own."""
    rules = list(problem.rules)
    rules[row] = replace(rules[row], rhs=np.full_like(rules[row].rhs, UNLIMITED))
    return replace(problem, rules=tuple(rules))


def _reached(figures: Mapping[str, float | None]) -> float:
    return figures["objective"] or 0.0
