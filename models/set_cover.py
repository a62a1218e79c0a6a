"""set_cover: the fewest or cheapest outlets that cover everybody who can be covered (LSCP).

    min    Σ c[o] open[o] + Σ c[s] opening[s,k]       money; the number of outlets if nothing costs
    cover  Σ_{o in N(j)} open[o] >= 1                 a pattern j not covered today
           everything in siting.models.shared.opening, min_coverage

People can be covered when an option that fits its floor and is not forbidden has them in reach.

Reference: Toregas, Swain, ReVelle and Bergman, The location of emergency service facilities,
Operations Research 19 (1971).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from siting.models.shared.covering import add_covered, people_of_minima, spread
from siting.models.shared.measuring import Ints, newly_covered, once, price_of, without_idle
from siting.models.shared.opening import Tuples, add_price, begin, read_open, usable
from siting.models.shared.patterns import People, merge
from siting.models.traits import Traits
from siting.problem import Objective, Problem
from siting.solvers.program import Program

TRAITS = Traits(counts="price", projectable=True)
read = read_open


def build(problem: Problem, objective: Objective) -> Program:
    """The program."""
    del objective
    frame = begin(problem, "min", pay_openings=True)
    add_covered(frame, people_of_minima(problem))
    patterns = merge(problem, people(problem))
    good = usable(problem)[patterns.option]
    coverable = np.bincount(patterns.row[good], minlength=len(patterns)) > 0
    kept = np.flatnonzero(coverable)
    if len(kept):
        width = np.diff(patterns.start)[kept]
        column = patterns.option[spread(patterns.start[kept], width)]
        frame.builder.add_rows(
            "cover",
            len(kept),
            [(np.repeat(np.arange(len(kept)), width), column, 1.0)],
            lower=1.0,
            labels=Tuples(kept, patterns.target[kept]),
        )
    return frame.builder.build(integral_objective=float(add_price(frame)))


def people(problem: Problem) -> list[People]:
    """Everybody who is counted and whom nothing covers today."""
    return [
        People(t, problem.value[:, t] > 0)
        for t, target in enumerate(problem.targets)
        if target.weight_micro > 0
    ]


def measure(
    problem: Problem, objective: Objective, options: Ints, tier: str | None = None
) -> Fraction | float:
    """Price of some options; infinite where somebody who can be covered is not."""
    del objective
    everybody = np.flatnonzero(usable(problem))
    if newly_covered(problem, options, tier) < newly_covered(problem, everybody, tier):
        return float("inf")
    return price_of(problem, options)


def trim(problem: Problem, objective: Objective, options: Ints) -> Ints:
    """Without options whose people others cover as well and that no rule needs."""
    del objective
    return without_idle(problem, options, lambda t: once(problem, t))
