"""What is counted of people, once for all outputs: one quantity, one name, one number.

everybody    the largest group at each demand point: who lives there, whatever the groups are
reached      persons of a group within a format's standard, before and after (``coverage``)
gained       after less before: what a format's row says everywhere
complete     everybody with every basic format in reach
services     people x services: reached, summed over formats and groups; a person counts once
             for each format
newly served people at the outlets of a plan's list, each at the nearest; it adds up over rows,
             and is more than what is gained where outlets stand in for other formats, or where
             one that may close or move keeps its people
places       capacity of a plan's outlets of a format, against the people newly served there
objective    newly served, by weights and years

"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.problem import UNLIMITED, Action, Problem
from siting.problem.record import Record
from siting.verification.evaluation import Coverage, Evaluation, Reached, reported

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class InReach(Record):
    """What everybody has in reach, before a plan and with it; persons."""

    people: float
    """Everybody."""
    complete_before: float | None
    """Of them, those with every basic format in reach; None where no basic format counts."""
    complete_after: float | None
    services_before: float
    services_after: float

    def to_dict(self) -> dict[str, float | None]:
        """The same by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> InReach:
        """Stored figures. Raises TypeError on anything else."""
        return cls(**told)

    @property
    def complete(self) -> tuple[float, float] | None:
        """Shares of everybody, 0..1, before and after."""
        before, after = self.complete_before, self.complete_after
        if before is None or after is None or not self.people:
            return None
        return before / self.people, after / self.people

    @property
    def per_person(self) -> tuple[float, float]:
        """Services in reach of a person on average, before and after; 0 of nobody."""
        people = self.people or np.inf
        return float(self.services_before / people), float(self.services_after / people)


@dataclass(frozen=True, eq=False)
class Places(Record):
    """Capacity that a plan has of a format, against the people who need it."""

    places: int
    """Persons whom the plan's outlets have places for."""
    people: float
    """Persons newly served there, each at the nearest outlet."""
    in_all: int | None
    """Places with what stands beside the plan; None where an outlet there does not tell its."""
    per_1000: float
    """Of ``in_all``, or else of ``places``: for each 1,000 of everybody."""

    def to_dict(self) -> dict[str, float | int | None]:
        """The same by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Places:
        """Stored figures. Raises TypeError on anything else."""
        return cls(**told)

    @property
    def use(self) -> float:
        """People a place: above 1 there are too few."""
        return self.people / self.places


def everybody(problem: Problem) -> Ints:
    """Who lives at each point, 1/person_units of a person, shape (n_points,)."""
    return np.asarray(problem.persons.max(axis=0, initial=0), np.int64)


def gained(groups: Mapping[str, Reached]) -> float:
    """Persons of a format's groups in reach after less those before."""
    return sum(people.after - people.before for people in groups.values())


def services(coverage: Coverage) -> tuple[float, float]:
    """People x services before and after."""
    told = [people for groups in coverage.values() for people in groups.values()]
    return sum(p.before for p in told), sum(p.after for p in told)


def in_reach(problem: Problem, judged: Evaluation) -> InReach:
    """What everybody has in reach, before a plan and with it."""
    before, after = services(judged.coverage)
    people = everybody(problem)
    units = problem.person_units
    complete = [
        None if there is None else float(people[there].sum() / units)
        for there in (_complete(problem, problem.kept_today), _complete(problem, judged.options))
    ]
    return InReach(float(people.sum() / units), complete[0], complete[1], before, after)


def _complete(problem: Problem, standing: Ints) -> Mask | None:
    """Points with every basic format in reach of some outlets, shape (n_points,); None where no
    basic format counts."""
    basic = [
        t
        for t in reported(problem).values()
        if problem.targets[t].tier == "basic" and problem.targets[t].weight_micro > 0
    ]
    if not basic:
        return None
    there = np.ones(problem.n_points, np.bool_)
    for t in basic:
        there &= reached(problem, standing, t) | problem.elsewhere(t)
    return there


def places(problem: Problem, judged: Evaluation) -> dict[str, Places]:
    """By format, at the end of the last phase; only where all that a plan has of it tells its
    capacity, and more than what is kept as it stands."""
    o, chosen = problem.options, judged.options
    there = (o.last[chosen] >= problem.n_phases - 1) & ~problem.acting(Action.VEHICLE)[chosen]
    new = ~problem.acting(Action.KEEP)[chosen]
    people = float(everybody(problem).sum() / problem.person_units)
    told: dict[str, Places] = {}
    for format_ in np.unique(o.format[chosen[there & new]]).tolist():
        mine = there & (o.format[chosen] == format_)
        capacity = o.capacity[chosen[mine]]
        added = int(capacity[capacity < UNLIMITED].sum())
        if (capacity >= UNLIMITED).any() or not added:
            continue
        served = float(judged.newly_covered[mine].sum() / problem.person_units)
        stands = problem.outlets.capacity[problem.outlets.format == format_]
        in_all = None if (stands >= UNLIMITED).any() else added + int(stands.sum())
        each = 1000 * (added if in_all is None else in_all) / people if people else 0.0
        told[problem.labels.formats[format_]] = Places(added, served, in_all, each)
    return told


def newly_reached(problem: Problem, chosen: Ints, t: int) -> NDArray[np.int32]:
    """Points of target t that a chosen outlet reaches and none that stays, with repeats."""
    o = problem.options
    serving = chosen[problem.serves[problem.kind[chosen], t]]
    reach = problem.reach.rows(o.site[serving])
    new = (reach.cost <= problem.targets[t].limit) & ~problem.covered_before[reach.point, t]
    return reach.point[new]


def reached(problem: Problem, standing: Ints, t: int) -> Mask:
    """Who of target t is within the standard of what stays or of some options, (n_points,).

    Args:
        standing: of a plan; ``problem.kept_today`` for today.
    """
    covered = problem.covered_before[:, t].copy()
    covered[newly_reached(problem, standing, t)] = True
    return covered
