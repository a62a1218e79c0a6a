"""What every solver file declares, and what is refused before anything runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.solvers import SOLVERS
from siting.solvers.base import Features, News, Talk, broken_rows, load, not_whole, unknown_status
from tests.tools.programs import knapsack


@pytest.mark.parametrize("name", SOLVERS)
def test_a_solver_declares_its_features(name: str) -> None:
    """Every module named as a method has features and a solve."""
    module = load(name)
    assert isinstance(module.FEATURES, Features)
    assert callable(module.solve)


def test_fractions_are_found() -> None:
    """A solver of whole numbers is told which number is not whole."""
    program = knapsack()
    assert not_whole(program) is None
    assert "12.5 in the objective" in str(
        not_whole(replace(program, objective=np.array([12.5, 1.0, 1.0])))
    )
    assert "continuous column open" in str(not_whole(replace(program, integer=np.zeros(3, bool))))
    half = program.rows.copy()
    half.data = half.data / 2
    assert "1.5 in a row" in str(not_whole(replace(program, rows=half)))


def test_an_implied_column_counts_as_whole() -> None:
    """Continuous columns that lose nothing by being integer are no obstacle."""
    program = knapsack()
    eased = replace(program, integer=np.zeros(3, bool), implied=np.ones(3, bool))
    assert not_whole(eased) is None


def test_a_broken_row_is_named() -> None:
    """A solver's plan that breaks a row by one unit is found, whatever the solver says."""
    program = knapsack()
    assert broken_rows(program, np.array([1.0, 0.0, 1.0])) is None
    assert broken_rows(program, np.array([1.0, 1.0, 0.0])) == "weight(0)"
    assert broken_rows(program, np.array([2.0, 0.0, 0.0])) == "bounds of columns"


def test_news_is_told_once_and_infinity_is_nothing() -> None:
    """Infinite bounds, as solvers write them, are unknown bounds; the same news is not repeated."""
    heard: list[News] = []
    talk = Talk(heard.append)
    for _ in range(2):
        talk.tell(1e20, 5.0)
    assert [(news.objective, news.bound) for news in heard] == [(None, 5.0)]


def test_an_unknown_status_carries_the_solvers_word() -> None:
    """What no table lists becomes an error with the raw text, never a time limit."""
    assert "kStrange" in str(unknown_status("highs", "kStrange"))
