"""Annealing over single outlets: swap near, exchange formats on a floor, displace, drop.

The objective is people covered less the price of what is used, with shared rows kept hard: money
that is not spent keeps its worth, so the number of outlets finds itself. Proposals come from two
sources: the sites nearest to one, and the sites that reach one of its points, each with every
format it has (lists that leave formats out cost a third of a per cent, silently).
"""

from __future__ import annotations

import numba as nb
import numpy as np

from siting.engine.shared.arrays import Floats32, Int, Ints, Ints32, Mask, Real, Words
from siting.engine.shared.cover_state import CoverState, add, charge, crowded, drop
from siting.engine.shared.moves import try_move
from siting.engine.shared.random_numbers import below, uniform

TRIES = 2
"""Places tried for one outlet before another is looked at."""
SWAPS, ADDS = 0.6, 0.25
"""Shares of proposals; the rest are drops."""


@nb.njit(cache=True, nogil=True)
def _neighbour_site(
    near: Ints32,
    segment: Ints,
    points: Ints32,
    point_segment: Ints,
    point_index: Ints32,
    s: Int,
    state: Words,
) -> np.int64:
    """A site close to s: one of the nearest, or one that shares a random point with it."""
    if near.shape[1] > 0 and uniform(state) < 0.6:
        return np.int64(near[s, below(state, near.shape[1])])
    low, high = segment[s, 0], segment[s, -1]
    if high == low:
        return np.int64(s)
    i = points[low + below(state, high - low)]
    # Nearer classes first: a random class, then a random site up to it.
    end = point_segment[i, 1 + below(state, point_segment.shape[1] - 1)]
    begin = point_segment[i, 0]
    if end == begin:
        return np.int64(s)
    return np.int64(point_index[begin + below(state, end - begin)])


@nb.njit(cache=True, nogil=True)
def _option_at(
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


@nb.njit(cache=True, nogil=True, fastmath=True)
def _sum(points: Ints32, low: Int, high: Int, people: Floats32) -> np.float64:
    """Σ people over some pairs."""
    part = np.float32(0)
    for at in range(low, high):
        part += people[points[at]]
    return np.float64(part)


@nb.njit(cache=True, nogil=True, fastmath=True)
def _sum_and_mark(
    points: Ints32, low: Int, high: Int, people: Floats32, mark: Ints32, stamp: Int
) -> np.float64:
    """The same, leaving the stamp on every point."""
    part = np.float32(0)
    for at in range(low, high):
        i = points[at]
        part += people[i]
        mark[i] = stamp
    return np.float64(part)


@nb.njit(cache=True, nogil=True, fastmath=True)
def _sum_unless_kept(
    points: Ints32, low: Int, high: Int, free: Floats32, sole: Floats32, mark: Ints32, stamp: Int
) -> np.float64:
    """What is free, or would be once the option whose points carry the stamp were closed."""
    part = np.float32(0)
    for at in range(low, high):
        i = points[at]
        part += free[i] + (sole[i] if mark[i] == stamp else np.float32(0))
    return np.float64(part)


@nb.njit(cache=True, nogil=True)
def _share_target(kind_start: Ints32, kind_target: Ints32, a: Int, o: Int) -> bool:
    """Whether two options serve some target both."""
    for k in range(kind_start[a], kind_start[a + 1]):
        for j in range(kind_start[o], kind_start[o + 1]):
            if kind_target[k] == kind_target[j]:
                return True
    return False


@nb.njit(cache=True, nogil=True)
def _same_format_there(
    chosen: Mask, format_: Ints32, site_options: Ints, s: Int, o: Int, without: Int
) -> bool:
    """Whether an option of o's format, other than ``without``, is open at site s."""
    for other in range(site_options[s], site_options[s + 1]):
        if chosen[other] and other != without and format_[other] == format_[o]:
            return True
    return False


@nb.njit(cache=True, nogil=True)
def _pick_displaced(
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


@nb.njit(cache=True, nogil=True)
def anneal(
    plan: CoverState,
    near: Ints32,
    good_start: Ints,
    good: Ints,
    movable: Mask,
    first_site: Int,
    last_site: Int,
    steps: Int,
    hot: Real,
    cold: Real,
    state: Words,
    mark: Ints32,
    accepted: Ints,
) -> None:
    """Run ``steps`` proposals, cooling geometrically from ``hot`` to ``cold`` (people).

    Args:
        movable: options this run may touch, shape (n_options,).
        first_site, last_site: outlets to begin with stand in this range of sites, and additions
            too; places looked at for them may lie outside.
        state: seed of the random numbers, uint64, shape (1,).
        mark: int32 scratch, shape (n_targets, n_points), with its stamp in ``mark[0, -1]`` never
            reused (the caller gives one column more than points).
        accepted: counts per kind of move [swap, add, drop], int64, shape (3,).
    """
    # Plain arrays for the loop: an array taken out of the plan there is counted up and down
    # atomically every time.
    segment, points, reach_end = plan.segment, plan.points, plan.reach_end
    point_segment, point_index = plan.point_segment, plan.point_index
    kind_start, kind_target = plan.kind_start, plan.kind_target
    site, format_, phase, area, site_options = (
        plan.site,
        plan.format,
        plan.phase,
        plan.area,
        plan.site_options,
    )
    rhs, row_start, row, coefficient = plan.rhs, plan.row_start, plan.row, plan.coefficient
    opening_start, opening_row = plan.opening_start, plan.opening_row
    opening_coefficient, opening_price = plan.opening_coefficient, plan.opening_price
    price, free, sole, floor = plan.price, plan.free, plan.sole, plan.floor
    chosen, used, total = plan.chosen, plan.used, plan.total
    n_phases = len(opening_price) // max(1, len(floor))
    spaced = len(plan.spaced) > 0
    touched = np.empty(len(rhs) + 1, np.int64)
    delta = np.empty(len(rhs) + 1, np.int64)
    closed = np.empty(64, np.int64)
    none = np.int64(-1)
    stamp = mark[0, -1]
    good_low = good_start[first_site]
    n_good = good_start[last_site] - good_low
    several = len(good) > len(good_start) - 1  # options of several formats or sizes a site
    # Outlets to pick from; some may have been displaced meanwhile, and leave when picked.
    low, high = site_options[first_site], site_options[last_site]
    picks = np.empty(2 * (high - low) + 64, np.int32)
    n_picks = 0
    for other in range(low, high):
        if chosen[other] and movable[other]:
            picks[n_picks] = other
            n_picks += 1
    cooling = np.log(cold / hot)
    temperature = hot
    for step in range(steps):
        if step % 64 == 0:
            temperature = hot * np.exp(cooling * step / steps)
        kind = uniform(state)
        pick = below(state, n_picks) if n_picks > 0 else 0
        if n_picks > 0 and not chosen[picks[pick]]:
            n_picks -= 1
            picks[pick] = picks[n_picks]
            continue
        bar = temperature * np.log(max(uniform(state), 1e-300))  # accept when change > bar
        if kind < SWAPS:
            # Look at one outlet and try several places for it: its loss is summed once.
            if n_picks == 0:
                continue
            a = np.int64(picks[pick])
            s = site[a]
            closed[0] = a
            lost = -1.0
            for _ in range(TRIES):
                draw = uniform(state)
                if draw < 0.2 and several:
                    o = _option_at(format_, s, none, good_start, good, state)
                elif draw < 0.05:
                    o = np.int64(good[below(state, len(good))])
                else:
                    place = _neighbour_site(
                        near, segment, points, point_segment, point_index, s, state
                    )
                    f = np.int64(format_[a]) if draw < 0.7 else none
                    o = _option_at(format_, place, f, good_start, good, state)
                if o < 0 or o == a or chosen[o] or not movable[o]:
                    continue
                so = site[o]
                if area[o] > floor[so] + (area[a] if so == s else 0):
                    continue
                if spaced:
                    charge(plan, a, -1)
                    fits = not crowded(plan, o)
                    charge(plan, a, 1)
                else:
                    fits = not _same_format_there(chosen, format_, site_options, so, o, a)
                if not fits:
                    continue
                fine, paid = try_move(
                    row_start,
                    row,
                    coefficient,
                    used,
                    rhs,
                    price,
                    site,
                    phase,
                    site_options,
                    chosen,
                    opening_start,
                    opening_row,
                    opening_coefficient,
                    opening_price,
                    n_phases,
                    closed,
                    1,
                    o,
                    touched,
                    delta,
                )
                if not fine:
                    continue
                if lost < 0.0:
                    lost = 0.0
                    stamp += 1
                    for k in range(kind_start[a], kind_start[a + 1]):
                        t = kind_target[k]
                        lost += _sum_and_mark(
                            points, segment[s, 0], segment[s, reach_end[t]], sole[t], mark[t], stamp
                        )
                change = -paid - lost
                for k in range(kind_start[o], kind_start[o + 1]):
                    t = kind_target[k]
                    low, high = segment[so, 0], segment[so, reach_end[t]]
                    change += _sum_unless_kept(points, low, high, free[t], sole[t], mark[t], stamp)
                if change > bar:
                    drop(plan, a)
                    add(plan, o)
                    picks[pick] = o
                    accepted[0] += 1
                    break
        elif kind < SWAPS + ADDS:
            if n_good == 0:
                continue
            if n_picks > 0 and uniform(state) < 0.5:
                s = site[picks[pick]]
                place = _neighbour_site(near, segment, points, point_segment, point_index, s, state)
                o = _option_at(format_, place, none, good_start, good, state)
            else:
                o = np.int64(good[good_low + below(state, n_good)])
            if o < 0 or chosen[o] or not movable[o]:
                continue
            so = site[o]
            n = _pick_displaced(
                chosen, format_, area, floor, movable, site_options, so, o, state, closed
            )
            if n < 0:
                continue
            fine, paid = try_move(
                row_start,
                row,
                coefficient,
                used,
                rhs,
                price,
                site,
                phase,
                site_options,
                chosen,
                opening_start,
                opening_row,
                opening_coefficient,
                opening_price,
                n_phases,
                closed,
                n,
                o,
                touched,
                delta,
            )
            if not fine:
                continue
            won = -paid
            for k in range(kind_start[o], kind_start[o + 1]):
                t = kind_target[k]
                won += _sum(points, segment[so, 0], segment[so, reach_end[t]], free[t])
            if n == 0:
                if won > bar and not (spaced and crowded(plan, o)):
                    add(plan, o)
                    accepted[1] += 1
                    if n_picks < len(picks):
                        picks[n_picks] = o
                        n_picks += 1
                continue
            # Losses of several outlets overlap with each other and with the gain: carry the move
            # out, if it could be worth it at all, and see.
            most = won
            for j in range(n):
                a = closed[j]
                if _share_target(kind_start, kind_target, a, o):
                    continue  # the new outlet may keep its people
                for k in range(kind_start[a], kind_start[a + 1]):
                    t = kind_target[k]
                    most -= _sum(points, segment[so, 0], segment[so, reach_end[t]], sole[t])
            if most <= bar:
                continue
            before = total[0] - total[2]
            for j in range(n):
                drop(plan, closed[j])
            if not (spaced and crowded(plan, o)):
                add(plan, o)
                if total[0] - total[2] - before > bar:
                    accepted[1] += 1
                    if n_picks < len(picks):
                        picks[n_picks] = o
                        n_picks += 1
                    continue
                drop(plan, o)
            for j in range(n):
                add(plan, closed[j])
        elif n_picks > 0:
            a = np.int64(picks[pick])
            closed[0] = a
            fine, paid = try_move(
                row_start,
                row,
                coefficient,
                used,
                rhs,
                price,
                site,
                phase,
                site_options,
                chosen,
                opening_start,
                opening_row,
                opening_coefficient,
                opening_price,
                n_phases,
                closed,
                1,
                none,
                touched,
                delta,
            )
            if not fine or -paid <= bar:
                continue
            s = site[a]
            lost = 0.0
            for k in range(kind_start[a], kind_start[a + 1]):
                t = kind_target[k]
                lost += _sum(points, segment[s, 0], segment[s, reach_end[t]], sole[t])
            if -paid - lost > bar:
                drop(plan, a)
                accepted[2] += 1
    mark[0, -1] = stamp
