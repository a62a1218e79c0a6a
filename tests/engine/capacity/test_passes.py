"""Passes of the capacitated bound against the same sums in numpy, and levels against a
fractional knapsack."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.engine.capacity.passes import (
    EVERYBODY,
    active_levels,
    fill_exactly,
    fill_facilities,
    offers,
    price_step,
)
from tests.tools.depth import examples

Float32 = NDArray[np.float32]
SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Facilities:
    """Facilities with their demands, levels and people."""

    start: NDArray[np.int64]
    demand: NDArray[np.int32]
    level_start: NDArray[np.int64]
    persons: Float32
    profit: Float32
    capacity: Float32

    def demands(self, c: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """People and worth of a facility's demands."""
        here = self.demand[self.start[c] : self.start[c + 1]]
        return self.persons[here].astype(float), self.profit[here].astype(float)

    @property
    def levels(self) -> list[tuple[int, int]]:
        """(facility, level) of all."""
        n = len(self.start) - 1
        return [
            (c, k) for c in range(n) for k in range(self.level_start[c], self.level_start[c + 1])
        ]

    @property
    def longest(self) -> int:
        """Demands of the largest facility."""
        return int(np.diff(self.start).max(initial=1))


def facilities(seed: int) -> Facilities:
    """Some demands, some worth nothing; some facilities without any, some with room for all."""
    rng = np.random.default_rng(seed)
    n_demands, n = int(rng.integers(1, 30)), int(rng.integers(1, 6))
    lists = [np.flatnonzero(rng.random(n_demands) < rng.random()) for _ in range(n)]
    start = np.append(0, np.cumsum([len(each) for each in lists])).astype(np.int64)
    fills = rng.integers(0, 4, n)
    level_start = np.append(0, np.cumsum(fills)).astype(np.int64)
    return Facilities(
        start,
        np.concatenate(lists).astype(np.int32),
        level_start,
        rng.uniform(0.01, 1, n_demands).astype(np.float32),
        (rng.random(n_demands) * (rng.random(n_demands) < 0.8)).astype(np.float32),
        rng.uniform(0.01, 8, int(fills.sum())).astype(np.float32),
    )


def knapsack(persons: NDArray[np.float64], worth: NDArray[np.float64], room: float) -> float:
    """The best paid people first, the last ones in part."""
    order = np.argsort(-worth)
    taken = np.minimum(
        persons[order], np.maximum(0, room - np.cumsum(persons[order]) + persons[order])
    )
    return float(taken @ worth[order])


@examples(100)
@given(SEEDS)
def test_an_exact_filling_is_a_fractional_knapsack(seed: int) -> None:
    """Never below the best level of the capacity, whatever threshold it begins with, and above
    it by no more than the threshold's last halving."""
    c = facilities(seed)
    rng = np.random.default_rng(seed)
    gain = np.full(len(c.capacity), np.nan)
    threshold = rng.random(len(c.capacity)).astype(np.float32)
    fill_exactly(
        c.start,
        c.demand,
        c.persons,
        c.profit,
        c.level_start,
        c.capacity,
        threshold,
        gain,
        c.longest,
        0,
        len(c.start) - 1,
    )
    for facility, k in c.levels:
        persons, worth = c.demands(facility)
        best = knapsack(persons, worth, float(c.capacity[k]))
        loose = worth.max(initial=0) * 2.0**-14 * (persons.sum() + float(c.capacity[k]))
        assert best - 1e-9 <= gain[k] <= best + loose + 1e-9


@examples(100)
@given(SEEDS, st.sampled_from([0.1, 0.01, 0.002]))
def test_a_blurred_filling_takes_as_many_as_it_has_room_for(seed: int, blur: float) -> None:
    """The people taken at its threshold fill the capacity to one per cent, unless it has room at
    the threshold nought; it is paid for just those people."""
    c = facilities(seed)
    threshold = np.zeros(len(c.capacity), np.float32)
    gain = np.full(len(c.capacity), np.nan, np.float32)
    fill_facilities(
        c.start,
        c.demand,
        c.persons,
        c.profit,
        c.level_start,
        c.capacity,
        np.float32(blur),
        threshold,
        gain,
        c.longest,
        0,
        len(c.start) - 1,
    )
    for facility, k in c.levels:
        persons, worth = c.demands(facility)
        room = float(c.capacity[k])
        if threshold[k] == EVERYBODY:
            assert room >= persons.sum() * 0.999
            assert np.isclose(gain[k], persons @ worth, rtol=1e-4, atol=1e-5)
            continue
        share = np.clip(0.5 + (worth - float(threshold[k])) / blur, 0, 1)
        people = float(persons @ share)
        assert people <= 1.01 * room + 1e-4
        assert people >= 0.99 * room - 1e-4 or threshold[k] <= 2e-3 * blur
        assert np.isclose(gain[k], (persons * share) @ worth, rtol=2e-2, atol=1e-3)


@examples(60)
@given(SEEDS)
def test_only_open_fillings_are_active(seed: int) -> None:
    """Those whose option is open by more than the least, facility by facility, in order."""
    c = facilities(seed)
    rng = np.random.default_rng(seed)
    option = rng.integers(0, 4, len(c.capacity)).astype(np.int32)
    y = (rng.random(4) * (rng.random(4) < 0.6)).astype(np.float32)
    threshold = rng.random(len(c.capacity)).astype(np.float32)
    start = np.zeros(len(c.start), np.int32)
    out_y, out_at = np.zeros((2, len(c.capacity)), np.float32)
    active_levels(c.level_start, option, y, threshold, np.float32(1e-6), start, out_y, out_at)
    open_ = [(facility, k) for facility, k in c.levels if y[option[k]] > 1e-6]
    assert out_y[: len(open_)].tolist() == [y[option[k]] for _, k in open_]
    assert out_at[: len(open_)].tolist() == [threshold[k] for _, k in open_]
    n = len(c.start) - 1
    assert start.tolist() == [sum(a < facility for a, _ in open_) for facility in range(n + 1)]


@examples(60)
@given(SEEDS, st.sampled_from([0.1, 0.01]))
def test_a_cell_is_offered_what_the_open_fillings_take_of_it(seed: int, blur: float) -> None:
    """Σ y clip(1/2 + (v - λ) / blur) over the levels of the facilities that reach it."""
    c = facilities(seed)
    rng = np.random.default_rng(seed)
    n, n_demands = len(c.start) - 1, len(c.persons)
    facility = np.repeat(np.arange(n), np.diff(c.start))
    order = np.lexsort((facility, c.demand))
    back_start = np.searchsorted(c.demand[order], np.arange(n_demands + 1)).astype(np.int64)
    back = facility[order].astype(np.int32)
    y, at = rng.random((2, len(c.capacity))).astype(np.float32)
    active_start = c.level_start.astype(np.int32)
    rate = rng.random(n_demands).astype(np.float32)
    cover, total, slope = rng.random((3, n_demands)).astype(np.float32)
    wanted, steep = np.zeros((2, n_demands))
    for j in range(n_demands):
        for a in back[back_start[j] : back_start[j + 1]]:
            for k in range(c.level_start[a], c.level_start[a + 1]):
                part = 0.5 + (float(c.profit[j]) - float(at[k])) / blur
                wanted[j] += float(y[k]) * min(1, max(0, part))
                steep[j] += float(y[k]) * (0 < part < 1)
    cover_to, total_to = cover + 0.5 * (wanted - cover), total + wanted
    slope_to = slope + 0.5 * (steep / blur * rate - slope)
    offers(
        back_start,
        back,
        active_start,
        y,
        at,
        c.profit,
        rate,
        np.float32(blur),
        cover,
        total,
        slope,
        0.5,
        0,
        n_demands,
    )
    np.testing.assert_allclose(cover, cover_to, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(total, total_to, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(slope, slope_to, rtol=1e-3, atol=1e-2)


@examples(40)
@given(SEEDS)
def test_prices_step_against_what_is_offered(seed: int) -> None:
    """u - (cover - 1) / (degree / ω + slope) within [0,1], extrapolated into the profit."""
    rng = np.random.default_rng(seed)
    u, cover, slope, rate, profit, total = rng.random((6, 9)).astype(np.float32)
    degree = rng.integers(1, 6, 9).astype(np.float32)
    new = np.clip(u - (2 * cover - 1) / (degree / 2.0 + slope), 0, 1)
    wanted = rate * (2 * new - u), u + 0.5 * (new - u), total + new
    price_step(u, 2 * cover, degree, slope, rate, profit, total, 2.0, 0.5, 0, 9)
    for found, right in zip((profit, u, total), wanted, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-5, atol=1e-6)
