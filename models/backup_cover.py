"""backup_cover: cover as many people as possible with ``times`` outlets each.

    backed[j]  1 if pattern j has enough outlets in reach                            binary

    max     Σ_j w[j] backed[j]
    backup  need[j] backed[j] <= Σ_{o in N(j)} open[o]     need[j] = times - outlets that stand
            everything in siting.models.shared.opening, min_coverage
    held    Σ_j w[j] backed[j] >= what the earlier tier reached

w counts people who have fewer than ``times`` outlets in reach today (2 where none is given).

Reference: Hogan and ReVelle, Concepts and applications of backup coverage, Management Science 32
(1986).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from siting.models.shared.covering import (
    add_covered,
    divisor,
    people_of_minima,
    spread,
    tier_patterns,
)
from siting.models.shared.measuring import Ints, times_reached, without_idle
from siting.models.shared.opening import Tuples, begin, read_open, site_format
from siting.models.shared.patterns import People, merge
from siting.models.traits import Traits
from siting.problem import Objective, Problem
from siting.solvers.program import Program

TRAITS = Traits(counts="backup", tiers=True, times=2)
"""Without a word one backup, as Hogan and ReVelle (1986) have it."""
read = read_open


def build(
    problem: Problem,
    objective: Objective,
    *,
    tier: str | None = None,
    held: Mapping[str, int] | None = None,
) -> Program:
    """The program; ``tier`` and ``held`` as in max_cover."""
    held = held or {}
    tiers = None if tier is None else (tier, *held)
    frame = begin(problem, "max")
    add_covered(frame, people_of_minima(problem))
    layers = []
    for t, target in enumerate(problem.targets):
        if target.weight_micro > 0 and (tiers is None or target.tier in tiers):
            missing = outlets_missing(problem, objective, t)
            layers.append(People(t, (missing > 0) & (problem.persons[target.group] > 0), missing))
    patterns = merge(problem, layers)
    # Outlets a pattern can have: one a (site, format).
    cells = np.unique(np.stack([patterns.row, site_format(problem)[patterns.option]]), axis=1)[0]
    kept = np.flatnonzero(np.bincount(cells, minlength=len(patterns)) >= patterns.key)
    labels = Tuples(kept, patterns.target[kept])
    backed = frame.builder.add_columns("backed", len(kept), integer=True, labels=labels)
    width = np.diff(patterns.start)[kept]
    frame.builder.add_rows(
        "backup",
        len(kept),
        [
            (np.arange(len(kept)), backed.begin + np.arange(len(kept)), patterns.key[kept]),
            (
                np.repeat(np.arange(len(kept)), width),
                patterns.option[spread(patterns.start[kept], width)],
                -1.0,
            ),
        ],
        upper=0.0,
        labels=labels,
    )
    column = np.full(len(patterns), -1)
    column[kept] = np.arange(backed.begin, backed.end)
    for earlier, value in held.items():
        there = np.intersect1d(tier_patterns(problem, patterns, (earlier,)), kept)
        step = divisor(patterns.value[there])
        frame.builder.add_rows(
            "held",
            1,
            [(np.zeros(len(there), np.int64), column[there], patterns.value[there] // step)],
            lower=float(-(-value // step)),
            labels=[earlier],
        )
    counted = tier_patterns(problem, patterns, None if tier is None else (tier,))
    counted = np.intersect1d(counted, kept)
    unit = float(problem.unit)
    frame.builder.add_objective(column[counted], patterns.value[counted] * unit)
    return frame.builder.build(integral_objective=divisor(patterns.value[counted]) * unit)


def outlets_missing(problem: Problem, objective: Objective, t: int) -> Ints:
    """Outlets each point still needs for a target to count as covered, shape (n_points,)."""
    times = TRAITS.times if objective.times is None else objective.times
    assert times is not None, "the traits give one"
    target, outlets = problem.targets[t], problem.outlets
    reach = outlets.reach.rows(np.flatnonzero(np.isin(outlets.format, target.served_by)))
    within = reach.point[reach.cost <= target.limit]
    return np.maximum(0, times - np.bincount(within, minlength=problem.n_points))


def measure(
    problem: Problem, objective: Objective, options: Ints, tier: str | None = None
) -> Fraction:
    """Weighted people who newly have enough outlets in reach, exactly."""
    total = 0
    for t, target in enumerate(problem.targets):
        if target.weight_micro > 0 and (tier is None or target.tier == tier):
            missing = outlets_missing(problem, objective, t)
            enough = (missing > 0) & (times_reached(problem, options, t) >= missing)
            persons = problem.persons[target.group][enough]
            total += int(persons.sum()) * (target.weight_micro // problem.weight_gcd)
    return total * problem.unit


def trim(problem: Problem, objective: Objective, options: Ints) -> Ints:
    """Without options that nobody's backup hangs on and that no rule needs."""
    return without_idle(problem, options, lambda t: outlets_missing(problem, objective, t))
