"""Bound: primal-dual hybrid gradient on the saddle of the cover problem, all formats in one pass.

    min_{0<=u<=1, θ>=0} max_{y in Y}  Σ w (1-u) + Σ_r θ_r b_r + Σ_o y[o] (g[o](u) - Σ_r θ_r a_ro)

Y holds the floors, one option a format and site, and the main row; g[o](u) = Σ w u over what o
covers. Every u and θ give a valid bound, so nothing here needs to converge to be true.

Steps are scaled by the diagonal (Pock and Chambolle 2011), iterates over-relaxed and restarted to
their average (Applegate et al. 2021).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from siting.engine.cover.dual_steps import Steps
from siting.engine.cover.duals import Duals
from siting.engine.cover.people_worth import PeopleWorth
from siting.engine.params import BoundParams
from siting.engine.shared.arrays import Floats
from siting.engine.shared.bound_loop import never, relaxation_gap
from siting.engine.shared.instance import Instance
from siting.engine.shared.rows import Rows
from siting.engine.shared.site_bound import site_bound
from siting.engine.shared.site_problem import site_rules
from siting.engine.shared.stage import Stage
from siting.engine.shared.threads import ThreadPool

BETTER = 0.3
"""An average whose gap is so many times the last restart's is restarted from."""
LINEAR = 100
"""Iterations after which floors hold whole sets, however large the gap is."""
AGE = 10
"""Iterations beyond the first restart's at which an average is old."""


class PrimalDual:
    """The iteration; ``run`` advances it, ``best`` is the best bound so far.

    Attributes:
        best: the least bound so far; None before the first ``run``.
        lower: value of the fractional plan, whose sites mix whole sets, ``problem.unit``.
        fractional: y of the last average, the fractional plan that guides construction; shape
            (n_options,).
        iterations: so far.
        rough: whether the last ones filled floors with parts, so that more is proven soon.
    """

    def __init__(
        self,
        instance: Instance,
        rows: Rows,
        pool: ThreadPool,
        stage: Stage,
        params: BoundParams | None = None,
        given: Floats | None = None,
    ):
        """At the start of the iteration.

        Args:
            given: prices of shared rows that stand still, ``problem.unit``, NaN where they are
                found here; shape (n_rows,).
        """
        self.instance, self.rows, self.pool = instance, rows, pool
        self.params = params or BoundParams()
        self.worth = PeopleWorth(instance, stage)
        self.rules = site_rules(instance, rows)
        scaled = None if given is None else given / self.worth.scale
        self.steps = Steps(instance, rows, pool, self.worth.weight, self.params, scaled)
        self.steps.prices.begin_linear()
        self.rough = self.steps.prices.linear
        self.best: Duals | None = None
        self.lower = -np.inf
        self.fractional: Floats = self.steps.y
        self.iterations = 0
        self._restart_gap: float | None = None

    @property
    def passes(self) -> int:
        """Passes over the pairs so far."""
        return self.steps.passes

    @property
    def work(self) -> int:
        """Those of the iterations themselves, two each."""
        return 2 * self.iterations

    def run(self, iterations: int, ended: Callable[[], bool] = never) -> Duals:
        """Advance, evaluate the average, restart from it when due.

        Args:
            ended: asked after every iteration; whether to go no further.
        """
        for _ in range(iterations):
            self.steps.step(self.worth.weight)
            self.iterations += 1
            if ended():
                break
        found = self.evaluate()
        self._reprice()
        gap, first = found.value - self.lower, self.params.first_restart
        # Restart when the average has become much better than at the last restart, or when it has
        # grown old (Applegate et al. 2021, sec. 3.2, with the duality gap as the measure).
        count, last = self.steps.sums.count, self._restart_gap
        if (
            (last is None and count >= first)
            or (last is not None and gap < BETTER * last)
            or count >= max(first + AGE, self.iterations // 2)
        ):
            self._restart_gap = gap
            self.steps.restart()
        return found

    def _reprice(self) -> None:
        """Move the prices of rows over coverage; after a change the averages begin anew."""
        if not len(self.worth) or self.steps.sums.count < self.params.first_restart:
            return
        if self.worth.reprice(self.steps.met()):
            self.steps.reweigh(self.worth.weight)
            self._restart_gap = None

    def move_to(self, rows: Rows) -> None:
        """Go on at other right-hand sides of the same rows from the average so far."""
        if self.steps.sums.count:
            self.steps.restart()
        self.rows = rows
        self.steps.prices.at(rows)
        self.best = None
        self.lower = -np.inf
        self.iterations = 0
        self._restart_gap = None

    def evaluate(self) -> Duals:
        """The bound of the averaged multipliers, its main price found exactly; keeps the best."""
        steps, sums = self.steps, self.steps.sums
        weight, scale, n = self.worth.weight, self.worth.scale, sums.count
        theta = sums.theta / n + steps.prices.given
        theta[self.rows.local] = 0
        found = site_bound(
            self.instance,
            self.rows,
            self.rules,
            self.pool,
            sums.gain / n,
            theta,
            steps.left_to_people(weight),
            sums.main / n,
            less=self.worth.owed / scale,
        )
        self.fractional = sums.y / n
        self.lower = steps.met_value(weight) * scale
        if len(self.worth):
            self.lower -= self.worth.owed
        self.lower -= self.steps.prices.overspent(self.fractional) * scale
        duals = Duals(
            found.total * scale,
            steps.average_u(),
            found.theta * scale,
            self.worth.phi.copy(),
            found.reduced * scale,
        )
        if self.best is None or duals.value < self.best.value:
            self.best = duals
        self.rough = steps.prices.linear
        near = relaxation_gap(self.best.value, self.lower)
        steps.prices.refine(abs(near) if self.iterations < LINEAR else 0.0)
        return duals
