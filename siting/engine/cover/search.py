"""Search: from a first plan to the best one that the time allows.

Epochs of annealing, each longer than the last and starting from the best plan; between them good
plans are merged and windows are solved exactly by an outside solver. Small cities run one chain a
thread, each with its own seed; large ones are cut into parts whose people do not meet, differently
each round, and all threads work on one plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from siting.engine.cover import heat_bath
from siting.engine.cover.bundles import admit, fill_with_bundles, supplies
from siting.engine.cover.chains import HeatBathChain, Island, Proposals, RandomChain
from siting.engine.cover.coverage_rows import Coverage
from siting.engine.cover.duals import Duals
from siting.engine.cover.neighbourhoods import Neighbourhoods
from siting.engine.cover.partition import Partition
from siting.engine.cover.shared_descent import SharedDescent
from siting.engine.params import EngineParams, HeatBathParams, RandomChainParams
from siting.engine.shared.arrays import Floats, Floats32, Ints, Mask
from siting.engine.shared.cover_state import (
    CoverState,
    add,
    anywhere_crowded,
    can_add,
    drop_useless,
    fill,
    new_cover_state,
    violated,
    with_prices,
)
from siting.engine.shared.greedy_fill import burden_of, greedy_fill
from siting.engine.shared.instance import Instance
from siting.engine.shared.near_sites import near_sites
from siting.engine.shared.rows import Rows
from siting.engine.shared.threads import ThreadPool
from siting.notice import Notice
from siting.progress import Stop
from siting.solvers.child import WarmSolver


@dataclass
class Search:
    """The state of a search; ``best`` are chosen options of the instance, ascending."""

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
    islands: list[Island] = field(default_factory=list)
    """One a thread, for small cities."""
    fresh: list[Ints] = field(default_factory=list)
    """Ends of the last chains, the newest last."""
    accepted: Ints = field(default_factory=lambda: np.zeros(3, np.int64))
    proposed: int = 0

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
        self.epochs = 0

    @cached_property
    def _partition(self) -> Partition:
        return Partition(self.instance, self.params.partition)

    @property
    def large(self) -> bool:
        """Whether the threads share one plan."""
        return self.best is not None and len(self.best) >= self.params.search.shared_plan

    # -- plans -------------------------------------------------------------------------------------

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
        if not self.supplied:
            greedy_fill(plan, self.everything, self.burden, 0.0)
            return
        drop_useless(plan)
        fill_with_bundles(plan, self.supplied, self.everything, self.burden)
        drop_useless(plan)

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

    def take_offer(self) -> None:
        """Go on from a better plan that somebody else found, if there is one."""
        options = self.offered(self.best_value)
        if options is not None:
            self.start_from(options, "offer")
            self.fresh.append(options)

    def guided(self, duals: Duals, fractional: Floats, unit: float) -> None:
        """Start from the fractional plan: what it opens at least half, then greedy."""
        self.theta = duals.theta * unit * self.params.search.price_share
        self.plan = with_prices(self.plan, self.rows, self.theta)
        price = np.maximum(self.plan.price, 1e-9)
        good = duals.reduced * unit > self.params.search.least_profit * price
        if self.best is not None:
            good[self.best] = True
        good |= self.rows.suppliers  # worth what they make room for, which no price tells
        self.proposals = replace(self.proposals, good=np.flatnonzero(good))
        half = np.flatnonzero(fractional >= 0.5)
        self.start_from(half[np.argsort(-fractional[half], kind="stable")], "guided")

    def _reweigh(self) -> None:
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
            self._reweigh()

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
            self._reweigh()
            fill(self.plan, np.zeros(0, np.int64))
            self.needed_first()
            self.greedy()
            self.keep(self.plan, "coverage")

    def solve_everything(self) -> None:
        """Let an outside solver look for any plan that keeps every row of the plan."""
        fill(self.plan, np.zeros(0, np.int64))
        self.exact.decide(self.plan, [self.everything], priced=False)
        self.keep(self.plan, "outside solver")

    # -- epochs ------------------------------------------------------------------------------------

    def run(self, finish: float, epochs: int | None = None) -> None:
        """Search for some epochs, or until ``finish`` (seconds on the run's clock), or until the
        stop says so.

        What is done depends on the seed and the threads alone, and the clock only ends it. The one
        exception is the last descent of a large city, which is spread over the time that is left:
        there the clock ends the run in any case.
        """
        large = self.large
        # With one format a window finds nothing that a swap does not (measured).
        several_formats = self.instance.n_targets > 1
        spread = large and epochs is None and self.stop.ends_by_clock
        rate: float | None = None
        while not self.stop() and self.stop.seconds < finish and epochs != 0:
            self.take_offer()
            left = finish - self.stop.seconds
            if spread and left > self.params.partition.least_descent_seconds:
                self._descend(self.params.partition.descent_share * left)
                while not self.stop() and self.stop.seconds < finish:
                    self._windows(finish, None)
                break
            steps = self._steps(large)
            if rate is not None and steps / rate > left:
                steps = max(self._chain_params.slice, int(rate * left * 0.9))
            begun = self.stop.seconds
            if large:
                self._anneal_together(steps, finish)
            else:
                self._anneal_apart(steps, finish)
            rate = steps / max(1e-3, self.stop.seconds - begun)
            if self.stop() or self.stop.seconds >= finish:
                break
            if not large:
                self._merge()
            if several_formats:
                self._windows(finish, max(2, steps // self.params.search.window_proposals))
            self.epochs += 1
            epochs = None if epochs is None else epochs - 1

    def _steps(self, large: bool) -> int:
        """Proposals of this epoch."""
        assert self.best is not None
        if large:
            steps = 20 * max(1000, len(self.proposals.good)) << min(self.epochs, 20)
        else:
            steps = self._kind_of_chain.steps(self.proposals, len(self.best), self.epochs)
        return min(steps, self.params.search.epoch_proposals)

    @property
    def _kind_of_chain(self) -> type[HeatBathChain | RandomChain]:
        return HeatBathChain if heat_bath.fits(self.instance) else RandomChain

    @property
    def _chain_params(self) -> HeatBathParams | RandomChainParams:
        search = self.params.search
        return search.random if self._kind_of_chain is RandomChain else search.heat_bath

    def _chain(
        self, plan: CoverState, movable: Mask, seed: np.int64
    ) -> HeatBathChain | RandomChain:
        search = self.params.search
        if self._kind_of_chain is RandomChain:
            return RandomChain(self.proposals, plan, movable, seed, search.random)
        return HeatBathChain(self.proposals, plan, movable, seed, search.heat_bath)

    def _anneal_apart(self, steps: int, finish: float) -> None:
        """One chain a thread, each on its island; every chain's end is kept for merging."""
        assert self.best is not None
        kind, best = self._kind_of_chain, self.best
        stale = self.params.search.stale_descents
        if not self.islands:
            self.islands = [Island(best) for _ in range(self.pool.most)]
        for island in self.islands:
            if kind is RandomChain or (island.stale >= stale and island.value < self.best_value):
                island.take(best, self.best_value)
            elif island.stale >= stale:
                island.leave()
        movable = np.ones(self.instance.n_options, np.bool_)
        chains = []
        for island, seed in zip(
            self.islands, self.random.integers(1, 2**63, self.pool.most), strict=True
        ):
            fill(self.plan, island.options)
            chains.append(self._chain(_copy(self.plan), movable, seed))

        def stopped() -> bool:
            return self.stop() or self.stop.seconds > finish

        self.pool.each(
            [
                partial(island.descend, chain, steps, stopped, self.pool.turn)
                for island, chain in zip(self.islands, chains, strict=True)
            ]
        )
        for island, chain in zip(self.islands, chains, strict=True):
            end = self._finish(chain.plan, "annealing")
            options, value = np.flatnonzero(end.chosen), float(end.total[0])
            if value >= island.value:
                island.take(options, value)
            self.fresh.append(options)
            del self.fresh[: -self.params.search.merged_plans]
            self.accepted += chain.tally
        self.proposed += steps * len(chains)
        self.stop(int(steps * len(chains) * kind.WORK) // 1000)

    def _anneal_together(self, steps: int, finish: float) -> None:
        """All threads on one plan, from melting to freezing in so many proposals."""
        descent = self._descent()
        descent.cool(steps, lambda: self.stop() or self.stop.seconds > finish)
        self._settle(descent)

    def _descend(self, seconds: float) -> None:
        """The same over so many seconds: the clock says how cold it is."""
        descent = self._descent()
        told = 0.0
        for done in descent.cool_by_clock(seconds):
            if done > told:
                told = done + 0.05
                if done > self.params.partition.too_warm:
                    self._finish(self.plan, "annealing")
                self.tell(self.best_value, Notice("progress.annealing", done=done))
        self._settle(descent)

    def _descent(self) -> SharedDescent:
        """Melt the best plan, on the plan."""
        assert self.best is not None
        fill(self.plan, self.best)
        return SharedDescent(
            self.plan,
            self.proposals,
            self._partition,
            self.random,
            self.pool,
            self.stop,
            self.params.search.random,
        )

    def _settle(self, descent: SharedDescent) -> None:
        self.proposed += descent.proposed
        self.accepted += descent.accepted
        self._finish(self.plan, "annealing")

    def _finish(self, plan: CoverState, how: str) -> CoverState:
        """Fill a copy up with what is left and remember it; coverage that is short gets dearer."""
        final = _copy(plan)
        drop_useless(final)
        self.greedy(final)
        self.keep(final, how)
        if self.coverage is not None:
            short = self.coverage.short(final)
            if len(short):
                self.coverage.dearer(short)
                self._reweigh()
        return final

    # -- exact neighbourhoods ----------------------------------------------------------------------

    def _merge(self) -> None:
        """The best plan over the union of good plans' outlets."""
        if self.best is None or not self.fresh:
            return
        union = np.union1d(self.best, self.fresh[-1])
        for options in self.fresh[-2::-1]:
            larger = np.union1d(union, options)
            if len(larger) > self.params.search.merged_options:
                break
            union = larger
        fill(self.plan, self.best)
        self.exact.decide(self.plan, [union], priced=False)
        self._finish(self.plan, "merge")

    def _windows(self, finish: float, count: int | None) -> None:
        """So many exact neighbourhoods over the city (None = once around), or fewer if ``finish``
        comes first."""
        assert self.best is not None
        fill(self.plan, self.best)
        candidate = np.zeros(self.instance.n_options, np.bool_)
        candidate[self.proposals.good] = True
        self.exact.sweep(self.plan, candidate, self.random, count, finish)
        self._finish(self.plan, "windows")


def _copy(plan: CoverState) -> CoverState:
    """A plan of its own over the same constants."""
    changing = ("free", "sole", "covers", "floor", "chosen", "listed", "position", "used", "total")
    return plan._replace(**{name: getattr(plan, name).copy() for name in changing})
