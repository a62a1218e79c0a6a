"""Lazy greedy: the next outlet is the one that wins most people for its price.

Gains only shrink as a plan grows (coverage is submodular), so a stale gain on top of the heap is
recomputed and pushed back: Minoux (1978).
"""

from __future__ import annotations

import heapq

import numpy as np

from siting.engine.shared.arrays import Floats, Ints, Real
from siting.engine.shared.cover_state import CoverState, add, gain
from siting.engine.shared.plan_rules import can_add
from siting.kernels import njit


@njit(cache=True, nogil=True)
def greedy_fill(
    plan: CoverState, candidate: Ints, burden: Floats, least: Real, ratio: Real = 0.0
) -> None:
    """Add candidates by gain / burden until none fits, none wins more than ``least`` people or none
    wins as much as ``ratio`` for its burden.

    Args:
        candidate: option positions.
        burden: what an option uses of the scarce rows, > 0, shape (n_options,).
        least: smallest gain worth an outlet.
        ratio: smallest gain for its burden that is.
    """
    used_before = np.zeros(len(plan.rhs), np.int64)
    heap = [(-0.0, np.int64(-1))]
    heap.pop()
    for o in candidate:
        if not plan.chosen[o]:
            won = gain(plan, o)
            if won > least and won >= ratio * burden[o]:
                heap.append((-won / burden[o], np.int64(o)))
    heapq.heapify(heap)
    while len(heap) > 0:
        key, o = heapq.heappop(heap)
        if plan.chosen[o] or plan.area[o] > plan.floor[plan.site[o]]:
            continue
        won = gain(plan, o)
        if won <= least:
            continue
        now = -won / burden[o]
        if -now < ratio:
            continue  # gains only shrink
        if len(heap) > 0 and now > heap[0][0] and now > key:
            heapq.heappush(heap, (now, o))
            continue
        if can_add(plan, o, used_before):
            add(plan, o)


def burden_of(plan: CoverState, main_row: int) -> Floats:
    """The main row's coefficients, one where there is none or it is zero."""
    burden = np.ones(len(plan.site))
    if main_row >= 0:
        option = np.repeat(np.arange(len(burden)), np.diff(plan.row_start))
        here = plan.row == main_row
        burden[option[here]] = np.maximum(plan.coefficient[here], 1)
    return burden
