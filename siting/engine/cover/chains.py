"""Chains: annealing of one plan, by random proposals or by heat bath.

What one outlet is worth says little about what moving it changes: the best first temperatures of
the instances tried lie between 0.005 and 0.04 of the mean outlet, but all where a certain share of
the swaps is accepted. So a chain is melted first: cooled from above until few enough are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from siting.engine.cover.anneal import SWAPS, anneal
from siting.engine.cover.heat_bath import ADDS, heat_bath, worths
from siting.engine.params import ChainParams, HeatBathParams, RandomChainParams
from siting.engine.shared.arrays import Ints, Ints32, Mask
from siting.engine.shared.bound_loop import never
from siting.engine.shared.cover_state import CoverState
from siting.engine.shared.instance import Instance

Turn = Callable[[], AbstractContextManager[object]]
HOTTEST, COOLER, MELTINGS = 0.1, 0.8, 16
"""First temperature of the melting, of the mean outlet's worth, its steps and how many."""


@dataclass(frozen=True)
class Proposals:
    """What may be proposed: options ``good`` of the instance, and the sites near each site."""

    instance: Instance
    near: Ints32
    good: Ints
    start: Ints = field(init=False)
    """First of the good options of each site, shape (n_sites + 1,)."""

    def __post_init__(self) -> None:
        site = self.instance.options.site[self.good]
        start = np.searchsorted(site, np.arange(self.instance.n_sites + 1)).astype(np.int64)
        object.__setattr__(self, "start", start)


class Chain:
    """A plan that is annealed; ``tally`` counts the accepted [swaps, adds, drops]."""

    SWAPS: ClassVar[float]
    """Share of proposals that are swaps."""
    WORK: ClassVar[float]
    """Work of a proposal; one at random is 1."""

    def __init__(
        self,
        proposals: Proposals,
        plan: CoverState,
        movable: Mask,
        seed: np.int64,
        params: ChainParams,
    ):
        self.proposals, self.plan, self.movable, self.params = proposals, plan, movable, params
        self.state = np.array([seed], np.uint64)
        self.tally = np.zeros(3, np.int64)

    @property
    def melted(self) -> float:
        """Share of proposals accepted as swaps at which melting ends."""
        return self.params.melted * self.SWAPS

    @property
    def warm(self) -> float | None:
        """The same for later descents from a plan's own; None: they are melted like the first."""
        return None

    def run(self, steps: int, hot: float, cold: float) -> None:
        """So many proposals, from one temperature (people) to another."""
        raise NotImplementedError

    def melt(
        self,
        share: float,
        hot: float | None = None,
        stopped: Callable[[], bool] = never,
        turn: Turn = nullcontext,
    ) -> float:
        """Cool until fewer swaps than ``share`` are accepted; the temperature, in people.

        Args:
            hot: where to begin; None = far above.
            stopped: asked at every temperature; whether the time is up.
            turn: what a chain waits for before it works.
        """
        total = self.plan.total
        if hot is None:
            hot = HOTTEST * max(1e-9, float(total[0] / max(1.0, total[1])))
        for _ in range(MELTINGS):
            before = int(self.tally[0])
            with turn():
                self.run(self.params.melting, hot, hot)
            if self.tally[0] - before < share * self.params.melting or stopped():
                break
            hot *= COOLER
        return hot


class RandomChain(Chain):
    """Random proposals, for problems of every kind."""

    SWAPS = SWAPS
    WORK = 1.0

    def __init__(
        self,
        proposals: Proposals,
        plan: CoverState,
        movable: Mask,
        seed: np.int64,
        params: RandomChainParams | None = None,
    ):
        super().__init__(proposals, plan, movable, seed, params or RandomChainParams())

    @staticmethod
    def steps(proposals: Proposals, outlets: int, epoch: int) -> int:
        """Proposals of a descent."""
        return 400 * max(1000, len(proposals.good)) << min(epoch, 3)

    def run(self, steps: int, hot: float, cold: float) -> None:
        """As :meth:`Chain.run`."""
        self._run(0, self.proposals.instance.n_sites, steps, hot, cold)

    def sweep(
        self,
        blocks: Ints,
        steps: int,
        hot: float,
        cold: float,
        stopped: Callable[[], bool] = never,
    ) -> int:
        """So many proposals, block of sites after block, each from ``hot`` to ``cold``; what is
        left when the time is up stays as it is. Returns how many were made.

        What a block needs stays in the processor's cache (measured on 200k x 20k x 10: 3 to 4
        times as many proposals a second).
        """
        weight, made = np.diff(self.proposals.start[blocks]), 0
        for k, share in enumerate(weight / max(1, weight.sum())):
            if stopped():
                break
            if share:
                own = int(steps * share)
                self._run(int(blocks[k]), int(blocks[k + 1]), own, hot, cold)
                made += own
        return made

    def _run(self, low: int, high: int, steps: int, hot: float, cold: float) -> None:
        p = self.proposals
        anneal(
            self.plan,
            p.near,
            p.start,
            p.good,
            self.movable,
            low,
            high,
            steps,
            hot,
            cold,
            self.state,
            self.tally,
        )


class HeatBathChain(Chain):
    """Draws of places for one outlet after the other, where ``heat_bath.fits``."""

    SWAPS = 1 - ADDS
    WORK = 10.0

    params: HeatBathParams

    def __init__(
        self,
        proposals: Proposals,
        plan: CoverState,
        movable: Mask,
        seed: np.int64,
        params: HeatBathParams | None = None,
    ):
        super().__init__(proposals, plan, movable, seed, params or HeatBathParams())
        proposed = np.zeros(len(movable), np.bool_)
        proposed[proposals.good] = True
        self.worth = worths(plan, proposed & movable)

    @property
    def warm(self) -> float:
        """As :attr:`Chain.warm`."""
        return self.params.warm * self.SWAPS

    @staticmethod
    def steps(proposals: Proposals, outlets: int, epoch: int) -> int:
        """Draws of a descent; the first is short, so that there soon is a plan. Later ones begin
        warm: on San Francisco they end 0.00-0.05 % below the best known after 40 seconds, where as
        many draws from the melt end at 0.03-0.19 %."""
        return (2000 if epoch == 0 else 3000) * max(10, outlets)

    def run(self, steps: int, hot: float, cold: float) -> None:
        """As :meth:`Chain.run`."""
        heat_bath(self.plan, self.worth, self.movable, steps, hot, cold, self.state, self.tally)


@dataclass
class Island:
    """What a thread's chains pass on: a plan of its own, kept while no better one is found."""

    options: Ints
    value: float = -np.inf
    hot: float | None = None
    """First temperature of the next descent, people; None = to be found by melting."""
    cold: float = 0.0
    stale: int = 0
    """Descents since the plan became better."""

    def take(self, options: Ints, value: float) -> None:
        """Go on from another plan."""
        if value > self.value:
            self.stale = 0
        self.options, self.value = options, value

    def leave(self) -> None:
        """Begin anew: the next descent melts the plan."""
        self.value, self.hot, self.stale = -np.inf, None, 0

    def descend(
        self, chain: Chain, steps: int, stopped: Callable[[], bool], turn: Turn = nullcontext
    ) -> None:
        """One descent of a chain that stands on this plan, as far as the stop allows; each slice of
        it waits for its turn."""
        hot = self.hot
        self.stale += 1
        if hot is None:
            hot = chain.melt(chain.melted, None, stopped, turn)
            self.cold = hot * chain.params.cold
            if chain.warm is not None:
                self.hot = chain.melt(chain.warm, hot, stopped, turn)
        parts = max(1, steps // chain.params.slice)
        for part in range(parts):
            if stopped():
                break
            first, last = (hot * (self.cold / hot) ** ((part + k) / parts) for k in (0, 1))
            with turn():
                chain.run(steps // parts, first, last)
