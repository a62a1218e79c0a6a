"""Moves over outlets with capacities, compiled: on the plan and on the assignment at once.

A move closes and opens outlets; people left over go to others with capacity to spare. What is not
worth it is taken back.
"""

from __future__ import annotations

import heapq

import numpy as np

from siting.engine.capacity.assignment import (
    Assignment,
    close_option,
    forget,
    open_option,
    rollback,
    serve_again,
    would_serve,
)
from siting.engine.shared.arrays import Floats, Int, Ints, Ints32, Mask, Real, Words
from siting.engine.shared.cover_state import CoverState, charge
from siting.engine.shared.plan_rules import crowded, keeps_rows, remember_rows
from siting.engine.shared.random_numbers import below, uniform
from siting.kernels import njit


@njit(cache=True, nogil=True)
def change_plan(
    plan: CoverState,
    served: Assignment,
    gone: Ints,
    n_gone: Int,
    come: Ints,
    n_come: Int,
    used_before: Ints,
    bar: Real,
    unit: Real,
) -> bool:
    """Close ``gone`` and open ``come`` if it is allowed and changes the value less the price by
    more than ``bar``."""
    for k in range(n_gone):
        remember_rows(plan, gone[k], used_before)
    for k in range(n_come):
        remember_rows(plan, come[k], used_before)
    paid = plan.total[2]
    for k in range(n_gone):
        charge(plan, gone[k], -1)
    charged, fine = 0, True
    for k in range(n_come):
        fine = (
            fine
            and plan.area[come[k]] <= plan.floor[plan.site[come[k]]]
            and not crowded(plan, come[k])
        )
        if fine:
            charge(plan, come[k], 1)
            charged += 1
    for k in range(charged):
        fine = fine and keeps_rows(plan, come[k], used_before)
    for k in range(n_gone):
        fine = fine and keeps_rows(plan, gone[k], used_before)
    if fine:
        price = plan.total[2] - paid
        mark, before = served.total[1], served.total[0]
        for k in range(n_gone):
            fine = fine and close_option(served, gone[k])
        if fine:
            for k in range(n_come):
                open_option(served, come[k])
            serve_again(served, mark)
            if (served.total[0] - before) * unit - price > bar:
                forget(served)
                return True
        rollback(served, mark)
    for k in range(charged - 1, -1, -1):
        charge(plan, come[k], -1)
    for k in range(n_gone - 1, -1, -1):
        charge(plan, gone[k], 1)
    return False


@njit(cache=True, nogil=True)
def with_host(plan: CoverState, o: Int, come: Ints, suppliers: Ints) -> int:
    """o and, where a row asks for one, a companion at its site (rule ``together``) or one of the
    ``suppliers`` (a vehicle for a stop); how many."""
    come[0] = o
    for at in range(plan.row_start[o], plan.row_start[o + 1]):
        r = plan.row[at]
        if plan.used[r] + plan.coefficient[at] <= plan.rhs[r]:
            continue
        s = plan.site[o]
        for other in range(plan.site_options[s], plan.site_options[s + 1]):
            if other == o or plan.chosen[other] or plan.format[other] == plan.format[o]:
                continue
            for own in range(plan.row_start[other], plan.row_start[other + 1]):
                if plan.row[own] == r and plan.coefficient[own] < 0:
                    come[1] = other
                    return 2
        for other in suppliers:
            if other == o or plan.chosen[other]:
                continue
            for own in range(plan.row_start[other], plan.row_start[other + 1]):
                if plan.row[own] == r and plan.coefficient[own] < 0:
                    come[1] = other
                    return 2
    return 1


@njit(cache=True, nogil=True)
def _part_used(plan: CoverState, o: Int, supplier: Int) -> float:
    """Share of a supplier's room in some row that o takes; 0 where they share none."""
    for at in range(plan.row_start[o], plan.row_start[o + 1]):
        if plan.coefficient[at] <= 0:
            continue
        for own in range(plan.row_start[supplier], plan.row_start[supplier + 1]):
            if plan.row[own] == plan.row[at] and plan.coefficient[own] < 0:
                return plan.coefficient[at] / -plan.coefficient[own]
    return 0.0


@njit(cache=True, nogil=True)
def _option_near(
    plan: CoverState, near: Ints32, s: Int, f: Int, good_start: Ints, good: Ints, state: Words
) -> np.int64:
    """A good option at or near site s, of format f if f >= 0; -1 when there is none."""
    if uniform(state) < 0.8:
        if near.shape[1] > 0:
            s = np.int64(near[s, below(state, near.shape[1])])
        elif len(good) > 0:  # nobody knows where sites are: anywhere
            s = np.int64(plan.site[good[below(state, len(good))]])
    low, high = good_start[s], good_start[s + 1]
    found, seen = np.int64(-1), 0
    for at in range(low, high):
        if f < 0 or plan.format[good[at]] == f:
            seen += 1
            if below(state, seen) == 0:
                found = np.int64(good[at])
    return found


@njit(cache=True, nogil=True)
def _in_the_way(plan: CoverState, o: Int, gone: Ints, n: Int, state: Words) -> Int:
    """Add to ``gone`` what must close at o's site before o fits; -1 when even that would not do."""
    s, room = plan.site[o], plan.floor[plan.site[o]]
    for k in range(n):
        if plan.site[gone[k]] == s:
            room += plan.area[gone[k]]
    for other in range(plan.site_options[s], plan.site_options[s + 1]):
        known = False
        for k in range(n):
            known |= gone[k] == other
        if plan.chosen[other] and not known and plan.format[other] == plan.format[o]:
            gone[n] = other
            n += 1
            room += plan.area[other]
    while room < plan.area[o]:
        pick, seen = np.int64(-1), 0
        for other in range(plan.site_options[s], plan.site_options[s + 1]):
            known = False
            for k in range(n):
                known |= gone[k] == other
            if plan.chosen[other] and not known:
                seen += 1
                if below(state, seen) == 0:
                    pick = np.int64(other)
        if pick < 0 or n == len(gone):
            return -1
        gone[n] = pick
        n += 1
        room += plan.area[pick]
    return n


@njit(cache=True, nogil=True)
def anneal_served(
    plan: CoverState,
    served: Assignment,
    near: Ints32,
    good_start: Ints,
    good: Ints,
    movable: Mask,
    suppliers: Ints,
    unit: Real,
    first_site: Int,
    last_site: Int,
    first: Int,
    last: Int,
    steps: Int,
    hot: Real,
    cold: Real,
    state: Words,
    accepted: Ints,
) -> None:
    """Proposals ``first``..``last`` of ``steps``, cooling from ``hot`` to ``cold``.

    Args:
        good_start, good: what may be opened, by site.
        movable: options that may be closed, shape (n_options,).
        suppliers: options that make room for others in shared rows.
        first_site, last_site: outlets to begin with stand in this range of sites, and additions
            too; places looked at for them may lie outside.
        unit: weighted persons in one unit of the assignment's total.
        state: seed of the random numbers, uint64, shape (1,).
        accepted: counts of swaps, openings, closings, shape (3,).
    """
    used_before = np.zeros(len(plan.rhs), np.int64)
    gone = np.empty(16, np.int64)
    come = np.empty(2, np.int64)
    good_low = good_start[first_site]
    n_good = good_start[last_site] - good_low
    # Outlets to pick from; some may have been closed meanwhile, and leave when picked.
    low, high = plan.site_options[first_site], plan.site_options[last_site]
    picks = np.empty(2 * (high - low) + 64, np.int32)
    n_chosen = 0
    for other in range(low, high):
        if plan.chosen[other] and movable[other]:
            picks[n_chosen] = other
            n_chosen += 1
    for step in range(first, last):
        pick = below(state, n_chosen) if n_chosen > 0 else 0
        if n_chosen > 0 and not plan.chosen[picks[pick]]:
            n_chosen -= 1
            picks[pick] = picks[n_chosen]
            continue
        temperature = hot * (cold / hot) ** (step / steps)
        bar = temperature * np.log(max(uniform(state), 1e-300))
        kind = uniform(state)
        n: Int = 0
        o = np.int64(-1)
        if kind < 0.55 and n_chosen > 0:
            a = np.int64(picks[pick])
            f = plan.format[a] if uniform(state) < 0.75 else -1
            o = _option_near(plan, near, plan.site[a], f, good_start, good, state)
            gone[0] = a
            n = 1
            which = 0
        elif kind < 0.95:
            if n_good == 0:
                continue
            if n_chosen > 0 and uniform(state) < 0.5:
                s = plan.site[picks[pick]]
                o = _option_near(plan, near, s, -1, good_start, good, state)
            else:
                o = np.int64(good[good_low + below(state, n_good)])
            which = 1
        elif n_chosen > 0:
            gone[0] = picks[pick]
            n = 1
            which = 2
        else:
            continue
        if which < 2:
            if o < 0 or plan.chosen[o]:
                continue
            n = _in_the_way(plan, o, gone, n, state)
        fine = n >= 0
        for k in range(n):
            fine = fine and movable[gone[k]]
        n_come = with_host(plan, o, come, suppliers) if which < 2 else 0
        if fine and change_plan(plan, served, gone, n, come, n_come, used_before, bar, unit):
            accepted[which] += 1
            for k in range(n_come):
                if which == 0 and k == 0:
                    picks[pick] = come[k]
                elif n_chosen < len(picks):
                    picks[n_chosen] = come[k]
                    n_chosen += 1


@njit(cache=True, nogil=True)
def fill_up(
    plan: CoverState,
    served: Assignment,
    candidate: Ints,
    suppliers: Ints,
    burden: Floats,
    unit: Real,
) -> None:
    """Open candidates by people served for what they use, until none fits or wins anybody.

    Gains only shrink as a plan grows, up to people handed on: a stale one is looked at again
    (Minoux 1978).
    """
    used_before = np.zeros(len(plan.rhs), np.int64)
    none, come = np.empty(1, np.int64), np.empty(2, np.int64)
    heap = [(-0.0, np.int64(-1))]
    heap.pop()
    for o in candidate:
        if not plan.chosen[o]:
            won = would_serve(served, o) * unit
            if won > 0:
                heap.append((-won / burden[o], np.int64(o)))
    heapq.heapify(heap)
    while len(heap) > 0:
        key, o = heapq.heappop(heap)
        if plan.chosen[o] or plan.area[o] > plan.floor[plan.site[o]]:
            continue
        won = would_serve(served, o) * unit
        if won <= 0:
            continue
        n_come = with_host(plan, o, come, suppliers)
        load = burden[o]
        if n_come == 2 and len(suppliers) > 0:  # a vehicle is charged by the calls that are used
            load += burden[come[1]] * _part_used(plan, o, come[1])
        now = -won / load
        if len(heap) > 0 and now > heap[0][0] and now > key:
            heapq.heappush(heap, (now, o))
            continue
        change_plan(plan, served, none, 0, come, n_come, used_before, -1e300, unit)


@njit(cache=True, nogil=True)
def close_needless(plan: CoverState, served: Assignment, movable: Mask) -> None:
    """Close outlets whose people others have room for, where no row is the worse for it."""
    used_before = np.zeros(len(plan.rhs), np.int64)
    again = True
    while again:  # what needed one that is closed by now (a stop its vehicle) may go as well
        again = False
        for o in range(len(plan.chosen)):
            if not plan.chosen[o] or not movable[o]:
                continue
            remember_rows(plan, o, used_before)
            charge(plan, o, -1)
            if keeps_rows(plan, o, used_before):
                before = served.total[0]
                if close_option(served, o):
                    serve_again(served, 0)
                    if served.total[0] >= before:
                        forget(served)
                        again = True
                        continue
                rollback(served, 0)
            charge(plan, o, 1)
