"""The best that one site can do at given prices: a small exact problem a site.

    max Σ p[o] x[o] - opening price of the first phase in which anything opens
    floor space, one option a format, formats that share no site, rows of that site alone

Depth-first branch and bound over the site's formats; what remains is bounded by a price on the
floor: for any λ >= 0, λ * floor left + Σ_f max(0, max_o p - λ a) is valid. After ``NODE_LIMIT``
nodes that relaxation stands for the site, which is valid too; where every way was tried and none
keeps the site's rows, its best is ``NO_PLAN``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit, prange

Ints = NDArray[np.int64]

NODE_LIMIT = 20_000
FEW = 20_000
"""Options up to which waking other threads costs more than it saves, compiling their kernel
included."""
BLOCK = 64
"""Sites that one thread takes at a time."""
_LARGE = 2**61
NO_PLAN = -(2**62)
"""The best of a site whose own rows nothing keeps."""


@njit(cache=True)
def _floor_price(first, last, profit, area, group_start, left):  # type: ignore[no-untyped-def]
    """Bound of the groups first..last-1 on the floor left: the least over integer prices λ."""
    total, space, steep, widest = 0, 0, 0, 0
    for g in range(first, last):
        best, its_area = 0, 0
        for k in range(group_start[g], group_start[g + 1]):
            if profit[k] > best and area[k] <= left:
                best, its_area = profit[k], area[k]
            if profit[k] > 0 and area[k] > 0:
                if profit[k] // area[k] >= steep:
                    steep = profit[k] // area[k] + 1
                widest = max(widest, area[k])
        total += best
        space += its_area
    if space <= left:
        return total
    low, high = 0, steep
    best_bound = total
    widest = max(widest, left)
    while high - low > 1:
        price = (low + high) >> 1
        if widest > 0 and price > _LARGE // widest:
            high = price
            continue
        bound = price * left
        used = 0
        for g in range(first, last):
            best, its_area = 0, 0
            for k in range(group_start[g], group_start[g + 1]):
                if area[k] <= left and profit[k] - price * area[k] > best:
                    best, its_area = profit[k] - price * area[k], area[k]
            bound += best
            used += its_area
        best_bound = min(best_bound, bound)
        if used > left:
            low = price
        else:
            high = price
    return best_bound


@njit(cache=True)
def _one_site(  # type: ignore[no-untyped-def]
    profit,
    area,
    phase,
    group_start,
    group_format,
    floor,
    opening,
    apart,
    row_start,
    row_option,
    row_value,
    row_limit,
    node_limit,
    picked,
):
    """The site's best; options are grouped by format. Rows: Σ value x <= limit over the site.

    Marks in ``picked`` the options that attain it.
    """
    n_groups = len(group_start) - 1
    n_rows = len(row_limit)
    cheapest = opening[0]
    for price in opening:
        cheapest = min(cheapest, price)
    no_phase = len(opening)
    first_group = np.int64(0)  # a literal would make a version of the kernel for itself
    relaxed = _floor_price(first_group, n_groups, profit, area, group_start, floor) - cheapest
    relaxed = max(relaxed, 0)

    # What each row can still lose below depth d: its most negative coefficients.
    value = np.zeros((n_rows, len(profit)), np.int64)
    for r in range(n_rows):
        for k in range(row_start[r], row_start[r + 1]):
            value[r, row_option[k]] += row_value[k]
    relief = np.zeros((n_rows, n_groups + 1), np.int64)
    for r in range(n_rows):
        for g in range(n_groups - 1, -1, -1):
            least = 0
            for k in range(group_start[g], group_start[g + 1]):
                least = min(least, value[r, k])
            relief[r, g] = relief[r, g + 1] + least

    best = NO_PLAN
    nodes = 0
    pointer = np.zeros(n_groups + 1, np.int64)
    gain = np.zeros(n_groups + 1, np.int64)
    left = np.zeros(n_groups + 1, np.int64)
    first = np.zeros(n_groups + 1, np.int64)
    left[0], first[0] = floor, no_phase
    use = np.zeros((n_groups + 1, n_rows + 1), np.int64)
    taken = np.zeros(n_groups, np.bool_)
    if n_groups > 0:
        pointer[0] = group_start[0]
    depth = 0
    while depth >= 0:
        if depth == n_groups:
            kept = True
            for r in range(n_rows):
                kept = kept and use[depth, r] <= row_limit[r]
            if kept:
                price = opening[first[depth]] if first[depth] < no_phase else 0
                if gain[depth] - price > best:
                    best = gain[depth] - price
                    for o in range(len(picked)):
                        picked[o] = False
                    for g in range(n_groups):
                        if taken[g]:
                            picked[pointer[g] - 1] = True
            depth -= 1
            continue
        k = pointer[depth]
        if k > group_start[depth + 1]:
            taken[depth] = False
            depth -= 1
            continue
        pointer[depth] = k + 1
        none = k == group_start[depth + 1]
        taken[depth] = not none
        fits = none or area[k] <= left[depth]
        if fits and not none:
            for g in range(depth):
                if taken[g] and apart[group_format[g], group_format[depth]]:
                    fits = False
        for r in range(n_rows):
            here = use[depth, r] + (0 if none else value[r, k])
            use[depth + 1, r] = here
            if here + relief[r, depth + 1] > row_limit[r]:
                fits = False
        if not fits:
            continue
        gain[depth + 1] = gain[depth] + (0 if none else profit[k])
        left[depth + 1] = left[depth] - (0 if none else area[k])
        first[depth + 1] = first[depth] if none or first[depth] < phase[k] else phase[k]
        nodes += 1
        if nodes > node_limit:
            return relaxed
        hope = gain[depth + 1] + _floor_price(
            depth + 1, n_groups, profit, area, group_start, left[depth + 1]
        )
        hope -= cheapest
        if first[depth + 1] == no_phase and hope < 0:
            hope = 0  # the site may stay shut
        if hope <= best:
            continue
        depth += 1
        if depth < n_groups:
            pointer[depth] = group_start[depth]
    return best


def solve_sites(
    site_start: Ints,
    order: Ints,
    profit: Ints,
    area: Ints,
    phase: Ints,
    format_: Ints,
    floor: Ints,
    opening: Ints,
    apart: NDArray[np.bool_],
    row_site: Ints,
    row_start: Ints,
    row_option: Ints,
    row_value: Ints,
    row_limit: Ints,
    node_limit: int = NODE_LIMIT,
) -> tuple[Ints, NDArray[np.bool_]]:
    """The best of each site, shape (n_sites,), and the options that attain it, (n_options,).

    Args:
        site_start, order: options of site s are ``order[site_start[s]:site_start[s + 1]]``,
            by format.
        opening: price a (site, phase), shape (n_sites, n_phases).
        apart: formats that share no site, shape (n_formats, n_formats).
        row_site: rows of site s are ``row_site[s]:row_site[s + 1]``; their entries
            ``row_start``, with option positions and values (Σ value x <= limit).
    """
    given = (
        site_start, order, profit, area, phase, format_, floor, opening, apart,
        row_site, row_start, row_option, row_value, row_limit, node_limit,
    )  # fmt: skip
    n_sites = len(site_start) - 1
    few = len(profit) < FEW
    if few:
        from siting.verification.floors_plain import solve_simple

        found = solve_simple(*given)
        if found is not None:
            return found
    result = np.zeros(n_sites, np.int64)
    position = np.full(len(profit), -1, np.int64)
    picked = np.zeros(len(profit), np.bool_)
    kernel = _some_sites if few else _all_sites
    kernel(0, n_sites, *given, position, result, picked)
    return result, picked


@njit(cache=True, parallel=True)
def _all_sites(  # type: ignore[no-untyped-def]
    first,
    last,
    site_start,
    order,
    profit,
    area,
    phase,
    format_,
    floor,
    opening,
    apart,
    row_site,
    row_start,
    row_option,
    row_value,
    row_limit,
    node_limit,
    position,
    result,
    picked,
):
    for block in prange((last - first + BLOCK - 1) // BLOCK):
        low = first + block * BLOCK
        _some_sites(
            low,
            min(last, low + BLOCK),
            site_start,
            order,
            profit,
            area,
            phase,
            format_,
            floor,
            opening,
            apart,
            row_site,
            row_start,
            row_option,
            row_value,
            row_limit,
            node_limit,
            position,
            result,
            picked,
        )


@njit(cache=True)
def _some_sites(  # type: ignore[no-untyped-def]
    first,
    last,
    site_start,
    order,
    profit,
    area,
    phase,
    format_,
    floor,
    opening,
    apart,
    row_site,
    row_start,
    row_option,
    row_value,
    row_limit,
    node_limit,
    position,
    result,
    picked,
):
    for s in range(first, last):
        low, high = site_start[s], site_start[s + 1]
        rows = row_site[s + 1] - row_site[s]
        # Loops instead of min and any, which are kernels of their own to compile.
        counts, pays = False, False
        for price in opening[s]:
            counts = counts or (price != 0 and opening.shape[1] > 1)
            pays = pays or price < 0
        # An option without profit matters only where it frees another (a host, a requirement,
        # an earlier and cheaper opening).
        count = 0
        keep = np.empty(high - low, np.int64)
        for k in range(low, high):
            o = order[k]
            matters = profit[o] > 0 or counts or pays
            if not matters and rows > 0:
                for e in range(row_start[row_site[s]], row_start[row_site[s + 1]]):
                    if row_option[e] == o and row_value[e] < 0:
                        matters = True
            if matters and area[o] <= floor[s]:
                keep[count] = o
                count += 1
        keep = keep[:count]
        groups = 0
        for k in range(count):
            position[keep[k]] = k
            if k == 0 or format_[keep[k]] != format_[keep[k - 1]]:
                groups += 1
        group_start = np.zeros(groups + 1, np.int64)
        group_format = np.zeros(groups, np.int64)
        g = -1
        for k in range(count):
            if k == 0 or format_[keep[k]] != format_[keep[k - 1]]:
                g += 1
                group_start[g] = k
                group_format[g] = format_[keep[k]]
        group_start[groups] = count
        entries = row_start[row_site[s + 1]] - row_start[row_site[s]]
        its_start = np.zeros(rows + 1, np.int64)
        its_option = np.empty(entries, np.int64)
        its_value = np.empty(entries, np.int64)
        at = 0
        for r in range(rows):
            for e in range(row_start[row_site[s] + r], row_start[row_site[s] + r + 1]):
                if position[row_option[e]] >= 0:
                    its_option[at] = position[row_option[e]]
                    its_value[at] = row_value[e]
                    at += 1
            its_start[r + 1] = at
        its_profit = np.empty(count, np.int64)
        its_area = np.empty(count, np.int64)
        its_phase = np.empty(count, np.int64)
        for k in range(count):
            its_profit[k], its_area[k] = profit[keep[k]], area[keep[k]]
            its_phase[k] = phase[keep[k]]
        its_picked = np.zeros(count, np.bool_)
        result[s] = _one_site(
            its_profit,
            its_area,
            its_phase,
            group_start,
            group_format,
            floor[s],
            opening[s],
            apart,
            its_start,
            its_option[:at],
            its_value[:at],
            row_limit[row_site[s] : row_site[s + 1]],
            node_limit,
            its_picked,
        )
        for k in range(count):
            picked[keep[k]] = its_picked[k]
