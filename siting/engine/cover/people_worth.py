"""What people are worth while the bound is iterated: their value, and what rows over coverage add
to it at their prices."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siting.engine.shared.arrays import Floats, Floats32, Ints
from siting.engine.shared.instance import Instance
from siting.engine.shared.stage import Stage, of_counted
from siting.problem import MICRO


@dataclass
class PeopleWorth:
    """Prices of the rows over coverage, and everybody's weight at them."""

    instance: Instance
    stage: Stage
    weight: Floats32 = field(init=False)
    """W[i,t]: value plus what rows over coverage add at their prices, divided by ``scale``; shape
    (n_points, n_targets)."""
    scale: float = field(init=False)
    """The largest value, ``problem.unit``: weights are at most about 1."""
    phi: Floats = field(init=False)
    """Price of each row over coverage, shape (n_cover_rows,)."""

    def __post_init__(self) -> None:
        counted = self.stage.counted[self.instance.target]
        self._base: Ints = of_counted(self.instance.value, counted)
        self.scale = float(self._base.max(initial=1)) or 1.0
        self._rows = [row.over(self.instance) for row in self.stage.cover_rows]
        self._needs = np.array([row.need for row in self.stage.cover_rows], np.float64)
        self.phi = np.zeros(len(self._rows))
        self._steps = np.full(len(self._rows), 0.25)
        self._set_weight()

    def __len__(self) -> int:
        """Rows over coverage."""
        return len(self._rows)

    def _set_weight(self) -> None:
        weight: Floats32 = np.empty(self._base.shape, np.float32)
        for t in range(weight.shape[1]):  # one after the other: there may be 100 million in all
            worth = self._base[:, t] / self.scale
            for (targets, coefficient), price in zip(self._rows, self.phi, strict=True):
                for k in np.flatnonzero(np.asarray(targets) == t):
                    worth += coefficient[:, k] * (price / self.scale)
            weight[:, t] = worth
        self.weight = weight

    @property
    def owed(self) -> float:
        """What the rows ask for at their prices, ``problem.unit``."""
        return float(self.phi @ self._needs)

    def reprice(self, met: Floats32) -> bool:
        """Dearer where the fractional plan covers too few, cheaper where more than enough; the step
        shrinks whenever the direction turns. Whether a weight changed.

        Args:
            met: how far the plan covers each one, 0..1, shape (n_points, n_targets).
        """
        changed = False
        for k, (targets, coefficient) in enumerate(self._rows):
            covered = float((coefficient * met[:, targets]).sum())
            unit = 1.0 / float(self.instance.problem.weight_gcd / MICRO)
            short = covered < self._needs[k] * (1 - 1e-6)
            if not short and self.phi[k] == 0.0:
                continue
            if short:
                self.phi[k] += self._steps[k] * unit
                self._steps[k] *= 1.5
            else:
                self._steps[k] *= 0.3
                self.phi[k] = max(0.0, self.phi[k] - self._steps[k] * unit)
            changed = True
        if changed:
            self._set_weight()
        return changed
