"""Projection of a fractional plan onto what one site and the main row allow, at given prices.

    y[o] = clip(v[o] - τ[o] (price * main[o] + floor price * area[o] + format price), 0, 1)

with a floor price a site, a format price where a format has several options, and the opening
charged by the proximal step of fee * max(y). Where not all that is wanted fits, the nearest mixture
of sets that fit whole (``hull``). The main row's price is found by ``root``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from siting.engine.shared.arrays import Floats, Int, Ints, Ints32, Real, Words
from siting.engine.shared.hull import MOST_OPTIONS, crowded, mix
from siting.kernels import njit

NEWTON = 60
"""Most steps of Newton's method; it takes three or four."""


def root(
    excess: Callable[[float], float],
    start: float,
    slope: float,
    scale: float,
    near: float = 1e-6,
) -> tuple[float, float]:
    """Smallest price >= 0 with excess(price) <= 0, and the slope there for the next call.

    From the last price a secant step with the last slope, a little too long, brackets the root;
    then Illinois (Dowell and Jarratt 1971). Ends on a price whose excess is not positive, so that
    the projected y keeps the row, and calls ``excess`` there last.

    Args:
        excess: never increasing.
        start: the last price, >= 0.
        slope: the last slope, <= 0; 0 when there is none.
        scale: of the excess.
        near: so small a part of the scale is as good as none.
    """
    tolerance = near * max(scale, 1e-9)
    price, value = start, excess(start)
    step = 0.02 * start if slope == 0.0 else -1.1 * abs(value) / slope
    step = max(step, 1e-6 * start, 1e-9)
    if value > 0:
        while value > 0:
            low, f_low = price, value
            price += step
            step *= 4.0
            value = excess(price)
        high, f_high = price, value
    else:
        while value <= 0:
            high, f_high = price, value
            if high == 0.0 or f_high >= -tolerance:
                return high, slope
            price = max(0.0, price - step)
            step *= 4.0
            value = excess(price)
        low, f_low = price, value
    slope = (f_high - f_low) / (high - low)
    side = 0
    for _ in range(60):
        if f_high >= -tolerance or high - low <= 1e-12 * high:
            break
        price = (low * f_high - high * f_low) / (f_high - f_low)
        value = excess(price)
        if value > 0:
            low, f_low = price, value
            if side == -1:
                f_high *= 0.5
            side = -1
        else:
            high, f_high = price, value
            if side == 1:
                f_low *= 0.5
            side = 1
    if price != high:
        excess(high)
    return high, slope


def first_of_format(site_options: Ints, format_: Ints32) -> Ints:
    """For each option the first option of its site and format."""
    n = len(format_)
    site = np.repeat(np.arange(len(site_options) - 1), np.diff(site_options))
    first = np.ones(n, np.bool_)
    first[1:] = (site[1:] != site[:-1]) | (format_[1:] != format_[:-1])
    return np.maximum.accumulate(np.where(first, np.arange(n), 0)).astype(np.int64)


@njit(cache=True, nogil=True)
def _place(
    v: Floats,
    tau: Floats,
    price: Real,
    main: Floats,
    area: Ints,
    floor_price: Real,
    group_price: Real,
    o: Int,
) -> float:
    return min(
        1.0, max(0.0, v[o] - tau[o] * (price * main[o] + floor_price * area[o] + group_price))
    )


@njit(cache=True, nogil=True)
def _cap(begin: Int, end: Int, tau: Floats, fee: float, y: Floats) -> None:
    """Charge the opening: the proximal step of fee * max(y) lowers the largest y to a common level
    m with Σ (y - m)+ / τ = fee."""
    owed = 0.0
    for o in range(begin, end):
        if tau[o] > 0.0:
            owed += y[o] / tau[o]
    if owed <= fee:
        for o in range(begin, end):
            y[o] = 0.0
        return
    level = 0.0
    for _ in range(NEWTON):  # from below on a convex, falling function: it never passes the root
        owed, weight = 0.0, 0.0
        for o in range(begin, end):
            if y[o] > level and tau[o] > 0.0:
                owed += (y[o] - level) / tau[o]
                weight += 1.0 / tau[o]
        if owed - fee <= 1e-12 * fee:
            break
        level += (owed - fee) / weight
    for o in range(begin, end):
        y[o] = min(y[o], level)


@njit(cache=True, nogil=True)
def _fill_site(
    v: Floats,
    tau: Floats,
    price: Real,
    main: Floats,
    fee: float,
    area: Ints,
    floor_price: float,
    begin: Int,
    end: Int,
    group_begin: Ints,
    y: Floats,
) -> float:
    """y of one site at a floor price, one option a format by a price of its own; the floor used."""
    o = begin
    while o < end:
        last = o + 1
        while last < end and group_begin[last] == o:
            last += 1
        total = 0.0
        for j in range(o, last):
            y[j] = _place(v, tau, price, main, area, floor_price, 0.0, j)
            total += y[j]
        if last - o > 1 and total > 1.0:
            low, high = 0.0, 0.0
            for j in range(o, last):
                if tau[j] > 0.0:
                    high = max(high, v[j] / tau[j])
            for _ in range(40):
                middle = 0.5 * (low + high)
                total = 0.0
                for j in range(o, last):
                    y[j] = _place(v, tau, price, main, area, floor_price, middle, j)
                    total += y[j]
                if total > 1.0:
                    low = middle
                else:
                    high = middle
            for j in range(o, last):
                y[j] = _place(v, tau, price, main, area, floor_price, high, j)
        o = last
    if fee > 0.0:
        _cap(begin, end, tau, fee, y)
    used = 0.0
    for j in range(begin, end):
        used += area[j] * y[j]
    return used


@njit(cache=True, nogil=True)
def worth_projecting(
    v: Floats, tau: Floats, price: Real, main: Floats, site_options: Ints, low: Int, high: Int
) -> Ints:
    """Sites of low..high where something may open at this main price or a higher one: prices of
    floors, formats and openings only lower y further."""
    found = np.empty(high - low, np.int64)
    n = 0
    for s in range(low, high):
        for o in range(site_options[s], site_options[s + 1]):
            if main[o] < 0.0 or v[o] > tau[o] * price * main[o]:
                found[n] = s
                n += 1
                break
    return found[:n]


@njit(cache=True, nogil=True)
def project_sites(
    sites: Ints,
    v: Floats,
    tau: Floats,
    price: Real,
    main: Floats,
    main_opening: Floats,
    fees: Floats,
    area: Ints,
    site_options: Ints,
    floor: Ints,
    group_begin: Ints,
    sets: Words,
    weight: Floats,
    y: Floats,
    low: Int,
    high: Int,
) -> float:
    """Project ``sites[low:high]`` onto what their floors hold at a main price; returns the main
    row's use.

    Args:
        sets, weight: mixtures of the projection before, replaced; shape (n_sites, SETS), or
            (0, SETS) where the floor's own row will do.
    """
    spent = 0.0
    longest = 0
    for at in range(low, high):
        longest = max(longest, site_options[sites[at] + 1] - site_options[sites[at]])
    offer, metric, pull = np.empty(longest), np.empty(longest), np.empty(longest)
    item = np.empty(longest, np.int64)
    for at in range(low, high):
        s = sites[at]
        begin, end = site_options[s], site_options[s + 1]
        room = float(floor[s])
        fee = float(fees[s] + price * main_opening[s])
        if (
            len(sets)
            and end - begin <= MOST_OPTIONS
            and crowded(v, tau, price, main, area, group_begin, begin, end, floor[s])
        ):
            top = mix(
                v,
                tau,
                price,
                main,
                area,
                group_begin,
                begin,
                end,
                floor[s],
                fee,
                sets[s],
                weight[s],
                y,
            )
            for o in range(begin, end):
                spent += main[o] * y[o]
            spent += main_opening[s] * top
            continue
        n, plain = 0, True
        for o in range(begin, end):
            y[o] = 0.0
            here = v[o] - tau[o] * price * main[o]
            if here > 0.0 and tau[o] > 0.0:
                plain &= n == 0 or group_begin[item[n - 1]] != group_begin[o]
                offer[n], metric[n], pull[n], item[n] = here, 1.0 / tau[o], tau[o] * area[o], o
                n += 1
            elif here > 0.0:
                plain = False
        if not plain or not _fill_plain(
            offer[:n], metric[:n], pull[:n], area, fee, room, item[:n], y
        ):
            _fill_any(v, tau, price, main, fee, area, room, begin, end, group_begin, y)
        top = 0.0
        for o in range(begin, end):
            spent += main[o] * y[o]
            top = max(top, y[o])
        spent += main_opening[s] * top
    return spent


@njit(cache=True, nogil=True)
def _fill_plain(
    offer: Floats,
    metric: Floats,
    pull: Floats,
    area: Ints,
    fee: float,
    room: float,
    item: Ints,
    y: Floats,
) -> bool:
    """y of a site where at most one option of each format is worth anything; whether it was found.

    Newton's method finds the floor's price: the floor used is linear between the few prices at
    which an option reaches 0, 1 or the level of the opening fee (continuous quadratic knapsacks,
    Kiwiel 2008).

    Args:
        offer: y without floor and fee, > 0.
        metric: 1 / τ.
        pull: how fast an option's y falls with the floor's price.
        item: the options.
    """
    floor_price, low, high = 0.0, 0.0, np.inf
    used = 0.0
    for _ in range(NEWTON):
        next_price = np.inf
        for j in range(len(item)):
            here = offer[j] - floor_price * pull[j]
            if here > 1.0:
                if pull[j] > 0.0:
                    next_price = min(next_price, (offer[j] - 1.0) / pull[j])
                here = 1.0
            y[item[j]] = max(0.0, here)
        level, fall = 2.0, 0.0
        if fee > 0.0:
            level, fall = _level(metric, pull, fee, item, y)
        used = slope = 0.0
        for j in range(len(item)):
            a, here = area[item[j]], y[item[j]]
            if here > level:
                y[item[j]] = level
                used += a * level
                slope += a * fall
            else:
                used += a * here
                if 0.0 < here < 1.0:
                    slope += a * pull[j]
        if (floor_price == 0.0 and used <= room) or abs(used - room) <= 1e-9 * room:
            return True
        if used > room:
            low = floor_price
        else:
            high = floor_price
        if slope > 0.0:
            floor_price += (used - room) / slope
        elif next_price < np.inf:
            floor_price = next_price
        else:
            floor_price = 2.0 * floor_price + 1e-9
        if not low < floor_price < high:
            if high == np.inf:
                return False
            floor_price = 0.5 * (low + high)
            if not low < floor_price < high:
                return used <= room
    return used <= room


@njit(cache=True, nogil=True)
def _level(metric: Floats, pull: Floats, fee: float, item: Ints, y: Floats) -> tuple[float, float]:
    """The level m with Σ (y - m)+ / τ = fee, 0 where the fee is more than all of it; and how fast
    it falls with the floor's price. Newton's method from below, on a convex function that falls,
    never passes the root."""
    level = above = weight = fall = 0.0
    for _ in range(NEWTON):
        above = weight = fall = 0.0
        for j in range(len(item)):
            here = y[item[j]]
            if here > level:
                above += (here - level) * metric[j]
                weight += metric[j]
                if here < 1.0:
                    fall += pull[j] * metric[j]
        if above <= fee * (1.0 + 1e-12):
            break
        level += (above - fee) / weight
    return level, fall / weight if level > 0.0 and weight > 0.0 else 0.0


@njit(cache=True, nogil=True)
def _fill_any(
    v: Floats,
    tau: Floats,
    price: Real,
    main: Floats,
    fee: float,
    area: Ints,
    room: float,
    begin: Int,
    end: Int,
    group_begin: Ints,
    y: Floats,
) -> None:
    """y of any site, its floor's price between one too cheap and one too dear."""
    used = _fill_site(v, tau, price, main, fee, area, 0.0, begin, end, group_begin, y)
    if used <= room:
        return
    cheap, dear = 0.0, 0.0
    for o in range(begin, end):
        if tau[o] > 0.0 and area[o] > 0:
            dear = max(dear, (v[o] / tau[o] - price * main[o]) / area[o])
    used_cheap, used_dear = used, 0.0
    side = 0
    for _ in range(50):
        if room - used_dear <= 1e-6 * room:
            break
        middle = dear - (room - used_dear) * (dear - cheap) / (used_cheap - used_dear)
        if not cheap < middle < dear:
            middle = 0.5 * (cheap + dear)
        used = _fill_site(v, tau, price, main, fee, area, middle, begin, end, group_begin, y)
        if used > room:
            cheap, used_cheap = middle, used
            if side == -1:
                used_dear = room - 0.5 * (room - used_dear)
            side = -1
        else:
            dear, used_dear = middle, used
            if side == 1:
                used_cheap = room + 0.5 * (used_cheap - room)
            side = 1
    _fill_site(v, tau, price, main, fee, area, dear, begin, end, group_begin, y)
