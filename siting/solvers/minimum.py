"""A program as readers understand it that know no maximum, no ranges and no constant.

CBC as PuLP 3 ships it (2.10.3) passes over the OBJSENSE section of an MPS file and minimises; how
RANGES of an equation and the sign of a constant are meant, readers disagree on.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from siting.solvers.program import Block, Program

CONSTANT = "constant"
"""The column that is fixed to 1 and costs the constant."""


def as_minimum(program: Program) -> Program:
    """The same program as a minimum: its optimum is minus that of a maximum.

    A row with two different ends becomes two, the second in a block named ``<block>_up``; the
    constant a column fixed to 1, last of all. The columns keep their order, so that a solution's
    first ``n_columns`` values are one of the program.
    """
    sign = -1.0 if program.sense == "max" else 1.0
    split = _without_ranges(program)
    least = replace(
        split, sense="min", objective=sign * split.objective, constant=sign * split.constant
    )
    return _with_column(least) if least.constant else least


def _without_ranges(program: Program) -> Program:
    lower, upper = program.row_lower, program.row_upper
    ranged = np.isfinite(lower) & np.isfinite(upper) & (lower != upper)
    if not ranged.any():
        return program
    blocks, begin = list(program.row_blocks), program.n_rows
    for block in program.row_blocks:
        twice = np.flatnonzero(ranged[block.slice])
        if len(twice):
            labels = range(block.end - block.begin) if block.labels is None else block.labels
            end = begin + len(twice)
            blocks.append(Block(f"{block.name}_up", begin, end, [labels[int(r)] for r in twice]))
            begin = end
    none = np.full(int(ranged.sum()), -np.inf)
    return replace(
        program,
        rows=csr_array(vstack([program.rows, program.rows[np.flatnonzero(ranged)]])),
        row_lower=np.concatenate([lower, none]),
        row_upper=np.concatenate([np.where(ranged, np.inf, upper), upper[ranged]]),
        row_blocks=tuple(blocks),
    )


def _with_column(program: Program) -> Program:
    """The constant as the cost of a column that is 1."""
    n = program.n_columns
    one, no = np.ones(1), np.zeros(1, np.bool_)
    return replace(
        program,
        objective=np.concatenate([program.objective, [program.constant]]),
        constant=0.0,
        lower=np.concatenate([program.lower, one]),
        upper=np.concatenate([program.upper, one]),
        integer=np.concatenate([program.integer, no]),
        implied=None if program.implied is None else np.concatenate([program.implied, no]),
        rows=csr_array(hstack([program.rows, csr_array((program.n_rows, 1))])),
        columns=(*program.columns, Block(CONSTANT, n, n + 1, [1])),
        start=None if program.start is None else np.concatenate([program.start, one]),
    )
