"""The mixture of whole sets nearest to what a site's options want."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.shared.hull import CLOSE, SETS, any_crowded, crowded, mix, mixtures
from siting.engine.shared.projection import first_of_format
from tests.tools.depth import examples

AGAIN = 40
"""Projections of one wish: each asks for a few sets, and all of them end at the nearest mixture."""


@examples(150)
@given(
    st.integers(1, 7),
    st.booleans(),
    st.just(0.0) | st.floats(0.01, 2.0),
    st.just(0.0) | st.floats(0.0, 1.0),
    st.integers(0, 2**32 - 1),
)
def test_no_set_leads_nearer(n: int, sizes: bool, fee: float, price: float, seed: int) -> None:
    """What a site opens is a mixture of sets that its floor holds, one option a format, however
    often it was asked; and, asked often, no set that fits improves it: held against all of them,
    also after the wish has changed."""
    rng = np.random.default_rng(seed)
    format_ = (np.sort(rng.integers(0, 4, n)) if sizes else np.arange(n)).astype(np.int32)
    start = np.array([0, n])
    group = first_of_format(start, format_)
    area, room = rng.integers(0, 7, n), int(rng.integers(1, 14))
    tau, main = rng.uniform(0.1, 3.0, n), rng.integers(0, 3, n).astype(float)
    fits = [
        list(chosen)
        for size in range(n + 1)
        for chosen in combinations(range(n), size)
        if area[list(chosen)].sum() <= room and len(set(format_[list(chosen)])) == size
    ]
    (sets,), (weight,) = mixtures(1)
    y = np.zeros(n)
    for _ in range(2):
        v = rng.uniform(-0.5, 2.0, n)
        for _ in range(AGAIN):
            top = mix(v, tau, price, main, area, group, 0, n, room, fee, sets, weight, y)
            assert weight.min() >= 0 and np.isclose(weight.sum(), 1)
            bits = (sets[:, None] >> np.arange(n, dtype=np.uint64) & np.uint64(1)).astype(float)
            assert np.allclose(weight @ bits, y, atol=1e-9)
            assert np.isclose(top, weight[sets != 0].sum())
            for k in range(SETS):
                assert weight[k] == 0 or list(np.flatnonzero(bits[k])) in fits
        gain = (v - tau * price * main - y) / tau
        now = gain @ y - fee * top
        best = max(gain[chosen].sum() - fee * bool(chosen) for chosen in fits)
        assert best <= now + 1.1 * CLOSE / tau.min()


@examples(100)
@given(st.integers(0, 2**32 - 1))
def test_a_site_is_crowded_where_what_is_wanted_does_not_fit(seed: int) -> None:
    """One option a format counts, the largest wanted; and where no site can be crowded at all, none
    is at any wish."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, 3)
    start = np.append(0, np.cumsum(counts))
    n = int(start[-1])
    format_ = np.concatenate([np.sort(rng.integers(0, 3, k)) for k in counts]).astype(np.int32)
    group = first_of_format(start, format_)
    area, floor = rng.integers(0, 6, n), rng.integers(1, 9, 3)
    v, tau, main = rng.uniform(-1, 1, n), rng.uniform(0.1, 1, n), np.zeros(n)
    found = []
    for s in range(3):
        begin, end = int(start[s]), int(start[s + 1])
        largest = dict.fromkeys(range(3), 0)
        for o in range(begin, end):
            if v[o] > 0:
                largest[int(format_[o])] = max(largest[int(format_[o])], int(area[o]))
        found.append(crowded(v, tau, 0.0, main, area, group, begin, end, int(floor[s])))
        assert found[-1] == (sum(largest.values()) > floor[s])
    assert any_crowded(start, group, area, floor) or not any(found)
