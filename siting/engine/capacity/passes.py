"""Passes of the capacitated bound: fill every facility, see what every demand is offered.

What a person is worth to a facility is ``profit`` = rate * u. A level takes its people best paid
first, up to its capacity: above a threshold λ everybody, below it nobody. Around λ, within
``blur``, a part: the answer then moves little when prices move little.
"""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Floats, Floats32, Int, Ints, Ints32, Real
from siting.kernels import njit

EVERYBODY = np.float32(-1e30)
"""Threshold of a level that has room for all."""


@njit(cache=True, nogil=True, fastmath=True)
def _taken(
    n: Floats32, v: Floats32, m: Int, threshold: Real, blur: Real
) -> tuple[np.float32, np.float32, np.float32]:
    """People taken at a threshold, what they pay, and the people within the blur."""
    inverse = np.float32(1) / blur
    half, zero, one = np.float32(0.5), np.float32(0), np.float32(1)
    people, paid, edge = np.float32(0), np.float32(0), np.float32(0)
    for j in range(m):
        share = min(one, max(zero, half + (v[j] - threshold) * inverse))
        part = n[j] * share
        people += part
        paid += part * v[j]
        edge += n[j] if zero < share < one else zero
    return people, paid, edge


@njit(cache=True, nogil=True)
def fill_facilities(
    start: Ints,
    demand: Ints32,
    persons: Floats32,
    profit: Floats32,
    level_start: Ints,
    capacity: Floats32,
    blur: Real,
    threshold: Floats32,
    gain: Floats32,
    longest: Int,
    low: Int,
    high: Int,
) -> None:
    """Threshold and gain of every level of the facilities low..high."""
    n = np.empty(longest, np.float32)
    v = np.empty(longest, np.float32)
    for c in range(low, high):
        m = start[c + 1] - start[c]
        everybody, everything, top = np.float32(0), np.float32(0), np.float32(0)
        for j in range(m):
            a = demand[start[c] + j]
            n[j], v[j] = persons[a], profit[a]
            everybody += n[j]
            everything += n[j] * max(np.float32(0), v[j])
            top = max(top, v[j])
        for k in range(level_start[c], level_start[c + 1]):
            q = capacity[k]
            if q >= everybody * np.float32(0.9999):
                threshold[k] = EVERYBODY
                gain[k] = everything
                continue
            low_t, high_t = np.float32(0), top + blur
            at = min(max(threshold[k], low_t), high_t)
            paid = np.float32(0)
            for _ in range(24):
                people, paid, edge = _taken(n, v, m, at, blur)
                if people > q:
                    low_t = at
                else:
                    high_t = at
                # Near enough, or even the threshold 0 leaves room.
                if abs(people - q) <= np.float32(0.004) * q or high_t <= low_t + blur * 1e-3:
                    break
                at = at + (people - q) * blur / max(edge, np.float32(1e-12))
                if not low_t < at < high_t:
                    at = np.float32(0.5) * (low_t + high_t)
            threshold[k] = at
            gain[k] = paid


@njit(cache=True, nogil=True)
def fill_exactly(
    start: Ints,
    demand: Ints32,
    persons: Floats32,
    profit: Floats32,
    level_start: Ints,
    capacity: Floats32,
    threshold: Floats32,
    gain: Floats,
    longest: Int,
    low: Int,
    high: Int,
) -> None:
    """An upper bound of each level's best, tight to the rounding of its threshold:
    q λ + Σ n (v - λ)+ is one for any λ >= 0."""
    n = np.empty(longest, np.float64)
    v = np.empty(longest, np.float64)
    for c in range(low, high):
        m = start[c + 1] - start[c]
        everybody, everything, top = 0.0, 0.0, 0.0
        for j in range(m):
            a = demand[start[c] + j]
            n[j], v[j] = persons[a], profit[a]
            everybody += n[j]
            everything += n[j] * v[j]
            top = max(top, v[j])
        for k in range(level_start[c], level_start[c + 1]):
            q = float(capacity[k])
            if q >= everybody:
                gain[k] = everything
                continue
            below, above = 0.0, top
            near = float(threshold[k])
            for turn in range(18):
                at = 0.5 * (below + above)
                if turn < 2 and below < near < above:
                    at = near + (0.02 if turn == 0 else -0.02) * top
                    at = min(max(at, below), above)
                people = 0.0
                for j in range(m):
                    if v[j] > at:
                        people += n[j]
                if people > q:
                    below = at
                else:
                    above = at
            paid = q * above
            for j in range(m):
                paid += n[j] * max(0.0, v[j] - above)
            gain[k] = paid


@njit(cache=True, nogil=True, fastmath=True)
def offers(
    back_start: Ints,
    back_facility: Ints32,
    active_start: Ints32,
    active_y: Floats32,
    active_threshold: Floats32,
    profit: Floats32,
    rate: Floats32,
    blur: Real,
    cover: Floats32,
    sum_cover: Floats32,
    slope: Floats32,
    relax: Real,
    low: Int,
    high: Int,
) -> None:
    """How often each demand is served by the fractional plan; ``cover`` moves towards it.
    ``slope`` is how fast that answer changes with the demand's own price."""
    inverse = np.float32(1) / blur
    half, zero, one, rho = np.float32(0.5), np.float32(0), np.float32(1), np.float32(relax)
    for j in range(low, high):
        total, edge = zero, zero
        v = profit[j]
        for at in range(back_start[j], back_start[j + 1]):
            c = back_facility[at]
            for k in range(active_start[c], active_start[c + 1]):
                part = half + (v - active_threshold[k]) * inverse
                total += active_y[k] * min(one, max(zero, part))
                edge += active_y[k] if zero < part < one else zero
        slope[j] += half * (edge * inverse * rate[j] - slope[j])
        sum_cover[j] += total
        cover[j] += rho * (total - cover[j])


@njit(cache=True, nogil=True, fastmath=True)
def price_step(
    u: Floats32,
    cover: Floats32,
    degree: Floats32,
    slope: Floats32,
    rate: Floats32,
    profit: Floats32,
    sum_u: Floats32,
    step: Real,
    relax: Real,
    low: Int,
    high: Int,
) -> None:
    """u <- clip(u - (cover - 1) / (degree / ω + slope)); its extrapolation into ``profit``."""
    omega, rho = np.float32(step), np.float32(relax)
    one, zero, two = np.float32(1), np.float32(0), np.float32(2)
    for j in range(low, high):
        old = u[j]
        new = old - (cover[j] - one) / (degree[j] / omega + slope[j])
        new = min(one, max(zero, new))
        profit[j] = rate[j] * (two * new - old)
        u[j] = old + rho * (new - old)
        sum_u[j] += new


@njit(cache=True, nogil=True)
def active_levels(
    level_start: Ints,
    level_option: Ints32,
    y: Floats32,
    threshold: Floats32,
    least: Real,
    active_start: Ints32,
    out_y: Floats32,
    out_at: Floats32,
) -> None:
    """The levels whose option is open at all, by facility."""
    total = 0
    for c in range(len(level_start) - 1):
        active_start[c] = total
        for k in range(level_start[c], level_start[c + 1]):
            if y[level_option[k]] > least:
                out_y[total] = y[level_option[k]]
                out_at[total] = threshold[k]
                total += 1
    active_start[len(level_start) - 1] = total
