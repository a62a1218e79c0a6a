"""Bound with capacities: the saddle of :mod:`siting.engine.cover.bound` with a knapsack an outlet.

    min_{0<=u<=1, θ>=0} max_{y in Y}  Σ w (1-u) + Σ_r θ_r b_r + Σ_o y[o] (g[o](u) - Σ_r θ_r a_ro)
                                      + Σ_e g[e](u) - what the existing outlets e serve alone

g[o](u) = Σ over the phases of the best fractional filling of o's capacity with people of u w each
(docs/mathematics.md, "Capacity"). Every u and θ give a valid bound. The iteration is that of the
uncovered saddle (primal-dual hybrid gradient, over-relaxed, restarted to its average).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from siting.engine.capacity.dual_steps import Steps
from siting.engine.capacity.people_worth import PeopleWorth
from siting.engine.capacity.prices import Prices
from siting.engine.params import CapacityBoundParams
from siting.engine.shared.arrays import Floats, Floats32
from siting.engine.shared.bound_loop import never
from siting.engine.shared.rows import Rows
from siting.engine.shared.site_bound import site_bound
from siting.engine.shared.site_problem import site_rules
from siting.engine.shared.threads import ThreadPool

BETTER = 0.4
"""An average whose gap is so many times the last restart's is restarted from."""


class CapacityDual:
    """The iteration; ``run`` advances it, ``best`` is the best bound so far.

    Attributes:
        best: the least bound so far.
        lower: value of the fractional plan, whose sites mix whole sets, ``problem.unit``.
        fractional: y of the last average, shape (n_options,).
        iterations: so far.
        rough: never; floors hold whole sets from the start.
        holds: whether the last average keeps what earlier tiers reached.
    """

    def __init__(
        self,
        people: PeopleWorth,
        rows: Rows,
        pool: ThreadPool,
        params: CapacityBoundParams | None = None,
    ):
        self.people, self.rows, self.pool = people, rows, pool
        self.params = params or CapacityBoundParams()
        self.supply = people.supply
        self.rules = site_rules(self.supply.instance, rows)
        self.steps = Steps(self.supply, rows, pool, people, self.params)
        self.best: Prices | None = None
        self.lower = -np.inf
        self.fractional: Floats = self.steps.y
        self.iterations = 0
        self.rough = False
        self.holds = True
        self._restart_gap: float | None = None
        self._oldest = self.params.oldest
        # Where places are scarce everybody pays all there is: often the best bound for a while.
        self.bound_of(np.ones_like(self.steps.u), np.zeros(len(rows)), 0.0)

    @property
    def passes(self) -> int:
        """Passes over the pairs so far."""
        return self.steps.passes

    @property
    def work(self) -> int:
        """The same: every pass is the iteration's own."""
        return self.steps.passes

    def run(self, iterations: int, ended: Callable[[], bool] = never) -> Prices:
        """Advance, evaluate the average, restart from it when due.

        Args:
            ended: asked after every iteration; whether to go no further.
        """
        for _ in range(iterations):
            self.steps.step()
            self.iterations += 1
            if ended():
                break
        found = self.evaluate()
        gap, last = found.value - self.lower, self._restart_gap
        count, oldest = self.steps.sums.count, self.params.oldest
        if (
            (last is None and count >= oldest)
            or (last is not None and gap < BETTER * last)
            or count >= self._oldest
        ):
            self._restart_gap = gap
            self._oldest = min(2 * self._oldest, max(oldest, self.iterations // 2))
            self.steps.restart()
        return found

    def hold_at(self, price: float) -> None:
        """Another price of the earlier tiers; prices of people and the plan stay, averages begin
        anew."""
        self.steps.prices.rescale(self.people.hold_at(price))
        self.steps.weigh()
        self._restart_gap = None

    def evaluate(self) -> Prices:
        """The bound of the averaged prices; keeps the best."""
        sums, people = self.steps.sums, self.people
        n = sums.count
        theta = sums.theta / n
        theta[self.rows.local] = 0
        found = self.bound_of(np.clip(sums.u / np.float32(n), 0, 1), theta, sums.main / n)
        self.fractional = sums.y / n
        served = float((people.persons * people.worth * sums.met).sum(dtype=np.float64))
        self.lower = served * people.scale - people.constant
        self.holds = people.holds(sums.met)
        return found

    def bound_of(self, u: Floats32, theta: Floats, guess: float) -> Prices:
        """The bound at given prices (of ``scale``), the main row's found exactly around a guess."""
        people, n_options = self.people, self.supply.instance.n_options
        gain = self.steps.fill_exactly(u)
        left = float((people.persons * people.worth * (1 - u)).sum(dtype=np.float64))
        at = site_bound(
            self.supply.instance,
            self.rows,
            self.rules,
            self.pool,
            gain[:n_options],
            theta,
            left + float(gain[n_options:].sum()),
            guess,
            with_end=True,
        )
        found = Prices(
            at.total * people.scale - people.constant,
            u,
            at.theta * people.scale,
            at.reduced * people.scale,
            people.held_price,
        )
        if self.best is None or found.value < self.best.value:
            self.best = found
        return found
