"""Bound with capacities: the saddle of :mod:`siting.engine.cover.bound` with levels for coverage.

    min_{0<=u<=1, θ>=0} max_{y in Y}  Σ w (1-u) + Σ_r θ_r b_r + Σ_o y[o] (g[o](u) - Σ_r θ_r a_ro)
                                      + Σ_e g[e](u) - what the existing outlets e serve alone

g[o](u) = Σ over the phases of the best fractional level of o's capacity with people of u w each
(mathematics.md, "Capacity"). Every u and θ give a valid bound. The iteration is that of the
uncovered saddle (primal-dual hybrid gradient, over-relaxed, restarted to its average) with the
level as the inner answer; its threshold is blurred, the more the earlier, because an answer that
jumps makes prices swing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from siting.engine.capacity.passes import (
    active_levels,
    fill_exactly,
    fill_facilities,
    offers,
    price_step,
)
from siting.engine.capacity.supply import Supply
from siting.engine.shared.arrays import Floats, Floats32, Ints
from siting.engine.shared.projection import first_of_format, project_sites, root
from siting.engine.shared.rows import Rows
from siting.engine.shared.site_problem import site_rules, site_values
from siting.engine.shared.threads import ThreadPool

STEP = 2.0
RELAX = 0.5
"""Steps are shortened where capacities bind: a level answers a price at once, so over-relaxing
makes prices swing. LP gap after 400 iterations, 20k x 2k x 8 formats: 1.8 diverges, 1.0: 4 % and
rising, 0.7: 0.6 %, 0.5: 0.6 %, 0.2: 2 %."""
RELAX_FREE = 1.8
"""Where no capacity binds."""
BLUR = 0.1
"""Width of the blurred threshold at first, in shares of the dearest person; it halves with every
restart down to ``SHARPEST``."""
SHARPEST = 0.002
OLDEST = 60
"""Iterations after which the average takes over at the latest, and at most twice as many each
time after."""


@dataclass(frozen=True)
class Prices:
    """A valid bound with the multipliers that prove it."""

    value: float
    """In ``problem.unit``."""
    u: Floats32
    """Share of each demand's value left to the suppliers, shape (n_demands,)."""
    theta: Floats
    """Price of each shared row in ``problem.unit``, 0 on local ones; shape (n_rows,)."""
    reduced: Floats
    """g[o] - Σ θ a of each option of the instance, ``problem.unit``."""
    held_price: float
    """Worth of one unit of an earlier tier."""


def _everybody(supply: Supply) -> Ints:
    """People in reach of each level's facility, shape (n_levels,)."""
    reached = np.add.reduceat(
        np.append(supply.persons[supply.demand], 0),
        np.minimum(supply.start[:-1], len(supply.demand)),
    )
    reached[supply.start[1:] == supply.start[:-1]] = 0
    return reached[supply.level_facility]


@dataclass
class CapacityDual:
    """The state of the iteration; ``best`` is the best bound so far."""

    supply: Supply
    rows: Rows
    pool: ThreadPool
    rate: Floats
    """Worth of 1/person_units of a person of each demand of the counted tier, ``problem.unit``;
    shape (n_demands,)."""
    alone: float = 0.0
    """Weighted people of the counted tier whom existing outlets serve alone."""
    held_rate: Floats | None = None
    """The same rates for the tiers before, which must keep what they reached."""
    held: float = 0.0
    """Weighted people of the tiers before whom a plan must serve, those served today included."""
    held_price: float = 0.0
    best: Prices | None = field(init=False, default=None)
    lower: float = field(init=False, default=-np.inf)
    iterations: int = field(init=False, default=0)
    passes: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        s, i = self.supply, self.supply.instance
        self.crowd = float(s.persons.max(initial=1))
        self.persons = (s.persons / self.crowd).astype(np.float32)
        self.relax = RELAX if (s.capacity < _everybody(s)).any() else RELAX_FREE
        self.capacity = (s.capacity / self.crowd).astype(np.float32)
        self.longest = int(np.diff(s.start).max(initial=1))
        self.facility_ranges = self.pool.split(s.start)
        self.demand_ranges = self.pool.split(s.back_start)
        self.site_ranges = self.pool.split(i.site_options, 1)
        self.site_rules = site_rules(i, self.rows)
        self.threshold = np.zeros(len(s.capacity), np.float32)
        self.level_gain = np.zeros(len(s.capacity), np.float32)
        degree = np.diff(s.back_start)
        self.degree = np.maximum(degree, 1).astype(np.float32)
        self.slope = np.zeros(s.n_demands, np.float32)
        self.u = np.where(degree > 0, np.float32(0.5), np.float32(1)).astype(np.float32)
        self._set_rate()
        self.profit = self.worth * self.u
        self.cover = np.zeros(s.n_demands, np.float32)
        self.y = np.zeros(i.n_options)
        self.theta = np.zeros(len(self.rows))
        self.main_price, self._main_slope = 0.0, 0.0
        self.blur = BLUR
        self.holds = True
        self.fractional = self.y
        self._restart_gap: float | None = None
        self._oldest = OLDEST
        self._weigh()
        self._begin_average()
        self._try_full()

    def _try_full(self) -> None:
        """Where places are scarce everybody pays all there is: often the best bound for a while."""
        self.bound_of(np.ones_like(self.u), np.zeros(len(self.rows)), self.main_price)

    def _set_rate(self) -> None:
        rate = self.rate
        if self.held_rate is not None:
            rate = rate + self.held_price * self.held_rate
        dearest = float(rate.max(initial=0)) or 1.0
        self.scale = self.crowd * dearest
        self.worth = (rate / dearest).astype(np.float32)
        self.constant = self.alone + self.held_price * self.held

    def hold_at(self, price: float) -> None:
        """Another price of the earlier tiers; prices of people and the plan stay, averages begin
        anew."""
        before = self.scale
        self.held_price = price
        self._set_rate()
        self.theta *= before / self.scale
        self.main_price *= before / self.scale
        self._weigh()
        self._begin_average()
        self._restart_gap = None

    def _weigh(self) -> None:
        """Step sizes and rows as arrays; a price scale a shared row, so that its entries weigh like
        people."""
        i, rows, k = self.supply.instance, self.rows, self.supply.instance.problem.n_phases
        self.profit[:] = self.worth
        most = self._fill()[: i.n_options]
        self.profit[:] = self.worth * self.u
        options = rows.options.astype(np.float64)
        openings = rows.openings.astype(np.float64)[:, np.arange(i.n_sites) * k]
        self.priced = [int(r) for r in rows.shared if r != rows.main]
        load = most.copy()
        scales = np.zeros(len(rows))
        for r in self.priced:
            low, high = rows.options.indptr[r], rows.options.indptr[r + 1]
            at, a = rows.options.indices[low:high], np.abs(rows.options.data[low:high])
            if len(at):
                scales[r] = 0.3 * np.median(most[at] / a)
                load[at] += scales[r] * a
        self.tau = 1.0 / (STEP * np.maximum(load, 1e-12))
        self.tau[most <= 0] = 0.0 if not self.priced else 1.0 / STEP
        self.group_begin = first_of_format(i.site_options, i.options.format)
        self.main = np.zeros(i.n_options)
        self.main_opening = np.zeros(i.n_sites)
        self.main_rhs = np.inf
        if rows.main >= 0:
            self.main = np.asarray(options[[rows.main]].todense()).ravel()
            self.main_opening = np.asarray(openings[[rows.main]].todense()).ravel()
            self.main_rhs = float(rows.rhs[rows.main])
        self.priced_rows = csr_array(options[self.priced]) if self.priced else None
        self.priced_openings = csr_array(openings[self.priced]) if self.priced else None
        if self.priced_rows is not None:
            total = np.asarray(abs(self.priced_rows).sum(axis=1)).ravel()
            self.row_step = STEP * scales[self.priced] / np.maximum(total, 1e-9)

    # -- iteration ---------------------------------------------------------------------------------

    def _begin_average(self) -> None:
        self.sum_u = np.zeros_like(self.u)
        self.sum_cover = np.zeros_like(self.u)
        self.sum_y = np.zeros_like(self.y)
        self.sum_theta = np.zeros_like(self.theta)
        self.sum_main = 0.0
        self.count = 0

    def _fill(self) -> Floats:
        """g of every supplier at ``profit``, blurred."""
        s = self.supply
        self.pool.over(
            self.facility_ranges, fill_facilities, s.start, s.demand, self.persons, self.profit,
            s.level_start, self.capacity, np.float32(self.blur), self.threshold, self.level_gain,
            self.longest,
        )  # fmt: skip
        self.passes += 1
        return np.bincount(s.level_option, self.level_gain, s.n_suppliers).astype(np.float64)

    def step(self) -> None:
        """One iteration: prices, levels, plan, offers."""
        s, i = self.supply, self.supply.instance
        self.pool.over(
            self.demand_ranges, price_step, self.u, self.cover, self.degree, self.slope, self.worth,
            self.profit, self.sum_u, STEP, self.relax,
        )  # fmt: skip
        offer = self._fill()[: i.n_options]
        fee = np.zeros(i.n_sites)
        if self.priced_rows is not None and self.priced_openings is not None:
            opened = np.zeros(i.n_sites)
            np.maximum.at(opened, i.options.site, self.y)
            old = self.theta[self.priced]
            used = self.priced_rows @ self.y + self.priced_openings @ opened
            new = np.maximum(0.0, old + self.row_step * (used - self.rows.rhs[self.priced]))
            offer = offer - self.priced_rows.T @ (2 * new - old)
            fee = np.maximum(0.0, self.priced_openings.T @ (2 * new - old))
            self.theta[self.priced] = old + self.relax * (new - old)
            self.sum_theta[self.priced] += new
        fresh = self._project(self.y + self.tau * offer, fee)
        self.sum_y += fresh
        self.sum_main += self.main_price
        shown = np.concatenate([fresh, np.ones(len(s.standing))]).astype(np.float32)
        active_start = np.empty(s.n_facilities + 1, np.int32)
        active_y = np.empty(len(s.capacity), np.float32)
        active_at = np.empty(len(s.capacity), np.float32)
        active_levels(
            s.level_start, s.level_option, shown, self.threshold, np.float32(1e-6), active_start,
            active_y, active_at,
        )  # fmt: skip
        self.pool.over(
            self.demand_ranges, offers, s.back_start, s.back_facility, active_start, active_y,
            active_at, self.profit, self.worth, np.float32(self.blur), self.cover, self.sum_cover,
            self.slope, self.relax,
        )  # fmt: skip
        self.passes += 1
        self.y += self.relax * (fresh - self.y)
        self.count += 1

    def _project(self, v: Floats, fee: Floats) -> Floats:
        """The nearest y in Y; the main row's price by bisection."""
        i, o = self.supply.instance, self.supply.instance.options
        y = np.empty_like(v)

        def spent(price: float) -> float:
            used = self.pool.over(
                self.site_ranges, project_sites, v, self.tau, price, self.main, self.main_opening,
                fee, o.area, i.site_options, i.area, self.group_begin, y,
            )  # fmt: skip
            return float(sum(used)) - self.main_rhs

        if self.rows.main < 0:
            spent(0.0)
        else:
            self.main_price, self._main_slope = root(
                spent, self.main_price, self._main_slope, self.main_rhs
            )
        return y

    def run(self, iterations: int) -> Prices:
        """Advance, evaluate the average, restart from it when due."""
        for _ in range(iterations):
            self.step()
        self.iterations += iterations
        found = self.evaluate()
        gap = found.value - self.lower
        if (
            (self._restart_gap is None and self.count >= OLDEST)
            or (self._restart_gap is not None and gap < 0.4 * self._restart_gap)
            or self.count >= self._oldest
        ):
            self._restart_gap = gap
            self._oldest = min(2 * self._oldest, max(OLDEST, self.iterations // 2))
            self._restart()
        return found

    def _restart(self) -> None:
        self.u[:] = self.sum_u / np.float32(self.count)
        self.cover[:] = self.sum_cover / np.float32(self.count)
        self.y = self.sum_y / self.count
        self.theta = self.sum_theta / self.count
        self.blur = max(SHARPEST, self.blur / 2)
        self._begin_average()

    # -- evaluation --------------------------------------------------------------------------------

    def evaluate(self) -> Prices:
        """The bound of the averaged prices; keeps the best."""
        n = self.count
        theta = self.sum_theta / n
        theta[self.rows.local] = 0
        found = self.bound_of(np.clip(self.sum_u / np.float32(n), 0, 1), theta, self.sum_main / n)
        self.fractional = self.sum_y / n
        met = np.minimum(self.sum_cover / np.float32(n), 1)
        served = float((self.persons * self.worth * met).sum(dtype=np.float64))
        self.lower = served * self.scale - self.constant
        if self.held_rate is not None:
            people = self.supply.persons * self.held_rate
            self.holds = float((people * met).sum()) >= self.held * (1 - 1e-6)
        return found

    def bound_of(self, u: Floats32, theta: Floats, guess: float) -> Prices:
        """The bound at given prices (of ``scale``), the main row's found exactly around a guess."""
        s, i, rows = self.supply, self.supply.instance, self.rows
        k = i.problem.n_phases
        gains = np.zeros(len(s.capacity))
        self.pool.over(
            self.facility_ranges, fill_exactly, s.start, s.demand, self.persons, self.worth * u,
            s.level_start, self.capacity, self.threshold, gains, self.longest,
        )  # fmt: skip
        self.passes += 1
        gain = np.bincount(s.level_option, gains, s.n_suppliers)
        theta = theta.copy()
        if rows.main >= 0:
            theta[rows.main] = 0.0
        shared, openings = rows.options.astype(np.float64), rows.openings.astype(np.float64)
        base = gain[: i.n_options] - shared.T @ theta
        base_opening = openings.T @ theta
        left = float((self.persons * self.worth * (1 - u)).sum(dtype=np.float64))
        fixed = left + float(gain[i.n_options :].sum()) + float(theta @ rows.rhs)
        cost, opening = np.zeros(i.n_options), np.zeros(len(base_opening))
        rhs = 0.0
        if rows.main >= 0:
            cost = np.asarray(shared[[rows.main]].todense()).ravel()
            opening = np.asarray(openings[[rows.main]].todense()).ravel()
            rhs = float(rows.rhs[rows.main])

        def at(price: float) -> tuple[float, float]:
            value, chosen = site_values(
                base - price * cost, base_opening + price * opening, self.site_rules, self.pool
            )
            used = float(cost @ chosen)
            if rows.has_openings:
                opened = np.zeros(i.n_sites)
                np.maximum.at(opened, i.options.site, chosen)
                used += float(opening.reshape(-1, k)[:, 0] @ opened)
            return fixed + price * rhs + float(value.sum()), used - rhs

        price, total = 0.0, np.inf
        if rows.main >= 0:
            low, high = guess / 1.2, max(1.2 * guess, 1e-12)
            while low > 0 and at(low)[1] < 0:
                low = 0.0 if low < 1e-12 else low / 4
            while at(high)[1] > 0 and high < 1e18:
                low, high = high, 2 * high
            total, price = at(high)[0], high
            for _ in range(10):
                middle = 0.5 * (low + high)
                value, over = at(middle)
                if value < total:
                    total, price = value, middle
                low, high = (middle, high) if over > 0 else (low, middle)
            theta[rows.main] = price
        else:
            total = at(0.0)[0]
        found = Prices(
            total * self.scale - self.constant, u, theta * self.scale,
            (base - price * cost) * self.scale, self.held_price,
        )  # fmt: skip
        if self.best is None or found.value < self.best.value:
            self.best = found
        return found
