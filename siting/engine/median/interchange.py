"""Swapping one open site for a closed one, with the profit of every swap kept up to date.

Resende and Werneck, A fast swap-based local search procedure for location problems, Annals of
Operations Research 150 (2007): profit(i, r) = gain(i) - loss(r) + extra(i, r), where only the
people whose nearest or second nearest open site changed are counted anew. People's sites stand in
ascending cost, so that those who matter to a person are a prefix of the person's row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.engine.shared.arrays import Floats, Int, Ints, Mask, Real
from siting.kernels import njit


@dataclass(frozen=True)
class Costs:
    """What each person costs at each site; rows are people, ascending."""

    start: Ints
    """Shape (n_people + 1,)."""
    site: Ints
    cost: Floats
    """Weight times walking cost."""
    cap: Floats
    """Cost of a person whom no open site serves for less: what stands today, or a very large
    number. Shape (n_people,)."""
    n_sites: int


def improve(costs: Costs, open_sites: Ints, p: int) -> tuple[Ints, float]:
    """Add the best sites up to p, then swap while it pays: (sites ascending, total cost)."""
    chosen = np.full(p, -1, np.int64)
    chosen[: len(open_sites)] = open_sites
    total = _search(
        costs.start, costs.site, costs.cost, costs.cap, costs.n_sites, chosen, len(open_sites)
    )
    return np.sort(chosen[chosen >= 0]), float(total)


def cost_of(costs: Costs, open_sites: Ints) -> float:
    """Total cost when each person goes to the cheapest open site (or stays)."""
    is_open = np.zeros(costs.n_sites, np.bool_)
    is_open[open_sites] = True
    return float(_cost_of(costs.start, costs.site, costs.cost, costs.cap, is_open))


@njit(cache=True)
def _cost_of(start: Ints, site: Ints, cost: Floats, cap: Floats, is_open: Mask) -> float:
    total = 0.0
    for u in range(len(cap)):
        best = cap[u]
        for k in range(start[u], start[u + 1]):
            if cost[k] >= best:
                break
            if is_open[site[k]]:
                best = cost[k]
        total += best
    return total


@njit(cache=True)
def _nearest(
    start: Ints, site: Ints, cost: Floats, cap: Floats, slot: Ints, u: Int
) -> tuple[int, float, int, float]:
    """(slot, cost) of the nearest open site and of the second; slot -1 and the cap where none."""
    first, best = -1, cap[u]
    for k in range(start[u], start[u + 1]):
        if cost[k] >= cap[u]:
            break
        s = slot[site[k]]
        if s >= 0:
            if first >= 0:
                return first, best, s, cost[k]
            first, best = s, cost[k]
    return first, best, -1, cap[u]


@njit(cache=True)
def _count(
    start: Ints,
    site: Ints,
    cost: Floats,
    u: Int,
    first: Int,
    best: Real,
    second: Real,
    gain: Floats,
    loss: Floats,
    extra: Floats,
    sign: Real,
) -> None:
    """Add (or take back, sign -1) one person's part of all profits; open sites are not read."""
    if first >= 0:
        loss[first] += sign * (second - best)
    for k in range(start[u], start[u + 1]):
        if cost[k] >= second:
            break
        i = site[k]
        if cost[k] < best:
            gain[i] += sign * (best - cost[k])
            if first >= 0:
                extra[i, first] += sign * (second - best)
        elif first >= 0:
            extra[i, first] += sign * (second - cost[k])


@njit(cache=True)
def _best_move(
    slot: Ints, gain: Floats, loss: Floats, extra: Floats, grows: bool
) -> tuple[Int, Int]:
    """(site to open, slot to give up or -1 when there is room); site -1 when nothing pays."""
    add, drop, profit = -1, -1, 1e-7
    for i in range(len(slot)):
        if slot[i] >= 0:
            continue
        if grows:
            if gain[i] > profit:
                add, profit = i, gain[i]
            continue
        for r in range(len(loss)):
            worth = gain[i] - loss[r] + extra[i, r]
            if worth > profit:
                add, drop, profit = i, r, worth
    return add, drop


@njit(cache=True)
def _nearer_than_second(
    start: Ints, site: Ints, cost: Floats, second: Floats, u: Int, i: Int
) -> bool:
    for k in range(start[u], start[u + 1]):
        if cost[k] >= second:
            return False
        if site[k] == i:
            return True
    return False


@njit(cache=True)
def _search(
    start: Ints, site: Ints, cost: Floats, cap: Floats, n_sites: Int, chosen: Ints, n_open: Int
) -> float:
    n_people, p = len(cap), len(chosen)
    slot = np.full(n_sites, -1, np.int64)
    for s in range(n_open):
        slot[chosen[s]] = s
    gain, loss, extra = np.zeros(n_sites), np.zeros(p), np.zeros((n_sites, p))
    first, other = np.empty(n_people, np.int64), np.empty(n_people, np.int64)
    best, second = np.empty(n_people), np.empty(n_people)
    changed = np.ones(n_people, np.bool_)
    total = 0.0
    while True:
        for u in range(n_people):
            if changed[u]:
                first[u], best[u], other[u], second[u] = _nearest(start, site, cost, cap, slot, u)
                total += best[u]
                _count(start, site, cost, u, first[u], best[u], second[u], gain, loss, extra, 1.0)
        grows = bool(n_open < p)
        add, drop = _best_move(slot, gain, loss, extra, grows)
        if add < 0:
            return total
        for u in range(n_people):
            changed[u] = (not grows and (first[u] == drop or other[u] == drop)) or (
                _nearer_than_second(start, site, cost, second[u], u, add)
            )
            if changed[u]:
                total -= best[u]
                _count(start, site, cost, u, first[u], best[u], second[u], gain, loss, extra, -1.0)
        if grows:
            drop = n_open
            n_open += 1
        else:
            slot[chosen[drop]] = -1
        chosen[drop] = add
        slot[add] = drop
