"""Steps of the bound's iteration with capacities: the iterates, and how one becomes the next.

The inner answer to prices is the fractional knapsack of every capacity; its threshold is blurred,
the more the earlier, because an answer that jumps makes prices swing.
"""

from __future__ import annotations

import numpy as np

from siting.engine.capacity.averages import ServedAverages
from siting.engine.capacity.passes import (
    active_levels,
    fill_exactly,
    fill_facilities,
    offers,
    price_step,
)
from siting.engine.capacity.people_worth import PeopleWorth
from siting.engine.capacity.supply import Supply
from siting.engine.params import CapacityBoundParams
from siting.engine.shared.arrays import Floats, Floats32, Ints
from siting.engine.shared.row_prices import RowPrices
from siting.engine.shared.rows import Rows
from siting.engine.shared.threads import ThreadPool

LEAST_OPEN = 1e-6
"""Options open less than this offer nothing."""


def _everybody(supply: Supply) -> Ints:
    """People in reach of each level's facility, shape (n_levels,)."""
    reached = np.add.reduceat(
        np.append(supply.persons[supply.demand], 0),
        np.minimum(supply.start[:-1], len(supply.demand)),
    )
    reached[supply.start[1:] == supply.start[:-1]] = 0
    return reached[supply.level_facility]


class Steps:
    """The iterates at given worths of people.

    Attributes:
        u: share of each demand's value left to the suppliers, 0..1, shape (n_demands,).
        cover: how often the fractional plan serves them, same shape.
        y: the fractional plan, shape (n_options,).
        sums: of them since the last restart.
        passes: over the pairs (facility, demand), so far.
    """

    def __init__(
        self,
        supply: Supply,
        rows: Rows,
        pool: ThreadPool,
        people: PeopleWorth,
        params: CapacityBoundParams,
    ):
        self.supply, self.pool, self.people, self.params = supply, pool, people, params
        s = supply
        self.passes = 0
        binds = bool((s.capacity < _everybody(s)).any())
        self.relax = params.relax if binds else params.relax_free
        self._capacity = (s.capacity / people.crowd).astype(np.float32)
        self._longest = int(np.diff(s.start).max(initial=1))
        self._facility_ranges = pool.split(s.start)
        self._demand_ranges = pool.split(s.back_start)
        self._threshold = np.zeros(len(s.capacity), np.float32)
        self._level_gain = np.zeros(len(s.capacity), np.float32)
        degree = np.diff(s.back_start)
        self._degree = np.maximum(degree, 1).astype(np.float32)
        self._slope = np.zeros(s.n_demands, np.float32)
        self.u = np.where(degree > 0, np.float32(0.5), np.float32(1)).astype(np.float32)
        self._profit = people.worth * self.u
        self.cover = np.zeros(s.n_demands, np.float32)
        self.y = np.zeros(s.instance.n_options)
        self.blur = params.blur
        self.prices = RowPrices(s.instance, rows, pool, params.step)
        self.weigh()

    def weigh(self) -> None:
        """Step sizes at the people's worth; the averages begin anew."""
        self._profit[:] = self.people.worth
        most = self._fill()[: self.supply.instance.n_options]
        self._profit[:] = self.people.worth * self.u
        self.prices.set_steps(self.prices.weigh(most, reaching_only=False))
        self._begin_sums()

    def _begin_sums(self) -> None:
        self.sums = ServedAverages.of(self.u, self.y, self.prices.theta)

    def _fill(self) -> Floats:
        """g of every supplier at ``_profit``, blurred."""
        s = self.supply
        self.pool.over(
            self._facility_ranges,
            fill_facilities,
            s.start,
            s.demand,
            self.people.persons,
            self._profit,
            s.level_start,
            self._capacity,
            np.float32(self.blur),
            self._threshold,
            self._level_gain,
            self._longest,
        )
        self.passes += 1
        return np.bincount(s.level_option, self._level_gain, s.n_suppliers).astype(np.float64)

    def fill_exactly(self, u: Floats32) -> Floats:
        """g of every supplier at multipliers u, exact; shape (n_suppliers,)."""
        s = self.supply
        gains = np.zeros(len(s.capacity))
        self.pool.over(
            self._facility_ranges,
            fill_exactly,
            s.start,
            s.demand,
            self.people.persons,
            self.people.worth * u,
            s.level_start,
            self._capacity,
            self._threshold,
            gains,
            self._longest,
        )
        self.passes += 1
        return np.bincount(s.level_option, gains, s.n_suppliers).astype(np.float64, copy=False)

    def step(self) -> None:
        """One iteration: prices of people, knapsacks, plan, offers."""
        s, prices, sums = self.supply, self.prices, self.sums
        worth = self.people.worth
        self.pool.over(
            self._demand_ranges,
            price_step,
            self.u,
            self.cover,
            self._degree,
            self._slope,
            worth,
            self._profit,
            sums.u,
            self.params.step,
            self.relax,
        )
        offer, fee = prices.move(self.y, self._fill()[: s.instance.n_options], sums, self.relax)
        fresh = prices.project(self.y + prices.tau * offer, fee)
        sums.y += fresh
        sums.main += prices.main_price
        shown = np.concatenate([fresh, np.ones(len(s.standing))]).astype(np.float32)
        active_start = np.empty(s.n_facilities + 1, np.int32)
        active_y = np.empty(len(s.capacity), np.float32)
        active_at = np.empty(len(s.capacity), np.float32)
        active_levels(
            s.level_start,
            s.level_option,
            shown,
            self._threshold,
            np.float32(LEAST_OPEN),
            active_start,
            active_y,
            active_at,
        )
        self.pool.over(
            self._demand_ranges,
            offers,
            s.back_start,
            s.back_facility,
            active_start,
            active_y,
            active_at,
            self._profit,
            worth,
            np.float32(self.blur),
            self.cover,
            sums.cover,
            self._slope,
            self.relax,
        )
        self.passes += 1
        self.y += self.relax * (fresh - self.y)
        sums.count += 1

    def restart(self) -> None:
        """Go on from the averages, sharper."""
        sums = self.sums
        self.u[:] = sums.u / np.float32(sums.count)
        self.cover[:] = sums.cover / np.float32(sums.count)
        self.y = sums.y / sums.count
        self.prices.theta = sums.theta / sums.count
        self.blur = max(self.params.sharpest, self.blur / 2)
        self._begin_sums()
