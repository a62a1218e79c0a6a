"""Desk: who serves whom in a plan under construction, kept up to date move by move.

People of a cell may be split among a few counters. Every change is a *shift* of some people of a
cell to or from a counter and goes into a journal, so that a move is tried for real and taken back.
Whoever is served stays served while counters open; the totals are exact integers.

A named tuple of arrays, because numba takes it in compiled and cached functions.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from siting.engine.capacity.supply import Supply

SPLIT = 4
"""Counters that may share the people of one cell while a plan is searched."""
JOURNAL = 1 << 19
"""Shifts that one move may take; a move that needs more leaves the rest unserved."""
_OPENED, _CLOSED = -1, -2


class Desk(NamedTuple):
    """Constant arrays of the supply first, then those that moves change."""

    start: NDArray[np.int64]
    cell: NDArray[np.int32]
    fill_counter: NDArray[np.int32]
    capacity: NDArray[np.int64]
    back_start: NDArray[np.int64]
    back_counter: NDArray[np.int32]
    option_start: NDArray[np.int64]
    option_fill: NDArray[np.int32]
    rate: NDArray[np.int64]
    """Worth of 1/person_units of each cell, ``problem.unit``."""
    # -- changed by moves
    left: NDArray[np.int64]
    """People of each cell whom nobody serves."""
    holder: NDArray[np.int32]
    """Counters that serve people of a cell, -1 = none; shape (n_cells, SPLIT)."""
    held: NDArray[np.int64]
    """How many of them; shape (n_cells, SPLIT)."""
    open: NDArray[np.int32]
    """The filling open at each counter, -1 = none."""
    spare: NDArray[np.int64]
    """Capacity left at each counter."""
    cursor: NDArray[np.int64]
    """Scratch: how far a counter's cells were looked through in one move."""
    stamp: NDArray[np.int64]
    """Scratch: the move a cursor belongs to; the last entry counts the moves."""
    log: NDArray[np.int64]
    """The journal: rows (cell, counter, people); ``_OPENED``/``_CLOSED`` with a filling."""
    total: NDArray[np.int64]
    """[people served * rate, entries in the journal]."""


def make_desk(supply: Supply, rate: NDArray[np.int64]) -> Desk:
    """Nobody serves anybody; whoever is worth nothing is not there."""
    n, c = supply.n_cells, supply.n_counters
    return Desk(
        supply.start, supply.cell, supply.fill_counter, supply.capacity, supply.back_start,
        supply.back_counter, supply.option_start, supply.option_fill, rate,
        np.where(rate > 0, supply.persons, 0),
        np.full((n, SPLIT), -1, np.int32), np.zeros((n, SPLIT), np.int64),
        np.full(c, -1, np.int32), np.zeros(c, np.int64), np.zeros(c, np.int64),
        np.zeros(c + 1, np.int64), np.zeros((JOURNAL, 3), np.int64), np.zeros(2, np.int64),
    )  # fmt: skip


@nb.njit(cache=True, nogil=True)
def _write(d, a, b, c):
    at = d.total[1]
    d.log[at, 0], d.log[at, 1], d.log[at, 2] = a, b, c
    d.total[1] = at + 1


@nb.njit(cache=True, nogil=True)
def room_in_journal(d):
    """Whether a few more shifts can be noted."""
    return d.total[1] < len(d.log) - 64


@nb.njit(cache=True, nogil=True)
def _shift(d, j, c, amount):
    """Counter c serves ``amount`` more people (or fewer) of cell j; False when too many share."""
    place = -1
    for k in range(d.holder.shape[1]):
        if d.holder[j, k] == c:
            place = k
            break
        if place < 0 and d.holder[j, k] < 0:
            place = k
    if place < 0:
        return False
    d.holder[j, place] = c
    d.held[j, place] += amount
    if d.held[j, place] == 0:
        d.holder[j, place] = -1
    d.left[j] -= amount
    d.spare[c] -= amount
    d.total[0] += amount * d.rate[j]
    return True


@nb.njit(cache=True, nogil=True)
def shift(d, j, c, amount):
    """The same, noted in the journal."""
    if not _shift(d, j, c, amount):
        return False
    _write(d, j, c, amount)
    return True


@nb.njit(cache=True, nogil=True)
def rollback(d, mark):
    """Take back everything since the journal had ``mark`` entries."""
    while d.total[1] > mark:
        at = d.total[1] - 1
        d.total[1] = at
        j, c = d.log[at, 0], d.log[at, 1]
        if j >= 0:
            _shift(d, j, c, -d.log[at, 2])
        elif j == _OPENED:
            d.open[c] = -1
            d.spare[c] = 0
        else:
            d.open[c] = d.log[at, 2]
            d.spare[c] = d.capacity[d.log[at, 2]]


@nb.njit(cache=True, nogil=True)
def forget(d):
    """What was done stays done."""
    d.total[1] = 0


@nb.njit(cache=True, nogil=True)
def _serve(d, c):
    """Counter c takes whom nobody serves."""
    for at in range(d.start[c], d.start[c + 1]):
        if d.spare[c] == 0:
            return
        j = d.cell[at]
        if d.left[j] > 0 and room_in_journal(d):
            shift(d, j, c, min(d.left[j], d.spare[c]))


@nb.njit(cache=True, nogil=True)
def _substitute(d, r, now):
    """A cell in r's reach with people left, looking on where the last look in this move ended; -1
    when there is none."""
    if d.stamp[r] != now:
        d.stamp[r] = now
        d.cursor[r] = d.start[r]
    while d.cursor[r] < d.start[r + 1]:
        j = d.cell[d.cursor[r]]
        if d.left[j] > 0:
            return j
        d.cursor[r] += 1
    return np.int32(-1)


@nb.njit(cache=True, nogil=True)
def _relieve(d, c):
    """Counter c takes people from others that have somebody else to serve in their place."""
    d.stamp[-1] += 1
    now = d.stamp[-1]
    for at in range(d.start[c], d.start[c + 1]):
        j = d.cell[at]
        for k in range(d.holder.shape[1]):
            while d.spare[c] > 0 and d.holder[j, k] >= 0 and d.holder[j, k] != c:
                r = d.holder[j, k]
                other = _substitute(d, r, now)
                if other < 0 or not room_in_journal(d):
                    break
                amount = min(d.spare[c], d.held[j, k], d.left[other])
                mark = d.total[1]
                shift(d, j, r, -amount)
                if not (shift(d, j, c, amount) and shift(d, other, r, amount)):
                    rollback(d, mark)
                    break
        if d.spare[c] == 0:
            return


@nb.njit(cache=True, nogil=True)
def open_option(d, o):
    """Open option o at its counters and let it serve; the plan's books are the caller's."""
    for at in range(d.option_start[o], d.option_start[o + 1]):
        k = d.option_fill[at]
        c = d.fill_counter[k]
        d.open[c] = k
        d.spare[c] = d.capacity[k]
        _write(d, _OPENED, c, k)
        _serve(d, c)
        if d.spare[c] > 0:
            _relieve(d, c)


@nb.njit(cache=True, nogil=True)
def close_option(d, o):
    """Close option o; whom it served is left. False when the journal is full."""
    for at in range(d.option_start[o], d.option_start[o + 1]):
        k = d.option_fill[at]
        c = d.fill_counter[k]
        for place in range(d.start[c], d.start[c + 1]):
            if d.spare[c] == d.capacity[k]:
                break
            j = d.cell[place]
            for n in range(d.holder.shape[1]):
                if d.holder[j, n] == c:
                    if not room_in_journal(d):
                        return False
                    shift(d, j, c, -d.held[j, n])
                    break
        d.open[c] = -1
        d.spare[c] = 0
        _write(d, _CLOSED, c, k)
    return True


@nb.njit(cache=True, nogil=True)
def serve_again(d, mark):
    """Whoever lost a place since ``mark`` is taken by open counters with capacity to spare."""
    end = d.total[1]
    for at in range(mark, end):
        j = d.log[at, 0]
        if j < 0 or d.log[at, 2] > 0 or d.left[j] == 0:
            continue
        for k in range(d.back_start[j], d.back_start[j + 1]):
            c = d.back_counter[k]
            if d.spare[c] > 0 and room_in_journal(d):
                shift(d, j, c, min(d.left[j], d.spare[c]))
                if d.left[j] == 0:
                    break


@nb.njit(cache=True, nogil=True)
def would_serve(d, o):
    """What option o would win from people whom nobody serves, worth."""
    total = np.int64(0)
    for at in range(d.option_start[o], d.option_start[o + 1]):
        k = d.option_fill[at]
        c, room = d.fill_counter[k], d.capacity[k]
        for place in range(d.start[c], d.start[c + 1]):
            if room == 0:
                break
            j = d.cell[place]
            if d.left[j] > 0:
                amount = min(d.left[j], room)
                total += amount * d.rate[j]
                room -= amount
    return total


@nb.njit(cache=True, nogil=True)
def settle(d, reach):
    """Augmenting paths from every counter with capacity to spare, over at most ``reach`` counters
    each, until none is found: then nobody more can be served (Ford and Fulkerson 1956).

    Forgets the journal.
    """
    n = len(d.open)
    before = np.full(n, -1, np.int32)
    via = np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    for c in range(n):
        while d.open[c] >= 0 and d.spare[c] > 0:
            forget(d)
            d.stamp[-1] += 1
            now = d.stamp[-1]
            d.stamp[c] = now
            queue[0] = c
            first, last = 0, 1
            target = np.int32(-1)
            end = np.int32(-1)
            while first < last and first < reach and target < 0:
                p = queue[first]
                first += 1
                for at in range(d.start[p], d.start[p + 1]):
                    j = d.cell[at]
                    if d.left[j] > 0:
                        target, end = j, p
                        break
                    for k in range(d.holder.shape[1]):
                        r = d.holder[j, k]
                        if r >= 0 and d.stamp[r] != now:
                            d.stamp[r] = now
                            before[r], via[r] = p, j
                            queue[last] = r
                            last += 1
            if target < 0 or not _augment(d, c, end, target, before, via):
                break
    forget(d)


@nb.njit(cache=True, nogil=True)
def _augment(d, c, end, target, before, via):
    """Serve people of ``target`` at ``end`` by handing others on along the path back to c."""
    amount = min(d.spare[c], d.left[target])
    p = end
    while p != c:
        for k in range(d.holder.shape[1]):
            if d.holder[via[p], k] == p:
                amount = min(amount, d.held[via[p], k])
        p = before[p]
    mark = d.total[1]
    fine = True
    p = end
    while p != c and fine:
        fine = shift(d, via[p], p, -amount) and shift(d, via[p], before[p], amount)
        p = before[p]
    if not (fine and shift(d, target, end, amount)):
        rollback(d, mark)
        return False
    return True
