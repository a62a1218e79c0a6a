"""Moves over outlets with capacities, compiled: on the board and on the desk at once.

A move closes and opens outlets; people left over go to others with capacity to spare. What is not
worth it is taken back.
"""

from __future__ import annotations

import heapq

import numba as nb
import numpy as np

from siting.engine.capacity.assignment import (
    close_option,
    forget,
    open_option,
    rollback,
    serve_again,
    would_serve,
)
from siting.engine.cover.anneal import below, uniform
from siting.engine.shared.cover_state import book, crowded, keeps_rows, remember_rows


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
def with_host(b, o, come, suppliers):
    """o and, where a row asks for one, a companion at its site (rule ``together``) or one of the
    ``suppliers`` (a vehicle for a stop); how many."""
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
        for other in suppliers:
            if other == o or b.chosen[other]:
                continue
            for own in range(b.row_start[other], b.row_start[other + 1]):
                if b.row[own] == r and b.coefficient[own] < 0:
                    come[1] = other
                    return 2
    return 1


@nb.njit(cache=True, nogil=True)
def _part_used(b, o, supplier):
    """Share of a supplier's room in some row that o takes; 0 where they share none."""
    for at in range(b.row_start[o], b.row_start[o + 1]):
        if b.coefficient[at] <= 0:
            continue
        for own in range(b.row_start[supplier], b.row_start[supplier + 1]):
            if b.row[own] == b.row[at] and b.coefficient[own] < 0:
                return b.coefficient[at] / -b.coefficient[own]
    return 0.0


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
    b, d, near, good_start, good, movable, suppliers, unit, first, last, steps, hot, cold, state,
    accepted,
):  # fmt: skip
    """Proposals ``first``..``last`` of an epoch of ``steps``, cooling from ``hot`` to ``cold``.

    Args:
        movable: options that may be closed, shape (n_options,).
        suppliers: options that make room for others in shared rows.
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
        n_come = with_host(b, o, come, suppliers) if which < 2 else 0
        if fine and change_plan(b, d, gone, n, come, n_come, used_before, bar, unit):
            accepted[which] += 1


@nb.njit(cache=True, nogil=True)
def fill_up(b, d, candidate, suppliers, burden, unit):
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
        n_come = with_host(b, o, come, suppliers)
        load = burden[o]
        if n_come == 2 and len(suppliers) > 0:  # a vehicle is charged by the calls that are used
            load += burden[come[1]] * _part_used(b, o, come[1])
        now = -won / load
        if len(heap) > 0 and now > heap[0][0] and now > key:
            heapq.heappush(heap, (now, o))
            continue
        change_plan(b, d, none, 0, come, n_come, used_before, -1e300, unit)


@nb.njit(cache=True, nogil=True)
def close_needless(b, d, movable):
    """Close outlets whose people others have room for, where no row is the worse for it."""
    used_before = np.zeros(len(b.rhs), np.int64)
    again = True
    while again:  # what needed one that is closed by now (a stop its vehicle) may go as well
        again = False
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
                        again = True
                        continue
                rollback(d, 0)
            book(b, o, 1)
