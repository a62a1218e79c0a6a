"""What a stored result tells, against the figures of today."""

from __future__ import annotations

from siting.analysis.audit.result import differing
from siting.result import Money, Reached, Spending


def test_figures_are_compared_one_by_one() -> None:
    """A figure that differs is named by its place, rounding aside, whatever record holds it."""
    people = {"shop": {"all": Reached(9.0, 3.0, 7.0)}}
    rounded = {"shop": {"all": Reached(9.0, 3.0, 7.0 * (1 + 1e-15))}}
    other = {"shop": {"all": Reached(9.0, 3.0, 6.0)}}
    assert differing(people, rounded) == []
    assert differing(people, other) == [(".shop.all.after", 7.0, 6.0)]

    money = Money(9, 7, 0, {"public": Spending(5, 3)})
    assert differing(money, Money(9, 7, 0, {"public": Spending(5, 4)})) == [(".public.spent", 3, 4)]
