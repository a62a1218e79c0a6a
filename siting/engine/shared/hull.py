"""Projection of a site's fractional plan onto the hull of the sets its floor holds whole.

Where not everything that is wanted fits, the floor's own row lets a site open half of two large
formats; no mixture of real choices does. The nearest mixture is found by pairwise conditional
gradients (Lacoste-Julien and Jaggi 2015): a site keeps the sets it mixes and their weights, asks
for the set that would help most (a small knapsack), and moves weight from the worst set to the best
until nothing is gained. From one iteration of the bound to the next little changes, so the sets
kept are nearly right already. Any mixture is a feasible one, however early the steps end.
"""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Floats, Int, Ints, Real, Words
from siting.kernels import njit

ONE = np.uint64(1)
SETS = 16
"""Most sets a site mixes."""
MOST_OPTIONS = 64
"""Of a site: a set is a word of bits. Larger sites keep the floor's row alone."""
ROUNDS = 4
"""Most sets asked for in one projection."""
SHIFTS = 24
"""Most movements of weight between two questions."""
CLOSE = 1e-4
"""What the best set may still win, in parts of the dearest option's metric."""
NODES = 400
"""Of a search for the best set; the best so far stands in after that many."""


def mixtures(n_sites: int) -> tuple[Words, Floats]:
    """Nothing open at any site: sets (bits of the site's options in order) and their weights, both
    of shape (n_sites, SETS)."""
    weight = np.zeros((n_sites, SETS))
    weight[:, 0] = 1.0
    return np.zeros((n_sites, SETS), np.uint64), weight


def any_crowded(site_options: Ints, group_begin: Ints, area: Ints, floor: Ints) -> bool:
    """Whether some site could not hold its largest option of every format."""
    if not len(area):
        return False
    group = np.flatnonzero(group_begin == np.arange(len(area)))
    largest = np.maximum.reduceat(area, group)
    site = np.searchsorted(site_options, group, side="right") - 1
    return bool(np.any(np.bincount(site, largest, minlength=len(floor)) > floor))


@njit(cache=True, nogil=True)
def crowded(
    v: Floats,
    tau: Floats,
    price: Real,
    main: Floats,
    area: Ints,
    group_begin: Ints,
    begin: Int,
    end: Int,
    room: Int,
) -> bool:
    """Whether what a site's options want at a main price exceeds its floor, one option a format."""
    need = 0
    group, largest = -1, 0
    for o in range(begin, end):
        if tau[o] > 0.0 and v[o] > tau[o] * price * main[o]:
            if group_begin[o] != group:
                need += largest
                group, largest = group_begin[o], 0
            largest = max(largest, area[o])
    return not need + largest <= room


@njit(cache=True, nogil=True)
def mix(
    v: Floats,
    tau: Floats,
    price: Real,
    main: Floats,
    area: Ints,
    group_begin: Ints,
    begin: Int,
    end: Int,
    room: Int,
    fee: Real,
    sets: Words,
    weight: Floats,
    y: Floats,
) -> float:
    """y of one site, the nearest mixture of sets to v less the main price; how far it is open.

        least  Σ (y - v + τ price main)^2 / 2τ + fee * (weight of all sets but the empty one)

    Args:
        sets, weight: of this site, shape (SETS,); what is kept from the projection before.
    """
    # Only what is wanted or in a set that is mixed moves: a few of a site's options.
    item = np.empty(end - begin, np.int64)
    wish, metric, gain = np.empty(end - begin), np.empty(end - begin), np.empty(end - begin)
    n, dearest, mixed = 0, 0.0, np.uint64(0)
    for k in range(SETS):
        if weight[k] > 0.0:
            mixed |= sets[k]
    for o in range(begin, end):
        y[o] = 0.0
        wanted = v[o] - tau[o] * price * main[o] if tau[o] > 0.0 else 0.0
        if wanted > 0.0 or mixed >> np.uint64(o - begin) & ONE:
            item[n], wish[n] = o - begin, wanted
            metric[n] = 1.0 / tau[o] if tau[o] > 0.0 else 0.0
            if wanted > 0.0:
                dearest = max(dearest, metric[n])
            for k in range(SETS):
                if weight[k] > 0.0 and sets[k] >> np.uint64(o - begin) & ONE:
                    y[o] += weight[k]
            n += 1
    item, wish, metric, gain = item[:n], wish[:n], metric[:n], gain[:n]
    close = CLOSE * dearest
    worth = np.zeros(SETS)
    for _ in range(ROUNDS):
        for i in range(n):
            gain[i] = metric[i] * (wish[i] - y[begin + item[i]])
        best, value = _best_set(item, gain, area, group_begin, begin, room)
        value -= fee
        if value <= 0.0:
            best, value = np.uint64(0), 0.0
        at, mean = -1, 0.0
        for k in range(SETS):
            if weight[k] > 0.0:
                worth[k] = _worth(sets[k], item, gain, fee)
                mean += weight[k] * worth[k]
                if sets[k] == best:
                    at = k
        if value - mean <= close:
            break
        if at < 0:
            # In place of the set with the least weight, whose share the new one takes over.
            at = 0
            for k in range(1, SETS):
                if weight[k] < weight[at]:
                    at = k
            _shift(sets[at], best, weight[at], item, metric, wish, begin, gain, y)
            sets[at] = best
        for _ in range(SHIFTS):
            top, bottom = at, -1
            for k in range(SETS):
                if weight[k] > 0.0 or k == at:
                    worth[k] = _worth(sets[k], item, gain, fee)
                    if worth[k] > worth[top]:
                        top = k
                    if weight[k] > 0.0 and (bottom < 0 or worth[k] < worth[bottom]):
                        bottom = k
            if worth[top] - worth[bottom] <= 0.5 * close:
                break
            differ = sets[top] ^ sets[bottom]
            bend = 0.0
            for i in range(n):
                if differ >> np.uint64(item[i]) & ONE:
                    bend += metric[i]
            share = weight[bottom]
            if bend > 0.0:
                share = min(share, (worth[top] - worth[bottom]) / bend)
            weight[top] += share
            weight[bottom] -= share
            _shift(sets[bottom], sets[top], share, item, metric, wish, begin, gain, y)
    shut = 0.0
    for k in range(SETS):
        if sets[k] == 0:
            shut += weight[k]
    for i in range(n):
        o = begin + item[i]
        y[o] = min(1.0, max(0.0, y[o]))
    return max(0.0, 1.0 - shut)


@njit(cache=True, nogil=True)
def _worth(chosen: np.uint64, item: Ints, gain: Floats, fee: Real) -> float:
    if chosen == 0:
        return 0.0
    total = -float(fee)
    for i in range(len(item)):
        if chosen >> np.uint64(item[i]) & ONE:
            total += gain[i]
    return total


@njit(cache=True, nogil=True)
def _shift(
    old: np.uint64,
    new: np.uint64,
    share: float,
    item: Ints,
    metric: Floats,
    wish: Floats,
    begin: Int,
    gain: Floats,
    y: Floats,
) -> None:
    """So much weight goes from one set to another."""
    if share == 0.0:
        return
    for i in range(len(item)):
        change = 0.0
        if new >> np.uint64(item[i]) & ONE:
            change += share
        if old >> np.uint64(item[i]) & ONE:
            change -= share
        if change != 0.0:
            y[begin + item[i]] += change
            gain[i] = metric[i] * (wish[i] - y[begin + item[i]])


@njit(cache=True, nogil=True)
def _best_set(
    item: Ints, gain: Floats, area: Ints, group_begin: Ints, begin: Int, room: Int
) -> tuple[np.uint64, float]:
    """The set of items with the largest gain that the floor holds, one a format; depth first by
    gain per m², cut off where even a part of the next item would not do."""
    n = 0
    order = np.empty(len(item), np.int64)
    rate = np.empty(len(item))
    for i in range(len(item)):
        a = area[begin + item[i]]
        if gain[i] > 0.0 and a <= room:
            here = gain[i] / (a + 1e-9)
            at = n
            while at > 0 and rate[at - 1] < here:
                rate[at], order[at] = rate[at - 1], order[at - 1]
                at -= 1
            rate[at], order[at] = here, i
            n += 1
    taken = np.zeros(n, np.bool_)
    best_set, now_set = np.uint64(0), np.uint64(0)
    best = now = 0.0
    left = room
    depth = nodes = 0
    while True:
        hope, space = now, left
        for d in range(depth, n):
            a = area[begin + item[order[d]]]
            if a > space:
                hope += rate[d] * space
                break
            hope += gain[order[d]]
            space -= a
        nodes += 1
        if depth < n and hope > best * (1.0 + 1e-12) and nodes <= NODES:
            o = begin + item[order[depth]]
            fits = area[o] <= left
            for d in range(depth):
                if taken[d] and group_begin[begin + item[order[d]]] == group_begin[o]:
                    fits = False
            if fits:
                taken[depth] = True
                now += gain[order[depth]]
                left -= area[o]
                now_set |= ONE << np.uint64(item[order[depth]])
                if now > best:
                    best, best_set = now, now_set
            depth += 1
            continue
        # Give up what was taken last, and go on without it.
        depth -= 1
        while depth >= 0 and not taken[depth]:
            depth -= 1
        if depth < 0 or nodes > NODES:
            break
        taken[depth] = False
        now -= gain[order[depth]]
        left += area[begin + item[order[depth]]]
        now_set &= ~(ONE << np.uint64(item[order[depth]]))
        depth += 1
    return best_set, best
