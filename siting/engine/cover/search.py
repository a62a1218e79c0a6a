"""Search: from a first plan to the best one that the time allows.

Epochs of annealing, each longer than the last and starting from the best plan; between them good
plans are merged and windows are solved exactly by an outside solver. Small cities run one chain a
thread, each with its own seed; large ones are cut into parts whose people do not meet, differently
each round, and all threads work on one plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from siting.engine.cover import heat_bath
from siting.engine.cover.best_plan import BestPlan, copy_of
from siting.engine.cover.chains import HeatBathChain, Island, RandomChain
from siting.engine.cover.partition import Partition
from siting.engine.cover.shared_descent import SharedDescent
from siting.engine.params import HeatBathParams, RandomChainParams
from siting.engine.shared.arrays import Ints, Mask
from siting.engine.shared.cover_state import CoverState, fill
from siting.engine.shared.plan_rules import violated
from siting.engine.shared.run import lanes
from siting.notice import Notice

FINISHING_RARELY = 20.0
"""Times as long as it takes to finish a plan on the way, before another one is finished."""


@dataclass(frozen=True)
class Cooling:
    """A part of one long descent, of which others had and will have theirs."""

    begin: float
    end: float
    """Shares of the whole descent, 0..1."""
    hot: float = 0.0
    """Its first temperature, people; 0 = melt to find it."""
    windows: float = 0.0
    """Share of the time for exact neighbourhoods, once it is cold."""


@dataclass(frozen=True)
class Cooled:
    """Where a part of a descent has ended."""

    options: Ints
    """The plan as warm as it is, chosen options of the instance. It may be worse than the best."""
    hot: float


@dataclass
class Search(BestPlan):
    """Epochs from a first plan on."""

    islands: list[Island] = field(default_factory=list)
    """One a search side by side, for small cities."""
    accepted: Ints = field(default_factory=lambda: np.zeros(3, np.int64))
    proposed: int = 0
    epochs: int = 0

    @cached_property
    def _partition(self) -> Partition:
        return Partition(self.instance, self.params.partition)

    def run(self, finish: float, epochs: int | None = None) -> None:
        """Search for some epochs, or until ``finish`` (seconds on the run's clock), or until the
        stop says so.

        What is done depends on the seed and on how many search side by side (``run.lanes``), and
        the clock only ends it. The one exception is the last descent of a large city, which is
        spread over the time that is left: there the clock ends the run in any case.
        """
        large = self.large
        # With one format a window finds nothing that a swap does not (measured).
        several_formats = self.instance.n_targets > 1
        spread = large and epochs is None and self.stop.ends_by_clock
        rate: float | None = None
        while not self.stop() and self._left(finish) > 0 and epochs != 0:
            self.take_offer()
            left = self._left(finish)
            if spread and left > self.params.partition.least_descent_seconds:
                shares = self.params.partition
                share = shares.hurried_descent if self.hurried else shares.descent_share
                self._descend(share * left, finish)
                while not self.stop() and self._left(finish) > 0:
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
            if self.stop() or self._left(finish) <= 0:
                break
            if not large:
                self._merge(finish)
            if several_formats:
                self._windows(finish, max(2, steps // self.params.search.window_proposals))
            self.epochs += 1
            epochs = None if epochs is None else epochs - 1

    def _left(self, finish: float) -> float:
        """Seconds until then, less what it takes to make a plan of what was found."""
        return finish - self.stop.seconds - self.finishing

    def _over(self, finish: float) -> Callable[[], bool]:
        """Whether what looks for better plans has to end."""
        return lambda: self.stop() or self._left(finish) <= 0

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
        stale, n = self.params.search.stale_descents, lanes(self.stop, self.pool, by_turns=True)
        self.islands += [Island(best) for _ in range(n - len(self.islands))]
        islands = self.islands[:n]
        for island in islands:
            if kind is RandomChain or (island.stale >= stale and island.value < self.best_value):
                island.take(best, self.best_value)
            elif island.stale >= stale:
                island.leave()
        movable = np.ones(self.instance.n_options, np.bool_)
        chains = []
        for island, seed in zip(islands, self.random.integers(1, 2**63, n), strict=True):
            fill(self.plan, island.options)
            chains.append(self._chain(copy_of(self.plan), movable, seed))

        stopped = self._over(finish)
        self.pool.each(
            [
                partial(island.descend, chain, steps, stopped, self.pool.turn)
                for island, chain in zip(islands, chains, strict=True)
            ]
        )
        for island, chain in zip(islands, chains, strict=True):
            end = self.finished(chain.plan, "annealing")
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
        assert self.best is not None
        descent = self._descent(self.best, finish)
        descent.cool(steps)
        self._settle(descent)

    def _descend(self, seconds: float, finish: float) -> None:
        """The same over so many seconds: the clock says how cold it is."""
        assert self.best is not None
        descent = self._descent(self.best, finish)
        told = 0.0
        for done in descent.cool_by_clock(seconds):
            if done > told:
                if done > self.params.partition.too_warm:
                    self.finished(self.plan, "annealing")
                # Of a million points a plan takes ten seconds to be finished: not too often.
                told = done + max(0.05, FINISHING_RARELY * self.finishing / seconds)
                self.tell(self.best_value, Notice("progress.annealing", done=done))
        self._settle(descent)

    def cool(self, part: Cooling, begin: Ints, finish: float) -> Cooled:
        """A part of a descent; what is cold is filled up and kept.

        Args:
            begin: chosen options to go on from, which keep every rule.
        """
        descent = self._descent(begin, finish, part.hot)
        seconds = self._left(finish) * (1.0 - part.windows)
        for done in descent.cool_by_clock(seconds, part.begin, part.end):
            self.tell(self.best_value, Notice("progress.annealing", done=done))
        if part.end >= 1.0:
            self._settle(descent)
            while part.windows and not self.stop() and self._left(finish) > 0:
                self._windows(finish, None)
            assert self.best is not None
            return Cooled(self.best, descent.hot)
        self.proposed += descent.proposed
        self.accepted += descent.accepted
        whole = not len(violated(self.plan))
        return Cooled(np.flatnonzero(self.plan.chosen) if whole else begin, descent.hot)

    def _descent(self, begin: Ints, finish: float, hot: float = 0.0) -> SharedDescent:
        """Melt a plan, on the plan, or go on with a descent that began so hot."""
        fill(self.plan, begin)
        return SharedDescent(
            self.plan,
            self.proposals,
            self._partition,
            self.random,
            self.pool,
            self.stop,
            self._over(finish),
            self.params.search.random,
            hot=hot,
        )

    def _settle(self, descent: SharedDescent) -> None:
        self.proposed += descent.proposed
        self.accepted += descent.accepted
        self.finished(self.plan, "annealing")

    # -- exact neighbourhoods ----------------------------------------------------------------------

    def _merge(self, finish: float) -> None:
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
        self.exact.decide(self.plan, [union], priced=False, finish=finish - self.finishing)
        self.finished(self.plan, "merge")

    def _windows(self, finish: float, count: int | None) -> None:
        """So many exact neighbourhoods over the city (None = once around), or fewer if ``finish``
        comes first."""
        assert self.best is not None
        fill(self.plan, self.best)
        candidate = np.zeros(self.instance.n_options, np.bool_)
        candidate[self.proposals.good] = True
        self.exact.sweep(self.plan, candidate, self.random, count, finish - self.finishing)
        self.finished(self.plan, "windows")
