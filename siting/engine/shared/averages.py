"""Averages: sums of the iterates of a bound since its last restart.

The bound is evaluated at averages, and the iteration restarts from them: they converge where the
iterates themselves circle (Applegate et al. 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.engine.shared.arrays import Floats, Floats32


@dataclass
class Averages:
    """Sums; divide by ``count``."""

    u: Floats32
    """People's multipliers."""
    y: Floats
    """The fractional plan, shape (n_options,)."""
    theta: Floats
    """Prices of the shared rows but the main one, shape (n_rows,)."""
    main: float = 0.0
    """The main row's price."""
    count: int = 0
    """Iterates summed."""

    @classmethod
    def of(cls, u: Floats32, y: Floats, theta: Floats) -> Averages:
        """Nothing summed yet, of iterates of these shapes."""
        return cls(np.zeros_like(u), np.zeros_like(y), np.zeros_like(theta))
