"""Averages of the bound's iterates where one outlet covers whoever is near."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siting.engine.shared.arrays import Floats, Floats32
from siting.engine.shared.averages import Averages


@dataclass
class CoverAverages(Averages):
    """What options win is linear in the multipliers and the covers in the plan, so the averages of
    neither need a pass; only the former is summed."""

    gain: Floats = field(default_factory=lambda: np.zeros(0))
    """Shape (n_options,)."""

    @classmethod
    def of(cls, u: Floats32, y: Floats, theta: Floats) -> CoverAverages:
        """As :meth:`Averages.of`."""
        return cls(np.zeros_like(u), np.zeros_like(y), np.zeros_like(theta), gain=np.zeros_like(y))
