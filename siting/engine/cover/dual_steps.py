"""Steps of the bound's iteration: the iterates, and how one becomes the next.

An iteration costs two passes over the reach, one to the points and one to the sites; what options
win and how often people are covered are linear, so averages need no pass of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from siting.engine.cover.averages import CoverAverages
from siting.engine.cover.passes import (
    average,
    covers,
    fill_sums,
    left_to_people,
    met_by_plan,
    move_plan,
    step_points,
    sum_targets,
    to_points,
    to_sites,
)
from siting.engine.params import BoundParams
from siting.engine.shared.arrays import Floats, Floats32, Ints, Ints32, Mask
from siting.engine.shared.discs import lay_out
from siting.engine.shared.instance import Instance
from siting.engine.shared.row_prices import RowPrices
from siting.engine.shared.rows import Rows
from siting.engine.shared.threads import ThreadPool

LARGEST = 2.0**31 - 2.0**24
"""Sums of whole numbers stay below it, with room for the rounding of each."""


def farthest(relax: float) -> float:
    """How far an over-relaxed iterate can be from 0 when every step goes to somewhere in 0..1.

    Its distance from 1/2 shrinks to |1 - ρ| of what it was and grows by ρ / 2 at most.
    """
    return 0.5 + 0.5 * relax / (1.0 - abs(1.0 - relax))


class Steps:
    """The iterates at given weights of people.

    Attributes:
        u: people's multipliers, 0..1, shape (n_points, n_targets).
        y: the fractional plan, shape (n_options,).
        gain: g[o](u), shape (n_options,).
        sums: of all of them since the last restart.
        passes: over the reach, so far.
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
        *,
        running: bool | None = None,
    ):
        self.instance, self.pool, self.params = instance, pool, params
        self.passes, self.pass_seconds = 0, 0.0
        self._kind_start, self._kind_target = instance.spread_kinds
        reached = lay_out(instance, pool, running=running)
        self.spans = reached.spans
        self.n_spans = reached.n_spans
        self._blocks = pool.split(reached.spans.border)
        self._sites = pool.split(reached.site_work)
        self._marks = reached.sums()
        self._people = reached.sums()
        self._by_site = np.zeros((instance.n_sites, instance.n_targets), np.int32)
        self._plan = _Plan(instance, self._by_site.shape)
        self.prices = RowPrices(instance, rows, pool, params.step, given)
        degree = self._degrees()
        self._inverse_degree = 1 / np.maximum(degree, np.float32(1))
        # Σ y over whoever covers one stays below what whole numbers hold.
        self._whole = LARGEST / (farthest(params.relax) * max(1.0, float(degree.max(initial=0))))
        self.prices.set_steps(self._weigh(weight))
        # u = 1 where a single option covers somebody, and in general half way is a fair start.
        self.u = np.where(degree > 0, np.float32(0.5), np.float32(1.0)).astype(np.float32)
        self.y = np.zeros(instance.n_options)
        self._offer_at(weight)
        self._begin_sums()

    def _degrees(self) -> Floats32:
        """By how many options each one could be covered, shape (n_points, n_targets)."""
        marks = np.zeros_like(self._marks)
        every = _Plan(self.instance, self._by_site.shape)
        every.move_to(np.ones(self.instance.n_options), 1.0)
        self._pass(self._blocks, to_points, every.move, every.moved, marks)
        return self._covers(marks, 1.0)

    def _weigh(self, weight: Floats32) -> Floats:
        """Scales and step sizes of the plan at other weights; what a unit of each row weighs."""
        # Sums over a site's people at most, from sums that no more than all people could exceed.
        every = weight.sum(axis=0, dtype=np.float64)
        every[every == 0.0] = 1.0  # nobody's weight counts: any scale will do
        self._scale_people(0.5 * LARGEST / every)
        reached = self._to_sites(weight).max(axis=0, initial=0) * self._one
        most = np.maximum(1.01 * reached, 1e-9 * every) * (2.0 + farthest(self.params.relax))
        self._scale_people(LARGEST / most)
        return self.prices.weigh(self._by_option(self._to_sites(weight)), reaching_only=True)

    def _scale_people(self, scale: Floats) -> None:
        """So many whole numbers are one of the weights' unit, by target."""
        self._scale = scale.astype(np.float32)
        self._one = 1.0 / self._scale.astype(np.float64)

    def _offer_at(self, weight: Floats32) -> None:
        """What options win at u and these weights."""
        self.gain = self._by_option(self._to_sites(weight * self.u))

    # -- passes ------------------------------------------------------------------------------------

    def _pass(self, ranges: Ints, kernel: Callable[..., Any], *arguments: Any) -> None:
        begun = perf_counter()
        self.pool.over(ranges, kernel, self.spans, *arguments)
        self.pass_seconds += perf_counter() - begun
        self.passes += 1

    def _to_sites(self, x: Floats32) -> Ints32:
        """Σ x over the people in reach, by site and target, times ``_scale``."""
        self.pool.over(self._blocks, fill_sums, self.spans, x, self._scale, self._people)
        return self._sum_sites()

    def _sum_sites(self) -> Ints32:
        self._pass(self._sites, to_sites, self._people, self._by_site)
        return self._by_site

    def _covers(self, marks: Ints32, one: float) -> Floats32:
        out = np.empty((self.instance.n_points, self.instance.n_targets), np.float32)
        self.pool.over(self._blocks, covers, self.spans, marks, one, out)
        return out

    def _by_option(self, per_site: Ints32) -> Floats:
        """Sum over the targets each option serves."""
        out = np.zeros(self.instance.n_options)
        site = self.instance.options.site
        sum_targets(per_site, self._one, site, self._kind_start, self._kind_target, out)
        return out

    # -- iteration ---------------------------------------------------------------------------------

    def _begin_sums(self) -> None:
        self.sums = CoverAverages.of(self.u, self.y, self.prices.theta)

    def step(self, weight: Floats32) -> None:
        """One iteration: the plan reaches the points, their prices answer, the sites hear of it
        and make a plan anew."""
        sums, prices, relax = self.sums, self.prices, self.params.relax
        plan = self._plan
        plan.move_to(self.y, self._whole)
        self._pass(
            self._blocks,
            step_points,
            plan.move,
            plan.moved,
            self._marks,
            self._whole,
            weight,
            self._inverse_degree,
            self.u,
            sums.u,
            self._scale,
            self._people,
            self.params.step,
            relax,
        )
        extrapolated = self._by_option(self._sum_sites())
        fresh_gain = 0.5 * (extrapolated + self.gain)
        offer, fee = prices.move(self.y, extrapolated, sums, relax)
        self.gain += relax * (fresh_gain - self.gain)
        fresh_y = prices.project(self.y + prices.tau * offer, fee)
        sums.y += fresh_y
        sums.gain += fresh_gain
        sums.main += prices.main_price
        self.y += relax * (fresh_y - self.y)
        sums.count += 1

    def restart(self) -> None:
        """Go on from the averages."""
        sums = self.sums
        np.divide(sums.u, np.float32(sums.count), out=self.u)
        self.y = sums.y / sums.count
        self.gain = sums.gain / sums.count
        self.prices.theta = sums.theta / sums.count
        self._begin_sums()

    def begin_at(self, u: Floats32, y: Floats, weight: Floats32) -> None:
        """Go on from multipliers and a fractional plan that others found."""
        self.prices.refine(0.0)
        self.u[:], self.y = u, y.copy()
        self._offer_at(weight)
        self._begin_sums()

    def reweigh(self, weight: Floats32) -> None:
        """Go on from the averages at other weights of people."""
        self._weigh(weight)
        self.restart()
        self._offer_at(weight)

    # -- averages ----------------------------------------------------------------------------------

    def left_to_people(self, weight: Floats32) -> float:
        """Σ weight (1 - u) at the averaged u."""
        out = np.zeros(len(self.spans.border) - 1)
        self.pool.over(
            self._blocks, left_to_people, self.spans, weight, self.sums.u, self.sums.count, out
        )
        return float(out.sum())

    def average_u(self) -> Floats32:
        """The averaged multipliers, within 0..1."""
        out = np.empty_like(self.u)
        self.pool.over(self._blocks, average, self.spans, self.sums.u, self.sums.count, out)
        return out

    def met_value(self, weight: Floats32) -> float:
        """Weight of the people whom the averaged plan covers, in parts where in part."""
        plan = self._averaged()
        out = np.zeros(len(self.spans.border) - 1)
        self._pass(
            self._blocks, met_by_plan, plan.move, plan.moved, self._people, self._whole, weight, out
        )
        return float(out.sum())

    def met(self) -> Floats32:
        """How far the averaged plan covers each one, 0..1, shape (n_points, n_targets)."""
        plan = self._averaged()
        self._people[:] = 0
        self._pass(self._blocks, to_points, plan.move, plan.moved, self._people)
        return np.minimum(self._covers(self._people, self._whole), 1)

    def _averaged(self) -> _Plan:
        plan = _Plan(self.instance, self._by_site.shape)
        plan.move_to(self.sums.y / self.sums.count, self._whole)
        return plan


class _Plan:
    """A fractional plan in whole numbers, and its last move by site and target."""

    def __init__(self, instance: Instance, shape: tuple[int, int]):
        self._site = instance.options.site
        self._serves = instance.spread_kinds
        self._marked: Ints32 = np.zeros(instance.n_options, np.int32)
        self.move: Ints32 = np.zeros(shape, np.int32)
        self.moved: Mask = np.zeros(shape[0], np.bool_)

    def move_to(self, y: Floats, one: float) -> None:
        """Move to y, where one option is so many whole numbers."""
        move_plan(y, one, self._marked, self._site, *self._serves, self.move, self.moved)
