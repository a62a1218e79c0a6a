"""Search with capacities: greedy by what an outlet would serve, then annealing over outlets.

A move closes and opens outlets on the board (rows, floors, spacings, prices) and on the desk (who
serves whom): people left over by one outlet go to others with capacity to spare, and a new outlet
relieves its neighbours. Values are those of the desk's assignment, a feasible one; ``settle``
makes it the best possible between epochs.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numba as nb
import numpy as np
from numpy.typing import NDArray

from siting.engine.anneal import below, near_sites, uniform
from siting.engine.board import (
    Board,
    book,
    crowded,
    keeps_rows,
    make_board,
    remember_rows,
    violated,
    with_prices,
)
from siting.engine.capacity_bound import Prices
from siting.engine.crew import Crew
from siting.engine.desk import (
    Desk,
    close_option,
    forget,
    make_desk,
    open_option,
    rollback,
    serve_again,
    settle,
    would_serve,
)
from siting.engine.greedy_fill import burden_of
from siting.engine.rows import Rows
from siting.engine.supply import Supply
from siting.progress import Stop

Ints = NDArray[np.int64]

PRICE_SHARE = 0.95
"""Of the bound's prices: a little below, so that money is worth spending."""
GOOD = -0.3
"""Options whose reduced profit is below this share of their price are not proposed."""
FEW = 2_000
"""Up to so many options all are proposed."""
SMALL = 30
"""Outlets in a plan up to which every third epoch begins hot enough to rebuild it."""
SLICE = 2_000
"""Proposals between two looks at the clock."""
LONGEST = 3_000_000
"""Proposals of an epoch at most."""
WIDE = 1_000
"""Counters that one augmenting path may look at."""


@nb.njit(cache=True, nogil=True)
def change_plan(b, d, gone, n_gone, come, n_come, used_before, bar, unit):
    """Close ``gone`` and open ``come`` if it is allowed and changes the value less the price by
    more than ``bar``."""
    for k in range(n_gone):
        remember_rows(b, gone[k], used_before)
    for k in range(n_come):
        remember_rows(b, come[k], used_before)
    paid = b.total[2]
    for k in range(n_gone):
        book(b, gone[k], -1)
    booked, fine = 0, True
    for k in range(n_come):
        fine = fine and b.area[come[k]] <= b.floor[b.site[come[k]]] and not crowded(b, come[k])
        if fine:
            book(b, come[k], 1)
            booked += 1
    for k in range(booked):
        fine = fine and keeps_rows(b, come[k], used_before)
    for k in range(n_gone):
        fine = fine and keeps_rows(b, gone[k], used_before)
    if fine:
        price = b.total[2] - paid
        mark, before = d.total[1], d.total[0]
        for k in range(n_gone):
            fine = fine and close_option(d, gone[k])
        if fine:
            for k in range(n_come):
                open_option(d, come[k])
            serve_again(d, mark)
            if (d.total[0] - before) * unit - price > bar:
                forget(d)
                return True
        rollback(d, mark)
    for k in range(booked - 1, -1, -1):
        book(b, come[k], -1)
    for k in range(n_gone - 1, -1, -1):
        book(b, gone[k], 1)
    return False


@nb.njit(cache=True, nogil=True)
def with_host(b, o, come):
    """o and, where a row at its site asks for one, a companion (rule ``together``); how many."""
    come[0] = o
    for at in range(b.row_start[o], b.row_start[o + 1]):
        r = b.row[at]
        if b.used[r] + b.coefficient[at] <= b.rhs[r]:
            continue
        s = b.site[o]
        for other in range(b.site_options[s], b.site_options[s + 1]):
            if other == o or b.chosen[other] or b.format[other] == b.format[o]:
                continue
            for own in range(b.row_start[other], b.row_start[other + 1]):
                if b.row[own] == r and b.coefficient[own] < 0:
                    come[1] = other
                    return 2
    return 1


@nb.njit(cache=True, nogil=True)
def _option_near(b, near, s, f, good_start, good, state):
    """A good option at or near site s, of format f if f >= 0; -1 when there is none."""
    if uniform(state) < 0.8:
        if near.shape[1] > 0:
            s = np.int64(near[s, below(state, near.shape[1])])
        elif len(good) > 0:  # nobody knows where sites are: anywhere
            s = np.int64(b.site[good[below(state, len(good))]])
    low, high = good_start[s], good_start[s + 1]
    found, seen = np.int64(-1), 0
    for at in range(low, high):
        if f < 0 or b.format[good[at]] == f:
            seen += 1
            if below(state, seen) == 0:
                found = np.int64(good[at])
    return found


@nb.njit(cache=True, nogil=True)
def _in_the_way(b, o, gone, n, state):
    """Add to ``gone`` what must close at o's site before o fits; -1 when even that would not do."""
    s, room = b.site[o], b.floor[b.site[o]]
    for k in range(n):
        if b.site[gone[k]] == s:
            room += b.area[gone[k]]
    for other in range(b.site_options[s], b.site_options[s + 1]):
        known = False
        for k in range(n):
            known |= gone[k] == other
        if b.chosen[other] and not known and b.format[other] == b.format[o]:
            gone[n] = other
            n += 1
            room += b.area[other]
    while room < b.area[o]:
        pick, seen = np.int64(-1), 0
        for other in range(b.site_options[s], b.site_options[s + 1]):
            known = False
            for k in range(n):
                known |= gone[k] == other
            if b.chosen[other] and not known:
                seen += 1
                if below(state, seen) == 0:
                    pick = np.int64(other)
        if pick < 0 or n == len(gone):
            return -1
        gone[n] = pick
        n += 1
        room += b.area[pick]
    return n


@nb.njit(cache=True, nogil=True)
def anneal_served(
    b, d, near, good_start, good, movable, unit, first, last, steps, hot, cold, state, accepted
):
    """Proposals ``first``..``last`` of an epoch of ``steps``, cooling from ``hot`` to ``cold``.

    Args:
        movable: options that may be closed, shape (n_options,).
        unit: weighted persons in one unit of the desk's total.
        state: seed of the random numbers, uint64, shape (1,).
        accepted: counts of swaps, openings, closings, shape (3,).
    """
    used_before = np.zeros(len(b.rhs), np.int64)
    gone = np.empty(16, np.int64)
    come = np.empty(2, np.int64)
    for step in range(first, last):
        temperature = hot * (cold / hot) ** (step / steps)
        bar = temperature * np.log(max(uniform(state), 1e-300))
        kind = uniform(state)
        n_chosen = np.int64(b.total[1])
        n = 0
        o = np.int64(-1)
        if kind < 0.55 and n_chosen > 0:
            a = np.int64(b.listed[below(state, n_chosen)])
            f = b.format[a] if uniform(state) < 0.75 else -1
            o = _option_near(b, near, b.site[a], f, good_start, good, state)
            gone[0] = a
            n = 1
            which = 0
        elif kind < 0.95:
            if len(good) == 0:
                continue
            if n_chosen > 0 and uniform(state) < 0.5:
                s = b.site[b.listed[below(state, n_chosen)]]
                o = _option_near(b, near, s, -1, good_start, good, state)
            else:
                o = np.int64(good[below(state, len(good))])
            which = 1
        elif n_chosen > 0:
            gone[0] = b.listed[below(state, n_chosen)]
            n = 1
            which = 2
        else:
            continue
        if which < 2:
            if o < 0 or b.chosen[o]:
                continue
            n = _in_the_way(b, o, gone, n, state)
        fine = n >= 0
        for k in range(n):
            fine = fine and movable[gone[k]]
        n_come = with_host(b, o, come) if which < 2 else 0
        if fine and change_plan(b, d, gone, n, come, n_come, used_before, bar, unit):
            accepted[which] += 1


@nb.njit(cache=True, nogil=True)
def fill_up(b, d, candidate, burden, unit):
    """Open candidates by people served for what they use, until none fits or wins anybody.

    Gains only shrink as a plan grows, up to people handed on: a stale one is looked at again
    (Minoux 1978).
    """
    used_before = np.zeros(len(b.rhs), np.int64)
    none, come = np.empty(1, np.int64), np.empty(2, np.int64)
    heap = [(-0.0, np.int64(-1))]
    heap.pop()
    for o in candidate:
        if not b.chosen[o]:
            won = would_serve(d, o) * unit
            if won > 0:
                heap.append((-won / burden[o], np.int64(o)))
    heapq.heapify(heap)
    while len(heap) > 0:
        key, o = heapq.heappop(heap)
        if b.chosen[o] or b.area[o] > b.floor[b.site[o]]:
            continue
        won = would_serve(d, o) * unit
        if won <= 0:
            continue
        now = -won / burden[o]
        if len(heap) > 0 and now > heap[0][0] and now > key:
            heapq.heappush(heap, (now, o))
            continue
        change_plan(b, d, none, 0, come, with_host(b, o, come), used_before, -1e300, unit)


@nb.njit(cache=True, nogil=True)
def close_needless(b, d, movable):
    """Close outlets whose people others have room for, where no row is the worse for it."""
    used_before = np.zeros(len(b.rhs), np.int64)
    for o in range(len(b.chosen)):
        if not b.chosen[o] or not movable[o]:
            continue
        remember_rows(b, o, used_before)
        book(b, o, -1)
        if keeps_rows(b, o, used_before):
            before = d.total[0]
            if close_option(d, o):
                serve_again(d, 0)
                if d.total[0] >= before:
                    forget(d)
                    continue
            rollback(d, 0)
        book(b, o, 1)


def served_alone(supply: Supply, rate: Ints) -> int:
    """Weighted people whom existing outlets of limited capacity serve by themselves."""
    if not len(supply.standing):
        return 0
    desk = make_desk(supply, rate)
    for e in supply.standing:
        open_option(desk, e)
    settle(desk, len(desk.open))
    return int(desk.total[0])


@dataclass
class Chain:
    """One plan on its board and desk, with its own random numbers."""

    board: Board
    desk: Desk
    state: NDArray[np.uint64]
    accepted: Ints = field(default_factory=lambda: np.zeros(3, np.int64))


@dataclass
class ServedSearch:
    """The state of a search; ``best`` are chosen options of the instance, ascending."""

    supply: Supply
    rows: Rows
    rate: Ints
    """As in ``FillDual``, of the counted tier only."""
    crew: Crew
    stop: Stop
    seed: int
    tell: Callable[[float, str], None]
    """Called with each better plan's newly served weighted people and how it was found."""
    kept: NDArray[np.bool_] | None = None
    """Options of an earlier tier, which stay; shape (n_options,)."""
    best: Ints | None = None
    best_value: float = -np.inf
    proposals: int = 0
    epochs: int = 0

    def __post_init__(self) -> None:
        i = self.supply.instance
        self.unit = float(i.problem.unit)
        self.movable = np.ones(i.n_options, np.bool_) if self.kept is None else ~self.kept
        self.near = near_sites(i)
        self.theta = np.zeros(len(self.rows))
        seeds = np.random.default_rng(self.seed).integers(
            1, 2**63, self.crew.threads, dtype=np.uint64
        )
        self.chains = [self._chain(seeds[k : k + 1].copy()) for k in range(self.crew.threads)]
        self.burden = burden_of(self.chains[0].board, self.rows.main)
        self.everything = np.arange(i.n_options)
        self._set_good(self.everything)

    def _chain(self, state: NDArray[np.uint64]) -> Chain:
        i = self.supply.instance
        nothing = np.zeros((i.n_targets, i.n_points), np.float32)
        board = make_board(i, self.rows, nothing, self.theta)
        desk = make_desk(self.supply, self.rate)
        for e in self.supply.standing:
            open_option(desk, e)
        settle(desk, WIDE)
        self.alone = int(desk.total[0])
        """Weighted people whom existing outlets of limited capacity serve alone."""
        return Chain(board, desk, state)

    def _set_good(self, options: Ints) -> None:
        i = self.supply.instance
        self.good = options
        self.good_start = np.searchsorted(i.options.site[options], np.arange(i.n_sites + 1)).astype(
            np.int64
        )

    # -- plans -------------------------------------------------------------------------------------

    def value(self, chain: Chain) -> float:
        """Newly served weighted people."""
        return (int(chain.desk.total[0]) - self.alone) * self.unit

    def keep(self, chain: Chain, how: str) -> bool:
        """Remember the chain's plan if it breaks no row and is the best so far."""
        if len(violated(chain.board)) or (chain.board.floor < 0).any():
            return False
        value = self.value(chain)
        if value <= self.best_value * (1 + 1e-12):
            return False
        self.best_value, self.best = value, np.flatnonzero(chain.board.chosen)
        self.tell(value, how)
        return True

    def put(self, chain: Chain, options: Ints, *, checked: bool = False) -> None:
        """Make the plan these options, in this order; ``checked``: those that keep the rows."""
        used_before, come = np.zeros(len(self.rows), np.int64), np.empty(2, np.int64)
        wanted = np.zeros(len(self.everything), np.bool_)
        wanted[options] = True
        for o in np.flatnonzero(chain.board.chosen & ~wanted):
            book(chain.board, o, -1)
            close_option(chain.desk, o)
            forget(chain.desk)
        for o in options:
            if chain.board.chosen[o]:
                continue
            if checked:
                n = with_host(chain.board, o, come)
                change_plan(
                    chain.board, chain.desk, come, 0, come, n, used_before, -1e300, self.unit
                )
            else:
                book(chain.board, o, 1)
                open_option(chain.desk, o)
                forget(chain.desk)

    def begin(self, options: Ints | None, how: str) -> None:
        """What rows demand, then a given plan as far as it fits, then greedily what still wins."""
        chain = self.chains[0]
        kept = np.zeros(0, np.int64) if self.kept is None else np.flatnonzero(self.kept)
        self.put(chain, kept)
        self._mend(chain)
        if options is not None:
            added = options[~chain.board.chosen[options]]
            self.put(chain, np.concatenate([np.flatnonzero(chain.board.chosen), added]),
                     checked=True)  # fmt: skip
        self._finish(chain)
        self.keep(chain, how)

    def _mend(self, chain: Chain) -> None:
        """Open what broken rows demand: the option that mends a row for the least first."""
        b = chain.board
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
            settle(chain.desk, WIDE)
            close_needless(chain.board, chain.desk, self.movable)
            fill_up(chain.board, chain.desk, self.everything, self.burden, self.unit)
        settle(chain.desk, WIDE)
        close_needless(chain.board, chain.desk, self.movable)

    def guided(self, prices: Prices, fractional: NDArray[np.float64]) -> None:
        """Begin anew from the bound's fractional plan, and price shared rows from now on."""
        price = np.maximum(self.rows.options.T @ (prices.theta * self.unit), 1e-12)
        if len(self.everything) > FEW:
            good = np.flatnonzero(prices.reduced * self.unit > GOOD * price)
            self._set_good(good)
        likely = np.flatnonzero(fractional >= 0.5)
        likely = likely[np.argsort(-fractional[likely], kind="stable")]
        self.begin(likely, "guided")
        self.theta = PRICE_SHARE * prices.theta * self.unit
        for k, chain in enumerate(self.chains):
            self.chains[k].board = with_prices(chain.board, self.rows, self.theta)

    # -- annealing ---------------------------------------------------------------------------------

    def run(self, until: float, done: Callable[[], bool]) -> None:
        """Epochs, each longer than the last, every chain from the best plan, until the time is
        up or ``done``. A unit of work is 1,000 proposals."""
        if self.best is None or self.best_value <= 0 or not len(self.good):
            return
        typical = self.best_value / max(1, len(self.best))
        steps = 20_000
        while not self.stop() and self.stop.seconds < until and not done():
            hot = (0.05 if self.epochs % 3 == 0 else 0.02) * typical
            if len(self.best) <= SMALL and self.epochs % 3 == 0:
                hot = 0.5 * typical
            most = steps
            if self.stop.work_limit is not None:
                left = 1000 * (self.stop.work_limit - self.stop.work)
                most = min(steps, max(0, left) // len(self.chains))
            jobs: list[Callable[[], bool]] = [
                partial(self._epoch, c, steps, most, hot, 0.002 * typical, until)
                for c in self.chains
            ]
            finished = all(self.crew.each(jobs))
            self.stop(-(-most * len(self.chains) // 1000))
            before = self.best_value
            for chain in self.chains:
                self._finish(chain)
                self.keep(chain, "anneal")
            self.proposals += steps * len(self.chains)
            self.epochs += 1
            if finished and self.best_value - before < 1e-4 * abs(before):
                steps = min(2 * steps, LONGEST)

    def _epoch(
        self, chain: Chain, steps: int, most: int, hot: float, cold: float, until: float
    ) -> bool:
        """One cooling from the best plan over ``steps`` proposals, of which at most ``most`` are
        made, cut short by the clock; whether it came to its end."""
        assert self.best is not None
        self.put(chain, self.best)
        settle(chain.desk, WIDE)
        for first in range(0, most, SLICE):
            anneal_served(
                chain.board, chain.desk, self.near, self.good_start, self.good, self.movable,
                self.unit, first, min(most, first + SLICE), steps, hot, cold, chain.state,
                chain.accepted,
            )  # fmt: skip
            if self.stop() or self.stop.seconds > until:
                return False
        return most == steps
