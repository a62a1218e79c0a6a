"""Annealing over single outlets: swap near, exchange formats on a floor, displace, drop.

The objective is people covered less the price of what is used, with shared rows kept hard: money
that is not spent keeps its worth, so the number of outlets finds itself.
"""

from __future__ import annotations

import numpy as np

from siting.engine.cover.proposals import (
    neighbour_site,
    option_at,
    pick_displaced,
    same_format_there,
    share_target,
)
from siting.engine.shared.arrays import Int, Ints, Ints32, Mask, Real, Words
from siting.engine.shared.cover_state import CoverState, add, charge, drop
from siting.engine.shared.disc_sums import common_sum, disc_sum
from siting.engine.shared.moves import try_move
from siting.engine.shared.plan_rules import crowded
from siting.engine.shared.random_numbers import below, uniform
from siting.kernels import njit

TRIES = 2
"""Places tried for one outlet before another is looked at."""
SWAPS, ADDS = 0.6, 0.25
"""Shares of proposals; the rest are drops."""


@njit(cache=True, nogil=True)
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
    accepted: Ints,
) -> None:
    """Run ``steps`` proposals, cooling geometrically from ``hot`` to ``cold`` (people).

    Args:
        movable: options this run may touch, shape (n_options,).
        first_site, last_site: outlets to begin with stand in this range of sites, and additions
            too; places looked at for them may lie outside.
        state: seed of the random numbers, uint64, shape (1,).
        accepted: counts per kind of move [swap, add, drop], int64, shape (3,).
    """
    # Plain arrays for the loop: an array taken out of the plan there is counted up and down
    # atomically every time.
    run_start, run_begin, run_end = plan.run_start, plan.run_begin, plan.run_end
    class_, n_classes = plan.class_, plan.n_classes
    seen_every, seen_segment, seen_site = plan.seen_every, plan.seen_segment, plan.seen_site
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
                    o = option_at(format_, s, none, good_start, good, state)
                elif draw < 0.05:
                    o = np.int64(good[below(state, len(good))])
                else:
                    place = neighbour_site(
                        near,
                        run_start,
                        run_begin,
                        run_end,
                        n_classes,
                        seen_every,
                        seen_segment,
                        seen_site,
                        s,
                        state,
                    )
                    f = np.int64(format_[a]) if draw < 0.7 else none
                    o = option_at(format_, place, f, good_start, good, state)
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
                    fits = not same_format_there(chosen, format_, site_options, so, o, a)
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
                    for k in range(kind_start[a], kind_start[a + 1]):
                        t = kind_target[k]
                        disc = s * n_classes + class_[t]
                        lost += disc_sum(run_start, run_begin, run_end, disc, sole[t])
                change = -paid - lost
                for k in range(kind_start[o], kind_start[o + 1]):
                    t = kind_target[k]
                    disc = so * n_classes + class_[t]
                    change += disc_sum(run_start, run_begin, run_end, disc, free[t])
                    # What only the outlet itself covers is free once it is closed.
                    for j in range(kind_start[a], kind_start[a + 1]):
                        if kind_target[j] == t:
                            old = s * n_classes + class_[t]
                            change += common_sum(run_start, run_begin, run_end, disc, old, sole[t])
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
                place = neighbour_site(
                    near,
                    run_start,
                    run_begin,
                    run_end,
                    n_classes,
                    seen_every,
                    seen_segment,
                    seen_site,
                    s,
                    state,
                )
                o = option_at(format_, place, none, good_start, good, state)
            else:
                o = np.int64(good[good_low + below(state, n_good)])
            if o < 0 or chosen[o] or not movable[o]:
                continue
            so = site[o]
            n = pick_displaced(
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
                disc = so * n_classes + class_[t]
                won += disc_sum(run_start, run_begin, run_end, disc, free[t])
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
                if share_target(kind_start, kind_target, a, o):
                    continue  # the new outlet may keep its people
                for k in range(kind_start[a], kind_start[a + 1]):
                    t = kind_target[k]
                    disc = so * n_classes + class_[t]
                    most -= disc_sum(run_start, run_begin, run_end, disc, sole[t])
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
                disc = s * n_classes + class_[t]
                lost += disc_sum(run_start, run_begin, run_end, disc, sole[t])
            if -paid - lost > bar:
                drop(plan, a)
                accepted[2] += 1
