"""Rows over coverage during the search: what is short, what it is worth, what the objective is."""

from __future__ import annotations

import numpy as np

from siting.engine.shared.arrays import Floats32, Ints
from siting.engine.shared.cover_state import CoverState
from siting.engine.shared.instance import Instance
from siting.engine.shared.stage import Stage, of_counted


class Coverage:
    """The stage's rows over an instance's patterns, with a price each.

    Attributes:
        phi: objective units per unit of coefficient, shape (n_rows,).
    """

    def __init__(self, instance: Instance, stage: Stage):
        self.rows = [row.over(instance) for row in stage.cover_rows]
        self.names = [row.name for row in stage.cover_rows]
        self.need = np.array([row.need for row in stage.cover_rows], np.int64)
        counted = stage.counted[instance.target]
        self.base = of_counted(instance.value, counted)
        self.unit = float(instance.problem.unit)
        self.phi = np.zeros(len(self.rows))

    def covered(self, plan: CoverState) -> Ints:
        """Left-hand side of each row."""
        out = np.zeros(len(self.rows), np.int64)
        for k, (targets, coefficient) in enumerate(self.rows):
            for column, t in enumerate(targets):
                out[k] += int(coefficient[plan.covers[t] > 0, column].sum())
        return out

    def short(self, plan: CoverState) -> Ints:
        """Rows that the plan falls short of."""
        return np.flatnonzero(self.covered(plan) < self.need)

    def most(self) -> Ints:
        """Left-hand sides if everybody in some option's reach were covered."""
        return np.array([int(coefficient.sum()) for _, coefficient in self.rows], np.int64)

    def objective(self, plan: CoverState) -> float:
        """Weighted persons of the counted targets."""
        total = sum(int(self.base[plan.covers[t] > 0, t].sum()) for t in range(self.base.shape[1]))
        return total * self.unit

    def weight(self) -> Floats32:
        """Value of each (target, point) with the rows' prices, persons."""
        weight = self.base.astype(np.float64)
        for (targets, coefficient), price in zip(self.rows, self.phi, strict=True):
            weight[:, targets] += coefficient * price
        return np.ascontiguousarray((weight * self.unit).T.astype(np.float32))

    def dearer(self, short: Ints) -> None:
        """Double the prices of some rows; the first price makes their people worth one half more
        than the mean of those counted."""
        for k in short:
            if self.phi[k] > 0:
                self.phi[k] *= 2
            else:
                coefficient = self.rows[k][1]
                mean = coefficient[coefficient > 0].mean() if coefficient.any() else 1.0
                counted = self.base[self.base > 0]
                self.phi[k] = 0.5 * (counted.mean() if len(counted) else 1.0) / mean
