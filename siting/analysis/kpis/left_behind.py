"""Who falls behind: groups of whom a plan leaves fewer in reach of a format than of everybody.

A group walks at its own speed, so that one standard in minutes is a shorter way for some. What
everybody reaches hides them; here they are told by group and format, before and after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem
from siting.scenario.assemble.limits import Limits
from siting.verification.people import nearest, option_serves, outlet_serves

if TYPE_CHECKING:
    from siting.scenario import Scenario

Ints = NDArray[np.int64]
EVERYBODY = "all"
FAR = 0.10
"""Points behind everybody from which a group is told."""
FURTHER = 0.005
"""Points by which the distance must have grown to be told below ``FAR``."""


@dataclass(frozen=True)
class Behind:
    """A group and a format; shares of the group's people and of all in reach, 0..1."""

    format: str
    group: str
    before: float
    after: float
    all_before: float
    all_after: float

    @property
    def apart_before(self) -> float:
        """How far behind everybody, before."""
        return self.all_before - self.before

    @property
    def apart(self) -> float:
        """How far behind everybody, after."""
        return self.all_after - self.after

    @property
    def told(self) -> bool:
        """More than ``FAR`` behind, or behind and further than before."""
        return self.apart > FAR or (self.apart > 0 and self.apart - self.apart_before > FURTHER)


def fallen_behind(scenario: Scenario, problem: Problem, options: Ints | None) -> list[Behind]:
    """Groups that are behind everybody, the farthest behind first.

    Args:
        scenario: of the problem; it knows standards at every group's speed.
        options: of a plan; None = there is none, and nobody is told.
    """
    if options is None or scenario.settings.travel is None:
        return []
    limits = Limits(scenario.settings, scenario.standards, scenario.contents.demand)
    names = problem.labels
    groups = sorted({group.partition("@")[0] for group in names.groups} - {EVERYBODY})
    found: list[Behind] = []
    for format_, name in enumerate(names.formats):
        asked = _of_everybody(problem, format_)
        if not asked or not groups:
            continue
        t = max(asked, key=lambda t: problem.targets[t].limit)
        largest = problem.targets[t].limit
        today, planned = _walks(problem, t, problem.kept_today), _walks(problem, t, options)
        everybody = _share(problem, EVERYBODY, limits(format_, EVERYBODY), today, planned)
        for group in groups:
            limit = limits(format_, group)
            mine = _share(problem, group, limit, today, planned)
            # Walks beyond everybody's standard were not measured.
            if everybody is None or mine is None or (limit > largest).any():
                continue
            found.append(Behind(name, group, *mine, *everybody))
    return sorted((one for one in found if one.told), key=lambda one: -one.apart)


def _of_everybody(problem: Problem, format_: int) -> list[int]:
    """Targets of a format that count everybody at the end of the last phase."""
    return [
        t
        for t, target in enumerate(problem.targets)
        if target.format == format_
        and target.phase == problem.n_phases - 1
        and problem.labels.groups[target.group].partition("@")[0] == EVERYBODY
    ]


def _walks(problem: Problem, t: int, options: Ints) -> NDArray[np.float64]:
    """Decimetres of everybody to the nearest outlet that serves a target, infinite beyond its
    standard, shape (n_points,)."""
    walk = np.full(problem.n_points, np.inf)
    serving = options[option_serves(problem, t)[options]]
    places = (
        (problem.outlets.reach, np.flatnonzero(outlet_serves(problem, t))),
        (problem.reach, problem.options.site[serving].astype(np.int64)),
    )
    for reach, where in places:
        cost, who, _ = nearest(reach, where, problem.targets[t].limit, problem.n_points)
        walk = np.where(who >= 0, np.minimum(walk, cost), walk)
    return walk


def _share(
    problem: Problem,
    group: str,
    limit: Ints,
    today: NDArray[np.float64],
    planned: NDArray[np.float64],
) -> tuple[float, float] | None:
    """Of all people of a group, those in reach before and after; None where there are none."""
    mine = [g for g, name in enumerate(problem.labels.groups) if name == group] or [
        g for g, name in enumerate(problem.labels.groups) if name.partition("@")[0] == group
    ]
    persons = problem.persons[mine].sum(axis=0)
    total = float(persons.sum())
    if not total:
        return None
    before, after = (float(persons[walk <= limit].sum()) / total for walk in (today, planned))
    return before, after
