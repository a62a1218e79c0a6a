"""max_cover: cover as many (weighted) people as money, floor and rules allow.

    max   Σ_j w[j] covered[j]
    link  covered[j] <= Σ_{o in N(j)} open[o]        a pattern j
          everything in siting.models.shared.opening        budgets, counts, floor, spacing, ...
          min_coverage, held                         siting.models.shared.covering

w counts only people whom nothing covers today. With a tier given, only its people are counted, and
each earlier tier keeps what it reached.

Reference: Church and ReVelle, The maximal covering location problem, Papers of the Regional
Science Association 32 (1974).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from siting.models.shared.covering import (
    add_covered,
    add_held,
    divisor,
    people_to_cover,
    tier_patterns,
)
from siting.models.shared.measuring import Ints, newly_covered, once, without_idle
from siting.models.shared.opening import begin, read_open
from siting.models.traits import Traits
from siting.problem import Objective, Problem
from siting.solvers.program import Program

TRAITS = Traits(
    counts="reach",
    tiers=True,
    certified=True,
    engine="cover",
    within_capacity="capacitated_cover",
    projectable=True,
)
read = read_open


def build(
    problem: Problem,
    objective: Objective,
    *,
    tier: str | None = None,
    held: Mapping[str, int] | None = None,
) -> Program:
    """The program.

    Args:
        tier: count the people of this tier only; None = of all.
        held: what each earlier tier reached, in ``Problem.unit``.
    """
    del objective  # p and the budgets are rules of the problem
    held = held or {}
    counted = None if tier is None else (tier,)
    frame = begin(problem, "max")
    layers = people_to_cover(problem, None if counted is None else (*counted, *held))
    covered = add_covered(frame, layers)
    patterns = covered.patterns
    pattern = tier_patterns(problem, patterns, counted)
    _, column, weight = covered.entries(pattern, pattern, patterns.value[pattern])
    frame.builder.add_objective(column, weight * float(problem.unit))
    for earlier, value in held.items():
        add_held(frame, covered, earlier, value)
    step = divisor(patterns.value[pattern])
    return frame.builder.build(integral_objective=step * float(problem.unit))


def measure(
    problem: Problem, objective: Objective, options: Ints, tier: str | None = None
) -> Fraction:
    """Weighted people newly covered by some options, exactly."""
    del objective
    return newly_covered(problem, options, tier) * problem.unit


def trim(problem: Problem, objective: Objective, options: Ints) -> Ints:
    """Without options that gain nobody anything and that no rule needs."""
    del objective
    return without_idle(problem, options, lambda t: once(problem, t))
