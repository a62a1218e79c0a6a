"""What random proposals are made of: places near one, options at a place, what makes room there.

Places come from two sources: the sites nearest to one, and the sites that reach one of its points,
each with every format it has (lists that leave formats out cost a third of a per cent, silently).
"""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Int, Ints, Ints32, Mask, Words
from siting.engine.shared.point_runs import SHIFT
from siting.engine.shared.random_numbers import below, uniform
from siting.kernels import njit


@njit(cache=True, nogil=True)
def neighbour_site(
    near: Ints32,
    run_start: Ints,
    run_begin: Ints32,
    run_end: Ints32,
    n_classes: Int,
    seen_every: Int,
    seen_segment: Ints,
    seen_site: Ints32,
    s: Int,
    state: Words,
) -> np.int64:
    """A site close to s: one of the nearest, or one that reaches a random point of its runs (or,
    where only some points tell who reaches them, the one before)."""
    if near.shape[1] > 0 and uniform(state) < 0.6:
        return np.int64(near[s, below(state, near.shape[1])])
    low, high = np.int64(run_start[s * n_classes]), np.int64(run_start[(s + 1) * n_classes])
    if high == low:
        return np.int64(s)
    at = low + below(state, high - low)
    length = np.int64(run_end[at] - run_begin[at])
    place = np.int64(run_begin[at]) + below(state, length)
    j = (place - (place >> SHIFT)) // seen_every
    # Nearer classes first: a random class, then a random site up to it.
    begin, end = seen_segment[j, 0], seen_segment[j, 1 + below(state, n_classes)]
    if end == begin:
        return np.int64(s)
    return np.int64(seen_site[begin + below(state, end - begin)])


@njit(cache=True, nogil=True)
def option_at(
    format_: Ints32, s: Int, f: Int, good_start: Ints, good: Ints, state: Words
) -> np.int64:
    """A good option at site s, of format f if f >= 0; -1 when there is none."""
    low, high = good_start[s], good_start[s + 1]
    if high == low:
        return np.int64(-1)
    if f < 0:
        return np.int64(good[low + below(state, high - low)])
    found, seen = np.int64(-1), 0
    for at in range(low, high):
        if format_[good[at]] == f:
            seen += 1
            if seen == 1 or below(state, seen) == 0:
                found = np.int64(good[at])
    return found


@njit(cache=True, nogil=True)
def share_target(kind_start: Ints32, kind_target: Ints32, a: Int, o: Int) -> bool:
    """Whether two options serve some target both."""
    for k in range(kind_start[a], kind_start[a + 1]):
        for j in range(kind_start[o], kind_start[o + 1]):
            if kind_target[k] == kind_target[j]:
                return True
    return False


@njit(cache=True, nogil=True)
def same_format_there(
    chosen: Mask, format_: Ints32, site_options: Ints, s: Int, o: Int, without: Int
) -> bool:
    """Whether an option of o's format, other than ``without``, is open at site s."""
    for other in range(site_options[s], site_options[s + 1]):
        if chosen[other] and other != without and format_[other] == format_[o]:
            return True
    return False


@njit(cache=True, nogil=True)
def pick_displaced(
    chosen: Mask,
    format_: Ints32,
    area: Ints,
    floor: Ints,
    movable: Mask,
    site_options: Ints,
    s: Int,
    o: Int,
    state: Words,
    closed: Ints,
) -> int:
    """Random options to close at site s until o's format and floor are free: their number, or -1
    when the site cannot make room."""
    n = 0
    room = floor[s]
    low, high = site_options[s], site_options[s + 1]
    for other in range(low, high):
        if chosen[other] and format_[other] == format_[o]:
            if not movable[other] or n == len(closed):
                return -1
            closed[n] = other
            n += 1
            room += area[other]
    while area[o] > room:
        pick, seen = np.int64(-1), 0
        for other in range(low, high):
            if not chosen[other]:
                continue
            taken = False
            for k in range(n):
                taken |= closed[k] == other
            if not taken:
                seen += 1
                if below(state, seen) == 0:
                    pick = np.int64(other)
        if pick < 0 or not movable[pick] or n == len(closed):
            return -1
        closed[n] = pick
        n += 1
        room += area[pick]
    return n
