"""Every case gives what is right: the plan, or a fault that says what to do."""

from __future__ import annotations

import pytest

from tests.cases.table import EXPECTED, folders, given


@pytest.mark.parametrize("number", EXPECTED)
def test_a_case_is_read_as_it_is_meant(number: str) -> None:
    """The right plan, proven, and a word on what was read otherwise; or refused with the cure."""
    planned, told = given(folders()[number])
    expected, words = EXPECTED[number]
    assert planned == expected
    assert words in "\n".join(told)


def test_no_case_is_left_out() -> None:
    """Whoever adds an input says what is right."""
    assert set(folders()) == set(EXPECTED)
