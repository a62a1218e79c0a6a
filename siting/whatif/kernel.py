"""Passes over the reach of one site or of all, in integers: what a change does, what others would.

Targets stand in columns of descending standard, so the targets within whose standard a pair of the
reach lies are a prefix of the columns, and the pairs of a column within a site's row are a prefix
of the row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit

Ints = NDArray[np.int64]
Counts = NDArray[np.int32]


@njit(cache=True, nogil=True)
def shift(
    start: Ints,
    point: Counts,
    ends: Ints,
    row_of: Ints,
    site: int,
    columns: Ints,
    sign: int,
    persons: Ints,
    group: Ints,
    enough: int,
    district: Counts,
    count: Counts,
    left: Ints,
    covered: Ints,
    total: Ints,
    reached: Ints,
    stamp: Counts,
    serial: int,
    touched: Counts,
    n_touched: int,
) -> int:
    """One outlet more (``sign`` 1) or less (-1) at a site; returns how many points were touched.

    Args:
        ends: end of each site's pairs within a standard, shape (n_standards, n_sites).
        row_of: row of ``ends`` of each column, shape (n_targets,).
        columns: those that the outlet serves.
        persons, group: people of group g at a point, ``persons[g, i]``; each column's group.
        enough: outlets in reach that the objective asks for.
        count: outlets in reach, shape (n_points, n_targets); changed, as all below.
        left: people whom one outlet more would give enough, shape (n_points, n_targets).
        covered: people with an outlet in reach, by column and district, shape (n_targets, n + 1).
        total: the same in all districts together, shape (n_targets,).
        reached: people with enough outlets in reach, by column.
        stamp, serial, touched: points whose coverage changed are collected once each.
    """
    for c in columns:
        people = persons[group[c]]
        for k in range(start[site], ends[row_of[c], site]):
            p = point[k]
            old = count[p, c]
            new = old + sign
            count[p, c] = new
            if old == 0 or new == 0:
                covered[c, district[p]] += sign * people[p]
                total[c] += sign * people[p]
                if stamp[p] != serial:
                    stamp[p] = serial
                    touched[n_touched] = p
                    n_touched += 1
            if max(old, new) == enough:
                reached[c] += sign * people[p]
            left[p, c] = people[p] if new == enough - 1 else 0
    return n_touched


@njit(cache=True, nogil=True)
def count_outlets(
    start: Ints,
    point: Counts,
    ends: Ints,
    row_of: Ints,
    sites: Ints,
    served: NDArray[np.bool_],
    count: Counts,
) -> None:
    """Outlets at some sites as well, each for the columns that it serves.

    Args:
        sites: shape (n_chosen,).
        served: shape (n_chosen, n_targets).
    """
    for at in range(len(sites)):
        site = sites[at]
        for c in range(served.shape[1]):
            if served[at, c]:
                for k in range(start[site], ends[row_of[c], site]):
                    count[point[k], c] += 1


@njit(cache=True, nogil=True)
def add_column(
    indptr: Counts,
    indices: Counts,
    data: Ints,
    column: int,
    sign: int,
    calls: NDArray[np.bool_],
    used: Ints,
    made: Ints,
) -> None:
    """One column of the rules' rows more (``sign`` 1) or less (-1).

    Args:
        calls: rows in which what is below 0 is made by vehicles.
        used, made: shape (n_rows,); changed.
    """
    for k in range(indptr[column], indptr[column + 1]):
        row, value = indices[k], data[k]
        used[row] += sign * value
        if calls[row] and value < 0:
            made[row] -= sign * value


@njit(cache=True, nogil=True)
def remaining(
    persons: Ints,
    group: Ints,
    enough: int,
    district: Counts,
    count: Counts,
    left: Ints,
    covered: Ints,
    total: Ints,
    reached: Ints,
) -> None:
    """Fill ``left`` and add up people (see :func:`shift`) from the counts."""
    for p in range(count.shape[0]):
        for c in range(count.shape[1]):
            people = persons[group[c], p]
            if count[p, c] > 0:
                covered[c, district[p]] += people
                total[c] += people
            if count[p, c] >= enough:
                reached[c] += people
            left[p, c] = people if count[p, c] == enough - 1 else 0


@njit(cache=True, nogil=True)
def gains_of_sites(
    start: Ints, point: Counts, ends: Ints, first_column: Ints, left: Ints, out: Ints
) -> None:
    """People to whom one outlet more at each site would give enough, by column.

    Args:
        ends: rows in ascending standard.
        first_column: how many columns have at least that standard, shape (n_standards,).
        out: shape (n_sites, n_targets), overwritten.
    """
    for site in range(out.shape[0]):
        total = out[site]
        total[:] = 0
        k = start[site]
        for row in range(len(first_column)):
            width = first_column[row]
            end = ends[row, site]
            while k < end:
                people = left[point[k]]
                for c in range(width):
                    total[c] += people[c]
                k += 1


@njit(cache=True, nogil=True)
def losses_of_options(
    start: Ints,
    point: Counts,
    ends: Ints,
    row_of: Ints,
    sites: Ints,
    served: NDArray[np.bool_],
    persons: Ints,
    group: Ints,
    enough: int,
    count: Counts,
    out: Ints,
) -> None:
    """People who would no longer have enough without each of some outlets, by column.

    Args:
        sites: of the outlets, shape (n_chosen,).
        served: columns each serves, shape (n_chosen, n_targets).
        out: shape (n_chosen, n_targets), overwritten.
    """
    for at in range(len(sites)):
        site = sites[at]
        for c in range(served.shape[1]):
            out[at, c] = 0
            if not served[at, c]:
                continue
            people = persons[group[c]]
            for k in range(start[site], ends[row_of[c], site]):
                if count[point[k], c] == enough:
                    out[at, c] += people[point[k]]


@njit(cache=True, nogil=True)
def formats_in_reach(
    points: Counts, count: Counts, format_of: Counts, seen: Counts, out: Counts
) -> None:
    """How many formats each of some points has in reach.

    Args:
        format_of: of each column; -1 for one that is not told.
        seen: scratch, shape (n_formats,), negative at the beginning.
    """
    for at in range(len(points)):
        total = 0
        for c in range(count.shape[1]):
            f = format_of[c]
            if f >= 0 and count[points[at], c] > 0 and seen[f] != at:
                seen[f] = at
                total += 1
        out[at] = total
