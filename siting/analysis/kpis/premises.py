"""KPIs 11 and 12 of what a plan adds at premises: floor, and sites with several functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.kpi import Kpi, share
from siting.problem import FOREVER, Action, Problem
from siting.problem.vehicles import option_kinds

Ints = NDArray[np.int64]
HOUSEHOLDS = "households"
"""Group of the demand that counts homes instead of people."""


def floor_added(problem: Problem, options: Ints) -> list[Kpi]:
    """KPI 11. Only floor that a new outlet takes is added: who is kept or moves had it before."""
    o = problem.options
    people = float(problem.persons.max(axis=0, initial=0).sum()) / problem.person_units
    new = options[problem.acting(Action.OPEN)[options]]
    area = float(o.area[new].sum())
    found = [Kpi(11, "m2_added_per_1000", "", "", "m2", 0.0, share(1000.0 * area, people))]
    if HOUSEHOLDS in problem.labels.groups:
        persons = problem.persons[problem.labels.groups.index(HOUSEHOLDS)]
        homes = float(persons.sum()) / problem.person_units
        added = share(100.0 * area, homes)
        found.append(Kpi(11, "m2_added_per_100_households", "", "", "m2", 0.0, added))
    return found


def several_functions(problem: Problem, options: Ints, premises: Ints) -> list[Kpi]:
    """KPI 12, of the premises where the plan opens something or moves it to. Their functions are
    the plan's and those that stand there, be it that they stay anyway or are kept or improved.

    Args:
        premises: the site whose premises each site stands in, see ``SiteDistricts``.
    """
    o, outlets, kind = problem.options, problem.outlets, option_kinds(problem)[options]
    planned = np.unique(premises[o.site[options[kind == ""]]])
    if not len(planned):
        return []
    fixed = options[np.isin(kind, ["", "standing"]) & (o.last[options] == FOREVER)]
    placed = outlets.site >= 0
    place = np.concatenate([premises[o.site[fixed]], premises[outlets.site[placed]]])
    format_ = np.concatenate([o.format[fixed], outlets.format[placed]])
    here = np.isin(place, planned)
    shops = np.unique(np.stack([place[here], format_[here]]), axis=1)
    _, functions = np.unique(shops[0], return_counts=True)
    rate = float((functions > 1).mean())
    return [Kpi(12, "several_functions", "", "", "share", None, rate)]
