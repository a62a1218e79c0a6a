"""What a solver's floats can hold of a program.

Rows with large coefficients are scaled by powers of two, which rounds nothing; whole numbers that a
float no longer tells apart are refused.

HiGHS takes no coefficient of 1e15 or more, and every solver keeps a row within an absolute
tolerance of 1e-6 or so: with coefficients of at most 2**40 after scaling from below 2**53 that is
less than a hundredth of one unit of the row.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.notice import Notice
from siting.solvers.base import SearchTree
from siting.solvers.program import Program

Float = NDArray[np.float64]
LARGE = 2.0**40
"""Rows with no larger coefficient are left alone."""
EXACT = 2.0**53
"""Whole numbers below this are exact as floats."""
FEW = 2.0**30
"""Of coefficients up to this, no program has enough to add up to ``EXACT``."""


def beyond_floats(program: Program) -> Notice | None:
    """The first row of whole numbers, each with a column that is taken or not, whose sum a float
    may not tell from its neighbour's although it can bind; None when there is none."""
    size = np.abs(program.rows.data)
    if not program.integer.any() or size.max(initial=0.0) <= FEW:
        return None
    far = np.maximum(np.abs(program.lower), np.abs(program.upper))
    most = np.where(np.isfinite(far), far, 0.0)
    sums = csr_array((size, program.rows.indices, program.rows.indptr), program.rows.shape) @ most
    limits = (program.row_lower, program.row_upper)
    binds = np.any([np.isfinite(limit) & (np.abs(limit) <= sums) for limit in limits], axis=0)
    wrong = np.flatnonzero(binds & (sums >= EXACT))
    if not len(wrong):
        return None
    row = int(wrong[0])
    block = next(b for b in program.row_blocks if b.begin <= row < b.end)
    return Notice("solver.beyond_floats", row=block.names()[row - block.begin], sum=sums[row])


def fitted(program: Program) -> tuple[Program, Float | None]:
    """The program with no coefficient above ``LARGE`` in its rows, and each row's exact factor;
    None where nothing was scaled."""
    size = np.abs(program.rows.data)
    if size.max(initial=0.0) <= LARGE:
        return program, None
    rows = program.rows
    number = np.repeat(np.arange(program.n_rows), np.diff(rows.indptr))
    largest = np.zeros(program.n_rows)
    np.maximum.at(largest, number, size)
    factor = 2.0 ** -np.ceil(np.log2(np.maximum(largest, LARGE) / LARGE))
    scaled = csr_array((rows.data * factor[number], rows.indices, rows.indptr), rows.shape)
    return replace(
        program,
        rows=scaled,
        row_lower=program.row_lower * factor,
        row_upper=program.row_upper * factor,
    ), factor


def unscaled(tree: SearchTree, factor: Float) -> SearchTree:
    """The duals of a fitted program as those of the program."""
    return replace(tree, leaf_dual=tree.leaf_dual * factor[tree.leaf_row])
