"""At most p outlets: what a solve is asked for, what its result is judged by, and the truth."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import siting
from siting.problem import Action, Objective, Problem
from siting.problem.solution import Solution
from siting.verification.judge import evaluate, with_p
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.problems import problems

STANDING = ("move", "leaves", "mobile")
"""Families with options that open nothing."""


@examples(100)
@given(problems(), st.integers(0, 4))
def test_p_is_one_rule(problem: Problem, p: int) -> None:
    """The row that a solve keeps is the row that its result is judged by, whatever the options do:
    the two are written apart and mean the same."""
    spec = replace(problem.objective, p=p)
    asked, judged = problem.under(spec).rules[-1], with_p(problem, spec).rules[-1]
    assert (asked.name, asked.kind, asked.sense) == (judged.name, judged.kind, judged.sense)
    assert (asked.options.toarray() == judged.options.toarray()).all()
    assert asked.rhs.tolist() == judged.rhs.tolist() == [p]
    opens = np.flatnonzero(problem.acting(Action.OPEN))
    assert np.unique(asked.options.nonzero()[1]).tolist() == opens.tolist()


@pytest.mark.parametrize("family", STANDING)
def test_an_optimum_with_p_is_believed(family: str) -> None:
    """``siting.verify`` accepts the best of all plans that open at most p, given as a result of
    ``p=`` to a problem without; and it refuses a plan that opens one more."""

    @examples(25)
    @given(problems({family, "sizes", "budget"}), st.integers(0, 3))
    def check(problem: Problem, p: int) -> None:
        spec = replace(problem.objective, p=p)
        best = brute_best(problem, spec)
        if best.options is None:
            return
        asked = problem.under(spec)
        value = evaluate(problem, best.options, spec).objective
        claim = Solution("optimal", best.options, value, value)
        assert siting.verify(asked, claim).ok
        assert siting.verify(problem, Asked(claim, spec)).violations == ()
        fewer = replace(spec, p=int((problem.options.action[best.options] == 0).sum()) - 1)
        if fewer.p is not None and fewer.p >= 0:
            assert not siting.verify(problem, Asked(claim, fewer)).ok

    check()


class Asked:
    """A solution with the objective that it was asked for, as a Result has it."""

    def __init__(self, claim: Solution, spec: Objective):
        self.options, self.objective, self.bound = claim.options, claim.objective, claim.bound
        self.status, self.spec = claim.status, spec


@examples(15)
@given(
    st.sampled_from(STANDING).flatmap(lambda one: problems({one, "sizes", "budget"})),
    st.integers(1, 3),
)
def test_a_result_with_p_is_believed(problem: Problem, p: int) -> None:
    """What ``siting.solve(problem, p=)`` hands out passes ``siting.verify(problem, result)``, its
    tables included."""
    p = min(p, problem.n_sites * problem.n_formats)
    result = siting.solve(problem, p=p, method="greedy", threads=1, seed=1)
    found = siting.verify(problem, result)
    assert found.ok, found.violations
    if result.plan is not None:
        assert (result.plan.table["action"] == "open").sum() <= p


@pytest.mark.parametrize("method", ["highs", "city", "greedy"])
def test_p_beside_an_option_that_opens_nothing(method: str) -> None:
    """Of three sites with one that keeps an outlet, p = 2 leaves all three in the best plan."""
    line = [[0, 0], [9, 0], [18, 0]]
    problem = Problem.from_points(line, line, radius=1)
    action = np.array([0, Action.KEEP.code, 0], np.int32)
    kept = problem.replace(options=replace(problem.options, action=action))
    result = siting.solve(kept, p=2, method=method, threads=1)
    assert result.objective == 3
    assert siting.verify(kept, result).violations == ()
    assert siting.solve(problem, p=2, method=method, threads=1).objective == 2
