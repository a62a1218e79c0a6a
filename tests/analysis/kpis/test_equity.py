"""Equality measures against their definitions, person by person."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from siting.analysis.kpis.equity import equity
from siting.analysis.kpis.walks import quantile

crowds = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=6)


@given(crowds)
def test_gini_is_the_mean_difference_between_two_people(crowd: list[tuple[int, int]]) -> None:
    """Gini = mean |a - b| over all pairs of people / twice the mean."""
    amount, people = (np.array(part, float) for part in zip(*crowd, strict=True))
    found = equity(amount, people)
    each = np.repeat(amount, people.astype(int))
    if not len(each):
        assert found is None
        return
    assert found is not None
    assert found.mean == pytest.approx(each.mean())
    if each.sum() == 0:
        assert found.gini is None
        return
    expected = np.abs(each[:, None] - each[None, :]).mean() / (2 * each.mean())
    assert found.gini == pytest.approx(expected, abs=1e-12)


@given(crowds)
def test_worst_tenth_and_palma_count_people_in_parts(crowd: list[tuple[int, int]]) -> None:
    """Ten times as many people at every point change nothing, and then whole people are counted."""
    amount, people = (np.array(part, float) for part in zip(*crowd, strict=True))
    found, tenfold = equity(amount, people), equity(amount, 10 * people)
    assert found == tenfold or (
        found is not None
        and tenfold is not None
        and found.worst_tenth == pytest.approx(tenfold.worst_tenth)
    )
    if found is None:
        return
    each = np.sort(np.repeat(amount, (10 * people).astype(int)))
    n = len(each)
    assert found.worst_tenth == pytest.approx(each[: n // 10].mean())
    poor, rich = each[: 4 * n // 10].sum(), each[n - n // 10 :].sum()
    assert found.palma == (pytest.approx(rich / poor) if poor else None)


def test_everybody_alike_is_equal() -> None:
    """One amount for all: Gini 0, and the worst-off tenth has the mean."""
    found = equity(np.full(4, 3.0), np.array([1.0, 0.0, 5.0, 2.0]))
    assert found is not None
    assert (found.gini, found.worst_tenth, found.mean) == pytest.approx((0.0, 3.0, 3.0))
    assert found.palma == pytest.approx(0.25)


@given(crowds, st.sampled_from([0.1, 0.5, 0.9]))
def test_a_quantile_is_not_exceeded_by_its_part(crowd: list[tuple[int, int]], part: float) -> None:
    """At least the part of people walks no longer, and fewer would with any smaller value."""
    values, people = (np.array(line, float) for line in zip(*crowd, strict=True))
    found = quantile(values, people, part)
    if not people.sum():
        assert found is None
        return
    assert found is not None
    need = part * people.sum() - 1e-9
    assert people[values <= found].sum() >= need
    assert people[values < found].sum() < need
