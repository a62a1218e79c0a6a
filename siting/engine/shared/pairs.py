"""Pairs: one direction of the reach, packed for passes over it."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
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


def transpose(pairs: Pairs, n_rows: int) -> Pairs:
    """Exchange rows and indices; within a segment the new indices ascend."""
    n_classes = len(pairs.width)
    segment = np.zeros((n_rows, n_classes + 1), np.int64)
    _count_rows(pairs.segment, pairs.index, segment)
    flat = np.zeros(n_rows * n_classes + 1, np.int64)
    np.cumsum(segment[:, 1:].ravel(), out=flat[1:])
    index = np.empty(len(pairs.index), np.int32)
    fill = flat[:-1].reshape(n_rows, n_classes).copy()
    _scatter(pairs.segment, pairs.index, fill, index)
    segment[:, :-1] = flat[:-1].reshape(n_rows, n_classes)
    segment[:, -1] = flat[n_classes::n_classes] if n_classes else 0
    return Pairs(segment, index, pairs.width)


@nb.njit(cache=True)
def _count_rows(segment: Ints, index: Ints32, out: Ints) -> None:
    for r in range(len(segment)):
        for k in range(segment.shape[1] - 1):
            for at in range(segment[r, k], segment[r, k + 1]):
                out[index[at], k + 1] += 1


@nb.njit(cache=True)
def _scatter(segment: Ints, index: Ints32, fill: Ints, out: Ints32) -> None:
    for r in range(len(segment)):
        for k in range(segment.shape[1] - 1):
            for at in range(segment[r, k], segment[r, k + 1]):
                i = index[at]
                out[fill[i, k]] = r
                fill[i, k] += 1
