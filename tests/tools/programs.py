"""Small programs for the tests of the solvers."""

from __future__ import annotations

import numpy as np

from siting.solvers.program import Program, ProgramBuilder


def knapsack() -> Program:
    """max 5a + 4b + 3c  s.t.  2a + 3b + c <= 4, binary: a and c, worth 8."""
    builder = ProgramBuilder("max")
    builder.add_columns("open", 3, objective=[5.0, 4.0, 3.0], integer=True)
    at = np.arange(3)
    builder.add_rows("weight", 1, [(np.zeros(3, int), at, [2.0, 3.0, 1.0])], upper=4.0)
    return builder.build(integral_objective=1.0)


def impossible() -> Program:
    """Two binaries whose sum must be 1.5 in halves of whole numbers: no plan."""
    builder = ProgramBuilder("max")
    builder.add_columns("open", 2, objective=1.0, integer=True)
    zero, at = np.zeros(2, int), np.arange(2)
    builder.add_rows("both", 1, [(zero, at, [2.0, 2.0])], lower=3.0, upper=3.0)
    return builder.build()


def market_split(rows: int = 5, seed: int = 4) -> Program:
    """A market-split program (Cornuejols and Dawande, 1998): minutes for any branch and bound.

    min Σ slack  s.t.  Σ a[r,j] x[j] + over[r] - under[r] = half the row's sum.
    """
    rng = np.random.default_rng(seed)
    n = 10 * (rows - 1)
    a = rng.integers(0, 100, (rows, n)).astype(np.float64)
    builder = ProgramBuilder("min")
    builder.add_columns("open", n, integer=True)
    slack = builder.add_columns("slack", 2 * rows, objective=1.0, upper=1e6, implied=True)
    row, column = np.divmod(np.arange(rows * n), n)
    k = np.arange(rows)
    half = np.floor(a.sum(axis=1) / 2)
    builder.add_rows(
        "split",
        rows,
        [(row, column, a.ravel()), (k, slack.begin + k, 1.0), (k, slack.begin + rows + k, -1.0)],
        lower=half,
        upper=half,
    )
    return builder.build(integral_objective=1.0)
