"""Numbers as people write them."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest

from siting.texts.numbers import amount, figure, percent, share


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "-"),
        (float("nan"), "-"),
        (0, "0"),
        (1234567, "1,234,567"),
        (12.34, "12.3"),
        (90.5, "90.5"),
        (0.25, "0.3"),
        (0.35, "0.4"),
        (90.9996, "91"),
        (float("-inf"), "-inf"),
        (1e300, f"{1e300:,.0f}"),
    ],
)
def test_amounts(value: float | None, told: str) -> None:
    """Thousands set apart; a dash where there is none, in tables NaN."""
    assert amount(value) == told


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (None, "-"),
        (float("inf"), "-"),
        (0.0, "0.00%"),
        (0.0005, "0.050%"),
        (0.0123, "1.23%"),
        (484.77251, ">100%"),
    ],
)
def test_gaps(gap: float | None, told: str) -> None:
    """A share of nothing is none; small gaps keep the digits that matter; none is over a whole."""
    assert percent(gap) == told


@pytest.mark.parametrize(
    ("value", "digits", "told"),
    [
        (90.5, 0, "91"),
        (130.5, 0, "131"),
        (255.5, 0, "256"),
        (1234.5, 0, "1,235"),
        (90.499, 0, "90"),
        (90.4996, 0, "90"),
        (-90.5, 0, "-91"),
        (-0.4, 0, "0"),
        (0.15, 1, "0.2"),
        (0.35, 1, "0.4"),
        (2.675, 2, "2.68"),
        (12, 1, "12.0"),
        (2**60 + 1, 0, "1,152,921,504,606,846,977"),
        (10**40, 1, f"{10**40:,}.0"),
        (1e300, 0, f"{1e300:,.0f}"),
        (float("inf"), 0, "inf"),
        (np.float64(2.5), 0, "3"),
        (np.int64(1500), 0, "1,500"),
    ],
)
def test_figures_round_half_up(value: float, digits: int, told: str) -> None:
    """A half goes up, as decimals are written; never to the even neighbour, once and not twice."""
    assert figure(value, digits) == told


def test_sums_of_thousandths_are_read_as_what_they_are() -> None:
    """A binary sum that falls short of a half by its own error is a half."""
    people = [0.1] * 5 + [0.001] * 1000 + [0.9, 0.1]
    added = [*accumulate(people)][-1]  # sum() is more exact from Python 3.12 on
    assert added < 2.5 and figure(added) == "3"


def test_shares_round_half_up() -> None:
    """One sixteenth is 6.25 %."""
    assert share(1, 16) == "6.3%" and share(1, 0) == "-"
