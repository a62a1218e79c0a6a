"""Each site's own small problem put together: its options, its rows, what shares no floor."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem
from siting.verification.floors import solve_sites
from siting.verification.people import Ints, Mask

LEAST_PROFIT = -(2**54)
"""A hopeless option may be worth a little more than it is: that keeps a site's sum in int64."""


def best_sites(problem: Problem, profit: Ints, opening: Ints) -> tuple[Ints, Mask]:
    """The exact best of each site at these prices, shape (n_sites,), and its options."""
    o = problem.options
    order = np.lexsort((o.format, o.site)).astype(np.int64)
    start = np.searchsorted(o.site[order], np.arange(problem.n_sites + 1)).astype(np.int64)
    apart = np.zeros((problem.n_formats, problem.n_formats), bool)
    for spacing in problem.spacings:
        if len(spacing.formats) > 1:
            apart[np.ix_(spacing.formats, spacing.formats)] = True
    np.fill_diagonal(apart, False)
    return solve_sites(
        start,
        order,
        profit,
        o.area,
        o.phase.astype(np.int64),
        o.format.astype(np.int64),
        problem.site_area,
        opening.reshape(problem.n_sites, problem.n_phases),
        apart,
        *_own_rows(problem),
    )


def _own_rows(problem: Problem) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Rows that touch options of one site only, as <=, ordered by site:
    pointers a site, pointers a row, option and value of each entry, limits."""
    sites: list[Ints] = []
    lengths: list[Ints] = []
    options: list[Ints] = []
    values: list[Ints] = []
    limits: list[Ints] = []
    for rule in problem.rules:
        matrix = rule.options
        length = np.diff(matrix.indptr)
        full = np.flatnonzero(length)
        if not len(full):
            continue
        site = problem.options.site[matrix.indices].astype(np.int64)
        first = matrix.indptr[full]
        own = np.minimum.reduceat(site, first) == np.maximum.reduceat(site, first)
        if rule.openings is not None:
            own &= np.diff(rule.openings.indptr)[full] == 0
        # Coefficients that could overflow a site's sums are left to the prices.
        small = np.maximum.reduceat(np.abs(matrix.data), first) < 2**40
        own &= small & (np.abs(rule.rhs[full]) < 2**62)
        rows = full[own]
        take = _ranges(matrix.indptr[rows], length[rows])
        sign: Literal[1, -1] = 1 if rule.sense == "<=" else -1
        sites.append(problem.options.site[matrix.indices[first[own]]].astype(np.int64))
        lengths.append(length[rows].astype(np.int64))
        options.append(matrix.indices[take].astype(np.int64))
        values.append(sign * matrix.data[take].astype(np.int64))
        limits.append(sign * rule.rhs[rows].astype(np.int64))
    none = np.zeros(0, np.int64)
    site, length, option, value, limit = (
        np.concatenate([none, *part]) for part in (sites, lengths, options, values, limits)
    )
    by_site = np.argsort(site, kind="stable")
    start = np.concatenate([[0], np.cumsum(length)])
    take = _ranges(start[by_site], length[by_site])
    row_start = np.concatenate([[0], np.cumsum(length[by_site])]).astype(np.int64)
    row_site = np.searchsorted(site[by_site], np.arange(problem.n_sites + 1)).astype(np.int64)
    return row_site, row_start, option[take], value[take], limit[by_site]


def _ranges(start: NDArray[np.integer], length: NDArray[np.integer]) -> Ints:
    """start[0], start[0] + 1, …, one run after the other."""
    total = int(length.sum())
    offset = np.cumsum(length) - length
    return np.repeat(start - offset, length).astype(np.int64) + np.arange(total, dtype=np.int64)
