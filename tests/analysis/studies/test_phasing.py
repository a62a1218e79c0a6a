"""The greedy ordering of phases beside the joint optimum."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given

from siting.analysis.studies.phasing import Ordering, by_phase, phases
from siting.analysis.study import Study
from siting.commands.phases import lines
from siting.errors import ArgumentError
from siting.problem import Options, Problem, Target
from siting.problem.rules import budget, require
from siting.solving import solve
from siting.texts.names import Names
from siting.verification.evaluation import evaluate
from tests.tools.depth import examples
from tests.tools.problems import problems

SMALL = examples(6)


def study() -> Study:
    return Study("highs", 60, threads=1)


def street() -> Problem:
    """Two sites for 10 and 6 people; money for one outlet in the first year, and in the second
    only for the cheap one, which 10 people have near. Greedy opens the cheap one first."""
    base = Problem.from_points([[0, 0], [9, 0]], [[0, 1], [9, 1]], [10, 6], 2)
    options = Options.of([0, 0, 1, 1], [0] * 4, [5, 5, 8, 8], phase=[0, 1, 0, 1])
    names = base.labels.__class__(sites=["A", "B"], points=["1", "2"], phases=("2026", "2027"))
    limit = base.targets[0].limit
    problem = base.replace(
        options=options, labels=names, targets=(Target(0, 0, limit), Target(0, 0, limit, phase=1))
    )
    phase = options.phase
    return problem.replace(
        rules=(
            budget(problem, "budget.per_phase.2026", 8, phase == 0),
            budget(problem, "budget.per_phase.2027", 5, phase == 1),
        )
    )


def test_the_joint_plan_waits_where_greedy_does_not() -> None:
    """Joint: B in 2026 (6), A in 2027 (16), 22 in all. Greedy: A in 2026 (10), and then B is too
    dear (10): 20."""
    problem = street()
    found = phases(problem, solve(problem, method="highs", threads=1), study())
    assert found.greedy is not None
    assert (found.joint.objective, found.greedy.objective, found.lost) == (22.0, 20.0, 2.0)
    assert [row["gained"] for row in by_phase(problem, found.joint)] == [6.0, 16.0]
    assert [row["spent"] for row in by_phase(problem, found.greedy)] == [5, 0]


def test_an_ordering_cut_short_is_compared_with_nothing() -> None:
    """Interrupted in the first year, it neither comes short nor leaves no way to keep the rules."""
    problem = street()
    joint, asked = solve(problem, method="highs", threads=1), study()
    asked.interrupt.set()
    found = phases(problem, joint, asked)
    assert (found.greedy, found.stuck_in, found.cut_in) == (None, None, "2026")
    assert lines(problem, found, Names("en"))[-1].endswith("the search ended in 2026.")


def test_a_phase_without_a_way_out_is_named() -> None:
    """What the first year buys leaves no money for what the last must have: proven, and said so."""
    problem = street()
    wanted = require(problem, "require.B", problem.options.site == 1)
    problem = problem.replace(rules=(*problem.rules, wanted))
    found = phases(problem, solve(problem, method="highs", threads=1), study())
    assert (found.greedy, found.stuck_in, found.cut_in) == (None, "2027", None)
    assert "leave no way" in lines(problem, found, Names("en"))[-1]


@SMALL
@given(problems({"phases", "budget", "opening"}, max_options=8))
def test_no_ordering_beats_the_joint_optimum(problem: Problem) -> None:
    """Phase by phase is one of the plans, so its rules hold and it gains no more."""
    result = solve(problem, method="highs", threads=1)
    assume(result.status == "optimal")
    found = phases(problem, result, study())
    assert found.greedy is not None
    assert found.greedy.violations == ()
    assert tuple(found.greedy.tiers.values()) <= tuple(found.joint.tiers.values())
    told = by_phase(problem, found.joint)
    assert sum(row["spent"] for row in told) == evaluate(problem, found.joint.options).cost


@pytest.mark.parametrize(
    ("basic", "quality", "told"),
    [
        (90, 40, "comes short tier by tier: basic formats -10, quality formats +20"),
        (110, 0, "is ahead tier by tier: basic formats +10, quality formats -20"),
        (100, 20, "comes to the same"),
    ],
)
def test_orderings_are_compared_tier_by_tier(basic: int, quality: int, told: str) -> None:
    """Where basic formats come first, more quality makes up for nothing."""
    problem = street()
    joint = evaluate(problem, np.zeros(0, np.int64))
    joint = replace(joint, tiers={"basic": Fraction(100), "quality": Fraction(20)})
    greedy = replace(joint, tiers={"basic": Fraction(basic), "quality": Fraction(quality)})
    greedy = replace(greedy, exact=Fraction(basic + quality))
    found = Ordering(replace(joint, exact=Fraction(120)), greedy, problem=problem)
    assert told in lines(problem, found, Names("en"))[-1]


def test_one_phase_has_no_order() -> None:
    """Misuse is an exception."""
    problem = Problem.from_points([[0, 0]], [[0, 1]], [5], 2)
    with pytest.raises(ArgumentError, match="needs phases"):
        phases(problem, solve(problem, p=1, method="highs", threads=1), study())
    assert np.array_equal(problem.options.phase, [0])
