"""Catchments: who is within reach of each new outlet, and whom it takes from those that stand.

Everybody goes to the nearest outlet of the format within the standard; a new outlet takes those who
had an outlet and for whom it is strictly nearer than every one that is still there. What may move
or close stands today; once the plan has closed or moved it, its people go to the nearest that is
left. People of a format's groups are added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from siting.analysis.arguments import plan_options, problem_of
from siting.problem import Action, Place, Problem
from siting.problem.reach import Reach
from siting.problem.vehicles import option_kinds
from siting.result.naming import option_row
from siting.verification.evaluation import reported

if TYPE_CHECKING:
    import pandas as pd

    from siting.result import Plan, Result
    from siting.scenario import Scenario

Ints = NDArray[np.int64]
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Catchment:
    """One outlet of the plan; persons."""

    site: str
    format: str
    size: str
    action: str
    """``stop`` of a vehicle, or how an outlet opens."""
    outlet: str | None
    """The one that stands and moves or is improved; None for what opens anew."""
    until: str | None
    """The last phase in which it stands; None for good."""
    within: float
    """People within its standard."""
    new: float
    """Of those, whom nothing that stands today reaches."""
    taken: float
    """People who have an outlet already and to whom this one is nearer, nearest new one first."""


@dataclass(frozen=True)
class Neighbour:
    """One outlet that stands; persons for whom it is the nearest within the standard."""

    outlet: str
    format: str
    before: float
    after: float
    """Those who go to it with the plan: no new one is nearer. More where another closes."""

    @property
    def lost(self) -> float:
        return self.before - self.after


class Neighbours(NamedTuple):
    """What a plan opens and what stands already."""

    opened: list[Catchment]
    """Those that take most first."""
    standing: list[Neighbour]
    """Those that lose most first."""

    @property
    def table(self) -> pd.DataFrame:
        """One row an outlet or stop of the plan, with the fields of :class:`Catchment`."""
        import pandas as pd

        names = [field.name for field in fields(Catchment)]
        return pd.DataFrame([asdict(one) for one in self.opened], columns=names)

    @property
    def standing_table(self) -> pd.DataFrame:
        """One row an outlet that stands: persons ``before``, ``after`` and ``lost``."""
        import pandas as pd

        rows = [(s.outlet, s.format, s.before, s.after, s.lost) for s in self.standing]
        return pd.DataFrame(rows, columns=["outlet", "format", "before", "after", "lost"])


def neighbours(asked: Problem | Scenario, plan: Result | Plan | Ints) -> Neighbours:
    """Every outlet and stop of the plan, and every outlet that stands, those that lose most first.

    Args:
        asked: a problem, or the scenario of one.
        plan: of this problem: a result, a plan or option positions.

    Raises:
        ArgumentError: a result without a plan, or positions outside the problem.
    """
    problem = problem_of(asked)
    options = plan_options(problem, plan)
    kind, kept = option_kinds(problem)[options], problem.acting(Action.KEEP)[options]
    still, options = options[kept], options[(kind != Place.VEHICLE) & ~kept]
    o, unit, today = problem.options, problem.person_units, problem.kept_today
    n_settled = len(problem.outlets)
    within, new, taken = (np.zeros(len(options)) for _ in range(3))
    before, after = (np.zeros(n_settled + len(today)) for _ in range(2))
    for t in reported(problem).values():
        target = problem.targets[t]
        people = problem.persons[target.group] / unit
        serving = np.flatnonzero(problem.serves[problem.kind[options], t])
        fresh = problem.reach.rows(o.site[options[serving]].astype(np.int64))
        was = _of_standing(problem, t, today, today)
        now = _of_standing(problem, t, today, still)
        new_cost, new_at = _nearest(fresh, target.limit)
        has, moves = was.at >= 0, new_cost < now.cost
        np.add.at(before, was.at[has], people[has])
        stays = (now.at >= 0) & ~moves
        np.add.at(after, now.at[stays], people[stays])
        np.add.at(taken, serving[new_at[has & moves]], people[has & moves])
        row = np.repeat(serving, np.diff(fresh.start))
        inside = fresh.cost <= target.limit
        np.add.at(within, row[inside], people[fresh.point[inside]])
        alone = inside & ~has[fresh.point]
        np.add.at(new, row[alone], people[fresh.point[alone]])
    opened = [
        Catchment(
            **option_row(problem, k),
            within=float(within[j]),
            new=float(new[j]),
            taken=float(taken[j]),
        )
        for j, k in enumerate(options.tolist())
    ]
    standing = [
        Neighbour(name, format_, float(before[j]), float(after[j]))
        for j, (name, format_) in enumerate(_names(problem, today))
    ]
    return Neighbours(
        sorted(opened, key=lambda c: (-c.taken, c.site, c.format)),
        sorted(standing, key=lambda s: (-s.lost, s.outlet)),
    )


def _names(problem: Problem, today: Ints) -> Iterator[tuple[str, str]]:
    """(id, format) of all that stands today: what stays, then what may move or close."""
    names, o = problem.labels, problem.options
    ids = list(names.outlets) if len(names.outlets) else map(str, range(len(problem.outlets)))
    for name, format_ in zip(ids, problem.outlets.format.tolist(), strict=True):
        yield name, names.formats[format_]
    for k in today.tolist():
        yield str(names.sites[o.site[k]]), names.formats[o.format[k]]


@dataclass(frozen=True)
class _Nearest:
    """The nearest outlet of what stands today, of those still there; arrays of (n_points,)."""

    cost: Float
    """Infinite where there is none."""
    at: Ints
    """Position in the order of :func:`_names`, -1 for none."""


def _of_standing(problem: Problem, t: int, today: Ints, still: Ints) -> _Nearest:
    """Of target t, when options ``still`` keep what may move or close. Ties go to what stays."""
    o, limit = problem.options, problem.targets[t].limit
    stays = np.flatnonzero(np.isin(problem.outlets.format, np.array(problem.targets[t].served_by)))
    cost, at = _nearest(problem.outlets.reach.rows(stays), limit)
    at = np.append(stays, -1)[at]
    serving = still[problem.serves[problem.kind[still], t]]
    other_cost, other = _nearest(problem.reach.rows(o.site[serving].astype(np.int64)), limit)
    mine = len(problem.outlets) + np.searchsorted(o.site[today], o.site[serving])
    nearer = other_cost < cost
    return _Nearest(
        np.where(nearer, other_cost, cost),
        np.where(nearer, np.append(mine, -1)[other], at),
    )


def _nearest(reach: Reach, limit: float) -> tuple[Float, Ints]:
    """(cost, row) of the nearest place within the limit, ties to the first row; inf, -1 of none."""
    cost = np.full(reach.n_points, np.inf)
    at = np.full(reach.n_points, -1, np.int64)
    row = np.repeat(np.arange(reach.n_places), np.diff(reach.start))
    inside = np.flatnonzero(reach.cost <= limit)
    order = inside[np.lexsort((row[inside], reach.cost[inside], reach.point[inside]))]
    points, first = np.unique(reach.point[order], return_index=True)
    cost[points] = reach.cost[order[first]]
    at[points] = row[order[first]]
    return cost, at
