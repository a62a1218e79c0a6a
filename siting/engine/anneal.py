"""Annealing over single outlets: swap near, exchange formats on a floor, displace, drop.

The objective is people covered less the price of what is used, with shared rows kept hard: money
that is not spent keeps its worth, so the number of outlets finds itself. Proposals come from two
sources: the sites nearest to one, and the sites that reach one of its points, each with every
format it has (lists that leave formats out cost a third of a per cent, silently).
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from siting.engine.board import (
    add,
    book,
    can_add,
    cover,
    crowded,
    drop,
    gain,
    keeps_rows,
    loss,
    remember_rows,
    uncover,
)
from siting.engine.instance import Instance

NEAR = 24
"""Nearest sites that a swap may try."""
TRIES = 4
"""Places tried for one outlet before another is looked at."""


def near_sites(instance: Instance) -> NDArray[np.int32]:
    """The nearest sites of each site, shape (n_sites, up to NEAR); empty without coordinates."""
    xy = instance.problem.site_xy
    if xy is None or instance.n_sites < 2:
        return np.zeros((instance.n_sites, 0), np.int32)
    xy = xy[instance.site]
    k = min(NEAR + 1, instance.n_sites)
    near = np.asarray(cKDTree(xy).query(xy, k=k)[1])
    own = near == np.arange(instance.n_sites)[:, np.newaxis]
    own[~own.any(axis=1), -1] = True  # many sites on one spot: leave the last out instead
    return near[~own].reshape(instance.n_sites, k - 1).astype(np.int32)


@nb.njit(cache=True, nogil=True)
def random64(state):
    """SplitMix64: Steele, Lea and Flood (2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@nb.njit(cache=True, nogil=True)
def uniform(state):
    """In [0, 1)."""
    return (random64(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@nb.njit(cache=True, nogil=True)
def below(state, n):
    """Integer in 0..n-1."""
    return np.int64(uniform(state) * n)


@nb.njit(cache=True, nogil=True)
def _neighbour_site(b, near, s, state):
    """A site close to s: one of the nearest, or one that shares a random point with it."""
    if near.shape[1] > 0 and uniform(state) < 0.6:
        return np.int64(near[s, below(state, near.shape[1])])
    low, high = b.segment[s, 0], b.segment[s, -1]
    if high == low:
        return np.int64(s)
    i = b.points[low + below(state, high - low)]
    # Nearer classes first: a random class, then a random site up to it.
    end = b.point_segment[i, 1 + below(state, b.point_segment.shape[1] - 1)]
    begin = b.point_segment[i, 0]
    if end == begin:
        return np.int64(s)
    return np.int64(b.point_index[begin + below(state, end - begin)])


@nb.njit(cache=True, nogil=True)
def _option_at(b, s, f, good_start, good, state):
    """A good option at site s, of format f if f >= 0; -1 when there is none."""
    low, high = good_start[s], good_start[s + 1]
    if high == low:
        return np.int64(-1)
    if f < 0:
        return np.int64(good[low + below(state, high - low)])
    found, seen = np.int64(-1), 0
    for at in range(low, high):
        if b.format[good[at]] == f:
            seen += 1
            if below(state, seen) == 0:
                found = np.int64(good[at])
    return found


@nb.njit(cache=True, nogil=True, fastmath=True)
def _gain_without(b, o, mark, stamp):
    """Gain of o if the option whose points carry the stamp were dropped."""
    s = b.site[o]
    total = 0.0
    for k in range(b.kind_start[o], b.kind_start[o + 1]):
        t = b.kind_target[k]
        free, sole, marked = b.free[t], b.sole[t], mark[t]
        part = np.float32(0)
        for at in range(b.segment[s, 0], b.segment[s, b.reach_end[t]]):
            i = b.points[at]
            part += free[i] + (sole[i] if marked[i] == stamp else np.float32(0))
        total += part
    return total


@nb.njit(cache=True, nogil=True)
def _stamp(b, o, mark, stamp):
    s = b.site[o]
    for k in range(b.kind_start[o], b.kind_start[o + 1]):
        t = b.kind_target[k]
        for at in range(b.segment[s, 0], b.segment[s, b.reach_end[t]]):
            mark[t, b.points[at]] = stamp


@nb.njit(cache=True, nogil=True)
def _shares_target(b, a, o):
    for k in range(b.kind_start[a], b.kind_start[a + 1]):
        for j in range(b.kind_start[o], b.kind_start[o + 1]):
            if b.kind_target[k] == b.kind_target[j]:
                return True
    return False


@nb.njit(cache=True, nogil=True)
def _displace(b, o, state, dropped):
    """Drop random options at o's site until o's floor and format are free; their number, or -1."""
    s = b.site[o]
    n = 0
    for other in range(b.site_options[s], b.site_options[s + 1]):
        if b.chosen[other] and b.format[other] == b.format[o]:
            drop(b, other)
            dropped[n] = other
            n += 1
    while b.area[o] > b.floor[s]:
        pick, seen = np.int64(-1), 0
        for other in range(b.site_options[s], b.site_options[s + 1]):
            if b.chosen[other]:
                seen += 1
                if below(state, seen) == 0:
                    pick = other
        if pick < 0 or n == len(dropped):
            break
        drop(b, pick)
        dropped[n] = pick
        n += 1
    return n


@nb.njit(cache=True, nogil=True)
def anneal(b, near, good_start, good, movable, steps, hot, cold, state, mark, accepted):
    """Run ``steps`` proposals, cooling geometrically from ``hot`` to ``cold`` (people).

    Args:
        movable: options this run may touch, shape (n_options,).
        state: seed of the random numbers, uint64, shape (1,).
        mark: int32 scratch, shape (n_targets, n_points), with its stamp in ``mark[0, -1]`` never
            reused (the caller gives one column more than points).
        accepted: counts per kind of move [swap, add, drop], int64, shape (3,).
    """
    used_before = np.zeros(len(b.rhs), np.int64)
    dropped = np.empty(64, np.int64)
    stamp = mark[0, -1]
    n_good = len(good)
    for step in range(steps):
        temperature = hot * (cold / hot) ** (step / steps)
        kind = uniform(state)
        n_chosen = np.int64(b.total[1])
        bar = temperature * np.log(max(uniform(state), 1e-300))  # accept when change > bar
        if kind < 0.5 and n_chosen > 0:
            # Look at one outlet and try several places for it: its loss is summed once.
            a = np.int64(b.listed[below(state, n_chosen)])
            if not movable[a]:
                continue
            s = b.site[a]
            lost = -1.0
            remember_rows(b, a, used_before)
            paid = b.total[2]
            book(b, a, -1)
            taken = False
            for _ in range(TRIES):
                draw = uniform(state)
                if draw < 0.2:
                    o = _option_at(b, s, -1, good_start, good, state)
                else:
                    f = b.format[a] if draw < 0.7 else -1
                    o = _option_at(
                        b, _neighbour_site(b, near, s, state), f, good_start, good, state
                    )
                if o < 0 or o == a or b.chosen[o] or not movable[o]:
                    continue
                if b.area[o] > b.floor[b.site[o]] or crowded(b, o):
                    continue
                # Cheap tests first: rows on the books, then people.
                remember_rows(b, o, used_before)
                book(b, o, 1)
                fine = keeps_rows(b, o, used_before) and keeps_rows(b, a, used_before)
                if fine:
                    if lost < 0.0:
                        lost = loss(b, a)
                        stamp += 1
                        _stamp(b, a, mark, stamp)
                    change = paid - b.total[2] - lost
                    if _shares_target(b, a, o):
                        change += _gain_without(b, o, mark, stamp)
                    else:
                        change += gain(b, o)
                    if change > bar:
                        uncover(b, a)
                        cover(b, o)
                        accepted[0] += 1
                        taken = True
                        break
                book(b, o, -1)
            if not taken:
                book(b, a, 1)
        elif kind < 0.92:
            if n_good == 0:
                continue
            if n_chosen > 0 and uniform(state) < 0.5:
                s = b.site[b.listed[below(state, n_chosen)]]
                o = _option_at(b, _neighbour_site(b, near, s, state), -1, good_start, good, state)
            else:
                o = np.int64(good[below(state, n_good)])
            if o < 0 or b.chosen[o] or not movable[o]:
                continue
            if can_add(b, o, used_before):
                change = gain(b, o) - b.price[o]
                if len(b.opening_row) > 0:
                    paid = b.total[2]
                    book(b, o, 1)
                    change = gain(b, o) - (b.total[2] - paid)
                    book(b, o, -1)
                if change > bar:
                    add(b, o)
                    accepted[1] += 1
                continue
            before = b.total[0] - b.total[2]
            won = gain(b, o)
            if won - b.price[o] <= bar:
                continue  # even without the losses of displacement
            remember_rows(b, o, used_before)
            frozen = False
            for other in range(b.site_options[b.site[o]], b.site_options[b.site[o] + 1]):
                frozen |= b.chosen[other] and not movable[other]
            if frozen:
                continue
            n = _displace(b, o, state, dropped)
            if n > 0 and can_add(b, o, used_before):
                add(b, o)
                change = b.total[0] - b.total[2] - before
                if change > bar and _rows_hold(b, dropped, n):
                    accepted[1] += 1
                    continue
                drop(b, o)
            for k in range(n):
                add(b, dropped[k])
        elif n_chosen > 0:
            a = np.int64(b.listed[below(state, n_chosen)])
            if not movable[a]:
                continue
            remember_rows(b, a, used_before)
            paid = b.total[2]
            book(b, a, -1)
            change = paid - b.total[2]
            if change > bar and keeps_rows(b, a, used_before) and change - loss(b, a) > bar:
                uncover(b, a)
                accepted[2] += 1
            else:
                book(b, a, 1)
    mark[0, -1] = stamp


@nb.njit(cache=True, nogil=True)
def _rows_hold(b, options, n):
    """Whether every row that these options touch holds."""
    for k in range(n):
        o = options[k]
        for at in range(b.row_start[o], b.row_start[o + 1]):
            if b.used[b.row[at]] > b.rhs[b.row[at]]:
                return False
    return True
