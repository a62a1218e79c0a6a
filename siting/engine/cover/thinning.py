"""Thinning: close outlets of a plan until it keeps a smaller limit."""

from __future__ import annotations

import heapq

import numpy as np

from siting.engine.shared.arrays import Floats, Int
from siting.engine.shared.cover_state import CoverState, drop, loss
from siting.kernels import njit


@njit(cache=True, nogil=True)
def thin(plan: CoverState, burden: Floats, r: Int) -> None:
    """Close what loses least for what it uses of row r until the row holds. Losses only grow as
    outlets go, so a stale one is recomputed when it comes up (Minoux 1978)."""
    heap = [(0.0, np.int64(-1))]
    heap.pop()
    for o in np.flatnonzero(plan.chosen):
        heap.append((loss(plan, o) / burden[o], np.int64(o)))
    heapq.heapify(heap)
    while len(heap) > 0 and plan.used[r] > plan.rhs[r]:
        key, o = heapq.heappop(heap)
        now = loss(plan, o) / burden[o]
        if now > key and len(heap) > 0 and now > heap[0][0]:
            heapq.heappush(heap, (now, o))
            continue
        drop(plan, o)
