"""Moves tried on the shared rows' sums before anything is changed.

A move closes some options and opens at most one. ``try_move`` sums what it would change in every
row it touches, the opening of its sites included; the caller then weighs people, and only an
accepted move is carried out by the plan. The kernels take plain arrays: handing the whole plan
from function to function costs more than the move itself (measured: 3 times).
"""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Floats, Int, Ints, Ints32, Mask
from siting.kernels import njit


@njit(cache=True, nogil=True)
def _note(touched: Ints, delta: Ints, n: Int, r: Int, change: Int) -> Int:
    for k in range(n):
        if touched[k] == r:
            delta[k] += change
            return n
    touched[n] = r
    delta[n] = change
    return n + 1


@njit(cache=True, nogil=True)
def _first_phase(
    chosen: Mask, phase: Ints32, low: Int, high: Int, closed: Ints, n_closed: Int, o: Int
) -> np.int64:
    """First phase in which a site opens once ``closed`` are closed and o (if >= 0) is opened; -1
    while nothing is open there."""
    first = np.int64(-1)
    for other in range(low, high):
        if other == o or chosen[other]:
            gone = False
            for k in range(n_closed):
                gone |= closed[k] == other
            if not gone and (first < 0 or phase[other] < first):
                first = np.int64(phase[other])
    return first


@njit(cache=True, nogil=True)
def _note_opening(
    chosen: Mask,
    phase: Ints32,
    site_options: Ints,
    s: np.int64,
    n_phases: Int,
    opening_start: Ints,
    opening_row: Ints,
    opening_coefficient: Ints,
    opening_price: Floats,
    closed: Ints,
    n_closed: Int,
    o: Int,
    touched: Ints,
    delta: Ints,
    n: Int,
) -> tuple[Int, float]:
    """Enter the change in site s's opening; the number of rows touched and the price."""
    low, high = site_options[s], site_options[s + 1]
    before = _first_phase(chosen, phase, low, high, closed, 0, np.int64(-1))
    inside = o if low <= o < high else np.int64(-1)
    after = _first_phase(chosen, phase, low, high, closed, n_closed, inside)
    paid = 0.0
    if before != after:
        if before >= 0:
            column = s * n_phases + before
            paid -= opening_price[column]
            for at in range(opening_start[column], opening_start[column + 1]):
                n = _note(touched, delta, n, opening_row[at], -opening_coefficient[at])
        if after >= 0:
            column = s * n_phases + after
            paid += opening_price[column]
            for at in range(opening_start[column], opening_start[column + 1]):
                n = _note(touched, delta, n, opening_row[at], opening_coefficient[at])
    return n, paid


@njit(cache=True, nogil=True)
def try_move(
    row_start: Ints,
    row: Ints,
    coefficient: Ints,
    used: Ints,
    rhs: Ints,
    price: Floats,
    site: Ints32,
    phase: Ints32,
    site_options: Ints,
    chosen: Mask,
    opening_start: Ints,
    opening_row: Ints,
    opening_coefficient: Ints,
    opening_price: Floats,
    n_phases: Int,
    closed: Ints,
    n_closed: Int,
    o: Int,
    touched: Ints,
    delta: Ints,
) -> tuple[bool, float]:
    """Whether every row would hold, or be no worse than it is, and the change in the price paid.

    Args:
        closed: options to close, the first ``n_closed``; chosen ones.
        o: option to open, -1 for none.
        touched, delta: scratch, int64, shape (n_rows + 1,).
    """
    n: Int = 0
    paid = 0.0
    for k in range(n_closed):
        a = closed[k]
        paid -= price[a]
        for at in range(row_start[a], row_start[a + 1]):
            n = _note(touched, delta, n, row[at], -coefficient[at])
    if o >= 0:
        paid += price[o]
        for at in range(row_start[o], row_start[o + 1]):
            n = _note(touched, delta, n, row[at], coefficient[at])
    if len(opening_row) > 0:
        last = np.int64(-1)
        if o >= 0:
            last = np.int64(site[o])
            n, fee = _note_opening(
                chosen,
                phase,
                site_options,
                last,
                n_phases,
                opening_start,
                opening_row,
                opening_coefficient,
                opening_price,
                closed,
                n_closed,
                o,
                touched,
                delta,
                n,
            )
            paid += fee
        # A move closes options of one site at most beside the one where it opens.
        if n_closed > 0 and site[closed[0]] != last:
            n, fee = _note_opening(
                chosen,
                phase,
                site_options,
                np.int64(site[closed[0]]),
                n_phases,
                opening_start,
                opening_row,
                opening_coefficient,
                opening_price,
                closed,
                n_closed,
                np.int64(-1),
                touched,
                delta,
                n,
            )
            paid += fee
    for k in range(n):
        if delta[k] > 0 and used[touched[k]] + delta[k] > rhs[touched[k]]:
            return False, paid
    return True, paid
