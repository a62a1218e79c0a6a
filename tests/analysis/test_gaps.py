"""The gap inventory adds up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from siting.analysis.gaps import WHOLE, gaps, without_access
from siting.problem import Problem
from siting.verification.evaluation import evaluate
from tests.problems import problems


@settings(deadline=None, max_examples=40)
@given(problems(without={"capacity"}))
def test_served_today_is_the_coverage_of_an_empty_plan(problem: Problem) -> None:
    """What stands today serves whom verify says is covered before; the rest is the gap."""
    told = evaluate(problem, []).coverage
    table = gaps(problem)
    for row in table[table["district"] == WHOLE].to_dict("records"):
        people = told[row["format"]][row["group"]]
        assert row["people"] == people["people"]
        assert row["served"] == people["before"]
        assert row["not_served"] == pytest.approx(people["people"] - people["before"])
        assert row["not_served"] == pytest.approx(
            row["within_reach_of_a_site"] + row["out_of_reach"]
        )


@settings(deadline=None, max_examples=40)
@given(problems(without={"capacity"}))
def test_every_option_together_serves_whom_sites_could(problem: Problem) -> None:
    """People within reach of a site are those that opening everything would cover."""
    after = evaluate(problem, np.arange(problem.n_options)).coverage
    table = gaps(problem)
    for row in table[table["district"] == WHOLE].to_dict("records"):
        people = after[row["format"]][row["group"]]
        assert row["served"] + row["within_reach_of_a_site"] == pytest.approx(people["after"])


def test_who_walks_nowhere_is_counted() -> None:
    """People from whom neither an outlet nor a candidate can be reached stay in the count."""
    problem = Problem.from_points([[0, 0], [99, 99]], [[0, 1]], [3, 8], 2)
    assert without_access(problem) == (1, 8.0)
