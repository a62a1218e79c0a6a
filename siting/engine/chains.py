"""Chains: annealing of one plan, by random proposals or by heat bath.

What one outlet is worth says little about what moving it changes: the best first temperatures of
the instances tried lie between 0.005 and 0.04 of the mean outlet, but all where a certain share of
the swaps is accepted. So a chain is melted first: cooled from above until few enough are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from siting.engine.anneal import SWAPS, anneal
from siting.engine.board import Board
from siting.engine.heat_bath import ADDS, heat_bath, worths
from siting.engine.instance import Instance

Ints = NDArray[np.int64]

HOTTEST, COOLER = 0.1, 0.75
"""First temperature of the melting, of the mean outlet's worth, and its steps."""


@dataclass(frozen=True)
class Proposals:
    """What may be proposed: options ``good`` of the instance, and the sites near each site."""

    instance: Instance
    near: NDArray[np.int32]
    good: Ints
    start: Ints = field(init=False)
    """First of the good options of each site, shape (n_sites + 1,)."""

    def __post_init__(self) -> None:
        site = self.instance.options.site[self.good]
        start = np.searchsorted(site, np.arange(self.instance.n_sites + 1)).astype(np.int64)
        object.__setattr__(self, "start", start)


class Chain:
    """A plan that is annealed; ``tally`` counts the accepted [swaps, adds, drops]."""

    COLD: ClassVar[float]
    """Last temperature of a descent, of the first."""
    MELTING: ClassVar[int]
    """Proposals at one temperature while melting."""
    MELTED: ClassVar[float]
    """Share of them accepted when it ends."""
    SLICE: ClassVar[int]
    """Proposals between two looks at the clock."""
    WORK: ClassVar[float]
    """Work of a proposal; one at random is 1."""

    def __init__(
        self, proposals: Proposals, board: Board, movable: NDArray[np.bool_], seed: np.int64
    ):
        self.proposals, self.board, self.movable = proposals, board, movable
        self.state = np.array([seed], np.uint64)
        self.tally = np.zeros(3, np.int64)

    def run(self, steps: int, hot: float, cold: float) -> None:
        """So many proposals, from one temperature (people) to another."""
        raise NotImplementedError

    def melt(self) -> float:
        """Cool from above until few enough swaps are accepted; the temperature, in people."""
        total = self.board.total
        hot = HOTTEST * max(1e-9, float(total[0] / max(1.0, total[1])))
        for _ in range(16):
            before = int(self.tally[0])
            self.run(self.MELTING, hot, hot)
            if self.tally[0] - before < self.MELTED * self.MELTING:
                break
            hot *= COOLER
        return hot


class RandomChain(Chain):
    """Random proposals, for problems of every kind."""

    COLD = 0.06
    MELTING = 50_000
    MELTED = 0.12 * SWAPS
    SLICE = 200_000
    WORK = 1.0

    def __init__(
        self, proposals: Proposals, board: Board, movable: NDArray[np.bool_], seed: np.int64,
        mark: NDArray[np.int32] | None = None,
    ):  # fmt: skip
        super().__init__(proposals, board, movable, seed)
        self.mark = new_mark(proposals.instance) if mark is None else mark

    @staticmethod
    def steps(proposals: Proposals, outlets: int) -> int:
        """Proposals of a short descent: on San Francisco p=70, chains of 2 to 16 million end
        0.02-0.4 % below the best known by luck, and merging beats length."""
        return 400 * max(1000, len(proposals.good))

    def run(self, steps: int, hot: float, cold: float) -> None:
        """As :meth:`Chain.run`."""
        self._run(0, self.proposals.instance.n_sites, steps, hot, cold)

    def sweep(self, blocks: Ints, steps: int, hot: float, cold: float) -> None:
        """So many proposals, block of sites after block, each from ``hot`` to ``cold``.

        What a block needs stays in the processor's cache (measured on 200k x 20k x 10: 3 to 4
        times as many proposals a second).
        """
        weight = np.diff(self.proposals.start[blocks])
        for k, share in enumerate(weight / max(1, weight.sum())):
            if share:
                self._run(int(blocks[k]), int(blocks[k + 1]), int(steps * share), hot, cold)

    def _run(self, low: int, high: int, steps: int, hot: float, cold: float) -> None:
        p = self.proposals
        anneal(
            self.board, p.near, p.start, p.good, self.movable, low, high, steps, hot, cold,
            self.state, self.mark, self.tally,
        )  # fmt: skip


class HeatBathChain(Chain):
    """Draws of places for one outlet after the other, where ``heat_bath.fits``."""

    COLD = 0.03
    MELTING = 5_000
    MELTED = 0.55 * (1 - ADDS)
    SLICE = 20_000
    WORK = 10.0

    def __init__(
        self, proposals: Proposals, board: Board, movable: NDArray[np.bool_], seed: np.int64
    ):
        super().__init__(proposals, board, movable, seed)
        proposed = np.zeros(len(movable), np.bool_)
        proposed[proposals.good] = True
        self.worth = worths(board, proposed & movable)

    @staticmethod
    def steps(proposals: Proposals, outlets: int) -> int:
        """Draws of a short descent."""
        return 2500 * max(10, outlets)

    def run(self, steps: int, hot: float, cold: float) -> None:
        """As :meth:`Chain.run`."""
        heat_bath(
            self.board, self.worth, self.movable, steps, hot, cold, self.state, self.tally
        )  # fmt: skip


def new_mark(instance: Instance) -> NDArray[np.int32]:
    """Scratch of a chain of random proposals."""
    return np.zeros((instance.n_targets, instance.n_points + 1), np.int32)
