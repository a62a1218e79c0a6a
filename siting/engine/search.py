"""Search: from a first plan to the best one that the time allows.

Epochs of annealing, each longer than the last and starting from the best plan; between them good
plans are merged and windows are solved exactly by an outside solver. Small cities run one chain a
thread, each with its own seed; large ones are cut in two halves whose people do not meet, a
different cut each round, and all threads work on one plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numba as nb
import numpy as np
from numpy.typing import NDArray

from siting.engine.anneal import anneal, near_sites
from siting.engine.board import (
    Board,
    add,
    can_add,
    drop_useless,
    fill,
    make_board,
    violated,
    with_prices,
)  # fmt: skip
from siting.engine.bound import Duals
from siting.engine.coverage import Coverage
from siting.engine.crew import Crew
from siting.engine.greedy_fill import burden_of, greedy_fill
from siting.engine.instance import Instance
from siting.engine.neighbourhoods import Neighbourhoods
from siting.engine.rows import Rows
from siting.progress import Stop
from siting.solvers.child import WarmSolver

Ints = NDArray[np.int64]

PRICE_SHARE = 0.95
"""Of the bound's prices: a little below, so that money is worth spending."""
GOOD = -0.3
"""Options whose reduced profit is below this share of their price are not proposed (a heuristic
restriction: the bound and the last greedy filling know all options)."""
SLICE = 200_000
"""Proposals between two looks at the clock."""
LONGEST = 100_000_000
"""Proposals of an epoch at most."""
PROPOSALS_A_WINDOW = 150_000
"""A window takes about as long as so many proposals: half of the time goes to either."""
LARGE = 1000
"""Outlets in a plan from which the threads share one plan."""


@dataclass
class Search:
    """The state of a search; ``best`` are chosen options of the instance, ascending."""

    instance: Instance
    rows: Rows
    weight: NDArray[np.float32]
    """Value of each (target, point) in persons, including priced coverage rows."""
    crew: Crew
    stop: Stop
    seed: int
    tell: Callable[[float, str], None]
    """Called with each better plan's value and how it was found."""
    solvers: list[WarmSolver]
    """For exact neighbourhoods, one a thread."""
    coverage: Coverage | None = None
    """Rows over coverage, which the board does not know."""
    best: Ints | None = None
    best_value: float = -np.inf
    pool: list[tuple[float, Ints]] = field(default_factory=list)
    accepted: NDArray[np.int64] = field(default_factory=lambda: np.zeros(3, np.int64))
    proposals: int = 0

    def __post_init__(self) -> None:
        i = self.instance
        self.theta = np.zeros(len(self.rows))
        self.board = make_board(i, self.rows, self.weight, self.theta)
        self.burden = burden_of(self.board, self.rows.main)
        self.everything = np.arange(i.n_options)
        self.good = self.everything
        self.near = near_sites(i)
        self.random = np.random.default_rng(self.seed)
        self.exact = Neighbourhoods(i, self.rows, self.crew, self.solvers, self.stop, self.seed)
        self.epochs = 0

    # -- plans -------------------------------------------------------------------------------------

    def keep(self, board: Board, how: str) -> bool:
        """Remember the board's plan if it breaks no row and is the best so far."""
        if len(violated(board)) or (board.floor < 0).any():
            return False
        options = np.flatnonzero(board.chosen)
        value = float(board.total[0])
        if self.coverage is not None:
            if len(self.coverage.short(board)):
                return False
            value = self.coverage.objective(board)
        self.pool.append((value, options))
        self.pool.sort(key=lambda entry: -entry[0])
        del self.pool[12:]
        if value <= self.best_value * (1 + 1e-12):
            return False
        self.best_value, self.best = value, options
        self.tell(value, how)
        return True

    def greedy(self, board: Board | None = None) -> None:
        """Fill up with whatever still wins somebody."""
        greedy_fill(board or self.board, self.everything, self.burden, 0.0)

    def needed_first(self) -> None:
        """Open what the rows demand before anything else: for each row that the plan breaks, the
        option that mends most of it for the least, people deciding between equals."""
        b = self.board
        for _ in range(4):
            for r in violated(b):
                low, high = self.rows.options.indptr[r], self.rows.options.indptr[r + 1]
                at, a = self.rows.options.indices[low:high], self.rows.options.data[low:high]
                helping = at[(a < 0) & ~b.chosen[at]]
                order = np.argsort(self.burden[helping], kind="stable")
                before = np.zeros(len(b.rhs), np.int64)
                for o in helping[order]:
                    if b.used[r] <= b.rhs[r]:
                        break
                    if can_add(b, o, before):
                        add(b, o)
            if not len(violated(b)):
                break

    def start_from(self, options: Ints, how: str = "start") -> None:
        """Put a given plan on the board, or what of it fits, then fill up."""
        fill(self.board, options)
        if self.keep(self.board, how):
            # It keeps every rule as it is; one by one, a hub's first outlet would break its rule.
            self.greedy()
            self.keep(self.board, how)
            return
        fill(self.board, np.zeros(0, np.int64))
        self.needed_first()
        before = np.zeros(len(self.board.rhs), np.int64)
        for o in options:
            if can_add(self.board, o, before):
                add(self.board, o)
        self.greedy()
        self.keep(self.board, how)

    def guided(self, duals: Duals, fractional: NDArray[np.float64], unit: float) -> None:
        """Start from the fractional plan: what it opens at least half, then greedy."""
        self.theta = duals.theta * unit * PRICE_SHARE
        self.board = with_prices(self.board, self.rows, self.theta)
        price = np.maximum(self.board.price, 1e-9)
        good = duals.reduced * unit > GOOD * price
        if self.best is not None:
            good[self.best] = True
        self.good = np.flatnonzero(good)
        half = np.flatnonzero(fractional >= 0.5)
        self.start_from(half[np.argsort(-fractional[half], kind="stable")], "guided")

    def _reweigh(self) -> None:
        """Rows over coverage have other prices, so people have other values."""
        assert self.coverage is not None
        chosen = np.flatnonzero(self.board.chosen)
        self.weight = self.coverage.weight()
        self.board = make_board(self.instance, self.rows, self.weight, self.theta)
        fill(self.board, chosen)

    def price_coverage(self, phi: NDArray[np.float64]) -> None:
        """Take over the bound's prices of the rows over coverage."""
        if self.coverage is not None and phi.any():
            self.coverage.phi = np.maximum(self.coverage.phi, phi)
            self._reweigh()

    def meet_coverage(self) -> None:
        """Raise the prices of the rows that the board's plan falls short of, until a plan fills
        them all or twelve doublings did not help."""
        if self.coverage is None:
            return
        for _ in range(12):
            short = self.coverage.short(self.board)
            if not len(short) or self.stop():
                return
            self.coverage.dearer(short)
            self._reweigh()
            fill(self.board, np.zeros(0, np.int64))
            self.needed_first()
            self.greedy()
            self.keep(self.board, "coverage")

    def solve_everything(self) -> None:
        """Let an outside solver look for any plan that keeps every row of the board."""
        fill(self.board, np.zeros(0, np.int64))
        self.exact.decide(self.board, [self.everything], priced=False)
        self.keep(self.board, "outside solver")

    # -- epochs ------------------------------------------------------------------------------------

    def run(self, finish: float, epochs: int | None = None) -> None:
        """Search for some epochs, or until ``finish`` (seconds on the run's clock), or until the
        stop says so.

        What is done depends on the seed and the threads alone; the clock only ends it, early
        enough for the last epoch to cool down.
        """
        assert self.best is not None
        large = len(self.best) >= LARGE
        # With one format a window finds nothing that a swap does not (measured).
        several_formats = self.instance.n_targets > 1
        rate: float | None = None
        while not self.stop() and self.stop.seconds < finish and epochs != 0:
            steps, hot = self._schedule(large)
            left = finish - self.stop.seconds
            if rate is not None and steps / rate > left:
                steps = max(SLICE, int(rate * left * 0.9))
            begun = self.stop.seconds
            self._epoch(steps, hot, large, finish)
            rate = steps / max(1e-3, self.stop.seconds - begun)
            if self.stop() or self.stop.seconds >= finish:
                break
            if not large:
                self._merge()
            if several_formats:
                self._windows(finish, max(2, steps // PROPOSALS_A_WINDOW))
            self.epochs += 1
            epochs = None if epochs is None else epochs - 1

    def _schedule(self, large: bool) -> tuple[int, float]:
        """Proposals of this epoch, and how hot it begins as a share of the mean outlet's worth.

        One plan of many outlets is cooled further and further. Small plans are heated up anew each
        time: on San Francisco p=70, chains of 2 million proposals end 0.05-0.3 % below the best
        known by luck, and several of them, merged, beat one that is four times as long.
        """
        size = max(1000, len(self.good))
        if large:
            return min(20 * size << min(self.epochs, 20), LONGEST), max(
                0.02, 0.1 * 0.8**self.epochs
            )
        return min(
            400 * size << min(self.epochs // 4, 20), LONGEST
        ), 0.1 if self.epochs % 2 else 0.05

    def _epoch(self, steps: int, hot: float, large: bool, finish: float) -> None:
        assert self.best is not None
        fill(self.board, self.best)
        mean = max(1e-9, float(self.board.total[0] / max(1.0, self.board.total[1])))
        if large:
            self._anneal_together(steps, hot * mean, finish)
        else:
            self._anneal_apart(steps, hot * mean, finish)

    def _good_lists(self) -> tuple[Ints, Ints]:
        site = self.instance.options.site[self.good]
        return np.searchsorted(site, np.arange(self.instance.n_sites + 1)).astype(
            np.int64
        ), self.good

    def _new_mark(self) -> NDArray[np.int32]:
        return np.zeros((self.instance.n_targets, self.instance.n_points + 1), np.int32)

    def _anneal_apart(self, steps: int, hot: float, finish: float) -> None:
        """One chain a thread on a copy of the plan; every chain's end is kept."""
        starts, good = self._good_lists()
        movable = np.ones(self.instance.n_options, np.bool_)
        boards = [_copy(self.board) for _ in range(self.crew.threads)]
        seeds = self.random.integers(1, 2**63, self.crew.threads)
        tallies = [np.zeros(3, np.int64) for _ in boards]

        def chain(k: int) -> None:
            state = np.array([seeds[k]], np.uint64)
            mark = self._new_mark()
            cold = hot * (0.02 if k % 2 == 0 else 0.04)
            parts = max(1, steps // SLICE)
            for part in range(parts):
                if self.stop() or self.stop.seconds > finish:
                    break
                high = hot * (cold / hot) ** (part / parts)
                low = hot * (cold / hot) ** ((part + 1) / parts)
                anneal(
                    boards[k], self.near, starts, good, movable, steps // parts, high, low, state,
                    mark, tallies[k],
                )  # fmt: skip

        self.crew.each([partial(chain, k) for k in range(len(boards))])
        for board, tally in zip(boards, tallies, strict=True):
            self._finish(board, "annealing")
            self.accepted += tally
        self.proposals += steps * len(boards)
        self.stop(steps * len(boards) // 1000)

    def _anneal_together(self, steps: int, hot: float, finish: float) -> None:
        """All threads on one plan, each in a part of the city of its own, cut anew each round."""
        starts, good = self._good_lists()
        low, high = _extent(self.instance)
        marks = [self._new_mark() for _ in range(self.crew.threads)]
        rounds = max(4, steps // 4_000_000)
        cold = 0.02 * hot
        for part in range(rounds):
            if self.stop() or self.stop.seconds > finish:
                break
            sides = self._sides(low, high)
            first = hot * (cold / hot) ** (part / rounds)
            last = hot * (cold / hot) ** ((part + 1) / rounds)
            seeds = self.random.integers(1, 2**63, len(sides))
            views = [self._view(side, len(sides)) for side in sides]
            before = [view.used.copy() for view in views]
            tallies = [np.zeros(3, np.int64) for _ in sides]
            share = steps // rounds // len(sides)

            def side_run(k: int) -> None:
                anneal(
                    views[k], self.near, starts, good, sides[k], share, first, last,  # noqa: B023
                    np.array([seeds[k]], np.uint64), marks[k], tallies[k],  # noqa: B023
                )  # fmt: skip

            self.crew.each([partial(side_run, k) for k in range(len(sides))])
            board = self.board
            for view, was in zip(views, before, strict=True):
                board.used[:] += view.used - was
                board.total[0] += view.total[0]
                board.total[2] += view.total[2]
            chosen = np.flatnonzero(board.chosen)
            board.listed[: len(chosen)] = chosen
            board.place[chosen] = np.arange(len(chosen))
            board.total[1] = len(chosen)
            self.proposals += share * len(sides)
            for tally in tallies:
                self.accepted += tally
            self.stop(share * len(sides) // 1000)
        self._finish(self.board, "annealing")

    def _finish(self, board: Board, how: str) -> None:
        """Fill a copy up with what is left and remember it; coverage that is short gets dearer."""
        final = _copy(board)
        drop_useless(final)
        self.greedy(final)
        self.keep(final, how)
        if self.coverage is not None:
            short = self.coverage.short(final)
            if len(short):
                self.coverage.dearer(short)
                self._reweigh()

    def _sides(self, low: Ints, high: Ints) -> list[NDArray[np.bool_]]:
        """Options a thread may touch: their people lie between two cuts of the memory order."""
        n = self.crew.threads
        if n == 1:
            return [np.ones(self.instance.n_options, np.bool_)]
        shift = self.random.random()
        points = self.instance.n_points
        cuts = np.concatenate(
            ([0], ((np.arange(n - 1) + 0.5 + shift) / n * points).astype(np.int64), [points])
        )
        sides = []
        for a, b in pairwise(cuts):
            inside = (low >= a) & (high < b)
            for spacing_start in range(len(self.board.spaced)):
                start = self.board.near_start[spacing_start]
                row = np.repeat(np.arange(len(inside)), np.diff(start))
                near = self.board.near_site[start[0] : start[-1]]
                inside[row[~inside[near]]] = False
            sides.append(inside[self.instance.options.site])
        return sides

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

    # -- exact neighbourhoods ----------------------------------------------------------------------

    def _merge(self) -> None:
        """The best plan over the union of good plans' outlets."""
        if len(self.pool) < 2 or self.best is None:
            return
        union = np.unique(np.concatenate([options for _, options in self.pool[:8]]))
        fill(self.board, self.best)
        self.exact.decide(self.board, [union], priced=False)
        self._finish(self.board, "merge")

    def _windows(self, finish: float, count: int) -> None:
        """So many exact neighbourhoods over the city, or fewer if ``finish`` comes first."""
        assert self.best is not None
        fill(self.board, self.best)
        candidate = np.zeros(self.instance.n_options, np.bool_)
        candidate[self.good] = True
        self.exact.sweep(self.board, candidate, self.random, count, finish)
        self._finish(self.board, "windows")


def _copy(board: Board) -> Board:
    """A plan of its own over the same constants."""
    changing = ("free", "sole", "covers", "floor", "chosen", "listed", "place", "used", "total")
    return board._replace(**{name: getattr(board, name).copy() for name in changing})


def _extent(instance: Instance) -> tuple[Ints, Ints]:
    """First and last point (in memory order) of each site."""
    low = np.full(instance.n_sites, instance.n_points, np.int64)
    high = np.full(instance.n_sites, -1, np.int64)
    _fill_extent(instance.by_site.segment, instance.by_site.index, low, high)
    return low, high


@nb.njit(cache=True, nogil=True)
def _fill_extent(segment, index, low, high):
    for s in range(len(segment)):
        for at in range(segment[s, 0], segment[s, -1]):
            low[s] = min(low[s], index[at])
            high[s] = max(high[s], index[at])
