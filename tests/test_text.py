"""Numbers as people write them."""

from __future__ import annotations

import pytest

from siting.text import amount, percent


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "-"), (float("nan"), "-"), (0, "0"), (1234567, "1,234,567"), (12.34, "12.3")],
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
        (484.77251, "48,477%"),
    ],
)
def test_gaps(gap: float | None, told: str) -> None:
    """A share of nothing is none; small gaps keep the digits that matter."""
    assert percent(gap) == told
