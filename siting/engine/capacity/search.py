"""Search with capacities: greedy by what an outlet would serve, then annealing over outlets.

Moves (:mod:`siting.engine.capacity.moves`) change the plan (rows, floors, spacings, prices) and
the assignment (who serves whom). Values are those of the assignment, which is feasible; ``settle``
makes it the best possible between epochs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import cycle, pairwise

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


def served_alone(supply: Supply, rate: Ints) -> int:
    """Weighted people whom existing outlets of limited capacity serve by themselves."""
    if not len(supply.standing):
        return 0
    assignment = new_assignment(supply, rate)
    for e in supply.standing:
        open_option(assignment, e)
    settle(assignment, len(assignment.open))
    return int(assignment.total[0])


@dataclass(frozen=True)
class Region:
    """What one chain may change in one epoch."""

    movable: Mask
    """Options that may be closed, shape (n_options,)."""
    good: Ints
    """Options that may be opened, ascending."""
    good_start: Ints
    """First of them of each site, shape (n_sites + 1,)."""
    blocks: list[tuple[int, int]]
    """Ranges of its sites, to be cooled one after the other."""


@dataclass
class Chain:
    """One plan on its plan and assignment, with its own random numbers."""

    plan: CoverState
    assignment: Assignment
    state: Words
    accepted: Ints = field(default_factory=lambda: np.zeros(3, np.int64))


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
        self.random = np.random.default_rng(self.seed)
        """Says where the city is cut."""
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
        i = self.supply.instance
        self.good = options
        self.good_start = np.searchsorted(i.options.site[options], np.arange(i.n_sites + 1)).astype(
            np.int64
        )

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
        if self.large:
            self._run_together(until, done, epochs)
            return
        steps = self.params.first_epoch
        last = None if epochs is None else self.epochs + epochs
        while not self.stop() and self.stop.seconds < until and self.epochs != last and not done():
            before = self.best_value
            small = len(self.best) <= self.params.small_plan
            self._price(self._small_share() if small else self.params.price_share)
            finished = self._anneal(steps, until)
            if finished and self.best_value - before < 1e-4 * abs(before):
                steps = min(2 * steps, self.params.epoch_proposals)

    @property
    def large(self) -> bool:
        """Whether the chains share one plan, each a region of its own."""
        return self.best is not None and len(self.best) >= self.params.shared_plan

    def _anneal(self, steps: int, until: float) -> bool:
        """An epoch of every chain; whether all came to their ends."""
        assert self.best is not None
        typical = self.best_value / max(1, len(self.best))
        hot = (0.05 if self.epochs % 3 == 0 else 0.02) * typical
        if len(self.best) <= self.params.small_plan and self.epochs % 3 == 0:
            hot = 0.5 * typical
        most = steps
        if self.stop.work_limit is not None:
            left = 1000 * (self.stop.work_limit - self.stop.work)
            most = min(steps, max(0, left) // len(self.chains))
        jobs: list[Callable[[], bool]] = [
            partial(self._epoch, chain, steps, most, hot, 0.002 * typical, until)
            for chain in self.chains
        ]
        finished = all(self.pool.each(jobs))
        self.stop(-(-most * len(self.chains) // 1000))
        for chain in self.chains:
            self._finish(chain)
            self.keep(chain, "anneal")
        self.proposals += steps * len(self.chains)
        self.epochs += 1
        return finished

    def _epoch(
        self, chain: Chain, steps: int, most: int, hot: float, cold: float, until: float
    ) -> bool:
        """One cooling from the best plan over ``steps`` proposals, of which at most ``most`` are
        made, cut short by the clock; whether it came to its end."""
        assert self.best is not None
        self.put(chain, self.best)
        settle(chain.assignment, self.params.path_facilities)
        everywhere = Region(self.movable, self.good, self.good_start, [])
        block = 0, self.supply.instance.n_sites
        made = self._propose(chain, everywhere, block, most, steps, (hot, cold), until)
        return made == steps

    def _propose(
        self,
        chain: Chain,
        region: Region,
        block: tuple[int, int],
        most: int,
        steps: int,
        heat: tuple[float, float],
        until: float,
    ) -> int:
        """The first ``most`` of so many proposals in a block of sites, cut short by the clock; how
        many were made."""
        for first in range(0, most, self.params.slice):
            anneal_served(
                chain.plan,
                chain.assignment,
                self.near,
                region.good_start,
                region.good,
                region.movable,
                self.suppliers,
                self.unit,
                *block,
                first,
                min(most, first + self.params.slice),
                steps,
                *heat,
                chain.state,
                chain.accepted,
            )
            if self.stop() or self.stop.seconds > until:
                return min(most, first + self.params.slice) - (most <= first + self.params.slice)
        return most

    # -- all chains on one plan --------------------------------------------------------------------

    def _run_together(
        self, until: float, done: Callable[[], bool], epochs: int | None = None
    ) -> None:
        """Epochs of all chains on one plan, from the best one on. What makes it no better was too
        hot or too short."""
        assert self.best is not None
        self._price(self.params.price_share)
        params = self.params
        warm, steps = params.warm, params.good_proposals * len(self.good)
        most, rate = 16 * steps, 0.0
        last = None if epochs is None else self.epochs + epochs
        while not self.stop() and self.stop.seconds < until and self.epochs != last and not done():
            before, begun = self.best_value, self.stop.seconds
            # Cut short by the clock an epoch leaves parts as they were: the last one is shorter.
            fitting, clock = steps, self.stop.time_limit is not None
            if clock and self.stop.work_limit is None and rate:
                fitting = max(params.slice, min(steps, int(0.9 * rate * (until - begun))))
            self._epoch_together(fitting, warm, until)
            rate = fitting / max(1e-3, self.stop.seconds - begun)
            if self.best_value - before < 1e-4 * abs(before):
                steps, warm = min(2 * steps, most), max(params.coolest, params.cooler * warm)
            self.epochs += 1

    def _epoch_together(self, steps: int, warm: float, until: float) -> None:
        """So many proposals, shared out among the chains' regions."""
        begun = self.best
        assert begun is not None
        typical = self.best_value / max(1, len(begun))
        if self.stop.work_limit is not None:
            steps = max(0, min(steps, 1000 * (self.stop.work_limit - self.stop.work)))
        share, heat = steps // len(self.chains), (warm * typical, 0.002 * typical)
        self.pool.each(
            [
                partial(self._sweep, chain, region, begun, share, heat, until)
                for chain, region in zip(self.chains, self._regions(), strict=True)
            ]
        )
        self._join(begun)
        self._finish(self.chains[0])
        self.keep(self.chains[0], "anneal")
        self.proposals += steps
        self.stop(-(-steps // 1000))

    def _sweep(
        self,
        chain: Chain,
        region: Region,
        begun: Ints,
        steps: int,
        heat: tuple[float, float],
        until: float,
    ) -> None:
        """So many proposals from where all have ``begun``, block of sites after block."""
        self.put(chain, begun)
        settle(chain.assignment, self.params.path_facilities)
        plan = chain.plan
        slack = plan.rhs - plan.used
        rhs = np.where(slack > 0, plan.used + slack // len(self.chains), plan.rhs)
        shared = replace(chain, plan=plan._replace(rhs=rhs))
        weight = [region.good_start[b] - region.good_start[a] for a, b in region.blocks]
        for block, own in zip(region.blocks, weight, strict=True):
            length = int(steps * own / max(1, sum(weight)))
            if self._propose(shared, region, block, length, length, heat, until) < length:
                break

    def _regions(self) -> list[Region]:
        """The city cut along its curve of sites: one region a chain."""
        site, n = self.supply.instance.options.site, self.supply.instance.n_sites
        first, parts = int(self.random.integers(n)), len(self.chains)
        regions = []
        for k in range(parts):
            low, high = first + k * n // parts, first + (k + 1) * n // parts
            # The curve's end and its beginning are far apart, and one region may have both.
            ranges = [(low, min(high, n)), (max(low, n) - n, high - n)]
            inside = np.zeros(n, np.bool_)
            blocks = []
            for a, b in ((a, b) for a, b in ranges if b > a):
                inside[a:b] = True
                cuts = np.linspace(a, b, 2 + (b - a) // self.params.block_sites).astype(np.int64)
                blocks += [(int(p), int(q)) for p, q in pairwise(cuts) if q > p]
            good = self.good[inside[site[self.good]]]
            start = np.searchsorted(site[good], np.arange(n + 1)).astype(np.int64)
            regions.append(Region(self.movable & inside[site], good, start, blocks))
        return regions

    def _join(self, begun: Ints) -> None:
        """Bring what every chain changed since they all ``begun`` to the first one's plan."""
        plan = self.chains[0].plan
        was = np.zeros(len(self.everything), np.bool_)
        was[begun] = True
        wanted = plan.chosen.copy()
        for chain in self.chains[1:]:
            changed = chain.plan.chosen != was
            wanted[changed] = chain.plan.chosen[changed]
        # Neighbours on two sides of a cut may stand too near each other: the first one stays.
        self.put(self.chains[0], np.flatnonzero(wanted), checked=True)
