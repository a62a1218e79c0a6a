"""partial_cover: the cheapest outlets that bring a share of all people within the standard.

    min    Σ c[o] open[o] + Σ c[s] opening[s,k]       money; the number of outlets if nothing costs
    share  Σ_j w[j] covered[j] >= σ Σ_{i,t} w̄[i,t] - people covered today
    link   covered[j] <= Σ_{o in N(j)} open[o]        a pattern j
           everything in siting.models.shared.opening, min_coverage

w̄ counts everybody times the target's weight, w those whom nothing covers today; σ is the share.

Reference: Daskin and Owen, Two new location covering problems, Geographical Analysis 31 (1999).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from siting.models.shared.covering import add_covered, divisor, people_to_cover, tier_patterns
from siting.models.shared.measuring import Ints, newly_covered, once, price_of, without_idle
from siting.models.shared.opening import add_price, begin, read_open
from siting.models.traits import Traits
from siting.problem import Objective, Problem
from siting.solvers.program import Program

TRAITS = Traits(counts="share", projectable=True, needs=("share",))
read = read_open


def build(problem: Problem, objective: Objective) -> Program:
    """The program; without a share everybody is meant."""
    frame = begin(problem, "min", pay_openings=True)
    covered = add_covered(frame, people_to_cover(problem))
    pattern = tier_patterns(problem, covered.patterns, None)
    weight = covered.patterns.value[pattern]
    step = divisor(weight)
    missing = people_missing(problem, objective)
    if missing > 0:
        row = np.zeros(len(pattern), np.int64)
        row, column, weight = covered.entries(row, pattern, weight)
        frame.builder.add_rows(
            "share", 1, [(row, column, weight // step)], lower=float(-(-missing // step))
        )
    return frame.builder.build(integral_objective=float(add_price(frame)))


def people_missing(problem: Problem, objective: Objective) -> int:
    """Weighted people still to be covered for the share, in ``Problem.unit``; may be negative."""
    share = Fraction(1) if objective.share is None else Fraction(objective.share)
    everybody = before = 0
    for t, target in enumerate(problem.targets):
        weight = target.weight_micro // problem.weight_gcd
        persons = problem.persons[target.group]
        everybody += int(persons.sum()) * weight
        before += int(persons[problem.covered_before[:, t]].sum()) * weight
    return -(-everybody * share.numerator // share.denominator) - before


def measure(
    problem: Problem, objective: Objective, options: Ints, tier: str | None = None
) -> Fraction | float:
    """Price of some options; infinite where the share is missed."""
    if newly_covered(problem, options, tier) < people_missing(problem, objective):
        return float("inf")
    return price_of(problem, options)


def trim(problem: Problem, objective: Objective, options: Ints) -> Ints:
    """Without options whose people others cover as well and that no rule needs."""
    del objective
    return without_idle(problem, options, lambda t: once(problem, t))
