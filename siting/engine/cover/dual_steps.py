"""Steps of the bound's iteration: the iterates, and how one becomes the next.

An iteration costs two passes over the pairs, one to the sites and one to the points; g and A y are
linear, so averages need no pass of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from siting.engine.cover.averages import CoverAverages
from siting.engine.cover.passes import cover_step, dual_step, gather, spread_options, sum_targets
from siting.engine.params import BoundParams
from siting.engine.shared.arrays import Floats, Floats32, Ints
from siting.engine.shared.instance import Instance
from siting.engine.shared.pairs import Pairs
from siting.engine.shared.row_prices import RowPrices
from siting.engine.shared.rows import Rows
from siting.engine.shared.threads import ThreadPool


class Steps:
    """The iterates at given weights of people.

    Attributes:
        u: people's multipliers, 0..1, shape (n_points, n_targets).
        cover: how often the fractional plan covers them, same shape.
        y: the fractional plan, shape (n_options,).
        gain: g[o](u), shape (n_options,).
        sums: of all of them since the last restart.
        passes: over the pairs, so far.
        pass_seconds: on the clock inside them.
    """

    def __init__(
        self,
        instance: Instance,
        rows: Rows,
        pool: ThreadPool,
        weight: Floats32,
        params: BoundParams,
        given: Floats | None = None,
    ):
        self.instance, self.pool, self.params = instance, pool, params
        self.passes, self.pass_seconds = 0, 0.0
        self._kind_start, self._kind_target = instance.spread_kinds
        self._point_ranges = pool.split(instance.by_point.work)
        self._site_ranges = pool.split(instance.by_site.work)
        self.prices = RowPrices(instance, rows, pool, params.step, given)
        # Degrees and column weights: one pass each.
        degree = self._degrees()
        self._inverse_degree = (1.0 / np.maximum(degree, 1)).astype(np.float32)
        self.prices.set_steps(self._weigh(weight))
        # u = 1 where a single option covers somebody, and in general half way is a fair start.
        self.u = np.where(degree > 0, np.float32(0.5), np.float32(1.0)).astype(np.float32)
        self.cover = np.zeros_like(self.u)
        self.y = np.zeros(instance.n_options)
        self._offer_at(weight)
        self._begin_sums()

    def _degrees(self) -> Floats32:
        """By how many options each one could be covered, shape (n_points, n_targets)."""
        i = self.instance
        per_site = np.zeros((i.n_sites, i.n_targets), np.float32)
        owner = np.repeat(np.arange(i.n_options), np.diff(self._kind_start))
        np.add.at(per_site, (i.options.site[owner], self._kind_target), 1)
        return self._gather(i.by_point, per_site, self._point_ranges)

    def _weigh(self, weight: Floats32) -> Floats:
        """Step sizes of the plan at other weights; what a unit of each row weighs in them."""
        column = self._gather(self.instance.by_site, weight, self._site_ranges)
        return self.prices.weigh(self._by_option(column), reaching_only=True)

    def _offer_at(self, weight: Floats32) -> None:
        """What options win at u and these weights."""
        self._q = weight * self.u
        self.gain = self._by_option(self._gather(self.instance.by_site, self._q, self._site_ranges))

    # -- passes ------------------------------------------------------------------------------------

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
        site = self.instance.options.site
        sum_targets(per_site, site, self._kind_start, self._kind_target, out)
        return out

    # -- iteration ---------------------------------------------------------------------------------

    def _begin_sums(self) -> None:
        self.sums = CoverAverages.of(self.u, self.y, self.prices.theta)

    def step(self, weight: Floats32) -> None:
        """One iteration: dual step, pass to the sites, primal step, pass to the points."""
        i, sums, prices, relax = self.instance, self.sums, self.prices, self.params.relax
        self.pool.over(
            self._point_ranges,
            dual_step,
            weight,
            self.u,
            self.cover,
            self._inverse_degree,
            self._q,
            sums.u,
            self.params.step,
            relax,
        )
        extrapolated = self._by_option(self._gather(i.by_site, self._q, self._site_ranges))
        fresh_gain = 0.5 * (extrapolated + self.gain)
        offer, fee = prices.move(self.y, extrapolated, sums, relax)
        self.gain += relax * (fresh_gain - self.gain)
        fresh_y = prices.project(self.y + prices.tau * offer, fee)
        sums.y += fresh_y
        sums.gain += fresh_gain
        sums.main += prices.main_price
        per_site = np.zeros((i.n_sites, i.n_targets), np.float32)
        spread_options(fresh_y, i.options.site, self._kind_start, self._kind_target, per_site)
        self._pass(
            self._point_ranges, cover_step, i.by_point, per_site, self.cover, sums.cover, relax
        )
        self.y += relax * (fresh_y - self.y)
        sums.count += 1

    def restart(self) -> None:
        """Go on from the averages."""
        sums = self.sums
        n = np.float32(sums.count)
        self.u[:] = sums.u / n
        self.cover[:] = sums.cover / n
        self.y = sums.y / sums.count
        self.gain = sums.gain / sums.count
        self.prices.theta = sums.theta / sums.count
        self._begin_sums()

    def begin_at(self, u: Floats32, y: Floats, weight: Floats32) -> None:
        """Go on from multipliers and a fractional plan that others found: two passes."""
        i = self.instance
        self.u[:], self.y = u, y.copy()
        self._offer_at(weight)
        per_site = np.zeros((i.n_sites, i.n_targets), np.float32)
        spread_options(y, i.options.site, self._kind_start, self._kind_target, per_site)
        self.cover[:] = self._gather(i.by_point, per_site, self._point_ranges)
        self._begin_sums()

    def reweigh(self, weight: Floats32) -> None:
        """Go on from the averages at other weights of people."""
        self._weigh(weight)
        self.restart()
        self._offer_at(weight)
