"""One key figure before and after, and who is covered in one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem

Float = NDArray[np.float64]
EXACT = 1e-9
"""Shares this close are equal: sums of floats differ in their last digits."""


@dataclass(frozen=True)
class Kpi:
    """One figure before and after; None where it cannot be told."""

    number: int
    name: str
    format: str
    """Empty for figures over all formats."""
    group: str
    """Of people; the district or community of a figure that is about one."""
    unit: str
    """share, minutes, score, m2, ratio, per_1000."""
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Access:
    """One (format, group) under what stands, or with the plan. Arrays of shape (n_points,)."""

    target: int
    people: Float
    covered: NDArray[np.bool_]
    access: Float
    """A_i of 2SFCA: places (or outlets, where capacities are unknown) per 1,000 people."""


def share(part: float, whole: float) -> float | None:
    """A part of the whole; None of nothing."""
    return part / whole if whole else None


def is_basic(problem: Problem, t: int) -> bool:
    """Whether a target is of a basic format that counts."""
    return problem.targets[t].tier == "basic" and problem.targets[t].weight_micro > 0
