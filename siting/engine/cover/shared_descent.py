"""A descent of all threads on one plan.

Each thread anneals a part of the city of its own; no two parts share people, and they are cut anew
each round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from siting.engine.cover.chains import Proposals, RandomChain, new_mark
from siting.engine.cover.partition import Cuts
from siting.engine.shared.cover_state import Board
from siting.engine.shared.threads import Crew
from siting.progress import Stop

ROUNDS, LONGEST_ROUND = 60, 3.0
"""Least number of rounds of a descent by the clock, and how many seconds one may take (an interrupt
waits)."""
STEPS_A_ROUND = 4_000_000
"""Of a descent of so many proposals."""


@dataclass
class SharedDescent:
    """From melting to freezing. Making one melts the board's plan."""

    board: Board
    proposals: Proposals
    cuts: Cuts
    random: np.random.Generator
    crew: Crew
    stop: Stop
    proposed: int = 0
    accepted: NDArray[np.int64] = field(default_factory=lambda: np.zeros(3, np.int64))

    def __post_init__(self) -> None:
        instance = self.proposals.instance
        movable = np.ones(instance.n_options, np.bool_)
        seed = self.random.integers(1, 2**63)
        chain = RandomChain(self.proposals, self.board, movable, seed)
        self.hot = chain.melt(chain.MELTED)
        self.marks = [new_mark(instance) for _ in range(self.crew.threads)]

    def cool(self, steps: int, stopped: Callable[[], bool]) -> None:
        """In so many proposals."""
        rounds = max(4, steps // STEPS_A_ROUND)
        for part in range(rounds):
            if stopped():
                break
            self._round(steps // rounds, part / rounds, (part + 1) / rounds)

    def cool_by_clock(self, seconds: float) -> Iterator[float]:
        """In so many seconds, which say how cold it is; yields the share that is done after each
        round."""
        begun, done = self.stop.seconds, 0.0
        rounds = max(ROUNDS, int(seconds / LONGEST_ROUND))
        steps = 2 * max(1000, len(self.proposals.good))
        while done < 1.0 and not self.stop():
            now = self.stop.seconds
            self._round(steps, done, min(1.0, done + 1 / rounds))
            took = max(1e-3, self.stop.seconds - now)
            steps = max(RandomChain.SLICE, int(steps * seconds / rounds / took))
            done = min(1.0, (self.stop.seconds - begun) / seconds)
            yield done

    def _round(self, steps: int, begin: float, end: float) -> None:
        """So many proposals, from one share of the descent to another."""
        first, last = (self.hot * RandomChain.COLD**share for share in (begin, end))
        board = self.board
        sides = self.cuts.draw(board, self.random, self.crew.threads)
        seeds = self.random.integers(1, 2**63, len(sides))
        views = [self._view(side, len(sides)) for side in sides]
        before = [view.used.copy() for view in views]
        share = steps // len(sides)
        chains = [
            RandomChain(self.proposals, *each)
            for each in zip(views, sides, seeds, self.marks, strict=True)
        ]
        self.crew.each(
            [partial(chain.sweep, self.cuts.blocks, share, first, last) for chain in chains]
        )
        for view, was in zip(views, before, strict=True):
            board.used[:] += view.used - was
            board.total[0] += view.total[0]
            board.total[2] += view.total[2]
        chosen = np.flatnonzero(board.chosen)
        board.listed[: len(chosen)] = chosen
        board.place[chosen] = np.arange(len(chosen))
        board.total[1] = len(chosen)
        self.proposed += share * len(sides)
        for chain in chains:
            self.accepted += chain.tally
        self.stop(share * len(sides) // 1000)

    def _view(self, movable: NDArray[np.bool_], parts: int) -> Board:
        """The same plan with books of its own: a share of what each row has left."""
        board = self.board
        chosen = np.flatnonzero(board.chosen & movable)
        listed = np.zeros_like(board.listed)
        listed[: len(chosen)] = chosen
        place = np.full_like(board.place, -1)
        place[chosen] = np.arange(len(chosen))
        slack = np.maximum(0, board.rhs - board.used) // parts
        return board._replace(
            listed=listed, place=place, used=board.used.copy(), rhs=board.used + slack,
            total=np.array([0.0, len(chosen), 0.0]),
        )  # fmt: skip
