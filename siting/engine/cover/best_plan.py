"""The best plan so far and how the first ones are made: greedy, given, guided by the bound.

A plan under construction stands in ``plan``; whoever changed it asks to ``keep`` it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from siting.engine.cover.bundles import admit, fill_with_bundles, supplies
from siting.engine.cover.chains import Proposals
from siting.engine.cover.coverage_rows import Coverage
from siting.engine.cover.duals import Duals
from siting.engine.cover.neighbourhoods import Neighbourhoods
from siting.engine.params import EngineParams
from siting.engine.shared.arrays import Floats, Floats32, Ints
from siting.engine.shared.cover_state import CoverState, add, fill, new_cover_state, with_prices
from siting.engine.shared.greedy_fill import burden_of, greedy_fill
from siting.engine.shared.instance import Instance
from siting.engine.shared.near_sites import near_sites
from siting.engine.shared.plan_rules import anywhere_crowded, can_add, drop_useless, violated
from siting.engine.shared.rows import Rows
from siting.engine.shared.threads import ThreadPool
from siting.progress import Stop
from siting.solvers.child import WarmSolver

PROPOSALS_A_SECOND = 4e5
"""Of a thread, roughly."""


@dataclass
class BestPlan:
    """``best`` are chosen options of the instance, ascending."""

    instance: Instance
    rows: Rows
    weight: Floats32
    """Value of each (target, point) in persons, including priced coverage rows."""
    pool: ThreadPool
    stop: Stop
    seed: int
    tell: Callable[[float, str], None]
    """Called with the best plan's value and how it was found, or how far a long descent is."""
    solvers: list[WarmSolver]
    """For exact neighbourhoods, one a thread."""
    coverage: Coverage | None = None
    """Rows over coverage, which the plan does not know."""
    params: EngineParams = field(default_factory=EngineParams)
    offered: Callable[[float], Ints | None] = lambda value: None
    """Gives a plan of the instance that somebody else found and that is better than a value in
    persons, or None."""
    best: Ints | None = None
    best_value: float = -np.inf
    fresh: list[Ints] = field(default_factory=list)
    """Ends of the last chains, the newest last."""

    def __post_init__(self) -> None:
        i = self.instance
        self.theta = np.zeros(len(self.rows))
        self.plan = new_cover_state(i, self.rows, self.weight, self.theta)
        self.burden = burden_of(self.plan, self.rows.main)
        self.everything = np.arange(i.n_options)
        self.supplied = supplies(i, self.rows)
        self.proposals = Proposals(i, near_sites(i, self.params.search.near_sites), self.everything)
        self.random = np.random.default_rng(self.seed)
        self.exact = Neighbourhoods(
            i, self.rows, self.pool, self.solvers, self.stop, self.seed, self.params.search
        )
        self.finishing = 0.0
        """Seconds that the last plan took from what was found to one that is kept."""

    @property
    def large(self) -> bool:
        """Whether the threads share one plan."""
        return self.best is not None and len(self.best) >= self.params.search.shared_plan

    @property
    def hurried(self) -> bool:
        """Whether the limits leave a large city few proposals for each of its options."""
        stop = self.stop
        if stop.work_limit is not None:  # and no clock: any number of threads makes the same plan
            coming = 1000.0 * (stop.work_limit - stop.work)
        else:
            coming = PROPOSALS_A_SECOND * self.pool.threads * stop.seconds_left
        return self.large and coming < self.params.search.hurried * self.instance.n_options

    def keep(self, plan: CoverState, how: str) -> bool:
        """Remember the plan's plan if it breaks no row and is the best so far."""
        if len(violated(plan)) or (plan.floor < 0).any() or anywhere_crowded(plan):
            return False
        options = np.flatnonzero(plan.chosen)
        value = float(plan.total[0])
        if self.coverage is not None:
            if len(self.coverage.short(plan)):
                return False
            value = self.coverage.objective(plan)
        if value <= self.best_value * (1 + 1e-12):
            return False
        self.best_value, self.best = value, options
        self.tell(value, how)
        return True

    def greedy(self, plan: CoverState | None = None) -> None:
        """Fill up with whatever still wins somebody, alone or with what it needs."""
        plan = plan or self.plan
        if self.supplied:
            drop_useless(plan)
        self._fill_up(plan)
        if self.supplied:
            drop_useless(plan)

    def _fill_up(self, plan: CoverState) -> None:
        if self.supplied:
            fill_with_bundles(plan, self.supplied, self.everything, self.burden)
        else:
            greedy_fill(plan, self.everything, self.burden, 0.0)

    def add_to(self, options: Ints) -> None:
        """Keep a plan that breaks no row as it is, what wins nobody too, and fill up."""
        fill(self.plan, options)
        self.keep(self.plan, "start")
        self._fill_up(self.plan)
        self.keep(self.plan, "start")

    def needed_first(self) -> None:
        """Open what the rows demand before anything else: for each row that the plan breaks, the
        option that mends most of it for the least, people deciding between equals."""
        b = self.plan
        for _ in range(4):
            for r in violated(b):
                low, high = self.rows.options.indptr[r], self.rows.options.indptr[r + 1]
                at, a = self.rows.options.indices[low:high], self.rows.options.data[low:high]
                helping = at[(a < 0) & ~b.chosen[at]]
                order = np.argsort(self.burden[helping], kind="stable")
                for o in helping[order]:
                    if b.used[r] <= b.rhs[r]:
                        break
                    admit(b, self.supplied, int(o))
            if not len(violated(b)):
                break

    def start_from(self, options: Ints, how: str = "start") -> None:
        """Put a given plan on the plan, or what of it fits, then fill up."""
        fill(self.plan, options)
        if self.keep(self.plan, how):
            # It keeps every rule as it is; one by one, a hub's first outlet would break its rule.
            self.greedy()
            self.keep(self.plan, how)
            return
        fill(self.plan, np.zeros(0, np.int64))
        self.needed_first()
        before = np.zeros(len(self.plan.rhs), np.int64)
        first = self.rows.suppliers[options]  # what others need
        for o in np.concatenate([options[first], options[~first]]):
            if can_add(self.plan, o, before):
                add(self.plan, o)
        self.greedy()
        self.keep(self.plan, how)

    def tidy(self) -> None:
        """Close what nobody needs in the best plan, where rows over coverage allow it."""
        if self.best is None:
            return
        fill(self.plan, self.best)
        drop_useless(self.plan)
        if self.coverage is None or not len(self.coverage.short(self.plan)):
            self.best = np.flatnonzero(self.plan.chosen)

    def take_offer(self) -> None:
        """Go on from a better plan that somebody else found, if there is one."""
        options = self.offered(self.best_value)
        if options is not None:
            self.start_from(options, "offer")
            self.fresh.append(options)

    def guided(self, duals: Duals, fractional: Floats | None, unit: float) -> None:
        """Charge the bound's prices, and start from the fractional plan: what it opens at least
        half, then greedy.

        Args:
            fractional: None = the plan to begin with stands.
        """
        params = self.params.search
        share = params.hurried_share if self.hurried else params.price_share
        self.theta = duals.theta * unit * share
        self.plan = with_prices(self.plan, self.rows, self.theta)
        price = np.maximum(self.plan.price, 1e-9)
        good = duals.reduced * unit > self.params.search.least_profit * price
        if self.best is not None:
            good[self.best] = True
        good |= self.rows.suppliers  # worth what they make room for, which no price tells
        self.proposals = replace(self.proposals, good=np.flatnonzero(good))
        if fractional is None:
            return
        half = np.flatnonzero(fractional >= 0.5)
        self.start_from(half[np.argsort(-fractional[half], kind="stable")], "guided")

    def reweigh(self) -> None:
        """Rows over coverage have other prices, so people have other values."""
        assert self.coverage is not None
        chosen = np.flatnonzero(self.plan.chosen)
        self.weight = self.coverage.weight()
        self.plan = new_cover_state(self.instance, self.rows, self.weight, self.theta)
        fill(self.plan, chosen)

    def price_coverage(self, phi: Floats) -> None:
        """Take over the bound's prices of the rows over coverage."""
        if self.coverage is not None and phi.any():
            self.coverage.phi = np.maximum(self.coverage.phi, phi)
            self.reweigh()

    def meet_coverage(self) -> None:
        """Raise the prices of the rows that the plan's plan falls short of, until a plan fills
        them all or twelve doublings did not help."""
        if self.coverage is None:
            return
        for _ in range(12):
            short = self.coverage.short(self.plan)
            if not len(short) or self.stop():
                return
            self.coverage.dearer(short)
            self.reweigh()
            fill(self.plan, np.zeros(0, np.int64))
            self.needed_first()
            self.greedy()
            self.keep(self.plan, "coverage")

    def solve_everything(self) -> None:
        """Let an outside solver look for any plan that keeps every row of the plan."""
        fill(self.plan, np.zeros(0, np.int64))
        self.exact.decide(self.plan, [self.everything], priced=False)
        self.keep(self.plan, "outside solver")

    def finished(self, plan: CoverState, how: str) -> CoverState:
        """Fill a copy up with what is left and remember it; coverage that is short gets dearer."""
        begun = self.stop.seconds
        final = copy_of(plan)
        drop_useless(final)
        self.greedy(final)
        self.keep(final, how)
        if self.coverage is not None:
            short = self.coverage.short(final)
            if len(short):
                self.coverage.dearer(short)
                self.reweigh()
        self.finishing = self.stop.seconds - begun
        return final


def copy_of(plan: CoverState) -> CoverState:
    """A plan of its own over the same constants."""
    changing = ("free", "sole", "covers", "floor", "chosen", "listed", "position", "used", "total")
    return plan._replace(**{name: getattr(plan, name).copy() for name in changing})
