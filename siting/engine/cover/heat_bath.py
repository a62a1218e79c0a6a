"""Annealing by heat bath where every site has one option and all serve one target.

A step takes one outlet out and draws the place it goes to, of all places at once, each with the
probability that Boltzmann gives the plan with it (Geman and Geman 1984). What every option would
win is kept up to date, so that a draw over n options costs a look at n numbers; only the people
whom the outlet alone served are spread to the options near. Where people see hundreds of sites a
proposal at random (``anneal``) sums as many pairs to judge one place, and most are refused.
"""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Floats, Int, Ints, Mask, Real, Words
from siting.engine.shared.cover_state import CoverState, add, drop
from siting.engine.shared.instance import Instance
from siting.engine.shared.moves import try_move
from siting.engine.shared.plan_rules import crowded
from siting.engine.shared.point_runs import SHIFT
from siting.engine.shared.random_numbers import below, uniform
from siting.kernels import njit

ADDS = 0.05
"""Share of steps that open one on top; a step with an outlet in hand may also leave it out."""
LEAST = 14.0
"""Places whose Boltzmann factor is below exp(-LEAST) are not drawn."""
BLOCK = 128
"""Options looked at together."""
NEVER = -1e300


def fits(instance: Instance) -> bool:
    """Whether the kernel knows this kind of problem."""
    return instance.n_targets == 1 and instance.n_options == instance.n_sites


@njit(cache=True, nogil=True)
def worths(plan: CoverState, proposed: Mask) -> Floats:
    """What each option would win, people, less its price; NEVER where it is not proposed. Shapes
    (n_options,)."""
    worth = np.full(len(proposed), NEVER)
    for o in range(len(proposed)):
        if proposed[o]:
            total = 0.0
            for at in range(plan.run_start[o], plan.run_start[o + 1]):
                shift = plan.run_begin[at] >> SHIFT
                for i in range(plan.run_begin[at] - shift, plan.run_end[at] - shift):
                    total += plan.free[0, i]
            worth[o] = total - plan.price[o]
    return worth


@njit(cache=True, nogil=True, fastmath=True)
def _most(worth: Floats, spread: Floats, low: Int, high: Int) -> float:
    """The largest worth + spread of some options; vector instructions look at four at a time."""
    most = NEVER
    for o in range(low, high):
        most = max(most, worth[o] + spread[o])
    return most


@njit(cache=True, nogil=True)
def heat_bath(
    plan: CoverState,
    worth: Floats,
    movable: Mask,
    steps: Int,
    hot: Real,
    cold: Real,
    state: Words,
    accepted: Ints,
) -> None:
    """Run ``steps`` draws, cooling geometrically from ``hot`` to ``cold`` (people).

    Args:
        worth: of the plan (``worths``); kept up to date, shape (n_options,).
        movable: options that may be closed, shape (n_options,).
        state: seed of the random numbers, uint64, shape (1,).
        accepted: counts per kind of move [swap, add, drop], int64, shape (3,).
    """
    run_start, run_begin, run_end = plan.run_start, plan.run_begin, plan.run_end
    point_segment, point_index = plan.seen_segment, plan.seen_site
    rhs, row_start, row, coefficient = plan.rhs, plan.row_start, plan.row, plan.coefficient
    opening_start, opening_row = plan.opening_start, plan.opening_row
    opening_coefficient, opening_price = plan.opening_coefficient, plan.opening_price
    price, chosen, listed, used, total = plan.price, plan.chosen, plan.listed, plan.used, plan.total
    free, sole = plan.free[0], plan.sole[0]
    n_phases = len(opening_price) // max(1, len(plan.floor))
    touched = np.empty(len(rhs) + 1, np.int64)
    delta = np.empty(len(rhs) + 1, np.int64)
    closed = np.empty(1, np.int64)
    spread = np.zeros(len(worth))
    near = np.empty(len(worth), np.int32)
    cooling = np.log(cold / hot)
    for step in range(steps):
        temperature = hot * np.exp(cooling * step / steps)
        n_chosen = np.int64(total[1])
        n_closed, n_near, lost = 0, 0, 0.0
        if n_chosen > 0 and uniform(state) >= ADDS:
            a = np.int64(listed[below(state, n_chosen)])
            if not movable[a]:
                continue
            n_closed = 1
            closed[0] = a
            for at in range(run_start[a], run_start[a + 1]):
                shift = run_begin[at] >> SHIFT
                for i in range(run_begin[at] - shift, run_end[at] - shift):
                    w = sole[i]
                    if w > 0:
                        lost += w
                        for to in range(point_segment[i, 0], point_segment[i, -1]):
                            s = point_index[to]
                            if spread[s] == 0.0:
                                near[n_near] = s
                                n_near += 1
                            spread[s] += w
            stay = lost - price[a]
        else:
            stay = 0.0
        # To leave things as they are weighs 1, to leave the outlet out what its price says.
        weight, pick = 1.0, np.int64(-2)
        if n_closed == 1:
            factor = np.exp(min(500.0, -stay / temperature))
            weight += factor
            if uniform(state) * weight < factor:
                pick = np.int64(-1)
        bar = stay - LEAST * temperature
        for low in range(0, len(worth), BLOCK):
            high = min(low + BLOCK, len(worth))
            if _most(worth, spread, low, high) <= bar:
                continue
            for o in range(low, high):
                here = worth[o] + spread[o]
                if here > bar and not chosen[o]:
                    factor = np.exp(min(500.0, (here - stay) / temperature))
                    weight += factor
                    if uniform(state) * weight < factor:
                        pick = np.int64(o)
        fine = bool(pick > -2)
        if fine:
            fine, _ = try_move(
                row_start,
                row,
                coefficient,
                used,
                rhs,
                price,
                plan.site,
                plan.phase,
                plan.site_options,
                chosen,
                opening_start,
                opening_row,
                opening_coefficient,
                opening_price,
                n_phases,
                closed,
                n_closed,
                pick,
                touched,
                delta,
            )
        if fine and pick >= 0 and plan.area[pick] > plan.floor[pick]:
            fine = False
        if fine:
            if n_closed == 1:
                drop(plan, closed[0])
            if pick >= 0 and len(plan.spaced) > 0 and crowded(plan, pick):
                fine = False
                if n_closed == 1:
                    add(plan, closed[0])
        if fine:
            for k in range(n_near):
                worth[near[k]] += spread[near[k]]
            if pick >= 0:
                for at in range(run_start[pick], run_start[pick + 1]):
                    shift = run_begin[at] >> SHIFT
                    for i in range(run_begin[at] - shift, run_end[at] - shift):
                        w = free[i]
                        if w > 0:
                            for to in range(point_segment[i, 0], point_segment[i, -1]):
                                worth[point_index[to]] -= w
                add(plan, pick)
            accepted[2 if pick < 0 else 0 if n_closed == 1 else 1] += 1
        for k in range(n_near):
            spread[near[k]] = 0.0
