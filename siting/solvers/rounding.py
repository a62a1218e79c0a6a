"""Whole plans from fractional ones: what a branch-and-Benders-cut has for a primal heuristic.

The likeliest options first, then whatever wins most people for what it takes of the rows. Only for
programs whose whole columns all are options and whose rows are limits; others have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, csr_array

from siting.solvers.projection import Float, Projection

LIKELY = 0.5
LARGEST = 300_000
"""Links up to which a plan is rounded at every node: each outlet of it is a pass over them."""


@dataclass(frozen=True)
class Rounding:
    """A master's options with what they take of the rows and whom they reach."""

    columns: csc_array
    """Rows by options, >= 0."""
    limit: Float
    burden: Float
    """Largest share of a row that an option takes, shape (n_options,)."""
    links: csr_array
    """0/1, people by options."""
    weight: Float
    """Of the people in the objective."""
    own: Float
    """People whom an option alone reaches, shape (n_options,)."""

    @cached_property
    def _reached(self) -> csc_array:
        return csc_array(self.links)

    @classmethod
    def of(cls, projection: Projection) -> Rounding | None:
        """None where plans cannot be rounded so."""
        master, n = projection.master, len(projection.kept)
        rows = csr_array(master.rows[:, :n])
        counts_people = np.diff(csr_array(master.rows[:, n:]).indptr) > 0
        plain = (
            bool(master.integer[:n].all() and (master.upper[:n] <= 1).all())
            and not counts_people.any()
            and projection.lazy.shape[0] == 0
            and not np.isfinite(master.row_lower).any()
            and bool((rows.data >= 0).all())
            and projection.worths.links.nnz <= LARGEST
            and master.sense == "max"
            and bool((master.objective[:n] >= 0).all())
        )
        if not plain:
            return None
        columns = csc_array(rows)
        share = columns.data / np.maximum(master.row_upper[columns.indices], 1e-300)
        burden = np.full(n, 1e-9)
        np.maximum.at(burden, np.repeat(np.arange(n), np.diff(columns.indptr)), share)
        worths = projection.worths
        weight = worths.weight * master.objective[worths.column][worths.theta]
        links = csr_array(worths.links[:, :n])
        return cls(columns, master.row_upper, burden, links, weight, master.objective[:n])

    def plan(self, x: Float, upper: Float) -> Float:
        """A whole plan near x, which opens nothing whose upper bound is 0; shape (n_options,)."""
        chosen = np.zeros(len(self.burden))
        left = self.limit.copy()
        for j in np.argsort(-x, kind="stable"):
            if x[j] < LIKELY:
                break
            self._open(int(j), chosen, left)
        may = (upper > 0.5) & (chosen == 0)
        alone = self.links @ chosen == 0
        while True:
            gain = np.where(may, self.own + self.links.T @ (self.weight * alone), 0.0)
            best = int(np.argmax(gain / self.burden))
            if gain[best] <= 0:
                return chosen
            may[best] = False
            if self._open(best, chosen, left):
                low, high = self._reached.indptr[best], self._reached.indptr[best + 1]
                alone[self._reached.indices[low:high]] = False

    def _open(self, j: int, chosen: Float, left: Float) -> bool:
        """Open an option if the rows have room for it."""
        low, high = self.columns.indptr[j], self.columns.indptr[j + 1]
        at, takes = self.columns.indices[low:high], self.columns.data[low:high]
        if (takes > left[at] + 1e-9).any():
            return False
        left[at] -= takes
        chosen[j] = 1.0
        return True
