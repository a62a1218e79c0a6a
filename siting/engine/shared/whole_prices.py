"""Prices of rows as the whole numbers that a certificate holds."""

from __future__ import annotations

from collections.abc import Callable
from math import frexp, isfinite

import numpy as np

from siting.engine.shared.arrays import Floats

MOST_BITS = 30
"""Of a scale: a unit is parted no finer."""


def fitting(
    sum_of: Callable[[list[Floats]], float], prices: list[Floats], room: int
) -> tuple[list[Floats], int]:
    """Prices that fit, and the largest power of two, up to 2^30, by which they and all sums may be
    multiplied.

    A row that nothing can keep has a price that grows for as long as the bound iterates. Whatever
    does not fit is halved until it does, all prices alike: any price that is not negative proves a
    bound, a smaller one perhaps less. One that is no number, or infinite, is none.

    Args:
        sum_of: what the judge's sums come to at given prices, in ``problem.unit``.
        prices: arrays of any lengths.
        room: bits that all sums, times the largest price, must stay in.
    """
    prices = [np.nan_to_num(price, nan=0.0, posinf=0.0, neginf=0.0) for price in prices]
    while True:
        largest = max([1.0, *(float(np.abs(price).max(initial=0.0)) for price in prices)])
        with np.errstate(over="ignore"):
            total = sum_of(prices)
        bits = room - frexp(total)[1] - int(np.ceil(np.log2(largest))) if isfinite(total) else -1
        if bits >= 0 or largest == 1.0:
            return prices, 1 << max(0, min(MOST_BITS, bits))
        prices = [price / 2 for price in prices]
