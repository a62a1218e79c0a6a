"""Bound: primal-dual hybrid gradient on the saddle of the cover problem, all formats in one pass.

    min_{0<=u<=1, θ>=0} max_{y in Y}  Σ w (1-u) + Σ_r θ_r b_r + Σ_o y[o] (g[o](u) - Σ_r θ_r a_ro)

Y holds the floors, one option a format and site, and the main row; g[o](u) = Σ w u over what o
covers. Every u and θ give a valid bound, so nothing here needs to converge to be true.

Steps are scaled by the diagonal (Pock and Chambolle 2011), iterates over-relaxed by 1.8 and
restarted to their average (Applegate et al. 2021). An iteration costs two passes over the pairs;
g and A y are linear, so averages need no pass of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from siting.engine.cover.passes import cover_step, dual_step, gather, spread_options, sum_targets
from siting.engine.shared.arrays import Floats, Floats32, Ints
from siting.engine.shared.instance import Instance
from siting.engine.shared.pairs import Pairs
from siting.engine.shared.projection import first_of_format, project_sites, root
from siting.engine.shared.rows import Rows
from siting.engine.shared.site_problem import SiteRules, site_rules, site_values
from siting.engine.shared.stage import Stage
from siting.engine.shared.threads import ThreadPool
from siting.problem import MICRO

STEP = 2.0
"""ω: the dual step. Measured on 20k x 2k x 8 formats, LP gap of the bound after 200 iterations:
0.3: 0.70 %, 0.6: 0.30 %, 1.0: 0.16 %, 1.5: 0.12 %, 2.2: 0.09 %, 3.5: 0.09 %."""
RELAX = 1.8
FIRST_RESTART = 30


@dataclass(frozen=True)
class Duals:
    """A valid bound with the multipliers that prove it, all in ``problem.unit``."""

    value: float
    u: Floats32
    """Shape (n_points, n_targets) of the instance."""
    theta: Floats
    """Price of each shared row (0 on local ones), shape (n_rows,)."""
    phi: Floats
    """Price of each row over coverage, shape (n_cover_rows,)."""
    gain: Floats
    """g[o](u), shape (n_options,)."""
    reduced: Floats
    """g[o] - Σ θ a: what an option still earns at these prices, before its floor."""
    site_value: Floats


@dataclass
class PrimalDual:
    """The state of the iteration; ``run`` advances it, ``best`` is the best bound so far."""

    instance: Instance
    rows: Rows
    pool: ThreadPool
    stage: Stage
    weight: Floats32 = field(init=False)
    """W[i,t]: value plus what rows over coverage add at their prices, divided by ``scale``."""
    best: Duals | None = field(init=False, default=None)
    passes: int = field(init=False, default=0)
    pass_seconds: float = field(init=False, default=0.0)
    """Seconds on the clock inside the passes."""
    iterations: int = field(init=False, default=0)
    _restart_gap: float | None = field(init=False, default=None)
    fractional: Floats = field(init=False)
    """y of the last average: the fractional plan that guides construction."""
    lower: float = field(init=False, default=-np.inf)
    """Value of that fractional plan over the linear relaxation."""

    def __post_init__(self) -> None:
        i = self.instance
        n, t = i.n_points, i.n_targets
        self.base = self._counted_value()
        self.scale = float(self.base.max(initial=1)) or 1.0
        self.cover_rows = [row.over(i) for row in self.stage.cover_rows]
        self.needs = np.array([row.need for row in self.stage.cover_rows], np.float64)
        self.phi = np.zeros(len(self.cover_rows))
        self._price_steps = np.full(len(self.cover_rows), 0.25)
        self._set_weight()
        self.rules: SiteRules = site_rules(i, self.rows)
        self.kind_start, self.kind_target = i.spread_kinds
        self.point_ranges = self.pool.split(i.by_point.work)
        self.site_ranges = self.pool.split(i.by_site.work)
        self.option_ranges = self.pool.split(i.site_options, 1)
        # Degrees and column weights: one pass each with all ones.
        per_site = np.zeros((i.n_sites, t), np.float32)
        owner = np.repeat(np.arange(i.n_options), np.diff(self.kind_start))
        np.add.at(per_site, (i.options.site[owner], self.kind_target), 1)
        degree = self._gather(i.by_point, per_site, self.point_ranges)
        self.inverse_degree = (1.0 / np.maximum(degree, 1)).astype(np.float32)
        self._weigh_columns()
        self.u = np.zeros((n, t), np.float32)
        self.cover = np.zeros((n, t), np.float32)
        self.q = np.zeros((n, t), np.float32)
        self.y = np.zeros(i.n_options)
        self.gain = np.zeros(i.n_options)
        self.theta = np.zeros(len(self.rows))
        self.main_price, self._main_slope = 0.0, 0.0
        self._begin_average()
        self.fractional = self.y
        # u = 1 where a single option covers somebody, and in general half way is a fair start.
        self.u[:] = np.where(degree > 0, np.float32(0.5), np.float32(1.0))
        self.q[:] = self.weight * self.u
        self.gain = self._by_option(self._gather(i.by_site, self.q, self.site_ranges))
        self._set_rows()

    # -- set-up ------------------------------------------------------------------------------------

    def _counted_value(self) -> Ints:
        counted = self.stage.counted[self.instance.target]
        return np.where(counted[np.newaxis, :], self.instance.value, 0)

    def _set_weight(self) -> None:
        weight = self.base / self.scale
        for (targets, coefficient), price in zip(self.cover_rows, self.phi, strict=True):
            weight[:, targets] += coefficient * (price / self.scale)
        self.weight = weight.astype(np.float32)

    def _weigh_columns(self) -> None:
        column = self._gather(self.instance.by_site, self.weight, self.site_ranges)
        self.column_weight = self._by_option(column)
        self._scale_rows()

    def _gather(self, pairs: Pairs, x: Floats32, ranges: Ints) -> Floats32:
        out = np.zeros((len(pairs.segment), x.shape[1]), np.float32)
        self._pass(ranges, gather, pairs, x, out)
        return out

    def _pass(
        self, ranges: Ints, kernel: Callable[..., Any], pairs: Pairs, *arguments: Any
    ) -> None:
        begun = perf_counter()
        self.pool.over(ranges, kernel, pairs.segment, pairs.index, pairs.width, *arguments)
        self.pass_seconds += perf_counter() - begun
        self.passes += 1

    def _by_option(self, per_site: Floats32) -> Floats:
        """Sum over the targets each option serves."""
        out = np.zeros(self.instance.n_options)
        sum_targets(per_site, self.instance.options.site, self.kind_start, self.kind_target, out)
        return out

    def _scale_rows(self) -> None:
        """A price scale a shared row, so that its entries weigh like people in the step sizes."""
        rows, o = self.rows, self.instance.options
        self.priced = [r for r in rows.shared if r != rows.main]
        price = np.zeros(len(rows))
        load = self.column_weight.copy()
        for r in self.priced:
            low, high = rows.options.indptr[r], rows.options.indptr[r + 1]
            at, a = rows.options.indices[low:high], np.abs(rows.options.data[low:high])
            reaching = self.column_weight[at] > 0  # others, a vehicle say, would tell nothing
            if reaching.any():
                price[r] = 0.3 * np.median((self.column_weight[at] / a)[reaching])
                load[at] += price[r] * a
        self.row_price_scale = price
        self.tau = 1.0 / (STEP * np.maximum(load, 1e-12))
        self.tau[self.column_weight <= 0] = 0.0 if not self.priced else 1.0 / STEP
        self.group_begin = first_of_format(self.instance.site_options, o.format)

    def _set_rows(self) -> None:
        """The main row and the priced ones as arrays; openings apart, by site."""
        rows, i = self.rows, self.instance
        k = i.problem.n_phases
        options = rows.options.astype(np.float64)
        # A site's opening is charged in its first phase; with several, the cheapest stands in,
        # which only steers the steps: the bound itself is evaluated with each.
        openings = rows.openings.astype(np.float64)[:, np.arange(i.n_sites) * k]
        main = rows.main
        self.main = np.zeros(i.n_options)
        self.main_opening = np.zeros(i.n_sites)
        self.main_rhs = np.inf
        if main >= 0:
            self.main = np.asarray(options[[main]].todense()).ravel()
            self.main_opening = np.asarray(openings[[main]].todense()).ravel()
            self.main_rhs = float(rows.rhs[main])
        self.priced_rows = csr_array(options[self.priced]) if self.priced else None
        self.priced_openings = (
            csr_array(openings[self.priced]) if self.priced and rows.has_openings else None
        )
        if self.priced_rows is not None:
            total = np.asarray(abs(self.priced_rows).sum(axis=1)).ravel()
            self.row_step = STEP * self.row_price_scale[self.priced] / np.maximum(total, 1e-9)

    def _opened(self, y: Floats) -> Floats:
        """How far each site is open: its largest y, shape (n_sites,)."""
        opened = np.zeros(self.instance.n_sites)
        np.maximum.at(opened, self.instance.options.site, y)
        return opened

    # -- iteration ---------------------------------------------------------------------------------

    def _begin_average(self) -> None:
        self.sum_u = np.zeros_like(self.u)
        self.sum_cover = np.zeros_like(self.u)
        self.sum_y = np.zeros_like(self.y)
        self.sum_gain = np.zeros_like(self.gain)
        self.sum_theta = np.zeros_like(self.theta)
        self.sum_main = 0.0
        self.count = 0

    def step(self) -> None:
        """One iteration: dual step, pass to the sites, primal step, pass to the points."""
        i = self.instance
        self.pool.over(
            self.point_ranges, dual_step,
            self.weight, self.u, self.cover, self.inverse_degree, self.q, self.sum_u, STEP, RELAX,
        )  # fmt: skip
        extrapolated = self._by_option(self._gather(i.by_site, self.q, self.site_ranges))
        fresh_gain = 0.5 * (extrapolated + self.gain)
        offer = extrapolated
        fee = np.zeros(i.n_sites)
        if self.priced_rows is not None:
            old = self.theta[self.priced]
            used = self.priced_rows @ self.y
            if self.priced_openings is not None:
                used = used + self.priced_openings @ self._opened(self.y)
            new = np.maximum(0.0, old + self.row_step * (used - self.rows.rhs[self.priced]))
            offer = extrapolated - self.priced_rows.T @ (2 * new - old)
            if self.priced_openings is not None:
                fee = np.maximum(0.0, self.priced_openings.T @ (2 * new - old))
            self.theta[self.priced] = old + RELAX * (new - old)
            self.sum_theta[self.priced] += new
        self.gain += RELAX * (fresh_gain - self.gain)
        fresh_y = self._project(self.y + self.tau * offer, fee)
        self.sum_y += fresh_y
        self.sum_gain += fresh_gain
        self.sum_main += self.main_price
        per_site = np.zeros((i.n_sites, i.n_targets), np.float32)
        spread_options(fresh_y, i.options.site, self.kind_start, self.kind_target, per_site)
        self._pass(
            self.point_ranges, cover_step, i.by_point, per_site, self.cover, self.sum_cover, RELAX
        )
        self.y += RELAX * (fresh_y - self.y)
        self.count += 1

    def _project(self, v: Floats, fee: Floats) -> Floats:
        """The nearest y in Y, measured in the steps' own metric; the main price by bisection."""
        i, o = self.instance, self.instance.options
        y = np.empty_like(v)

        def spent(price: float) -> float:
            used = self.pool.over(
                self.option_ranges, project_sites,
                v, self.tau, price, self.main, self.main_opening, fee, o.area, i.site_options,
                i.area, self.group_begin, y,
            )  # fmt: skip
            return float(sum(used)) - self.main_rhs

        if self.rows.main < 0:
            spent(0.0)
            return y
        self.main_price, self._main_slope = root(
            spent, self.main_price, self._main_slope, self.main_rhs
        )
        return y

    def run(self, iterations: int) -> Duals:
        """Advance, evaluate the average, restart from it when due."""
        for _ in range(iterations):
            self.step()
        self.iterations += iterations
        found = self.evaluate()
        self._price_coverage()
        gap = found.value - self.lower
        # Restart when the average has become much better than at the last restart, or when it has
        # grown old (Applegate et al. 2021, sec. 3.2, with the duality gap as the measure).
        if (
            (self._restart_gap is None and self.count >= FIRST_RESTART)
            or (self._restart_gap is not None and gap < 0.3 * self._restart_gap)
            or self.count >= max(FIRST_RESTART + 10, self.iterations // 2)
        ):
            self._restart_gap = gap
            self._restart()
        return found

    def _price_coverage(self) -> None:
        """Dearer where the fractional plan covers too few, cheaper where more than enough; the
        step shrinks whenever the direction turns. After a change the averages begin anew."""
        if not self.cover_rows or self.count < FIRST_RESTART:
            return
        met = np.minimum(self.sum_cover / np.float32(self.count), 1)
        changed = False
        for k, (targets, coefficient) in enumerate(self.cover_rows):
            covered = float((coefficient * met[:, targets]).sum())
            unit = 1.0 / float(self.instance.problem.weight_gcd / MICRO)
            short = covered < self.needs[k] * (1 - 1e-6)
            if not short and self.phi[k] == 0.0:
                continue
            if short:
                self.phi[k] += self._price_steps[k] * unit
                self._price_steps[k] *= 1.5
            else:
                self._price_steps[k] *= 0.3
                self.phi[k] = max(0.0, self.phi[k] - self._price_steps[k] * unit)
            changed = True
        if changed:
            self._set_weight()
            self._weigh_columns()
            self._restart()
            self.q[:] = self.weight * self.u
            self.gain = self._by_option(
                self._gather(self.instance.by_site, self.q, self.site_ranges)
            )
            self._restart_gap = None

    def _restart(self) -> None:
        n = np.float32(self.count)
        self.u[:] = self.sum_u / n
        self.cover[:] = self.sum_cover / n
        self.y = self.sum_y / self.count
        self.gain = self.sum_gain / self.count
        self.theta = self.sum_theta / self.count
        self._begin_average()

    # -- evaluation --------------------------------------------------------------------------------

    def evaluate(self) -> Duals:
        """The bound of the averaged multipliers, its main price found exactly; keeps the best."""
        n = self.count
        u = np.clip(self.sum_u / np.float32(n), 0, 1)
        gain = self.sum_gain / n
        theta = self.sum_theta / n
        theta[self.rows.local] = 0
        constant = float((self.weight.astype(np.float64) * (1.0 - u)).sum())
        duals = self._bound(u, gain, theta, constant, self.sum_main / n)
        self.fractional = self.sum_y / n
        met = np.minimum(self.sum_cover / np.float32(n), 1)
        self.lower = float((self.weight * met).sum(dtype=np.float64)) * self.scale
        if self.cover_rows:
            self.lower -= float(self.phi @ self.needs)
        if self.best is None or duals.value < self.best.value:
            self.best = duals
        return duals

    def _bound(
        self, u: Floats32, gain: Floats, theta: Floats, constant: float, guess: float
    ) -> Duals:
        rows, k = self.rows, self.instance.problem.n_phases
        shared = rows.options.astype(np.float64)
        openings = rows.openings.astype(np.float64)
        theta = theta.copy()
        if rows.main >= 0:
            theta[rows.main] = 0.0
        base = gain - shared.T @ theta
        base_opening = openings.T @ theta
        fixed = constant + float(theta @ rows.rhs) - float(self.phi @ self.needs) / self.scale
        main_cost = np.zeros(len(gain))
        main_opening = np.zeros(len(base_opening))
        if rows.main >= 0:
            main_cost = np.asarray(shared[[rows.main]].todense()).ravel()
            main_opening = np.asarray(openings[[rows.main]].todense()).ravel()

        def at(price: float) -> tuple[float, Floats, float]:
            profit = base - price * main_cost
            value, chosen = site_values(
                profit, base_opening + price * main_opening, self.rules, self.pool
            )
            used = float(main_cost @ chosen)
            if rows.has_openings:
                opened = np.add.reduceat(chosen, self.instance.site_options[:-1]) > 0
                used += float(main_opening.reshape(-1, k)[:, 0] @ opened)
            rhs = float(rows.rhs[rows.main]) if rows.main >= 0 else 0.0
            return fixed + price * rhs + float(value.sum()), value, used - rhs

        price = 0.0
        if rows.main >= 0:
            # The bound is convex in the price and its slope is the money left: bisection within
            # a bracket around the iteration's own price.
            low, high = guess / 1.2, max(1.2 * guess, 1e-12)
            while low > 0 and at(low)[2] < 0:
                low = 0.0 if low < 1e-12 else low / 4
            while at(high)[2] > 0 and high < 1e18:
                low, high = high, 2 * high
            best = (np.inf, high)
            for _ in range(10):
                middle = 0.5 * (low + high)
                total, _, over = at(middle)
                best = min(best, (total, middle))
                if over > 0:
                    low = middle
                else:
                    high = middle
            price = best[1]
            theta[rows.main] = price
        total, value, _ = at(price)
        s = self.scale
        return Duals(
            total * s, u, theta * s, self.phi.copy(), gain * s, (base - price * main_cost) * s,
            value * s,
        )  # fmt: skip
