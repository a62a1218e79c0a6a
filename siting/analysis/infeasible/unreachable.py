"""Minimum coverages that no plan can meet, found before anything is solved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from siting.problem import UNLIMITED, Problem
from siting.verification.objectives import coverable
from siting.verification.people import exact_sum


@dataclass(frozen=True)
class Unreachable:
    """One demand (in one district) that asks for more people than any plan could cover."""

    name: str
    position: int
    """In ``Problem.min_coverage``."""
    district: str
    """Empty for the whole area."""
    share: Fraction
    """Demanded."""
    best: Fraction
    """Could be covered if everything that is permitted opened, rounded down to 0.1 %."""
    people: float
    """Of the group."""


def unreachable(problem: Problem) -> tuple[Unreachable, ...]:
    """Demands beyond the people within the standard of some outlet or some permitted option.

    Permitted: no ``forbid`` rule closes it and its area is at most its site's. Money, counts and
    capacity are not looked at: a demand not listed here may still be impossible.
    """
    found = []
    for position, demand in enumerate(problem.min_coverage):
        could = {t: coverable(problem, t) for t in demand.targets}
        for district in demand.places:
            inside = problem.inside(district)
            name = "" if district is None else problem.labels.districts[district]
            everybody = best = 0
            for t in demand.targets:
                persons = problem.persons[problem.targets[t].group]
                everybody += exact_sum(persons, inside)
                best += exact_sum(persons, inside & could[t])
            if best < demand.need(everybody):
                share = Fraction(best * 1000 // everybody, 1000)
                people = everybody / problem.person_units
                found.append(Unreachable(demand.name, position, name, demand.share, share, people))
    return tuple(found)


def with_share(problem: Problem, position: int, share: Fraction) -> Problem:
    """The problem with another share in one of its minimum coverages."""
    changed = list(problem.min_coverage)
    changed[position] = replace(changed[position], share=share)
    return problem.replace(min_coverage=tuple(changed))


def without_floors(problem: Problem) -> Problem:
    """The problem with as much room as anybody wants at every site."""
    return problem.replace(site_area=np.full(problem.n_sites, UNLIMITED, np.int64))
