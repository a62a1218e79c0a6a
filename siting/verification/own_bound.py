"""A bound of the judge's own making, for results that carry no certificate.

Subgradient steps on the multipliers of ``Certificate``, each of Polyak's (1969) length towards the
plan's objective, directions deflected as by Camerini, Fratta and Maffioli (1975). Every step
evaluates an exact, valid bound; the best is told. Floats only choose where to look next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.problem import Objective, Problem
from siting.solution import Certificate
from siting.verification.bound import FULL, relax
from siting.verification.people import (
    Ints,
    Mask,
    count_today,
    count_within,
    multipliers,
    option_serves,
)

SCALE = 2**10
"""D of the certificates."""
STEPS = 300
PASSES = 3_000_000_000
"""Pairs looked at in all; large problems get fewer steps."""
PATIENCE = 10
"""Steps without a better bound before they get shorter."""
SHORTEST = 1 / 128
"""Share of Polyak's length at which going on is not worth it."""
FEWEST = 20
"""Steps without which none is made."""

Float = NDArray[np.float64]


@dataclass
class _Point:
    """Multipliers (or a direction): u of shape (n_points, n_targets); one price a rule's row."""

    u: Float
    theta: list[Float]

    def plus(self, step: float, other: _Point) -> _Point:
        return _Point(
            self.u + step * other.u,
            [a + step * b for a, b in zip(self.theta, other.theta, strict=True)],
        )


def own_bound(problem: Problem, spec: Objective, tier: str | None, reached: int) -> int | None:
    """A bound of max_cover in integer units; None where a step would cost too much.

    Args:
        tier: whose people count; None = everybody. A later tier's bound holds whatever the
            earlier ones reach.
        reached: the plan's objective of that tier in the same units, where the steps aim at.
    """
    steps = min(STEPS, PASSES // max(1, problem.reach.n_pairs * problem.n_targets))
    if steps < FEWEST or problem.respect_capacity or spec.model != "max_cover":
        return None
    people = _weights(problem, tier)
    everything = float(people.sum())
    if everything == 0:
        return 0
    price = _scales(problem, everything)
    at = _Point(np.ones_like(people), [np.zeros(rule.n_rows) for rule in problem.rules])
    direction: _Point | None = None
    best, short, waited = None, 1.0, 0
    for _ in range(steps):
        bound, picked = relax(problem, _certificate(at, tier), spec)
        if best is None or bound < best:
            best, waited = bound, 0
        else:
            waited += 1
            if waited % PATIENCE == 0:
                short /= 2
            if short < SHORTEST:
                break
        gap = bound / SCALE - reached
        if gap < 1:
            break
        slope = _slope(problem, tier, picked, people)
        direction = slope if direction is None else _deflect(slope, direction, people, price)
        length = _product(direction, direction, people, price)
        if length == 0:
            break
        at = _moved(at, short * gap / length, direction, price)
    return None if best is None else best // SCALE


def _weights(problem: Problem, tier: str | None) -> Float:
    """Units of the objective that each point and target is worth, shape (n_points, n_targets)."""
    worth = np.zeros((problem.n_points, problem.n_targets))
    for t, (target, weight) in enumerate(zip(problem.targets, multipliers(problem), strict=True)):
        if tier in (None, target.tier):
            worth[:, t] = problem.persons[target.group] * weight
            worth[count_today(problem, t) > 0, t] = 0
    return worth


def _scales(problem: Problem, everything: float) -> list[Float]:
    """Square of a price's natural size over everybody's worth, one a row."""
    return [
        (everything / np.maximum(np.abs(rule.rhs.astype(np.float64)), 1)) ** 2 / everything
        for rule in problem.rules
    ]


def _certificate(at: _Point, tier: str | None) -> Certificate:
    u = np.rint(at.u * FULL).astype(np.uint16)
    theta = tuple(np.minimum(np.rint(row * SCALE), 2**50).astype(np.int64) for row in at.theta)
    return Certificate(u, theta, SCALE, tier=tier)


def _slope(problem: Problem, tier: str | None, picked: Mask, people: Float) -> _Point:
    """Derivative of the bound: by u over the point's worth (times covered - 1); by the prices."""
    u = np.full_like(people, -1.0)
    for t, target in enumerate(problem.targets):
        if tier in (None, target.tier):
            sites = problem.options.site[picked & option_serves(problem, t)].astype(np.int64)
            u[:, t] += count_within(problem.reach, sites, target.limit, problem.n_points)
    chosen = np.flatnonzero(picked)
    return _Point(u, [_slack(problem, r, chosen) for r in range(len(problem.rules))])


def _slack(problem: Problem, r: int, chosen: Ints) -> Float:
    """What the options leave of each row."""
    rule, o = problem.rules[r], problem.options
    x = np.zeros(problem.n_options)
    x[chosen] = 1
    used = rule.options @ x
    if rule.openings is not None:
        first = np.full(problem.n_sites, problem.n_phases)
        np.minimum.at(first, o.site[chosen], o.phase[chosen])
        open_ = np.flatnonzero(first < problem.n_phases)
        v = np.zeros(problem.n_sites * problem.n_phases)
        v[open_ * problem.n_phases + first[open_]] = 1
        used = used + rule.openings @ v
    slack = np.asarray(rule.rhs - used, np.float64)
    return slack if rule.sense == "<=" else -slack


def _product(a: _Point, b: _Point, people: Float, price: list[Float]) -> float:
    """Inner product in the metric of the steps."""
    total = float(np.einsum("it,it,it->", a.u, b.u, people))
    return total + sum(float(x @ (y * p)) for x, y, p in zip(a.theta, b.theta, price, strict=True))


def _deflect(slope: _Point, before: _Point, people: Float, price: list[Float]) -> _Point:
    """Turn away from the last direction where the slope points back at it."""
    back = _product(slope, before, people, price)
    length = _product(before, before, people, price)
    return slope if back >= 0 or length == 0 else slope.plus(-1.5 * back / length, before)


def _moved(at: _Point, step: float, direction: _Point, price: list[Float]) -> _Point:
    """One step downhill, kept within 0 <= u <= 1 and prices >= 0."""
    return _Point(
        np.clip(at.u - step * direction.u, 0, 1),
        [
            np.maximum(row - step * d * p, 0)
            for row, d, p in zip(at.theta, direction.theta, price, strict=True)
        ],
    )
