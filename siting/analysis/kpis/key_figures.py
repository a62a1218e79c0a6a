"""The key figures of a plan, with all that its scenario can tell of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.arguments import plan_options, problem_of
from siting.analysis.kpis import kpis as figures
from siting.analysis.kpis.kpi import Kpi
from siting.analysis.kpis.site_districts import told_by_scenario
from siting.problem import Problem
from siting.result import Plan, Result
from siting.result.communities import chain_rate, communities
from siting.scenario.assemble.limits import Limits
from siting.scenario.assemble.nearest import NearestPlaces

if TYPE_CHECKING:
    import pandas as pd

    from siting.scenario import Scenario


@dataclass(frozen=True)
class KeyFigures:
    """Every figure before and after, by the number of its KPI."""

    figures: tuple[Kpi, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a figure: ``kpi`` (its number), ``name``, ``format``, ``group`` (of people, or
        the district or community it is about), ``unit``, ``before`` and ``after``."""
        return figures.table(list(self.figures))


def kpis(
    asked: Problem | Scenario, plan: Result | Plan | NDArray[np.int64] | None = None
) -> KeyFigures:
    """Key figures before and after: coverage, completeness, walking, access, equity.

    Args:
        asked: a scenario, which also tells chains, communities, districts of outlets, walking
            speeds and walks beyond the standards; or a problem, which knows none of these.
        plan: of its problem: a result, a plan or option positions; None = what stands today, so
            that after is before.

    Raises:
        InputError: faults of the scenario.
        ArgumentError: a result without a plan, or positions outside the problem.
    """
    problem = problem_of(asked)
    if isinstance(plan, Result):
        problem = problem.under(plan.spec)
    options = problem.kept_today if plan is None else plan_options(problem, plan)
    if isinstance(asked, Problem):
        return KeyFigures(tuple(figures.kpis(problem, options)))
    settings = asked.settings
    speeds = {} if settings.travel is None else settings.travel.speed_m_per_s
    found = figures.kpis(
        problem,
        options,
        speed_m_per_s={group: float(speed) for group, speed in speeds.items()},
        communities=communities(problem, options, settings.rules.floor_share),
        chain_rate=chain_rate(asked),
        nearest=NearestPlaces(asked.assembled),
        site_districts=told_by_scenario(asked),
        limits=Limits(settings, asked.standards, asked.contents.demand),
    )
    return KeyFigures((*found, *_satisfied(asked)))


def _satisfied(scenario: Scenario) -> Iterator[Kpi]:
    """KPI 12 as a survey has it, of all and of each district asked; no plan can tell it."""
    demand = scenario.contents.demand
    for district in (None, *scenario.contents.districts):
        share = demand.satisfied(district)
        if share is not None:
            yield Kpi(12, "satisfaction", "", district or "", "share", share, None)
