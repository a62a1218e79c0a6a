"""Pairs: one direction of the reach, packed for passes over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.engine.shared.arrays import Ints, Ints32


@dataclass(frozen=True)
class Pairs:
    """One direction of the reach: rows with segments of equal width."""

    segment: Ints
    """Row r's segment k is ``index[segment[r, k]:segment[r, k + 1]]``.
    Shape (n_rows, n_classes + 1)."""
    index: Ints32
    """The other side of each pair, ascending within a segment."""
    width: Ints32
    """How many targets (the first ones) segment k counts for, descending, shape (n_classes,)."""

    @property
    def work(self) -> Ints:
        """Pairs before each row and in all, for balancing threads."""
        return (
            np.append(self.segment[:, 0], self.segment[-1:, -1])
            if len(self.segment)
            else np.zeros(1, np.int64)
        )
