"""Assignment: who serves whom in a plan under construction, kept up to date move by move.

People of a demand may be split among a few facilities. Every change is a *shift* of some of them to
or from a facility and goes into a journal, so that a move is tried for real and taken back.
Whoever is served stays served while facilities open; the totals are exact integers.

A named tuple of arrays, because numba takes it in compiled and cached functions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from siting.engine.capacity.supply import Supply
from siting.engine.shared.arrays import Int, Ints, Ints32, Mask
from siting.kernels import njit

SPLIT = 4
"""Facilities that may share the people of one demand while a plan is searched."""
JOURNAL = 1 << 19
"""Shifts that one move may take; a move that needs more leaves the rest unserved."""
_OPENED, _CLOSED = -1, -2


class Assignment(NamedTuple):
    """Constant arrays of the supply first, then those that moves change."""

    start: Ints
    demand: Ints32
    level_facility: Ints32
    capacity: Ints
    back_start: Ints
    back_facility: Ints32
    option_start: Ints
    option_level: Ints32
    rate: Ints
    """Worth of 1/person_units of each demand, ``problem.unit``."""
    # -- changed by moves
    left: Ints
    """People of each demand whom nobody serves."""
    holder: Ints32
    """Facilities that serve people of a demand, -1 = none; shape (n_demands, SPLIT)."""
    held: Ints
    """How many of them; shape (n_demands, SPLIT)."""
    open: Ints32
    """The level open at each facility, -1 = none."""
    spare: Ints
    """Capacity left at each facility."""
    cursor: Ints
    """Scratch: how far a facility's demands were looked through in one move."""
    stamp: Ints
    """Scratch: the move a cursor belongs to; the last entry counts the moves."""
    log: Ints
    """The journal: rows (demand, facility, people); ``_OPENED``/``_CLOSED`` with a level."""
    total: Ints
    """[people served * rate, entries in the journal]."""


def new_assignment(supply: Supply, rate: Ints) -> Assignment:
    """Nobody serves anybody; whoever is worth nothing is not there."""
    n, c = supply.n_demands, supply.n_facilities
    return Assignment(
        supply.start,
        supply.demand,
        supply.level_facility,
        supply.capacity,
        supply.back_start,
        supply.back_facility,
        supply.option_start,
        supply.option_level,
        rate,
        np.where(rate > 0, supply.persons, 0),
        np.full((n, SPLIT), -1, np.int32),
        np.zeros((n, SPLIT), np.int64),
        np.full(c, -1, np.int32),
        np.zeros(c, np.int64),
        np.zeros(c, np.int64),
        np.zeros(c + 1, np.int64),
        np.zeros((JOURNAL, 3), np.int64),
        np.zeros(2, np.int64),
    )


@njit(cache=True, nogil=True)
def _write(served: Assignment, a: Int, b: Int, c: Int) -> None:
    at = served.total[1]
    served.log[at, 0], served.log[at, 1], served.log[at, 2] = a, b, c
    served.total[1] = at + 1


@njit(cache=True, nogil=True)
def room_in_journal(served: Assignment) -> bool:
    """Whether a few more shifts can be noted."""
    return served.total[1] < len(served.log) - 64


@njit(cache=True, nogil=True)
def _shift(served: Assignment, j: Int, c: Int, amount: Int) -> bool:
    """Facility c serves ``amount`` more (or fewer) of demand j; False when too many share it."""
    place = -1
    for k in range(served.holder.shape[1]):
        if served.holder[j, k] == c:
            place = k
            break
        if place < 0 and served.holder[j, k] < 0:
            place = k
    if place < 0:
        return False
    served.holder[j, place] = c
    served.held[j, place] += amount
    if served.held[j, place] == 0:
        served.holder[j, place] = -1
    served.left[j] -= amount
    served.spare[c] -= amount
    served.total[0] += amount * served.rate[j]
    return True


@njit(cache=True, nogil=True)
def shift(served: Assignment, j: Int, c: Int, amount: Int) -> bool:
    """The same, noted in the journal."""
    if not _shift(served, j, c, amount):
        return False
    _write(served, j, c, amount)
    return True


@njit(cache=True, nogil=True)
def rollback(served: Assignment, mark: Int) -> None:
    """Take back everything since the journal had ``mark`` entries."""
    while served.total[1] > mark:
        at = served.total[1] - 1
        served.total[1] = at
        j, c = served.log[at, 0], served.log[at, 1]
        if j >= 0:
            _shift(served, j, c, -served.log[at, 2])
        elif j == _OPENED:
            served.open[c] = -1
            served.spare[c] = 0
        else:
            served.open[c] = served.log[at, 2]
            served.spare[c] = served.capacity[served.log[at, 2]]


@njit(cache=True, nogil=True)
def forget(served: Assignment) -> None:
    """What was done stays done."""
    served.total[1] = 0


@njit(cache=True, nogil=True)
def _serve(served: Assignment, c: Int) -> None:
    """Facility c takes whom nobody serves."""
    for at in range(served.start[c], served.start[c + 1]):
        if served.spare[c] == 0:
            return
        j = served.demand[at]
        if served.left[j] > 0 and room_in_journal(served):
            shift(served, j, c, min(served.left[j], served.spare[c]))


@njit(cache=True, nogil=True)
def _substitute(served: Assignment, r: Int, now: Int) -> np.int32:
    """A demand in r's reach with people left, looking on where the last look in this move ended; -1
    when there is none."""
    if served.stamp[r] != now:
        served.stamp[r] = now
        served.cursor[r] = served.start[r]
    while served.cursor[r] < served.start[r + 1]:
        j = served.demand[served.cursor[r]]
        if served.left[j] > 0:
            return j
        served.cursor[r] += 1
    return np.int32(-1)


@njit(cache=True, nogil=True)
def _relieve(served: Assignment, c: Int) -> None:
    """Facility c takes people from others that have somebody else to serve in their place."""
    served.stamp[-1] += 1
    now = served.stamp[-1]
    for at in range(served.start[c], served.start[c + 1]):
        j = served.demand[at]
        for k in range(served.holder.shape[1]):
            while served.spare[c] > 0 and served.holder[j, k] >= 0 and served.holder[j, k] != c:
                r = served.holder[j, k]
                other = _substitute(served, r, now)
                if other < 0 or not room_in_journal(served):
                    break
                amount = min(served.spare[c], served.held[j, k], served.left[other])
                mark = served.total[1]
                shift(served, j, r, -amount)
                if not (shift(served, j, c, amount) and shift(served, other, r, amount)):
                    rollback(served, mark)
                    break
        if served.spare[c] == 0:
            return


@njit(cache=True, nogil=True)
def open_option(served: Assignment, o: Int) -> None:
    """Open option o at its facilities and let it serve; rows and floors are the caller's."""
    for at in range(served.option_start[o], served.option_start[o + 1]):
        k = served.option_level[at]
        c = served.level_facility[k]
        served.open[c] = k
        served.spare[c] = served.capacity[k]
        _write(served, _OPENED, c, k)
        _serve(served, c)
        if served.spare[c] > 0:
            _relieve(served, c)


@njit(cache=True, nogil=True)
def close_option(served: Assignment, o: Int) -> bool:
    """Close option o; whom it served is left. False when the journal is full."""
    for at in range(served.option_start[o], served.option_start[o + 1]):
        k = served.option_level[at]
        c = served.level_facility[k]
        for place in range(served.start[c], served.start[c + 1]):
            if served.spare[c] == served.capacity[k]:
                break
            j = served.demand[place]
            for n in range(served.holder.shape[1]):
                if served.holder[j, n] == c:
                    if not room_in_journal(served):
                        return False
                    shift(served, j, c, -served.held[j, n])
                    break
        served.open[c] = -1
        served.spare[c] = 0
        _write(served, _CLOSED, c, k)
    return True


@njit(cache=True, nogil=True)
def serve_again(served: Assignment, mark: Int) -> None:
    """Whoever lost a place since ``mark`` is taken by open facilities with capacity to spare."""
    end = served.total[1]
    for at in range(mark, end):
        j = served.log[at, 0]
        if j < 0 or served.log[at, 2] > 0 or served.left[j] == 0:
            continue
        for k in range(served.back_start[j], served.back_start[j + 1]):
            c = served.back_facility[k]
            if served.spare[c] > 0 and room_in_journal(served):
                shift(served, j, c, min(served.left[j], served.spare[c]))
                if served.left[j] == 0:
                    break


@njit(cache=True, nogil=True)
def would_serve(served: Assignment, o: Int) -> np.int64:
    """What option o would win from people whom nobody serves, worth."""
    total = np.int64(0)
    for at in range(served.option_start[o], served.option_start[o + 1]):
        k = served.option_level[at]
        c, room = served.level_facility[k], served.capacity[k]
        for place in range(served.start[c], served.start[c + 1]):
            if room == 0:
                break
            j = served.demand[place]
            if served.left[j] > 0:
                amount = min(served.left[j], room)
                total += amount * served.rate[j]
                room -= amount
    return total


@njit(cache=True, nogil=True)
def settle(served: Assignment, reach: Int) -> None:
    """Augmenting paths from every facility with capacity to spare, over at most ``reach``
    facilities each, until none is found: then nobody more can be served (Ford and Fulkerson 1956).

    Forgets the journal.
    """
    n = len(served.open)
    before, via, queue = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    dead = np.zeros(n, np.bool_)
    for c in range(n):
        _fill(served, c, reach, before, via, queue, dead)
    forget(served)


@njit(cache=True, nogil=True)
def _fill(
    served: Assignment,
    c: Int,
    reach: Int,
    before: Ints32,
    via: Ints32,
    queue: Ints32,
    dead: Mask,
) -> None:
    """Augmenting paths from facility c until it is full or none is found.

    Args:
        before, via, queue: scratch of shape (n_facilities,).
        dead: facilities from which no path leads to anybody, kept from search to search: no path
            that is found leads through one, so it opens none to them. Shape (n_facilities,).
    """
    while served.open[c] >= 0 and served.spare[c] > 0 and not dead[c]:
        forget(served)
        served.stamp[-1] += 1
        now = served.stamp[-1]
        served.stamp[c] = now
        queue[0] = c
        first, last = 0, 1
        target = np.int32(-1)
        end = np.int32(-1)
        while first < last and first < reach and target < 0:
            p = queue[first]
            first += 1
            for at in range(served.start[p], served.start[p + 1]):
                j = served.demand[at]
                if served.left[j] > 0:
                    target, end = j, p
                    break
                for k in range(served.holder.shape[1]):
                    r = served.holder[j, k]
                    if r >= 0 and served.stamp[r] != now and not dead[r]:
                        served.stamp[r] = now
                        before[r], via[r] = p, j
                        queue[last] = r
                        last += 1
        if target < 0:
            for k in range(first):
                dead[queue[k]] = True
        if target < 0 or not _augment(served, c, end, target, before, via):
            break


@njit(cache=True, nogil=True)
def _augment(
    served: Assignment, c: Int, end: Int, target: Int, before: Ints32, via: Ints32
) -> bool:
    """Serve people of ``target`` at ``end`` by handing others on along the path back to c."""
    amount = min(served.spare[c], served.left[target])
    p = end
    while p != c:
        for k in range(served.holder.shape[1]):
            if served.holder[via[p], k] == p:
                amount = min(amount, served.held[via[p], k])
        p = before[p]
    mark = served.total[1]
    fine = True
    p = end
    while p != c and fine:
        fine = shift(served, via[p], p, -amount) and shift(served, via[p], before[p], amount)
        p = before[p]
    if not (fine and shift(served, target, end, amount)):
        rollback(served, mark)
        return False
    return True
