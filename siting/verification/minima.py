"""Minimum coverages: whom each row counts, who of them a plan covers, and what it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.problem import Problem
from siting.verification.people import Ints, Mask, add_by, exact_sum
from siting.verification.service import Need


@dataclass(frozen=True)
class MinimumUse:
    """One row of a minimum coverage under a plan; persons in 1/person_units."""

    rule: int
    """Position in ``problem.min_coverage``."""
    district: int | None
    everybody: int
    needed: int
    covered: int
    """Within the standard of an outlet; served where capacity counts."""
    lost: int
    """At most, when one chosen outlet is dropped and nobody takes its people in its place."""

    @property
    def binds(self) -> bool:
        """Whether some outlet may not be dropped for it."""
        return self.everybody > 0 and self.lost > self.covered - self.needed


def needs(problem: Problem) -> list[Need]:
    """The rows of the minimum coverages, people rounded up."""
    rows = []
    for rule, demand in enumerate(problem.min_coverage):
        for district in (None,) if demand.districts is None else demand.districts:
            here = inside(problem, district)
            people = sum(
                exact_sum(problem.persons[problem.targets[t].group], here) for t in demand.targets
            )
            share = Fraction(demand.share)
            need = -(-people * share.numerator // share.denominator)
            rows.append(Need(rule, demand.targets, district, need))
    return rows


def inside(problem: Problem, district: int | None) -> Mask:
    """Points of a district; all for None. Shape (n_points,)."""
    if district is None:
        return np.ones(problem.n_points, bool)
    if problem.point_district is None:
        return np.zeros(problem.n_points, bool)
    return problem.point_district == district


class Minima:
    """Minimum coverages: who of each row is covered, and whom each option alone covers."""

    def __init__(self, problem: Problem, n_chosen: int):
        self.problem = problem
        self.rows = needs(problem)
        self.got = [0] * len(self.rows)
        self.lost = np.zeros((len(self.rows), n_chosen), np.int64)

    def see(self, t: int, covered: Mask, who: NDArray[np.int32], only: Mask) -> None:
        """Count one target's people.

        Args:
            covered: points that are, today or by the plan; shape (n_points,), as the others.
            who: the chosen option that covers, where ``only`` a single one does.
        """
        persons = self.problem.persons[self.problem.targets[t].group]
        for k, row in enumerate(self.rows):
            if t in row.targets:
                here = inside(self.problem, row.district)
                self.got[k] += exact_sum(persons, here & covered)
                add_by(self.lost[k], who, persons, only & here)

    def violations(self) -> list[Notice]:
        """One for each row that is not met."""
        return [
            shortfall(self.problem, row, got)
            for row, got in zip(self.rows, self.got, strict=True)
            if got < row.people
        ]

    def indispensable(self) -> Mask:
        """Chosen options without which some row breaks, shape (n_opened,)."""
        spare = [max(0, got - row.people) for row, got in zip(self.rows, self.got, strict=True)]
        return np.asarray((self.lost > np.array(spare, np.int64)[:, None]).any(axis=0), bool)

    def uses(self) -> list[MinimumUse]:
        """One a row."""
        told = zip(self.rows, self.got, self.lost, strict=True)
        return [used(self.problem, row, got, lost) for row, got, lost in told]


def used(problem: Problem, row: Need, covered: int, lost: Ints) -> MinimumUse:
    here = inside(problem, row.district)
    everybody = sum(exact_sum(problem.persons[problem.targets[t].group], here) for t in row.targets)
    most = int(lost.max(initial=0))
    return MinimumUse(row.rule, row.district, everybody, row.people, covered, most)


def shortfall(problem: Problem, row: Need, got: int) -> Notice:
    """What a minimum coverage asks for and does not get."""
    demand = problem.min_coverage[row.rule]
    counted = [problem.targets[t] for t in row.targets]
    groups = [problem.labels.groups[target.group] for target in counted]
    place = "" if row.district is None else f" [{problem.labels.districts[row.district]}]"
    units, name = problem.person_units, problem.labels.formats[counted[0].format]
    return Notice(
        "broken.coverage",
        rule=demand.name + place,
        format=name,
        groups=groups,
        least=row.people / units,
        covered=got / units,
    )
