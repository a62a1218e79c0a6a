"""What tiles share of the planner's rows: money, counts, and any rule across a seam."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.problem import Problem, Rule
from siting.tiles.partition import Partition

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def used(problem: Problem, rule: Rule, amount: Floats) -> Floats:
    """What a plan, also a fractional one, uses of each row, shape (n_rows,).

    Args:
        amount: how far each option is taken, shape (n_options,).
    """
    total = np.asarray(rule.options @ amount, np.float64)
    if rule.openings is not None:
        total = total + rule.openings @ opened(problem, amount)
    return total


def opened(problem: Problem, amount: Floats) -> Floats:
    """How far each site first opens in each phase: the first of them that takes anything whole, of
    a fractional plan the largest part; shape (n_sites * n_phases,)."""
    by_phase = np.zeros((problem.n_sites, problem.n_phases))
    np.maximum.at(by_phase, (problem.options.site, problem.options.phase), amount)
    so_far = np.maximum.accumulate(by_phase, axis=1)
    return np.diff(so_far, axis=1, prepend=0.0).ravel()


def shared(partition: Partition) -> list[Mask]:
    """Rows with options or openings of several tiles, one mask a rule."""
    problem = partition.problem
    of_option = partition.site[problem.options.site]
    of_opening = np.repeat(partition.site, problem.n_phases)
    found = []
    for rule in problem.rules:
        low, high = _tiles_of(rule.options, of_option, partition.n_tiles)
        if rule.openings is not None:
            low_too, high_too = _tiles_of(rule.openings, of_opening, partition.n_tiles)
            low, high = np.minimum(low, low_too), np.maximum(high, high_too)
        found.append(low < high)
    return found


def owners(partition: Partition) -> list[Ints]:
    """The first tile that has options in each row; -1 where none has. One array a rule."""
    of_option = partition.site[partition.problem.options.site]
    firsts = []
    for rule in partition.problem.rules:
        low, high = _tiles_of(rule.options, of_option, partition.n_tiles)
        firsts.append(np.where(high >= 0, low, -1))
    return firsts


def _tiles_of(matrix: csr_array, tile: NDArray[np.integer], n_tiles: int) -> tuple[Ints, Ints]:
    """Least and greatest tile of each row's entries; n_tiles and -1 where there is none."""
    low = np.full(matrix.shape[0], n_tiles, np.int64)
    high = np.full(matrix.shape[0], -1, np.int64)
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    np.minimum.at(low, row, tile[matrix.indices])
    np.maximum.at(high, row, tile[matrix.indices])
    return low, high


def split(
    problem: Problem, sites: Ints, own: Ints, share: float, crosses: Sequence[Mask]
) -> list[Ints]:
    """A first guess of a part's right-hand sides: a share of each shared row's, and no less than
    its largest entry, for an option is not ruled out by the guess.

    Args:
        sites, own: the part's sites and their options.
        share: of the city, 0..1.
        crosses: rows that are shared.
    """
    k = problem.n_phases
    columns = (sites[:, np.newaxis] * k + np.arange(k)).ravel()
    out = []
    for rule, across in zip(problem.rules, crosses, strict=True):
        rhs = rule.rhs.copy()
        if rule.sense == "<=" and across.any():
            largest = _largest(rule.options[:, own])
            if rule.openings is not None:
                largest = largest + _largest(rule.openings[:, columns])
            part = np.maximum(np.floor(rhs * share).astype(np.int64), largest)
            rhs = np.where(across & (rhs > 0), np.minimum(rhs, part), rhs)
        elif across.any():
            rhs = np.where(across, np.floor(rhs * share).astype(np.int64), rhs)
        out.append(rhs)
    return out


def _largest(matrix: csr_array) -> Ints:
    """Largest entry of each row, 0 where there is none."""
    largest: Ints = np.zeros(matrix.shape[0], np.int64)
    rows = csr_array(matrix)
    np.maximum.at(largest, np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), rows.data)
    return largest
