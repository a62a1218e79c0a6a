"""Passes over the reach: the kernels in which the bound spends its time.

Arrays [point, target] and [site, target] in whole numbers modulo 2^32; a scale tells how many of
them are one. To the sites: prefix sums over the points of a block, two look-ups a run. To the
points: a mark where a run begins and one where it ends, and one running sum; marks stay between
iterations, and only sites whose plan moved set new ones. Sums of whole numbers do not depend on
their order, so blocks and sites may be shared among any number of threads.

Where spans are single points (``spans.running`` is false) the same arrays hold the values and the
covers themselves, and look-ups and marks are single.
"""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Floats, Floats32, Int, Ints32, Mask, Real
from siting.engine.shared.discs import Spans
from siting.kernels import njit

STRIP = 64
"""Points that are stepped together: what they need stays in the first cache."""


@njit(cache=True, nogil=True)
def fill_sums(
    spans: Spans, x: Floats32, scale: Floats32, sums: Ints32, low: Int, high: Int
) -> None:
    """Sums of x over the points of some blocks, ready for ``to_sites``.

    Args:
        x: shape (n_points, n_targets).
        scale: by target.
        sums: shape (n_places, n_targets).
    """
    running, border, n_targets = spans.running, spans.border, x.shape[1]
    so_far = np.zeros(n_targets, np.int32)
    for b in range(low, high):
        so_far[:] = 0
        shift = b if running else 0
        for i in range(border[b], border[b + 1]):
            for t in range(n_targets):
                whole = np.int32(np.rint(x[i, t] * scale[t]))
                if running:
                    sums[i + shift, t] = so_far[t]
                    so_far[t] += whole
                else:
                    sums[i, t] = whole
        if running:
            for t in range(n_targets):
                sums[border[b + 1] + shift, t] = so_far[t]


@njit(cache=True, nogil=True)
def to_sites(spans: Spans, sums: Ints32, out: Ints32, low: Int, high: Int) -> None:
    """out[s, t] = Σ over the points within t's standard of site s, of sites low..high."""
    running, start, begin, end = spans.running, spans.start, spans.begin, spans.end
    first, last = spans.low, spans.high
    n_classes = len(first)
    for s in range(low, high):
        out[s, :] = 0
        for k in range(n_classes):
            row = s * n_classes + k
            a, z = start[row], start[row + 1]
            if a == z:
                continue
            # Target after target: a sum stays in a register, the rows looked up in the first cache.
            for t in range(first[k], last[k]):
                total = np.int32(0)
                if running:
                    for at in range(a, z):
                        total += sums[end[at], t] - sums[begin[at], t]
                else:
                    for at in range(a, z):
                        total += sums[begin[at], t]
                out[s, t] += total


@njit(cache=True, nogil=True)
def _mark(spans: Spans, plan: Ints32, moved: Mask, marks: Ints32, b: Int) -> None:
    """Cover block b by some sites' plan."""
    running, begin, end = spans.running, spans.begin, spans.end
    piece_row, piece_begin, piece_end = spans.piece_row, spans.piece_begin, spans.piece_end
    n_classes = len(spans.low)
    for piece in range(spans.piece_start[b], spans.piece_start[b + 1]):
        row = piece_row[piece]
        s = row // n_classes
        if not moved[s]:
            continue
        k = row - s * n_classes
        a, z = spans.low[k], spans.high[k]
        while a < z and plan[s, a] == 0:
            a += 1
        while a < z and plan[s, z - 1] == 0:
            z -= 1
        if a == z:
            continue
        for at in range(piece_begin[piece], piece_end[piece]):
            here, there = begin[at], end[at]
            for t in range(a, z):
                marks[here, t] += plan[s, t]
            if running:
                for t in range(a, z):
                    marks[there, t] -= plan[s, t]


@njit(cache=True, nogil=True)
def to_points(spans: Spans, plan: Ints32, moved: Mask, marks: Ints32, low: Int, high: Int) -> None:
    """Add a plan to the marks of some blocks.

    Args:
        plan: what each site adds to the covers of the points in reach, shape (n_sites, n_targets).
        moved: sites where that is not nought.
        marks: shape (n_places, n_targets).
    """
    for b in range(low, high):
        _mark(spans, plan, moved, marks, b)


@njit(cache=True, nogil=True)
def covers(spans: Spans, marks: Ints32, one: Real, out: Floats32, low: Int, high: Int) -> None:
    """How often the points of some blocks are covered by what the marks hold.

    Args:
        one: a cover in whole numbers.
        out: shape (n_points, n_targets).
    """
    running, border = spans.running, spans.border
    part, n_targets = 1.0 / one, out.shape[1]
    so_far = np.zeros(n_targets, np.int32)
    for b in range(low, high):
        so_far[:] = 0
        shift = b if running else 0
        for i in range(border[b], border[b + 1]):
            for t in range(n_targets):
                here = marks[i + shift, t]
                if running:
                    so_far[t] += here
                    here = so_far[t]
                out[i, t] = here * part


@njit(cache=True, nogil=True)
def step_points(
    spans: Spans,
    plan: Ints32,
    moved: Mask,
    marks: Ints32,
    one: Real,
    weight: Floats32,
    inverse_degree: Floats32,
    u: Floats32,
    sum_u: Floats32,
    scale: Floats32,
    sums: Ints32,
    step: Real,
    relax: Real,
    low: Int,
    high: Int,
) -> None:
    """The plan's move reaches the points of some blocks, their prices answer:
    u <- clip(u - ω (A y - 1) / degree), relaxed; its extrapolation, times the weight, goes into
    ``sums``.

    Args:
        plan, moved: the move since the marks were set, as for ``to_points``.
        one: a cover in whole numbers.
        sum_u: running sum of u before relaxation.
        scale: of ``sums``, by target.
    """
    running, border, n_targets = spans.running, spans.border, u.shape[1]
    omega, rho, part = np.float32(step), np.float32(relax), np.float32(1.0 / one)
    # A strip of points at a time: what is summed up by target, then what every (point, target) does
    # alone, over flat arrays that vector instructions take.
    covered = np.zeros((STRIP + 1) * n_targets, np.int32)
    whole = np.empty(STRIP * n_targets, np.int32)
    so_far = np.zeros(n_targets, np.int32)
    scales = np.empty(STRIP * n_targets, np.float32)
    for at in range(STRIP):
        scales[at * n_targets : (at + 1) * n_targets] = scale
    marks_, sums_ = marks.ravel(), sums.ravel()
    weight_, slope, u_, sum_u_ = weight.ravel(), inverse_degree.ravel(), u.ravel(), sum_u.ravel()
    for b in range(low, high):
        _mark(spans, plan, moved, marks, b)
        covered[:n_targets] = 0
        so_far[:] = 0
        shift = b * n_targets if running else 0
        for first in range(border[b], border[b + 1], STRIP):
            n = (min(first + STRIP, border[b + 1]) - first) * n_targets
            base = first * n_targets
            place = base + shift
            if running:
                for at in range(n):
                    covered[at + n_targets] = covered[at] + marks_[place + at]
            else:
                covered[n_targets : n + n_targets] = marks_[place : place + n]
            _step_strip(
                omega,
                rho,
                part,
                covered[n_targets : n + n_targets],
                weight_[base : base + n],
                slope[base : base + n],
                u_[base : base + n],
                sum_u_[base : base + n],
                scales,
                whole,
            )
            if running:
                covered[:n_targets] = covered[n : n + n_targets]
                t = 0
                for at in range(n):
                    sums_[place + at] = so_far[t]
                    so_far[t] += whole[at]
                    t += 1
                    if t == n_targets:
                        t = 0
            else:
                sums_[place : place + n] = whole[:n]
        if running:
            for t in range(n_targets):
                sums[border[b + 1] + b, t] = so_far[t]


@njit(cache=True, nogil=True, fastmath=True)
def _step_strip(
    omega: Real,
    rho: Real,
    part: Real,
    covered: Ints32,
    weight: Floats32,
    slope: Floats32,
    u: Floats32,
    sum_u: Floats32,
    scale: Floats32,
    whole: Ints32,
) -> None:
    """``step_points`` where nothing is summed; all of one length, flat."""
    least, most, two = np.float32(0), np.float32(1), np.float32(2)
    for at in range(len(u)):
        old = u[at]
        new = old - omega * (np.float32(covered[at]) * part - most) * slope[at]
        new = min(most, max(least, new))
        u[at] = old + rho * (new - old)
        sum_u[at] += new
        whole[at] = np.int32(np.rint(weight[at] * (two * new - old) * scale[at]))


@njit(cache=True, nogil=True)
def met_by_plan(
    spans: Spans,
    plan: Ints32,
    moved: Mask,
    marks: Ints32,
    one: Real,
    weight: Floats32,
    out: Floats,
    low: Int,
    high: Int,
) -> None:
    """out[b] = Σ weight min(1, cover) over some blocks, of a whole plan.

    Args:
        marks: scratch, shape (n_places, n_targets).
    """
    running, border, n_targets = spans.running, spans.border, weight.shape[1]
    part = np.float32(1.0 / one)
    covered = np.zeros(n_targets, np.int32)
    for b in range(low, high):
        shift = b if running else 0
        marks[border[b] + shift : border[b + 1] + (b + 1 if running else 0)] = 0
        _mark(spans, plan, moved, marks, b)
        covered[:] = 0
        total = np.float64(0)
        for i in range(border[b], border[b + 1]):
            row = np.float32(0)
            for t in range(n_targets):
                if running:
                    covered[t] += marks[i + shift, t]
                else:
                    covered[t] = marks[i, t]
                row += weight[i, t] * min(np.float32(1), np.float32(covered[t]) * part)
            total += row
        out[b] = total


@njit(cache=True, nogil=True)
def left_to_people(
    spans: Spans, weight: Floats32, sum_u: Floats32, count: Real, out: Floats, low: Int, high: Int
) -> None:
    """out[b] = Σ weight (1 - u) over some blocks, at the averaged u."""
    part = np.float32(1.0 / count)
    least, most = np.float32(0), np.float32(1)
    for b in range(low, high):
        total = np.float64(0)
        for i in range(spans.border[b], spans.border[b + 1]):
            row = np.float32(0)
            for t in range(weight.shape[1]):
                row += weight[i, t] * (most - min(most, max(least, sum_u[i, t] * part)))
            total += row
        out[b] = total


@njit(cache=True, nogil=True)
def average(spans: Spans, sum_u: Floats32, count: Real, out: Floats32, low: Int, high: Int) -> None:
    """The averaged u of the points of some blocks, within 0..1."""
    part = np.float32(1.0 / count)
    least, most = np.float32(0), np.float32(1)
    for i in range(spans.border[low], spans.border[high]):
        for t in range(out.shape[1]):
            out[i, t] = min(most, max(least, sum_u[i, t] * part))


@njit(cache=True, nogil=True)
def sum_targets(
    per_site: Ints32,
    one: Floats,
    site: Ints32,
    kind_start: Ints32,
    kind_target: Ints32,
    out: Floats,
) -> None:
    """What each option wins: the sum over the targets it serves, shape (n_options,).

    Args:
        one: unit of ``per_site`` by target.
    """
    for o in range(len(site)):
        total = 0.0
        for at in range(kind_start[o], kind_start[o + 1]):
            t = kind_target[at]
            total += per_site[site[o], t] * one[t]
        out[o] = total


@njit(cache=True, nogil=True)
def move_plan(
    y: Floats,
    one: Real,
    marked: Ints32,
    site: Ints32,
    kind_start: Ints32,
    kind_target: Ints32,
    plan: Ints32,
    moved: Mask,
) -> None:
    """The move from the plan that is marked to y, in whole numbers by site and target.

    Args:
        y: shape (n_options,).
        one: a whole option in whole numbers.
        marked: of each option; becomes y.
        plan: the move, shape (n_sites, n_targets); what was there goes.
        moved: sites that move, shape (n_sites,); likewise.
    """
    for s in range(len(moved)):
        if moved[s]:
            plan[s, :] = 0
            moved[s] = False
    for o in range(len(y)):
        whole = np.int32(np.rint(y[o] * one))
        if whole != marked[o]:
            s = site[o]
            moved[s] = True
            for at in range(kind_start[o], kind_start[o + 1]):
                plan[s, kind_target[at]] += whole - marked[o]
            marked[o] = whole
