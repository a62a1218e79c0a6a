"""Prices become whole numbers that the judge's sums have room for."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.shared.whole_prices import MOST_BITS, fitting
from tests.tools.depth import examples

SIZES = st.floats(0, 1e300) | st.just(np.inf)


@examples(60)
@given(st.lists(SIZES, max_size=5), st.integers(1, 2**50), st.floats(0, 1e9))
def test_what_fits_is_kept_and_the_rest_is_halved(
    sizes: list[float], least: int, people: float
) -> None:
    """Sums times the largest price stay in the bits that are there, at the finest scale that does
    so; prices change only where nothing else fits, and then all alike."""
    given = np.array(sizes, np.float64)

    def sum_of(prices: list[np.ndarray]) -> float:
        return least + people * float(prices[0].sum())

    (found,), scale = fitting(sum_of, [given], 61)
    assert scale & (scale - 1) == 0 and 1 <= scale <= 1 << MOST_BITS
    largest = max(1.0, float(found.max(initial=0.0)))
    assert sum_of([found]) * largest * scale <= 2.0**62
    finite = np.where(np.isfinite(given), given, 0.0)
    if np.array_equal(found, finite):
        assert scale == 1 << MOST_BITS or sum_of([found]) * largest * scale * 8 >= 2.0**61
    else:
        halved = np.log2(finite[found > 0] / found[found > 0])
        assert (halved == halved[0]).all() and halved[0] > 0 and scale >= 1
