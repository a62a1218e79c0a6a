"""Results side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

import siting
from siting.analysis.compare import differences, figures, in_common, not_comparable, people
from siting.problem import Problem
from siting.result import Result


@pytest.fixture(scope="module")
def pair() -> dict[str, Result]:
    """One and two outlets on the same people."""
    problem = Problem.from_points(
        [[0, 0], [5, 5], [9, 9]], [[0, 0], [5, 5], [9, 9]], [3, 2, 7], 1, costs=[1, 1, 1]
    )
    return {f"p{p}": siting.solve(problem, p=p, method="highs") for p in (1, 2)}


def test_figures_and_people(pair: dict[str, Result]) -> None:
    """One row a result, one row a format and group with a column a result."""
    assert figures(pair)["objective"].tolist() == [7.0, 10.0]
    assert figures(pair)["cost"].tolist() == [1, 2]
    row = people(pair).iloc[0]
    assert (row["people"], row["before"], row["p1"], row["p2"]) == (12.0, 0.0, 7.0, 10.0)


def test_sites_in_common_and_differences(pair: dict[str, Result]) -> None:
    """The diagonal counts a plan's own sites; a difference stands on the side that opens it."""
    assert in_common(pair).to_numpy().tolist() == [[1, 1], [1, 2]]
    row = differences(pair).to_dict("records")
    assert [(r["in"], r["site"], r["newly_covered"]) for r in row] == [("p2", "0", 3.0)]


def test_different_questions_are_said(pair: dict[str, Result]) -> None:
    """Another p, other inputs or other people are no fair comparison."""
    assert "optimise different things" in not_comparable(pair)[0]
    same = {"a": pair["p1"], "b": pair["p1"]}
    assert not_comparable(same) == ()
    stored = {
        name: replace(result, record={"inputs": {"people.csv": name}})
        for name, result in same.items()
    }
    assert not_comparable(stored) == ("a and b were computed from different people.csv",)
