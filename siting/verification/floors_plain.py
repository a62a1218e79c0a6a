"""What :mod:`siting.verification.floors` finds, where nearly every site can have all it wants.

Sites whose best options fit together are settled by operations on whole arrays; the kernel's own
body, as Python runs it, is left with the few others. Where these are few that takes less time than
a new machine takes to compile the kernel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.kernels import plain
from siting.verification import floors

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MOST_WAYS = 4_000
"""Ways of filling the sites that are left, up to which nothing is compiled."""


def solve_simple(
    site_start: Ints,
    order: Ints,
    profit: Ints,
    area: Ints,
    phase: Ints,
    format_: Ints,
    floor: Ints,
    opening: Ints,
    apart: Mask,
    row_site: Ints,
    row_start: Ints,
    row_option: Ints,
    row_value: Ints,
    row_limit: Ints,
    node_limit: int,
) -> tuple[Ints, Mask] | None:
    """As :func:`siting.verification.floors.solve_sites`; None where too much is left for Python.

    A site has all it wants where the dearest option of each format fits the floor beside the
    others, shares the site with them and keeps its rows. Of options as dear the first is taken, and
    a site that just pays its opening opens, as the search that tries all ways has it.
    """
    n_sites = len(site_start) - 1
    if opening.shape[1] != 1 or opening.min(initial=0) < 0:
        return None  # which phase opens first counts, or options that earn nothing
    site = np.repeat(np.arange(n_sites), np.diff(site_start))
    wanted = (profit[order] > 0) & (area[order] <= floor[site])
    option, site = order[wanted], site[wanted]
    begins = np.ones(len(option), np.bool_)
    begins[1:] = (site[1:] != site[:-1]) | (format_[option[1:]] != format_[option[:-1]])
    first = np.flatnonzero(begins)
    group = np.cumsum(begins) - 1
    of = site[first]
    best = option[_first_largest(profit[option], first, group)]

    total, space = np.zeros(n_sites, np.int64), np.zeros(n_sites, np.int64)
    np.add.at(total, of, profit[best])
    np.add.at(space, of, area[best])
    settled = space <= floor
    ways = np.ones(n_sites)
    np.multiply.at(ways, of, np.bincount(group, minlength=len(first)) + 1.0)
    settled &= 2 * ways < node_limit  # the search of a site that has more may end before its best
    there = np.zeros((n_sites, len(apart)), np.int64)
    there[of, format_[best]] = 1
    settled &= ~((there @ (apart | apart.T) > 0) & (there > 0)).any(axis=1)

    picked = np.zeros(len(profit), np.bool_)
    picked[best] = True
    row = np.repeat(np.arange(len(row_limit)), np.diff(row_start))
    use = np.zeros(len(row_limit), np.int64)
    np.add.at(use, row, row_value * picked[row_option])
    row_of = np.repeat(np.arange(n_sites), np.diff(row_site))
    frees = row_of[row[row_value < 0]]
    settled[frees] = False  # an option may stand for what it allows
    settled[row_of[use > row_limit]] = False
    np.multiply.at(ways, frees, 2.0)
    if ways[~settled].sum() > MOST_WAYS:
        return None

    gain = total - opening[:, 0]
    result = np.maximum(gain, 0)
    picked[best[~settled[of] | (gain[of] < 0)]] = False
    position = np.full(len(profit), -1, np.int64)
    search = plain(floors._some_sites)
    for s in np.flatnonzero(~settled).tolist():
        search(
            s, s + 1, site_start, order, profit, area, phase, format_, floor, opening, apart,
            row_site, row_start, row_option, row_value, row_limit, node_limit, position, result,
            picked,
        )  # fmt: skip
    return result, picked


def _first_largest(value: Ints, first: Ints, group: Ints) -> Ints:
    """Where in each group of neighbours the largest value stands first, shape (n_groups,)."""
    if not len(first):
        return first
    largest = value == np.maximum.reduceat(value, first)[group]
    place = np.where(largest, np.arange(len(value)), len(value))
    return np.minimum.reduceat(place, first)
