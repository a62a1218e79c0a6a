"""What a solver's floating point figures may mean: objectives it can tell from nothing, values that
can be attained, bounds that are met."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor, log2

import numpy as np

from siting.solvers.program import Program

SMALL_WORTH, LARGE_WORTH = 1e-3, 1e9
"""Objectives with no larger coefficient are scaled up: solvers take 1e-7 for nothing. Those with
a larger one are scaled down: a float's rounding of such costs exceeds a solver's tolerances."""
FLOAT = 2.0**-49
"""Relative: sums of two floats that are the same number differ by no more."""


def scaled(program: Program) -> tuple[Program, float]:
    """The program with an objective that a solver can tell from nothing, and the exact factor, a
    power of two: no coefficient is rounded."""
    largest = float(np.abs(program.objective).max(initial=0.0))
    if not largest or SMALL_WORTH <= largest <= LARGE_WORTH:
        return program, 1.0
    factor = 2.0 ** ceil(-log2(largest))
    step = program.integral_objective
    return replace(
        program,
        objective=program.objective * factor,
        constant=program.constant * factor,
        integral_objective=step and step * factor,
    ), factor


def tighter(program: Program, bound: float | None) -> float | None:
    """A bound, or the one that the columns' own bounds give if that is better."""
    ends = (program.upper, program.lower)
    best, worst = ends if program.sense == "max" else ends[::-1]
    used = np.flatnonzero(program.objective)
    costs = program.objective[used]
    plain = float(np.sum(costs * np.where(costs > 0, best[used], worst[used]))) + program.constant
    if not np.isfinite(plain):
        return bound
    if bound is None:
        return plain
    return min(bound, plain) if program.sense == "max" else max(bound, plain)


def attainable(program: Program, bound: float | None) -> float | None:
    """A bound rounded to the last value the objective can attain within it."""
    step = program.integral_objective
    if bound is None or not step:
        return bound
    steps = (bound - program.constant) / step
    slack = max(min(5e-4, max(1e-6, 1e-9 * abs(steps))), FLOAT * abs(steps))
    whole = floor(steps + slack) if program.sense == "max" else ceil(steps - slack)
    return program.constant + whole * step


def closed(program: Program, value: float, bound: float) -> bool:
    """Whether a value meets the bound: exactly in steps (where a float tells steps apart), else
    within a solver's precision."""
    if program.integral_objective:
        away = abs(bound - value)
        return away < 0.5 * program.integral_objective or away <= FLOAT * abs(value)
    return within_precision(value, bound)


def within_precision(value: float, bound: float) -> bool:
    """Whether two figures of a solver may mean the same."""
    return abs(bound - value) <= 1e-6 * max(1.0, abs(value))
