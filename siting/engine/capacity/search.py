"""Search with capacities: greedy by what an outlet would serve, then annealing over outlets.

Moves (:mod:`siting.engine.capacity.moves`) change the plan (rows, floors, spacings, prices) and
the assignment (who serves whom). Values are those of the assignment, which is feasible; ``settle``
makes it the best possible between epochs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle

import numpy as np

from siting.engine.capacity.assignment import (
    Assignment,
    close_option,
    forget,
    new_assignment,
    open_option,
    settle,
)
from siting.engine.capacity.moves import (
    anneal_served,
    change_plan,
    close_needless,
    fill_up,
    with_host,
)
from siting.engine.capacity.prices import Prices
from siting.engine.capacity.supply import Supply
from siting.engine.params import CapacityParams
from siting.engine.shared.arrays import Floats, Ints, Mask, Words
from siting.engine.shared.cover_state import CoverState, charge, new_cover_state, with_prices
from siting.engine.shared.greedy_fill import burden_of
from siting.engine.shared.near_sites import NEAR, near_sites
from siting.engine.shared.plan_rules import violated
from siting.engine.shared.rows import Rows
from siting.engine.shared.run import lanes
from siting.engine.shared.threads import ThreadPool
from siting.progress import Stop

CHEAP = (0.005, 0.02, 0.1)
"""Prices of the main row tried in turn when only money is to be saved, as shares of what the plan
wins for each unit of it."""
SMALL_PRICES = (1.0, 0.0, 0.5, 1.0)
"""Of the bound's prices, what a small plan's epochs are charged in turn: a few outlets often spend
what is left in a way that no price leads to. 1 stands for ``price_share``."""

CLOCK_STEPS = 1 << 50
"""Steps of a descent that the clock leads, far more than can be made."""


def served_alone(supply: Supply, rate: Ints) -> int:
    """Weighted people whom existing outlets of limited capacity serve by themselves."""
    if not len(supply.standing):
        return 0
    assignment = new_assignment(supply, rate)
    for e in supply.standing:
        open_option(assignment, e)
    settle(assignment, len(assignment.open))
    return int(assignment.total[0])


@dataclass
class Chain:
    """One plan on its plan and assignment, with its own random numbers."""

    plan: CoverState
    assignment: Assignment
    state: Words
    accepted: Ints = field(default_factory=lambda: np.zeros(3, np.int64))


@dataclass(frozen=True)
class Side:
    """What one chain may change."""

    good: Ints
    """Options that are proposed, ascending."""
    good_start: Ints
    """Where each site's begin among them, shape (n_sites + 1,)."""
    movable: Mask
    """Options that may be closed, shape (n_options,)."""


@dataclass
class ServedSearch:
    """The state of a search; ``best`` are chosen options of the instance, ascending."""

    supply: Supply
    rows: Rows
    rate: Ints
    """As in ``CapacityDual``, of the counted tier only."""
    pool: ThreadPool
    stop: Stop
    seed: int
    tell: Callable[[float, str], None]
    """Called with each better plan's newly served weighted people and how it was found."""
    kept: Mask | None = None
    """Options of an earlier tier, which stay; shape (n_options,)."""
    best: Ints | None = None
    best_value: float = -np.inf
    best_used: float = np.inf
    """What the best plan takes of the main row: of equal plans the cheapest is kept."""
    charged: float = 0.0
    """Share of the bound's prices that is charged now."""
    proposals: int = 0
    epochs: int = 0
    around: float = 0.0
    """Seconds that the plans of the last epoch took to be finished."""
    params: CapacityParams = field(default_factory=CapacityParams)
    near_sites: int = NEAR
    """Nearest sites that a move may try."""

    def __post_init__(self) -> None:
        i = self.supply.instance
        self.unit = float(i.problem.unit)
        self.movable = np.ones(i.n_options, np.bool_) if self.kept is None else ~self.kept
        self.near = near_sites(i, self.near_sites)
        self.theta = np.zeros(len(self.rows))
        seeds = np.random.default_rng(self.seed).integers(
            1, 2**63, lanes(self.stop, self.pool), dtype=np.uint64
        )
        self.chains = [self._chain(seeds[k : k + 1].copy()) for k in range(len(seeds))]
        self.burden = burden_of(self.chains[0].plan, self.rows.main)
        self.everything = np.arange(i.n_options)
        self.suppliers = np.flatnonzero(self.rows.suppliers)
        self._set_good(self.everything)

    def _chain(self, state: Words) -> Chain:
        i = self.supply.instance
        nothing = np.zeros((i.n_targets, i.n_points), np.float32)
        plan = new_cover_state(i, self.rows, nothing, self.theta)
        assignment = new_assignment(self.supply, self.rate)
        for e in self.supply.standing:
            open_option(assignment, e)
        settle(assignment, self.params.path_facilities)
        self.alone = int(assignment.total[0])
        """Weighted people whom existing outlets of limited capacity serve alone."""
        return Chain(plan, assignment, state)

    def _set_good(self, options: Ints) -> None:
        self.good = options
        self.whole = self._side(np.ones(self.supply.instance.n_sites, np.bool_))

    def _side(self, sites: Mask) -> Side:
        """The moves of these sites, shape (n_sites,)."""
        i = self.supply.instance
        good = self.good[sites[i.options.site[self.good]]]
        start = np.searchsorted(i.options.site[good], np.arange(i.n_sites + 1)).astype(np.int64)
        return Side(good, start, self.movable & sites[i.options.site])

    def _sides(self) -> list[Side]:
        """One a chain, so that all work on one plan: the city cut by parallel lines into parts with
        equally many outlets, in another direction each time."""
        n, i, xy = len(self.chains), self.supply.instance, self.supply.instance.problem.site_xy
        # A vehicle serves stops on both sides of a line.
        if n == 1 or xy is None or len(self.suppliers):
            return [self.whole] * n
        assert self.best is not None
        turn = np.pi * np.random.default_rng((self.seed, self.epochs)).random()
        along = xy[i.site] @ (np.cos(turn), np.sin(turn))
        lines = np.quantile(along[i.options.site[self.best]], np.arange(1, n) / n)
        part = np.searchsorted(lines, along)
        return [self._side(part == k) for k in range(n)]

    # -- plans -------------------------------------------------------------------------------------

    def value(self, chain: Chain) -> float:
        """Newly served weighted people."""
        return (int(chain.assignment.total[0]) - self.alone) * self.unit

    def keep(self, chain: Chain, how: str) -> bool:
        """Remember the chain's plan if it breaks no row and is the best so far."""
        if len(violated(chain.plan)) or (chain.plan.floor < 0).any():
            return False
        value, least = self.value(chain), self.best_value * (1 + 1e-12)
        used = float(chain.plan.used[self.rows.main]) if self.rows.main >= 0 else 0.0
        better = value > least
        if not better and not (value >= self.best_value and used < self.best_used):
            return False
        self.best_value, self.best_used = value, used
        self.best = np.flatnonzero(chain.plan.chosen)
        if better:
            self.tell(value, how)
        return better

    def put(self, chain: Chain, options: Ints, *, checked: bool = False) -> None:
        """Make the plan these options, in this order; ``checked``: those that keep the rows."""
        used_before, come = np.zeros(len(self.rows), np.int64), np.empty(2, np.int64)
        wanted = np.zeros(len(self.everything), np.bool_)
        wanted[options] = True
        for o in np.flatnonzero(chain.plan.chosen & ~wanted):
            charge(chain.plan, o, -1)
            close_option(chain.assignment, o)
            forget(chain.assignment)
        for o in options:
            if chain.plan.chosen[o]:
                continue
            if checked:
                n = with_host(chain.plan, o, come, self.suppliers)
                change_plan(
                    chain.plan, chain.assignment, come, 0, come, n, used_before, -1e300, self.unit
                )
            else:
                charge(chain.plan, o, 1)
                open_option(chain.assignment, o)
                forget(chain.assignment)

    def begin(self, options: Ints | None, how: str) -> None:
        """What rows demand, then a given plan as far as it fits, then greedily what still wins."""
        chain = self.chains[0]
        kept = np.zeros(0, np.int64) if self.kept is None else np.flatnonzero(self.kept)
        self.put(chain, kept)
        self._mend(chain)
        if options is not None:
            added = options[~chain.plan.chosen[options]]
            self.put(
                chain, np.concatenate([np.flatnonzero(chain.plan.chosen), added]), checked=True
            )
        self._finish(chain)
        self.keep(chain, how)

    def _mend(self, chain: Chain) -> None:
        """Open what broken rows demand: the option that mends a row for the least first."""
        b = chain.plan
        for _ in range(4):
            for r in violated(b):
                low, high = self.rows.options.indptr[r], self.rows.options.indptr[r + 1]
                at, a = self.rows.options.indices[low:high], self.rows.options.data[low:high]
                helping = at[(a < 0) & ~b.chosen[at]]
                for o in helping[np.argsort(self.burden[helping], kind="stable")]:
                    if b.used[r] <= b.rhs[r]:
                        break
                    self.put(chain, np.append(np.flatnonzero(b.chosen), o), checked=True)
            if not len(violated(b)):
                return

    def _finish(self, chain: Chain) -> None:
        """Spend what is left, serve whoever can be served, close whoever serves nobody."""
        for _ in range(2):
            settle(chain.assignment, self.params.path_facilities)
            close_needless(chain.plan, chain.assignment, self.movable)
            fill_up(
                chain.plan,
                chain.assignment,
                self.everything,
                self.suppliers,
                self.burden,
                self.unit,
            )
        settle(chain.assignment, self.params.path_facilities)
        close_needless(chain.plan, chain.assignment, self.movable)

    def guided(self, prices: Prices, fractional: Floats) -> None:
        """Begin anew from the bound's fractional plan, and price shared rows from now on."""
        price = np.maximum(self.rows.options.T @ (prices.theta * self.unit), 1e-12)
        if len(self.everything) > self.params.propose_all:
            good = prices.reduced * self.unit > self.params.least_profit * price
            good[self.suppliers] = True  # worth what they make room for, which no price tells
            self._set_good(np.flatnonzero(good))
        likely = np.flatnonzero(fractional >= 0.5)
        likely = likely[np.argsort(-fractional[likely], kind="stable")]
        first = self.rows.suppliers[likely]  # what others need
        likely = np.concatenate([likely[first], likely[~first]])
        self.begin(likely, "guided")
        self.theta = prices.theta * self.unit
        self._price(self.params.price_share)

    def _price(self, share: float) -> None:
        """Charge this share of the bound's prices for what options use of shared rows."""
        if share == self.charged:
            return
        self.charged = share
        for k, chain in enumerate(self.chains):
            self.chains[k].plan = with_prices(chain.plan, self.rows, share * self.theta)

    def _small_share(self) -> float:
        """What this epoch of a small plan is charged, as a share of the bound's prices."""
        share = SMALL_PRICES[self.epochs % len(SMALL_PRICES)]
        return self.params.price_share if share == 1.0 else share

    def cheapen(self, until: float) -> None:
        """Reach the same for less of the main row, which later tiers may spend."""
        if self.best is None or self.rows.main < 0 or not 0 < self.best_used < np.inf:
            return
        stale, steps, patience = 0, self.params.cheap_proposals, self.params.cheap_patience
        for share in cycle(CHEAP):
            if stale == patience * len(CHEAP) or self.stop() or self.stop.seconds > until:
                break
            theta = np.zeros(len(self.rows))
            theta[self.rows.main] = share * self.best_value / self.best_used
            for k, chain in enumerate(self.chains):
                self.chains[k].plan = with_prices(chain.plan, self.rows, theta)
            before = self.best_used
            self._anneal(steps, until)
            stale = 0 if self.best_used < before else stale + 1
            if stale and stale % len(CHEAP) == 0:
                steps = min(2 * steps, self.params.epoch_proposals)

    # -- annealing ---------------------------------------------------------------------------------

    def run(self, until: float, done: Callable[[], bool], epochs: int | None = None) -> None:
        """Epochs (at most so many more), each longer than the last, every chain from the best
        plan, until the time is up or ``done``. A unit of work is 1,000 proposals."""
        if self.best is None or self.best_value <= 0 or not len(self.good):
            return
        steps = self.params.first_epoch
        last = None if epochs is None else self.epochs + epochs
        while not self.stop() and self.stop.seconds < until and self.epochs != last and not done():
            before = self.best_value
            seconds = self._descent_seconds(until) if epochs is None else 0.0
            if seconds > 0.0:
                self._price(self.params.price_share)
                self._anneal(CLOCK_STEPS, until, seconds)
                continue
            small = len(self.best) <= self.params.small_plan
            self._price(self._small_share() if small else self.params.price_share)
            finished = self._anneal(steps, until)
            if finished and self.best_value - before < 1e-4 * abs(before):
                steps = min(2 * steps, self.params.epoch_proposals)

    def _descent_seconds(self, until: float) -> float:
        """Of the next descent of a plan so large that what is done around an epoch takes as long as
        thousands of its proposals: the clock says how cold it is. 0 = count proposals."""
        assert self.best is not None
        stop, params = self.stop, self.params
        if stop.time_limit is None or stop.work_limit is not None:
            return 0.0
        if len(self.best) < params.long_plan:
            return 0.0
        left = until - stop.seconds - self.around
        share = params.first_descent if self.epochs == 0 else params.later_descents
        return share * left if share * left >= params.least_descent_seconds else 0.0

    def _anneal(self, steps: int, until: float, seconds: float = 0.0) -> bool:
        """An epoch of every chain; whether all came to their ends.

        Args:
            seconds: that it takes; 0 = until its proposals are made.
        """
        assert self.best is not None
        typical = self.best_value / max(1, len(self.best))
        hot = (0.05 if self.epochs % 3 == 0 else 0.02) * typical
        if len(self.best) <= self.params.small_plan and self.epochs % 3 == 0:
            hot = 0.5 * typical
        most = steps
        if self.stop.work_limit is not None:
            left = 1000 * (self.stop.work_limit - self.stop.work)
            most = min(steps, max(0, left) // len(self.chains))
        sides = self._sides() if seconds else [self.whole] * len(self.chains)
        parted = sides[-1] is not self.whole
        jobs: list[Callable[[], tuple[int, bool]]] = [
            partial(self._epoch, c, side, steps, most, hot, 0.002 * typical, until, seconds)
            for c, side in zip(self.chains, sides, strict=True)
        ]
        ends = self.pool.each(jobs)
        made, finished = sum(n for n, _ in ends), all(whole for _, whole in ends)
        self.stop(-(-made // 1000))
        begun = self.stop.seconds
        chains = [self._merged(sides)] if parted else self.chains
        self.pool.each([partial(self._finish, chain) for chain in chains])
        for chain in chains:
            self.keep(chain, "anneal")
        self.around = self.stop.seconds - begun
        self.proposals += made
        self.epochs += 1
        return finished

    def _merged(self, sides: list[Side]) -> Chain:
        """The first chain, with every chain's own side in its plan."""
        chosen = [
            np.flatnonzero(chain.plan.chosen & side.movable)
            for chain, side in zip(self.chains, sides, strict=True)
        ]
        first = self.chains[0]
        fixed = np.flatnonzero(first.plan.chosen & ~self.movable)
        self.put(first, np.sort(np.concatenate([fixed, *chosen])), checked=True)
        return first

    def _epoch(
        self,
        chain: Chain,
        side: Side,
        steps: int,
        most: int,
        hot: float,
        cold: float,
        until: float,
        seconds: float,
    ) -> tuple[int, bool]:
        """One cooling from the best plan over ``steps`` proposals, of which at most ``most`` are
        made, or over so many seconds, cut short by the clock; how many were made, and whether it
        came to its end."""
        assert self.best is not None
        self.put(chain, self.best)
        settle(chain.assignment, self.params.path_facilities)
        plan = chain.plan
        if side is not self.whole:  # each side may spend its part of what is left
            slack = np.maximum(0, plan.rhs - plan.used) // len(self.chains)
            shared = np.isin(np.arange(len(plan.rhs)), self.rows.shared)
            plan = plan._replace(rhs=np.where(shared, plan.used + slack, plan.rhs))
        begun, first, made = self.stop.seconds, 0, 0
        while first < most:
            slice_ = min(self.params.slice, most - first)
            anneal_served(
                plan,
                chain.assignment,
                self.near,
                side.good_start,
                side.good,
                side.movable,
                self.suppliers,
                self.unit,
                first,
                first + slice_,
                steps,
                hot,
                cold,
                chain.state,
                chain.accepted,
            )
            made += slice_
            first += slice_
            if self.stop() or self.stop.seconds > until:
                return made, False
            if seconds > 0.0:
                first = max(first, int(steps * (self.stop.seconds - begun) / seconds))
        return made, most == steps
