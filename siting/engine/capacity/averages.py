"""Averages of the bound's iterates where outlets serve within capacity."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siting.engine.shared.arrays import Floats, Floats32
from siting.engine.shared.averages import Averages


@dataclass
class ServedAverages(Averages):
    """How far people are served is no function of the plan alone, so it is summed too."""

    cover: Floats32 = field(default_factory=lambda: np.zeros(0, np.float32))
    """How often the fractional plan serves each one."""

    @classmethod
    def of(cls, u: Floats32, y: Floats, theta: Floats) -> ServedAverages:
        """As :meth:`Averages.of`."""
        return cls(np.zeros_like(u), np.zeros_like(y), np.zeros_like(theta), cover=np.zeros_like(u))

    @property
    def met(self) -> Floats32:
        """How far each one is served by the averaged plan, 0..1."""
        return np.minimum(self.cover / np.float32(self.count), 1)
