"""p_center: make the longest walk to the nearest outlet as short as possible.

    farthest  the longest walk                                                      >= 0

    min      farthest
    farther  farthest >= Σ_s d[i,s] walk[i,t,s] + d[i] stay[i,t]     a point and target
    assign   Σ_s walk[i,t,s] + stay[i,t] = 1                         a point and target
    there    walk[i,t,s] <= Σ_{o serving t at s} open[o]             each walk
             everything in siting.models.shared.opening (p as a count), min_coverage

Whoever can be served must be; weights only tell who is counted. Large instances take the thresholds
of :mod:`siting.engine.center.method` instead.

Reference: Daskin, Network and Discrete Location (1995), ch. 5.
"""

from __future__ import annotations

import numpy as np

from siting.models.shared.allocating import add_walks, walks
from siting.models.shared.covering import add_covered, divisor, people_of_minima
from siting.models.shared.measuring import Ints, longest_walk, walkers, without_worthless
from siting.models.shared.opening import Tuples, begin, read_open
from siting.models.traits import Traits
from siting.problem import Objective, Problem
from siting.solvers.program import Program

TRAITS = Traits(counts="longest", engine="center", coefficients=4, limited=True)
read = read_open


def build(problem: Problem, objective: Objective) -> Program:
    """The program."""
    del objective
    frame = begin(problem, "min")
    add_covered(frame, people_of_minima(problem))
    every = walks(problem)
    column = add_walks(frame, every)
    whole = bool((np.round(every.cost) == every.cost).all())
    nearest = np.full(len(every.point), np.inf)
    np.minimum.at(nearest, every.person, every.cost)
    # Whole costs are counted in their greatest common divisor.
    step = divisor(every.cost.astype(np.int64)) if whole else 1
    farthest = frame.builder.add_columns(
        "farthest",
        1,
        objective=float(step),
        lower=float(nearest.max(initial=0.0)) / step,
        upper=float(every.cost.max(initial=0.0)) / step,
        implied=whole,
    )
    count = len(every.point)
    frame.builder.add_rows(
        "farther",
        count,
        [
            (np.arange(count), np.full(count, farthest.begin), 1.0),
            (every.person, column, -every.cost / step),
        ],
        lower=0.0,
        labels=Tuples(every.point, every.target),
    )
    return frame.builder.build(integral_objective=float(step) if whole else 0.0)


def measure(
    problem: Problem, objective: Objective, options: Ints, tier: str | None = None
) -> float:
    """Largest cost to the nearest outlet; infinite if somebody is left out."""
    del objective, tier
    return longest_walk(problem, options)


def trim(problem: Problem, objective: Objective, options: Ints) -> Ints:
    """Without options that the longest walk does not hang on and that no rule needs."""
    del objective
    everybody = walkers(problem)

    def loses(more: Ints, fewer: Ints) -> bool:
        return longest_walk(problem, fewer, everybody) > longest_walk(problem, more, everybody)

    return without_worthless(problem, options, loses)
