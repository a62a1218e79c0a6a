"""What the rules let a plan do: shared rows, spacings, floors, one option a site and format."""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Int, Ints
from siting.engine.shared.cover_state import CoverState, charge, loss, uncover
from siting.kernels import njit


def violated(plan: CoverState) -> Ints:
    """Rows that the plan breaks."""
    return np.flatnonzero(plan.used > plan.rhs)


@njit(cache=True, nogil=True)
def crowded(plan: CoverState, o: Int) -> bool:
    """Whether a chosen option already has o's site and format, or stands too near o."""
    s, f = plan.site[o], plan.format[o]
    for other in range(plan.site_options[s], plan.site_options[s + 1]):
        if plan.chosen[other] and other != o:
            if plan.format[other] == f:
                return True
            for k in range(len(plan.spaced)):
                if plan.spaced[k, f] and plan.spaced[k, plan.format[other]]:
                    return True
    for k in range(len(plan.spaced)):
        if not plan.spaced[k, f]:
            continue
        single = plan.spaced[k].sum() == 1
        for at in range(plan.near_start[k, s], plan.near_start[k, s + 1]):
            other_site = plan.near_site[at]
            for other in range(plan.site_options[other_site], plan.site_options[other_site + 1]):
                if (
                    plan.chosen[other]
                    and plan.spaced[k, plan.format[other]]
                    and (single or plan.format[other] != f)
                ):
                    return True
    return False


@njit(cache=True, nogil=True)
def anywhere_crowded(plan: CoverState) -> bool:
    """Whether two outlets of the plan have one site and format, or stand too near each other."""
    for o in range(len(plan.chosen)):  # noqa: SIM110 - numba compiles no generators
        if plan.chosen[o] and crowded(plan, o):
            return True
    return False


@njit(cache=True, nogil=True)
def remember_rows(plan: CoverState, o: Int, used_before: Ints) -> None:
    """Copy the left-hand sides that a move with o may change."""
    for at in range(plan.row_start[o], plan.row_start[o + 1]):
        used_before[plan.row[at]] = plan.used[plan.row[at]]
    if len(plan.opening_row) > 0:
        n_phases = len(plan.opening_price) // len(plan.floor)
        s = plan.site[o]
        for at in range(plan.opening_start[s * n_phases], plan.opening_start[(s + 1) * n_phases]):
            used_before[plan.opening_row[at]] = plan.used[plan.opening_row[at]]


@njit(cache=True, nogil=True)
def keeps_rows(plan: CoverState, o: Int, used_before: Ints) -> bool:
    """Whether the rows that o or its site's opening touch hold, or are at least no worse than they
    were (``used_before`` is the left-hand side before the move)."""
    for at in range(plan.row_start[o], plan.row_start[o + 1]):
        r = plan.row[at]
        if plan.used[r] > plan.rhs[r] and plan.used[r] > used_before[r]:
            return False
    if len(plan.opening_row) > 0:
        n_phases = len(plan.opening_price) // len(plan.floor)
        s = plan.site[o]
        for column in range(s * n_phases, (s + 1) * n_phases):
            for at in range(plan.opening_start[column], plan.opening_start[column + 1]):
                r = plan.opening_row[at]
                if plan.used[r] > plan.rhs[r] and plan.used[r] > used_before[r]:
                    return False
    return True


@njit(cache=True, nogil=True)
def can_add(plan: CoverState, o: Int, used_before: Ints) -> bool:
    """Whether option o may be opened on top of the plan."""
    if plan.chosen[o] or plan.area[o] > plan.floor[plan.site[o]] or crowded(plan, o):
        return False
    remember_rows(plan, o, used_before)
    charge(plan, o, 1)
    fine = keeps_rows(plan, o, used_before)
    charge(plan, o, -1)
    return fine


@njit(cache=True, nogil=True)
def drop_useless(plan: CoverState) -> None:
    """Close outlets that nobody needs: no people lost, no row worse. What needed one that is closed
    by now (a stop its vehicle) may go in the next round."""
    used_before = np.zeros(len(plan.rhs), np.int64)
    again = True
    while again:
        again = False
        for o in range(len(plan.chosen)):
            if plan.chosen[o] and loss(plan, o) <= 0.0:
                remember_rows(plan, o, used_before)
                charge(plan, o, -1)
                if keeps_rows(plan, o, used_before):
                    uncover(plan, o)
                    again = True
                else:
                    charge(plan, o, 1)
