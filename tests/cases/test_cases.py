"""Every case gives what is right: the plan, or a fault that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import python_case
from tests.cases.made import MADE
from tests.cases.table import EXPECTED, folders, given


@pytest.mark.parametrize("number", EXPECTED)
def test_a_case_is_read_as_it_is_meant(number: str) -> None:
    """The right plan, proven, and a word on what was read otherwise; or refused with the cure."""
    planned, told = given(folders()[number])
    expected, words = EXPECTED[number]
    assert planned == expected
    assert words in "\n".join(told)


@pytest.mark.parametrize("name", MADE)
def test_a_case_of_the_same_kind_is_read_as_it_is_meant(name: str, tmp_path: Path) -> None:
    """In other layers and formats the same: the right plan, or refused with the cure."""
    make, expected, words = MADE[name]
    make(tmp_path)
    planned, told = given(tmp_path)
    assert (planned, words in "\n".join(told)) == (expected, True), told


def test_what_python_gives_is_what_was_asked() -> None:
    """Stored zeros count; repeated entries and nan are refused."""
    python_case.stored_zeros_count()
    python_case.twice_and_nan_are_refused()


@pytest.mark.slow
def test_every_method_keeps_a_large_budget_to_the_unit() -> None:
    """10^11 and some units more, by every method."""
    python_case.budgets_are_kept_to_the_unit()


def test_no_case_is_left_out() -> None:
    """Whoever adds an input says what is right."""
    assert set(folders()) == set(EXPECTED)
