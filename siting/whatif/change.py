"""Change: what one step on the desk did."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem
from siting.verification.evaluation import reported

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Change:
    """What one step did."""

    added: tuple[int, ...]
    """Positions of the options that opened."""
    removed: tuple[int, ...]
    points: NDArray[np.int32]
    """Positions of the points whose coverage by some target changed."""
    formats_in_reach: NDArray[np.int32]
    """How many formats each of these points has in reach now, in the last phase."""
    people: Ints
    """People won (lost: below 0) of each target, 1/person_units, shape (n_targets,)."""
    cost: int
    """Whole currency units more (less: below 0)."""
    problem: Problem = field(repr=False)

    @cached_property
    def gained(self) -> dict[str, dict[str, float]]:
        """Persons won (lost: below 0) by format and group, where any were; in the last phase."""
        table: dict[str, dict[str, float]] = {}
        names = self.problem.labels
        for (format_, group), t in sorted(reported(self.problem).items()):
            if self.people[t]:
                persons = float(Fraction(int(self.people[t]), self.problem.person_units))
                table.setdefault(names.formats[format_], {})[names.groups[group]] = persons
        return table
