"""CoverState: a plan under construction, with everything a move needs kept up to date.

``free[t,i]`` is what a first cover of (i,t) would win and ``sole[t,i]`` what losing its only cover
would lose, so the gain of an option is one sum over ``free`` and its loss one sum over ``sole``.
Arrays are [target, point]: a move touches one format's run of points.

A named tuple of arrays, because numba takes it in compiled and cached functions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from siting.engine.shared.arrays import Floats, Floats32, Int, Ints, Ints32, Mask, Shorts
from siting.engine.shared.disc_sums import disc_sum
from siting.engine.shared.instance import Instance
from siting.engine.shared.point_runs import SHIFT
from siting.engine.shared.rows import Rows
from siting.kernels import njit


class CoverState(NamedTuple):
    """Constant arrays first, then those that moves change. Positions are the instance's."""

    run_start: Ints
    """Runs of (site, class) rows, as :class:`~siting.engine.shared.point_runs.Runs`."""
    run_begin: Ints32
    run_end: Ints32
    class_: Ints32
    """Class of each target, shape (n_targets,)."""
    n_classes: int
    seen_every: int
    """Sites of a sample of the points, as :class:`~siting.engine.shared.point_runs.Seen`."""
    seen_segment: Ints
    seen_site: Ints32
    kind_start: Ints32
    kind_target: Ints32
    weight: Floats32
    site: Ints32
    format: Ints32
    phase: Ints32
    area: Ints
    site_options: Ints
    rhs: Ints
    row_start: Ints
    row: Ints
    coefficient: Ints
    opening_start: Ints
    opening_row: Ints
    opening_coefficient: Ints
    near_start: Ints
    """Spacings: sites too near site s for spacing k, shape (n_spacings, n_sites + 1)."""
    near_site: Ints32
    spaced: Mask
    """Formats a spacing speaks of, shape (n_spacings, n_formats)."""
    price: Floats
    """What an option costs in people: Σ θ a, at the prices of the shared rows."""
    opening_price: Floats
    """The same for opening a site in a phase, shape (n_sites * n_phases,)."""
    # -- changed by moves
    free: Floats32
    sole: Floats32
    covers: Shorts
    floor: Ints
    """Floor space left at each site."""
    chosen: Mask
    listed: Ints32
    """Chosen options in no order, the first ``total[1]`` entries."""
    position: Ints32
    """Of a chosen option in ``listed``, -1 for others."""
    used: Ints
    """Left-hand side of each row."""
    total: Floats
    """[people covered, number chosen, price paid]."""


def new_cover_state(
    instance: Instance,
    rows: Rows,
    weight: Floats32,
    theta: Floats,
) -> CoverState:
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
    return CoverState(
        *instance.runs,
        instance.reach_end - 1,
        instance.n_classes,
        *instance.seen,
        kind_start,
        kind_target,
        weight,
        o.site,
        o.format,
        o.phase,
        o.area,
        instance.site_options,
        rows.rhs,
        by_option.indptr.astype(np.int64),
        by_option.indices.astype(np.int64),
        by_option.data.astype(np.int64),
        by_opening.indptr.astype(np.int64),
        by_opening.indices.astype(np.int64),
        by_opening.data.astype(np.int64),
        np.stack(starts) if starts else np.zeros((0, instance.n_sites + 1), np.int64),
        np.concatenate([*sites, np.zeros(0, np.int32)]),
        np.stack(spaced) if spaced else np.zeros((0, problem.n_formats), np.bool_),
        np.asarray(rows.options.T @ theta, np.float64),
        np.asarray(rows.openings.T @ theta, np.float64),
        weight.copy(),
        np.zeros((n_targets, n_points), np.float32),
        np.zeros((n_targets, n_points), np.uint16),
        instance.area.copy(),
        np.zeros(instance.n_options, np.bool_),
        np.zeros(instance.n_options, np.int32),
        np.full(instance.n_options, -1, np.int32),
        np.zeros(len(rows), np.int64),
        np.zeros(3),
    )


def with_prices(plan: CoverState, rows: Rows, theta: Floats) -> CoverState:
    """The same plan at other prices of the shared rows."""
    plan = plan._replace(
        price=np.asarray(rows.options.T @ theta, np.float64),
        opening_price=np.asarray(rows.openings.T @ theta, np.float64),
    )
    plan.total[2] = plan.price[plan.chosen].sum()  # openings are few and priced per move only
    return plan


def fill(plan: CoverState, options: Ints) -> None:
    """Make the plan exactly these options, feasible or not."""
    wanted = np.zeros(len(plan.chosen), np.bool_)
    wanted[options] = True
    _fill(plan, wanted)


@njit(cache=True, nogil=True)
def _fill(plan: CoverState, wanted: Mask) -> None:
    for o in range(len(wanted)):
        if plan.chosen[o] and not wanted[o]:
            drop(plan, o)
    for o in range(len(wanted)):
        if wanted[o] and not plan.chosen[o]:
            add(plan, o)


@njit(cache=True, nogil=True)
def _sum_over(plan: CoverState, o: Int, people: Floats32) -> float:
    """Σ people[t, i] over the (i, t) that option o covers."""
    first = plan.site[o] * plan.n_classes
    total = np.float64(0)
    for k in range(plan.kind_start[o], plan.kind_start[o + 1]):
        t = plan.kind_target[k]
        total += disc_sum(
            plan.run_start, plan.run_begin, plan.run_end, first + plan.class_[t], people[t]
        )
    return total


@njit(cache=True, nogil=True)
def gain(plan: CoverState, o: Int) -> float:
    """People newly covered by adding option o."""
    return _sum_over(plan, o, plan.free)


@njit(cache=True, nogil=True)
def loss(plan: CoverState, o: Int) -> float:
    """People no longer covered when option o is dropped."""
    return _sum_over(plan, o, plan.sole)


@njit(cache=True, nogil=True)
def _opening_phase(plan: CoverState, s: Int) -> np.int64:
    """Column of the site's opening, -1 while nothing is open there."""
    first = np.int64(-1)
    n_phases = len(plan.opening_price) // len(plan.floor)
    for o in range(plan.site_options[s], plan.site_options[s + 1]):
        if plan.chosen[o] and (first < 0 or plan.phase[o] < first):
            first = np.int64(plan.phase[o])
    return first if first < 0 else s * n_phases + first


@njit(cache=True, nogil=True)
def _count_opening(plan: CoverState, column: Int, sign: Int) -> None:
    if column >= 0:
        for at in range(plan.opening_start[column], plan.opening_start[column + 1]):
            plan.used[plan.opening_row[at]] += sign * plan.opening_coefficient[at]
        plan.total[2] += sign * plan.opening_price[column]


@njit(cache=True, nogil=True)
def charge(plan: CoverState, o: Int, sign: Int) -> None:
    """Enter option o in rows, floor, lists and price (sign 1), or take it out (-1)."""
    s = plan.site[o]
    with_openings = len(plan.opening_row) > 0
    before = _opening_phase(plan, s) if with_openings else np.int64(-1)
    for at in range(plan.row_start[o], plan.row_start[o + 1]):
        plan.used[plan.row[at]] += sign * plan.coefficient[at]
    plan.floor[s] -= sign * plan.area[o]
    plan.total[2] += sign * plan.price[o]
    n = np.int64(plan.total[1])
    if sign > 0:
        plan.chosen[o] = True
        plan.listed[n] = o
        plan.position[o] = n
        plan.total[1] = n + 1
    else:
        plan.chosen[o] = False
        last = plan.listed[n - 1]
        plan.listed[plan.position[o]] = last
        plan.position[last] = plan.position[o]
        plan.position[o] = -1
        plan.total[1] = n - 1
    if with_openings:
        after = _opening_phase(plan, s)
        if after != before:
            _count_opening(plan, before, -1)
            _count_opening(plan, after, 1)


@njit(cache=True, nogil=True)
def cover(plan: CoverState, o: Int) -> None:
    """Count the covers of option o."""
    s = plan.site[o]
    won = 0.0
    for k in range(plan.kind_start[o], plan.kind_start[o + 1]):
        t = plan.kind_target[k]
        covers, free, sole = plan.covers[t], plan.free[t], plan.sole[t]
        disc = s * plan.n_classes + plan.class_[t]
        for at in range(plan.run_start[disc], plan.run_start[disc + 1]):
            shift = plan.run_begin[at] >> SHIFT
            for i in range(plan.run_begin[at] - shift, plan.run_end[at] - shift):
                c = covers[i]
                covers[i] = c + 1
                if c == 0:
                    w = free[i]
                    won += w
                    sole[i] = w
                    free[i] = 0
                elif c == 1:
                    sole[i] = 0
    plan.total[0] += won


@njit(cache=True, nogil=True)
def uncover(plan: CoverState, o: Int) -> None:
    """Take the covers of option o back."""
    s = plan.site[o]
    lost = 0.0
    for k in range(plan.kind_start[o], plan.kind_start[o + 1]):
        t = plan.kind_target[k]
        covers, free, sole = plan.covers[t], plan.free[t], plan.sole[t]
        disc = s * plan.n_classes + plan.class_[t]
        for at in range(plan.run_start[disc], plan.run_start[disc + 1]):
            shift = plan.run_begin[at] >> SHIFT
            for i in range(plan.run_begin[at] - shift, plan.run_end[at] - shift):
                c = covers[i]
                covers[i] = c - 1
                if c == 1:
                    w = sole[i]
                    lost += w
                    free[i] = w
                    sole[i] = 0
                elif c == 2:
                    sole[i] = plan.weight[t, i]
    plan.total[0] -= lost


@njit(cache=True, nogil=True)
def add(plan: CoverState, o: Int) -> None:
    """Open option o."""
    charge(plan, o, 1)
    cover(plan, o)


@njit(cache=True, nogil=True)
def drop(plan: CoverState, o: Int) -> None:
    """Close option o."""
    charge(plan, o, -1)
    uncover(plan, o)
