"""The small master: prices of the rows that tiles share, moved until what is there is used.

    L(θ) = Σ_r θ_r b_r + Σ_tiles max (people - Σ_r θ_r used_r)

is convex in the prices; its slope in θ_r is what is left of row r (Dantzig and Wolfe 1960, and
Everett 1963 where plans are whole). Any prices give a bound; the better ones a smaller.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FIRST_ANSWER = -1.0
"""How much, in logarithms, use is thought to answer to a price before two prices were tried."""
LEAST_ANSWER, MOST_ANSWER = -4.0, -0.3
LONGEST = 2.0
"""A price is at most so many times the last one, or so many times less."""


@dataclass
class Prices:
    """Of the shared rows, one by one."""

    theta: Floats
    """As they stand, >= 0, shape (n_rows,)."""
    limit: Floats
    """What is there, or asked for, of each row."""
    at_most: Mask
    """Whether ``limit`` may not be exceeded; else it must be reached. Shape (n_rows,)."""
    _before: tuple[Floats, Floats] | None = field(default=None, init=False)

    def off(self, used: Floats) -> float:
        """By how much the worst row that has a price is used more, or less, than there is of it, as
        a share of that."""
        priced = (self.theta > 0) & (self.limit > 0)
        off = np.abs(used[priced] - self.limit[priced]) / self.limit[priced]
        return float(off.max(initial=0.0))

    def move(self, used: Floats) -> None:
        """The prices at which rows should be used up, from what is used at these.

        Rows that cross zero (one group's use makes room for another's) keep their prices.
        """
        plain = (used > 0) & (self.limit > 0) & (self.theta > 0)
        use, theta = np.where(plain, used, 1.0), np.where(plain, self.theta, 1.0)
        limit = np.where(plain, self.limit, 1.0)
        sign = np.where(self.at_most, 1.0, -1.0)
        answer = sign * FIRST_ANSWER
        if self._before is not None:
            old_theta, old_use = self._before
            step = np.log(theta / old_theta)
            far = np.abs(step) > 1e-6
            seen = np.log(use / old_use) / np.where(far, step, 1.0)
            seen = sign * np.clip(sign * seen, LEAST_ANSWER, MOST_ANSWER)
            answer = np.where(far, seen, answer)
        factor = np.clip(np.exp(np.log(limit / use) / answer), 1 / LONGEST, LONGEST)
        self._before = (theta.copy(), use.copy())
        self.theta = np.where(plain, theta * factor, self.theta)


def first(theta: Floats, used: Floats) -> Floats:
    """Prices that tiles found by themselves, as one: by what each tile uses of a row.

    Args:
        theta, used: shape (n_tiles, n_rows).
    """
    weight = np.maximum(np.abs(used), 1e-12)
    return np.asarray((theta * weight).sum(axis=0) / weight.sum(axis=0))
