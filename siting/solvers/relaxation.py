"""What remains of a program when the opened options are fixed, as a linear program."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, diags_array, vstack

from siting.solvers.program import Program


def best_given(program: Program, options: NDArray[np.integer]) -> float:
    """Best objective with exactly these options open, rounded to an attainable value.

    Only for programs whose other columns may be continuous (or implied integer). Worst possible
    (infinite) when nothing is feasible.
    """
    lower, upper = program.lower.copy(), program.upper.copy()
    open_ = program.column_block("open")
    lower[open_.slice] = 0.0
    upper[open_.slice] = 0.0
    lower[open_.begin + options] = upper[open_.begin + options] = 1.0
    sign = -1.0 if program.sense == "max" else 1.0
    at_most = np.isfinite(program.row_upper)
    at_least = np.isfinite(program.row_lower)
    rows = csr_array(vstack([program.rows[at_most], -program.rows[at_least]]))
    limits = np.concatenate([program.row_upper[at_most], -program.row_lower[at_least]])
    rows, limits, feasible = _tightened(rows, limits, lower, upper)
    free = np.flatnonzero(lower < upper)
    value = float(program.objective @ lower)
    if feasible and len(free):
        # People in thousand-millionths cost less than a solver's tolerance unless counted whole.
        scale = program.integral_objective or float(np.abs(program.objective[free]).max()) or 1.0
        found = linprog(
            sign * program.objective[free] / scale,
            A_ub=cast(Any, rows[:, free]),  # the stubs know dense matrices only
            b_ub=limits,
            bounds=cast(Any, np.stack([lower, upper], axis=1)[free]),
            method="highs",
        )
        feasible = found.status == 0
        if feasible:
            fixed = np.delete(np.arange(program.n_columns), free)
            value = float(program.objective[fixed] @ lower[fixed])
            value += sign * scale * float(cast(float, found.fun))
    if not feasible:
        return -np.inf if program.sense == "max" else np.inf
    if program.integral_objective:
        value = round(value / program.integral_objective) * program.integral_objective
    return value + program.constant


def _tightened(
    rows: csr_array,
    limits: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> tuple[csr_array, NDArray[np.float64], bool]:
    """The rows that are left when fixed columns are put in and rows of one column become bounds.

    Rows are <=; bounds are tightened in place. Also whether nothing is broken yet.
    """
    while True:
        fixed = lower >= upper
        # Fixed columns move to the right-hand side.
        limits = limits - rows[:, fixed] @ lower[fixed]
        rows = csr_array(rows @ diags_array(np.where(fixed, 0.0, 1.0)))
        rows.eliminate_zeros()
        width = np.diff(rows.indptr)
        tolerance = 1e-9 * (1.0 + np.abs(limits))
        if (limits[width == 0] < -tolerance[width == 0]).any():
            return rows, limits, False
        single = np.flatnonzero(width == 1)
        at, value = rows.indices[rows.indptr[single]], rows.data[rows.indptr[single]]
        bound = limits[single] / value
        np.minimum.at(upper, at[value > 0], bound[value > 0])
        np.maximum.at(lower, at[value < 0], bound[value < 0])
        if (lower > upper + 1e-9 * (1.0 + np.abs(upper))).any():
            return rows, limits, False
        np.minimum(lower, upper, out=lower)
        keep = width > 1
        if keep.all() and (fixed == (lower >= upper)).all():
            return rows, limits, True
        rows, limits = csr_array(rows[keep]), limits[keep]
