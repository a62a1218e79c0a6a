"""A descent of all threads on one plan.

Each thread anneals a part of the city of its own; no two parts share people, and they are cut anew
each round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from siting.engine.cover.chains import Proposals, RandomChain
from siting.engine.cover.partition import Partition
from siting.engine.params import RandomChainParams
from siting.engine.shared.arrays import Ints, Mask
from siting.engine.shared.cover_state import CoverState
from siting.engine.shared.run import lanes
from siting.engine.shared.threads import ThreadPool
from siting.progress import Stop


@dataclass
class SharedDescent:
    """From melting to freezing. Making one melts the plan's plan, unless it is told how hot a
    descent began that it goes on with."""

    plan: CoverState
    proposals: Proposals
    partition: Partition
    random: np.random.Generator
    pool: ThreadPool
    stop: Stop
    stopped: Callable[[], bool]
    """Whether the time is up: asked after every block of sites."""
    params: RandomChainParams = field(default_factory=RandomChainParams)
    proposed: int = 0
    accepted: Ints = field(default_factory=lambda: np.zeros(3, np.int64))
    hot: float = 0.0
    """The first temperature, people; 0 = melt to find it."""

    def __post_init__(self) -> None:
        if self.hot:
            return
        instance = self.proposals.instance
        movable = np.ones(instance.n_options, np.bool_)
        seed = self.random.integers(1, 2**63)
        chain = RandomChain(self.proposals, self.plan, movable, seed, self.params)
        self.hot = chain.melt(chain.melted, stopped=self.stopped)

    def cool(self, steps: int) -> None:
        """In so many proposals."""
        rounds = max(4, steps // self.partition.params.round_proposals)
        for part in range(rounds):
            if self.stopped():
                break
            self._round(steps // rounds, part / rounds, (part + 1) / rounds)

    def cool_by_clock(
        self, seconds: float, begin: float = 0.0, end: float = 1.0
    ) -> Iterator[float]:
        """In so many seconds, which say how cold it is; yields the share that is done after each
        round.

        Args:
            begin, end: of the whole descent, the part that these seconds are for.
        """
        begun, done, limits = self.stop.seconds, 0.0, self.partition.params
        rounds = max(limits.rounds, int(seconds / limits.round_seconds))
        steps = 2 * max(1000, len(self.proposals.good))
        while done < 1.0 and not self.stopped():
            now = self.stop.seconds
            to = min(1.0, done + 1 / rounds)
            self._round(steps, *(begin + share * (end - begin) for share in (done, to)))
            took = max(1e-3, self.stop.seconds - now)
            steps = max(self.params.slice, int(steps * seconds / rounds / took))
            done = min(1.0, (self.stop.seconds - begun) / seconds)
            yield done

    def _round(self, steps: int, begin: float, end: float) -> None:
        """So many proposals, from one share of the descent to another."""
        first, last = (self.hot * self.params.cold**share for share in (begin, end))
        plan = self.plan
        sides = self.partition.draw(plan, self.random, lanes(self.stop, self.pool))
        seeds = self.random.integers(1, 2**63, len(sides))
        views = [self._view(side, len(sides)) for side in sides]
        before = [view.used.copy() for view in views]
        share = steps // len(sides)
        chains = [
            RandomChain(self.proposals, view, side, seed, self.params)
            for view, side, seed in zip(views, sides, seeds, strict=True)
        ]
        made = sum(
            self.pool.each(
                [
                    partial(chain.sweep, self.partition.blocks, share, first, last, self.stopped)
                    for chain in chains
                ]
            )
        )
        for view, was in zip(views, before, strict=True):
            plan.used[:] += view.used - was
            plan.total[0] += view.total[0]
            plan.total[2] += view.total[2]
        chosen = np.flatnonzero(plan.chosen)
        plan.listed[: len(chosen)] = chosen
        plan.position[chosen] = np.arange(len(chosen))
        plan.total[1] = len(chosen)
        self.proposed += made
        for chain in chains:
            self.accepted += chain.tally
        self.stop(made // 1000)

    def _view(self, movable: Mask, parts: int) -> CoverState:
        """The same plan with accounts of its own: a share of what each row has left."""
        plan = self.plan
        chosen = np.flatnonzero(plan.chosen & movable)
        listed = np.zeros_like(plan.listed)
        listed[: len(chosen)] = chosen
        position = np.full_like(plan.position, -1)
        position[chosen] = np.arange(len(chosen))
        slack = np.maximum(0, plan.rhs - plan.used) // parts
        return plan._replace(
            listed=listed,
            position=position,
            used=plan.used.copy(),
            rhs=plan.used + slack,
            total=np.array([0.0, len(chosen), 0.0]),
        )
