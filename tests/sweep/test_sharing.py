"""A shared budget: the choice is the best of the known plans, the bound holds for all."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from siting.sweep.sharing import Choice, Circle, Straight, bound_of, grid, share, wanted


def drawn(seed: int, circles: int = 3) -> tuple[list[Circle], list[list[int]], int]:
    """Circles whose best worth at every budget 0..20 is known, some points of it and its proofs;
    the worths; and the money."""
    rng = np.random.default_rng(seed)
    made, worths = [], []
    for k in range(circles):
        worth = np.cumsum(rng.integers(0, 9, 21)).tolist()
        worth[0] = 0
        budgets = sorted({0, 20, *rng.integers(1, 20, 4).tolist()})
        circle = Circle(f"c{k}", 0, 20, tiers=("",), everybody=float(worth[-1] + 5))
        for b in budgets:
            circle.choices.append(Choice(b, float(worth[b]), f"{k}-{b}"))
            if b:
                circle.steps[b] = float(worth[b] + rng.integers(0, 3))
        if rng.random() < 0.5:
            slope = Fraction(int(rng.integers(1, 9)))
            above = max(w - slope * b for b, w in enumerate(worth))
            circle.lines.append(Straight("", Fraction(above), slope))
        made.append(circle)
        worths.append(worth)
    return made, worths, int(rng.integers(10, 50))


@pytest.mark.parametrize("seed", range(40))
def test_choice_and_bound(seed: int) -> None:
    """By brute force: no choice of known plans is better, and no way to share at all beats the
    bound."""
    circles, worths, total = drawn(seed)
    found = share(circles, total)
    assert found is not None and found.spent <= total
    known = [c.choices for c in circles]
    best = max(
        sum(choice.objective for choice in taken)
        for taken in product(*known)
        if sum(choice.spent for choice in taken) <= total
    )
    assert found.objective == best
    most = max(
        sum(w[b] for w, b in zip(worths, shares, strict=True))
        for shares in product(range(21), repeat=len(worths))
        if sum(shares) <= total
    )
    assert found.bound >= most
    assert bound_of(circles, total)[0] >= most
    for circle, worth in zip(circles, worths, strict=True):
        assert all(circle.at_most(b) >= w for b, w in enumerate(worth))


def test_least_and_most_are_kept() -> None:
    """Money a circle has in any case is no other's; beyond its most it has no plan."""
    one = Circle("one", 10, 20, [Choice(0, 0.0, "a"), Choice(18, 5.0, "b")], everybody=9.0)
    two = Circle(
        "two", 0, 8, [Choice(0, 0.0, "c"), Choice(8, 3.0, "d"), Choice(9, 9.0, "e")], everybody=9.0
    )
    found = share([one, two], 18)
    assert found is not None
    assert (found.chosen["one"].key, found.chosen["two"].key) == ("b", "c")
    found = share([one, two], 17)
    assert found is not None and found.chosen["two"].key == "c"
    found = share([one, two], 26)
    assert found is not None and found.chosen["two"].key == "d"
    assert share([one, two], 9) is None


def test_where_to_look_again() -> None:
    """Never at a budget that was solved, never beyond the most."""
    circles, _, total = drawn(3)
    found = share(circles, total)
    assert found is not None
    for circle in circles:
        for budget in wanted(circles, found)[circle.name]:
            assert 0 < budget <= circle.most and budget not in circle.steps


def test_grid() -> None:
    """Ascending, up to the most, denser below."""
    assert grid(100, 5) == [4, 16, 36, 64, 100]
    assert grid(1, 5) == [1]
