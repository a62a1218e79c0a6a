"""Board: a plan under construction, with everything a move needs kept up to date.

``free[t,i]`` is what a first cover of (i,t) would win and ``sole[t,i]`` what losing its only cover
would lose, so the gain of an option is one sum over ``free`` and its loss one sum over ``sole``.
Arrays are [target, point]: a move touches one format's run of points.

A named tuple of arrays, because numba takes it in compiled and cached functions.
"""

from __future__ import annotations

from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from siting.engine.shared.instance import Instance
from siting.engine.shared.rows import Rows


class Board(NamedTuple):
    """Constant arrays first, then those that moves change. Positions are the instance's."""

    segment: NDArray[np.int64]
    points: NDArray[np.int32]
    reach_end: NDArray[np.int32]
    point_segment: NDArray[np.int64]
    point_index: NDArray[np.int32]
    kind_start: NDArray[np.int32]
    kind_target: NDArray[np.int32]
    weight: NDArray[np.float32]
    site: NDArray[np.int32]
    format: NDArray[np.int32]
    phase: NDArray[np.int32]
    area: NDArray[np.int64]
    site_options: NDArray[np.int64]
    rhs: NDArray[np.int64]
    row_start: NDArray[np.int64]
    row: NDArray[np.int64]
    coefficient: NDArray[np.int64]
    opening_start: NDArray[np.int64]
    opening_row: NDArray[np.int64]
    opening_coefficient: NDArray[np.int64]
    near_start: NDArray[np.int64]
    """Spacings: sites too near site s for spacing k, shape (n_spacings, n_sites + 1)."""
    near_site: NDArray[np.int32]
    spaced: NDArray[np.bool_]
    """Formats a spacing speaks of, shape (n_spacings, n_formats)."""
    price: NDArray[np.float64]
    """What an option costs in people: Σ θ a, at the prices of the shared rows."""
    opening_price: NDArray[np.float64]
    """The same for opening a site in a phase, shape (n_sites * n_phases,)."""
    # -- changed by moves
    free: NDArray[np.float32]
    sole: NDArray[np.float32]
    covers: NDArray[np.uint16]
    floor: NDArray[np.int64]
    """Floor space left at each site."""
    chosen: NDArray[np.bool_]
    listed: NDArray[np.int32]
    """Chosen options in no order, the first ``total[1]`` entries."""
    place: NDArray[np.int32]
    used: NDArray[np.int64]
    """Left-hand side of each row."""
    total: NDArray[np.float64]
    """[people covered, number chosen, price paid]."""


def make_board(
    instance: Instance,
    rows: Rows,
    weight: NDArray[np.float32],
    theta: NDArray[np.float64],
) -> Board:
    """An empty plan.

    Args:
        weight: value of each (target, point), shape (n_targets, n_points).
        theta: price of each shared row, shape (n_rows,).
    """
    problem = instance.problem
    o = instance.options
    by_option = rows.by_option
    by_opening = rows.openings.tocsc()
    starts, sites, spaced = [], [], []
    position = np.full(problem.n_sites, -1, np.int64)
    position[instance.site] = np.arange(instance.n_sites)
    total = 0
    for spacing in problem.spacings:
        near = spacing.near[instance.site][:, instance.site].tocsr()
        starts.append(near.indptr.astype(np.int64) + total)
        sites.append(near.indices.astype(np.int32))
        total += near.nnz
        mask = np.zeros(problem.n_formats, np.bool_)
        mask[list(spacing.formats)] = True
        spaced.append(mask)
    n_points, n_targets = instance.n_points, instance.n_targets
    kind_start, kind_target = instance.spread_kinds
    return Board(
        instance.by_site.segment, instance.by_site.index, instance.reach_end,
        instance.by_point.segment, instance.by_point.index, kind_start, kind_target, weight,
        o.site, o.format, o.phase, o.area, instance.site_options,
        rows.rhs, by_option.indptr.astype(np.int64), by_option.indices.astype(np.int64),
        by_option.data.astype(np.int64),
        by_opening.indptr.astype(np.int64), by_opening.indices.astype(np.int64),
        by_opening.data.astype(np.int64),
        np.stack(starts) if starts else np.zeros((0, instance.n_sites + 1), np.int64),
        np.concatenate([*sites, np.zeros(0, np.int32)]),
        np.stack(spaced) if spaced else np.zeros((0, problem.n_formats), np.bool_),
        np.asarray(rows.options.T @ theta, np.float64),
        np.asarray(rows.openings.T @ theta, np.float64),
        weight.copy(), np.zeros((n_targets, n_points), np.float32),
        np.zeros((n_targets, n_points), np.uint16), instance.area.copy(),
        np.zeros(instance.n_options, np.bool_), np.zeros(instance.n_options, np.int32),
        np.full(instance.n_options, -1, np.int32), np.zeros(len(rows), np.int64), np.zeros(3),
    )  # fmt: skip


def with_prices(board: Board, rows: Rows, theta: NDArray[np.float64]) -> Board:
    """The same plan at other prices of the shared rows."""
    board = board._replace(
        price=np.asarray(rows.options.T @ theta, np.float64),
        opening_price=np.asarray(rows.openings.T @ theta, np.float64),
    )
    board.total[2] = board.price[board.chosen].sum()  # openings are few and priced per move only
    return board


def fill(board: Board, options: NDArray[np.int64]) -> None:
    """Make the plan exactly these options, feasible or not."""
    wanted = np.zeros(len(board.chosen), np.bool_)
    wanted[options] = True
    for o in np.flatnonzero(board.chosen & ~wanted):
        drop(board, o)
    for o in np.flatnonzero(wanted & ~board.chosen):
        add(board, o)


@nb.njit(cache=True, nogil=True, fastmath=True)
def _sum_over(b, o, people):
    """Σ people[t, i] over the (i, t) that option o covers."""
    s = b.site[o]
    total = 0.0
    for k in range(b.kind_start[o], b.kind_start[o + 1]):
        t = b.kind_target[k]
        row = people[t]
        part = np.float32(0)
        for at in range(b.segment[s, 0], b.segment[s, b.reach_end[t]]):
            part += row[b.points[at]]
        total += part
    return total


@nb.njit(cache=True, nogil=True)
def gain(b, o):
    """People newly covered by adding option o."""
    return _sum_over(b, o, b.free)


@nb.njit(cache=True, nogil=True)
def loss(b, o):
    """People no longer covered when option o is dropped."""
    return _sum_over(b, o, b.sole)


@nb.njit(cache=True, nogil=True)
def _opening_phase(b, s):
    """Column of the site's opening, -1 while nothing is open there."""
    first = np.int64(-1)
    n_phases = len(b.opening_price) // len(b.floor)
    for o in range(b.site_options[s], b.site_options[s + 1]):
        if b.chosen[o] and (first < 0 or b.phase[o] < first):
            first = np.int64(b.phase[o])
    return first if first < 0 else s * n_phases + first


@nb.njit(cache=True, nogil=True)
def _count_opening(b, column, sign):
    if column >= 0:
        for at in range(b.opening_start[column], b.opening_start[column + 1]):
            b.used[b.opening_row[at]] += sign * b.opening_coefficient[at]
        b.total[2] += sign * b.opening_price[column]


@nb.njit(cache=True, nogil=True)
def book(b, o, sign):
    """Enter option o in rows, floor, lists and price (sign 1), or take it out (-1)."""
    s = b.site[o]
    with_openings = len(b.opening_row) > 0
    before = _opening_phase(b, s) if with_openings else np.int64(-1)
    for at in range(b.row_start[o], b.row_start[o + 1]):
        b.used[b.row[at]] += sign * b.coefficient[at]
    b.floor[s] -= sign * b.area[o]
    b.total[2] += sign * b.price[o]
    n = np.int64(b.total[1])
    if sign > 0:
        b.chosen[o] = True
        b.listed[n] = o
        b.place[o] = n
        b.total[1] = n + 1
    else:
        b.chosen[o] = False
        last = b.listed[n - 1]
        b.listed[b.place[o]] = last
        b.place[last] = b.place[o]
        b.place[o] = -1
        b.total[1] = n - 1
    if with_openings:
        after = _opening_phase(b, s)
        if after != before:
            _count_opening(b, before, -1)
            _count_opening(b, after, 1)


@nb.njit(cache=True, nogil=True)
def cover(b, o):
    """Count the covers of option o."""
    s = b.site[o]
    won = 0.0
    for k in range(b.kind_start[o], b.kind_start[o + 1]):
        t = b.kind_target[k]
        for at in range(b.segment[s, 0], b.segment[s, b.reach_end[t]]):
            i = b.points[at]
            c = b.covers[t, i]
            b.covers[t, i] = c + 1
            if c == 0:
                w = b.free[t, i]
                won += w
                b.sole[t, i] = w
                b.free[t, i] = 0
            elif c == 1:
                b.sole[t, i] = 0
    b.total[0] += won


@nb.njit(cache=True, nogil=True)
def uncover(b, o):
    """Take the covers of option o back."""
    s = b.site[o]
    lost = 0.0
    for k in range(b.kind_start[o], b.kind_start[o + 1]):
        t = b.kind_target[k]
        for at in range(b.segment[s, 0], b.segment[s, b.reach_end[t]]):
            i = b.points[at]
            c = b.covers[t, i]
            b.covers[t, i] = c - 1
            if c == 1:
                w = b.sole[t, i]
                lost += w
                b.free[t, i] = w
                b.sole[t, i] = 0
            elif c == 2:
                b.sole[t, i] = b.weight[t, i]
    b.total[0] -= lost


@nb.njit(cache=True, nogil=True)
def add(b, o):
    """Open option o."""
    book(b, o, 1)
    cover(b, o)


@nb.njit(cache=True, nogil=True)
def drop(b, o):
    """Close option o."""
    book(b, o, -1)
    uncover(b, o)


@nb.njit(cache=True, nogil=True)
def crowded(b, o):
    """Whether a chosen option already has o's site and format, or stands too near o."""
    s, f = b.site[o], b.format[o]
    for other in range(b.site_options[s], b.site_options[s + 1]):
        if b.chosen[other] and other != o:
            if b.format[other] == f:
                return True
            for k in range(len(b.spaced)):
                if b.spaced[k, f] and b.spaced[k, b.format[other]]:
                    return True
    for k in range(len(b.spaced)):
        if not b.spaced[k, f]:
            continue
        single = b.spaced[k].sum() == 1
        for at in range(b.near_start[k, s], b.near_start[k, s + 1]):
            other_site = b.near_site[at]
            for other in range(b.site_options[other_site], b.site_options[other_site + 1]):
                if (
                    b.chosen[other]
                    and b.spaced[k, b.format[other]]
                    and (single or b.format[other] != f)
                ):
                    return True
    return False


@nb.njit(cache=True, nogil=True)
def anywhere_crowded(b):
    """Whether two outlets of the plan have one site and format, or stand too near each other."""
    for o in range(len(b.chosen)):  # noqa: SIM110 - numba compiles no generators
        if b.chosen[o] and crowded(b, o):
            return True
    return False


@nb.njit(cache=True, nogil=True)
def keeps_rows(b, o, used_before):
    """Whether the rows that o or its site's opening touch hold, or are at least no worse than they
    were (``used_before`` is the left-hand side before the move)."""
    for at in range(b.row_start[o], b.row_start[o + 1]):
        r = b.row[at]
        if b.used[r] > b.rhs[r] and b.used[r] > used_before[r]:
            return False
    if len(b.opening_row) > 0:
        n_phases = len(b.opening_price) // len(b.floor)
        s = b.site[o]
        for column in range(s * n_phases, (s + 1) * n_phases):
            for at in range(b.opening_start[column], b.opening_start[column + 1]):
                r = b.opening_row[at]
                if b.used[r] > b.rhs[r] and b.used[r] > used_before[r]:
                    return False
    return True


@nb.njit(cache=True, nogil=True)
def remember_rows(b, o, used_before):
    """Copy the left-hand sides that a move with o may change."""
    for at in range(b.row_start[o], b.row_start[o + 1]):
        used_before[b.row[at]] = b.used[b.row[at]]
    if len(b.opening_row) > 0:
        n_phases = len(b.opening_price) // len(b.floor)
        s = b.site[o]
        for at in range(b.opening_start[s * n_phases], b.opening_start[(s + 1) * n_phases]):
            used_before[b.opening_row[at]] = b.used[b.opening_row[at]]


@nb.njit(cache=True, nogil=True)
def can_add(b, o, used_before):
    """Whether option o may be opened on top of the plan."""
    if b.chosen[o] or b.area[o] > b.floor[b.site[o]] or crowded(b, o):
        return False
    remember_rows(b, o, used_before)
    book(b, o, 1)
    fine = keeps_rows(b, o, used_before)
    book(b, o, -1)
    return fine


def violated(board: Board) -> NDArray[np.int64]:
    """Rows that the plan breaks."""
    return np.flatnonzero(board.used > board.rhs)


@nb.njit(cache=True, nogil=True)
def drop_useless(b):
    """Close outlets that nobody needs: no people lost, no row worse. What needed one that is closed
    by now (a stop its vehicle) may go in the next round."""
    used_before = np.zeros(len(b.rhs), np.int64)
    again = True
    while again:
        again = False
        for o in range(len(b.chosen)):
            if b.chosen[o] and loss(b, o) <= 0.0:
                remember_rows(b, o, used_before)
                book(b, o, -1)
                if keeps_rows(b, o, used_before):
                    uncover(b, o)
                    again = True
                else:
                    book(b, o, 1)
