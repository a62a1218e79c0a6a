"""Passes over the pairs: the kernels in which the bound spends its time.

An array [row, target] is gathered along the pairs of the other side. The targets a pair counts for
are the first ``width`` ones, contiguous in memory, so one pass serves every format.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from siting.engine.shared.arrays import Floats, Floats32, Int, Ints, Ints32, Real


@nb.njit(cache=True, nogil=True, fastmath=True)
def _sum_row(
    segment: Ints, index: Ints32, width: Ints32, x: Floats32, r: Int, total: Floats32
) -> None:
    """total[t] = Σ x[j, t] over the pairs (r, j) that count for t. Four pairs at a time."""
    total[:] = 0
    for k in range(len(width)):
        m = width[k]
        begin, end = segment[r, k], segment[r, k + 1]
        at = begin
        while at + 4 <= end:
            a, b, c, d = index[at], index[at + 1], index[at + 2], index[at + 3]
            for t in range(m):
                total[t] += (x[a, t] + x[b, t]) + (x[c, t] + x[d, t])
            at += 4
        while at < end:
            a = index[at]
            for t in range(m):
                total[t] += x[a, t]
            at += 1


@nb.njit(cache=True, nogil=True, fastmath=True)
def gather(
    segment: Ints, index: Ints32, width: Ints32, x: Floats32, out: Floats32, low: Int, high: Int
) -> None:
    """out[r, t] = Σ x[j, t] over the pairs (r, j) that count for t."""
    total = np.empty(x.shape[1], np.float32)
    for r in range(low, high):
        _sum_row(segment, index, width, x, r, total)
        out[r, :] = total


@nb.njit(cache=True, nogil=True, fastmath=True)
def cover_step(
    segment: Ints,
    index: Ints32,
    width: Ints32,
    x: Floats32,
    cover: Floats32,
    sum_cover: Floats32,
    relax: Real,
    low: Int,
    high: Int,
) -> None:
    """cover += ρ (A y - cover) and its running sum, fused with the pass."""
    total = np.empty(x.shape[1], np.float32)
    rho = np.float32(relax)
    for r in range(low, high):
        _sum_row(segment, index, width, x, r, total)
        for t in range(len(total)):
            sum_cover[r, t] += total[t]
            cover[r, t] += rho * (total[t] - cover[r, t])


@nb.njit(cache=True, nogil=True, fastmath=True)
def dual_step(
    weight: Floats32,
    u: Floats32,
    cover: Floats32,
    inverse_degree: Floats32,
    q: Floats32,
    sum_u: Floats32,
    step: Real,
    relax: Real,
    low: Int,
    high: Int,
) -> None:
    """u <- clip(u - ω (A y - 1) / degree), its extrapolation into q, relaxation and running sum."""
    omega, rho = np.float32(step), np.float32(relax)
    one, zero, two = np.float32(1), np.float32(0), np.float32(2)
    for r in range(low, high):
        for t in range(u.shape[1]):
            old = u[r, t]
            new = min(one, max(zero, old - omega * (cover[r, t] - one) * inverse_degree[r, t]))
            q[r, t] = weight[r, t] * (two * new - old)
            u[r, t] = old + rho * (new - old)
            sum_u[r, t] += new


@nb.njit(cache=True, nogil=True)
def sum_targets(
    per_site: Floats32, site: Ints32, kind_start: Ints32, kind_target: Ints32, out: Floats
) -> None:
    for o in range(len(site)):
        total = 0.0
        for at in range(kind_start[o], kind_start[o + 1]):
            total += per_site[site[o], kind_target[at]]
        out[o] = total


@nb.njit(cache=True, nogil=True)
def spread_options(
    y: Floats, site: Ints32, kind_start: Ints32, kind_target: Ints32, per_site: Floats32
) -> None:
    for o in range(len(site)):
        for at in range(kind_start[o], kind_start[o + 1]):
            per_site[site[o], kind_target[at]] += y[o]
