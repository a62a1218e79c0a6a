"""p_median: the least total walk of everybody to the nearest outlet.

    min     Σ w[i,t] d[i,s] walk[i,t,s] + Σ w[i,t] d[i] stay[i,t]
    assign  Σ_s walk[i,t,s] + stay[i,t] = 1                    a point and target
    there   walk[i,t,s] <= Σ_{o serving t at s} open[o]        each walk
            everything in siting.models.shared.opening (p as a count), min_coverage

Whoever can be served must be; people out of everybody's reach are left out and listed elsewhere.

Reference: Hakimi, Operations Research 12 (1964); ReVelle and Swain, Central facilities location,
Geographical Analysis 2 (1970).
"""

from __future__ import annotations

import numpy as np

from siting.models.shared.allocating import add_walks, walks
from siting.models.shared.covering import add_covered, divisor, people_of_minima
from siting.models.shared.measuring import Ints, total_walk, walkers, without_worthless
from siting.models.shared.opening import begin, read_open
from siting.models.traits import Traits
from siting.problem import Objective, Problem
from siting.solvers.program import Program

TRAITS = Traits(counts="sum", engine="median", coefficients=3, limited=True)
read = read_open


def build(problem: Problem, objective: Objective) -> Program:
    """The program."""
    del objective
    frame = begin(problem, "min")
    add_covered(frame, people_of_minima(problem))
    every = walks(problem)
    column = add_walks(frame, every)
    weight = every.weight[every.person]
    unit = float(problem.unit)
    frame.builder.add_objective(column, weight * every.cost * unit)
    whole = np.round(every.cost)
    if (whole != every.cost).any():
        return frame.builder.build()
    steps = divisor(weight * whole.astype(np.int64))
    return frame.builder.build(integral_objective=steps * unit)


def measure(
    problem: Problem, objective: Objective, options: Ints, tier: str | None = None
) -> float:
    """Σ weighted people times the cost to the nearest outlet; infinite if somebody is left out."""
    del objective, tier
    return total_walk(problem, options)


def trim(problem: Problem, objective: Objective, options: Ints) -> Ints:
    """Without options that shorten nobody's walk and that no rule needs."""
    del objective
    everybody = walkers(problem)

    def loses(more: Ints, fewer: Ints) -> bool:
        return total_walk(problem, fewer, everybody) > total_walk(problem, more, everybody)

    return without_worthless(problem, options, loses)
