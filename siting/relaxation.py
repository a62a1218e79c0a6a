"""What remains of a program when the opened options are fixed, as a linear program."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import vstack

from siting.program import Program


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
    rows = vstack([program.rows[at_most], -program.rows[at_least]]).tocsr()
    limits = np.concatenate([program.row_upper[at_most], -program.row_lower[at_least]])
    found = linprog(
        sign * program.objective,
        A_ub=cast(Any, rows),  # the stubs know dense matrices only
        b_ub=limits,
        bounds=cast(Any, np.stack([lower, upper], axis=1)),
        method="highs",
    )
    if found.status != 0:
        return -np.inf if program.sense == "max" else np.inf
    value = sign * float(cast(float, found.fun))
    if program.integral_objective:
        value = round(value / program.integral_objective) * program.integral_objective
    return value + program.constant
