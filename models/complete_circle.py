"""complete_circle: give as many people as possible every basic format within its own standard.

    complete[g]  share of group g of points with a complete circle                  in [0,1]

    max     Σ_g p[g] complete[g]
    circle  complete[g] <= covered[j]                 each pattern j that g still misses
    link    covered[j] <= Σ_{o in N(j)} open[o]       a pattern j
            everything in siting.models.shared.opening, min_coverage

A group g holds the points that miss the same patterns of basic targets of one phase; a circle's
own standard is missed by nobody outside it. p counts a point's people once: its largest group of
people, since the group of all holds the others. Weights play no part. Points whose circle is
complete today are left out.

Reference: the share of people whose circle is complete, as the policy's measure of living circles;
the rows are those of the maximal conjunctive covering of Kolen and Tamir, in Mirchandani and
Francis (eds.), Discrete Location Theory (1990), ch. 6.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from siting.models.shared.covering import add_covered_patterns, district_key, divisor
from siting.models.shared.measuring import Ints, times_reached, without_worthless
from siting.models.shared.opening import begin, read_open
from siting.models.shared.patterns import People, merge_mapped
from siting.models.traits import Traits
from siting.problem import Objective, Problem
from siting.solvers.program import Program

TRAITS = Traits(counts="circles", certified=True)
read = read_open


def build(problem: Problem, objective: Objective) -> Program:
    """The program."""
    del objective
    frame = begin(problem, "max")
    people = problem.persons.max(axis=0)
    circles = basic_targets(problem)
    targets = sorted({t for circle in circles for t in circle} | problem.needed)
    layers = [
        People(t, (people > 0) & ~_settled(problem, t), district_key(problem, t)) for t in targets
    ]
    patterns, maps = merge_mapped(problem, layers)
    covered = add_covered_patterns(frame, patterns)
    missing = dict(zip(targets, maps, strict=True))
    groups = [_groups(problem, circle, missing, people) for circle in circles]
    needs = [row for wants, _ in groups for row in wants]
    persons = np.concatenate([np.zeros(0, np.int64), *(count for _, count in groups)])
    complete = frame.builder.add_columns("complete", len(persons), implied=True)
    width = np.array([len(row) for row in needs], np.int64)
    pattern = np.concatenate([np.zeros(0, np.int64), *needs])
    rows = np.arange(len(pattern))
    row, column, one = covered.entries(rows, pattern, np.ones(len(pattern), np.int64))
    frame.builder.add_rows(
        "circle",
        len(pattern),
        [
            (rows, complete.begin + np.repeat(np.arange(len(needs)), width), 1.0),
            (row, column, -one),
        ],
        upper=0.0,
    )
    unit = 1 / problem.person_units
    frame.builder.add_objective(np.arange(complete.begin, complete.end), persons * unit)
    return frame.builder.build(integral_objective=divisor(persons) * unit)


def basic_targets(problem: Problem) -> list[list[int]]:
    """The targets that make a circle, one list a phase that has any."""
    circles = [
        [
            t
            for t, target in enumerate(problem.targets)
            if target.tier == "basic" and target.phase == phase and target.weight_micro > 0
        ]
        for phase in range(problem.n_phases)
    ]
    return [circle for circle in circles if circle]


def _settled(problem: Problem, t: int) -> NDArray[np.bool_]:
    """Points that need nothing more for a target: it is covered today, or holds elsewhere."""
    settled: NDArray[np.bool_] = problem.covered_before[:, t] | problem.elsewhere(t)
    return settled


def _groups(
    problem: Problem, circle: list[int], missing: dict[int, Ints], people: Ints
) -> tuple[list[Ints], Ints]:
    """Patterns each group of points still needs, and the group's people."""
    before = np.stack([_settled(problem, t) for t in circle], axis=1)
    needed = np.stack([missing[t] for t in circle], axis=1)
    possible = (people > 0) & ~before.all(axis=1) & ((needed >= 0) | before).all(axis=1)
    rows, member = np.unique(np.where(before, -1, needed)[possible], axis=0, return_inverse=True)
    persons = np.zeros(len(rows), np.int64)
    np.add.at(persons, member.ravel(), people[possible])
    return [row[row >= 0] for row in rows], persons


def measure(
    problem: Problem, objective: Objective, options: Ints, tier: str | None = None
) -> Fraction:
    """People whose circle is newly complete, exactly."""
    del objective, tier
    people = problem.persons.max(axis=0)
    total = 0
    for circle in basic_targets(problem):
        before = np.stack([_settled(problem, t) for t in circle], axis=1)
        after = np.stack([times_reached(problem, options, t) > 0 for t in circle], axis=1) | before
        total += int(people[after.all(axis=1) & ~before.all(axis=1)].sum())
    return Fraction(total, problem.person_units)


def trim(problem: Problem, objective: Objective, options: Ints) -> Ints:
    """Without options that complete nobody's circle and that no rule needs."""
    return without_worthless(
        problem,
        options,
        lambda more, fewer: measure(problem, objective, fewer) < measure(problem, objective, more),
    )
