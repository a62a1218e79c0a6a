"""The gap inventory of a scenario with all that is told beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.arguments import plan_options, problem_of
from siting.analysis.gaps import gaps as lists
from siting.analysis.gaps.distances import ByDistance, by_planning_distance
from siting.analysis.gaps.walls import ThroughWalls, through_walls
from siting.analysis.kpis.goals import Standing
from siting.analysis.kpis.grades import Graded, grades
from siting.problem import Problem
from siting.result import Plan, Result
from siting.result.communities import Community, communities

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Inventory:
    """Who is not served, today and with a plan; each part is worked out when first asked for."""

    problem: Problem = field(repr=False)
    plan: Ints | None = None
    """Options of a plan, shape (n_opened,); None = today alone."""
    scenario: Scenario | None = field(default=None, repr=False)
    """Knows walls and communities; a problem alone does not."""

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a (format, group, district), see :func:`siting.analysis.gaps.gaps.gaps`."""
        return lists.gaps(self.problem, self.plan)

    @cached_property
    def blind_spots(self) -> pd.DataFrame:
        """One row a demand point that some format does not reach, in WGS84 degrees."""
        return lists.blind_spots(self.problem, self.plan)

    @cached_property
    def without_access(self) -> tuple[int, float]:
        """(points, people) that no outlet and no candidate site is near."""
        return lists.without_access(self.problem)

    @cached_property
    def distances(self) -> tuple[ByDistance, ...]:
        """By planning distances, where they are not the walks that count; none of a problem
        alone."""
        if self.scenario is None:
            return ()
        formats = self.scenario.standards.formats
        metres = {id: m for id in formats if (m := formats[id].planning_m)}
        return by_planning_distance(self.problem, metres, self.plan)

    @cached_property
    def grades(self) -> tuple[Graded, ...]:
        """Grades of circles, with the plan where one is given; none of a problem alone."""
        if self.scenario is None:
            return ()
        options = self.problem.kept_today if self.plan is None else self.plan
        return grades(self.scenario, Standing.of(self.scenario, options))

    @cached_property
    def communities(self) -> list[Community]:
        """Commercial floor of communities against their share; none of a problem alone."""
        if self.scenario is None:
            return []
        opened = self.problem.kept_today if self.plan is None else self.plan
        return communities(self.problem, opened, self.scenario.settings.rules.floor_share)

    @cached_property
    def walls(self) -> ThroughWalls | None:
        """Who is lost through walls and where a gate would help; None without compounds."""
        return None if self.scenario is None else through_walls(self.scenario, self.plan)


def gaps(asked: Problem | Scenario, plan: Result | Plan | Ints | None = None) -> Inventory:
    """Per format, group and district: who is not served today, and what that lacks.

    Args:
        asked: a scenario, which also tells walls and communities, or a problem.
        plan: of its problem, to tell before and after: a result, a plan or option positions.

    Raises:
        InputError: faults of the scenario.
        ArgumentError: a result without a plan, or positions outside the problem.
    """
    problem = problem_of(asked)
    options = None if plan is None else plan_options(problem, plan)
    return Inventory(problem, options, None if isinstance(asked, Problem) else asked)
