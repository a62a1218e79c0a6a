"""Planned actions: what a plan asks somebody to do, where, by when and for how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.site_districts import SiteDistricts, told_by_scenario
from siting.problem import ACTIONS, Action
from siting.scenario.assemble.rules_money import public_part, yearly_support
from siting.scenario.layers.phases import phases_of
from siting.scenario.schema.days import end_of_phase
from siting.scenario.schema.values import exact

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario
    from siting.scenario.layers.descriptions import Descriptions
    from siting.scenario.schema.settings import Circle

Ints = NDArray[np.int64]
Identity = tuple[str, str, str, str]
"""Site, format, action and the standing outlet it is done to: one action of any plan."""


@dataclass(frozen=True)
class PlannedAction:
    """One thing to be done. What is left as it stands is none."""

    option: int
    """Position in the problem."""
    site: str
    format: str
    """Its id."""
    size: str
    action: Action
    outlet: str
    """Id of the standing outlet it is done to; empty for what opens anew."""
    district: str
    circle: str
    """What the circle of the district is called; the district where there is none."""
    responsible_unit: str
    phase: str
    public: int
    """Public share of its cost, whole currency units; formats that tell no share have none."""
    market: int
    """The rest of its cost, and the opening of its premises where it is the first there."""
    due: date | None
    """Last day of its phase."""
    yearly: int = 0
    """Operating support and rent a year, whole currency units."""
    lonlat: tuple[float, float] | None = None
    name: str = ""
    address: str = ""
    owner: str = ""
    contact: str = ""

    @property
    def cost(self) -> int:
        """Public and market share together."""
        return self.public + self.market

    @property
    def identity(self) -> Identity:
        """By which a ledger knows it again in another plan."""
        return (self.site, self.format, str(self.action), self.outlet)


def planned_actions(scenario: Scenario, problem: Problem, options: Ints) -> list[PlannedAction]:
    """Of the chosen options, by phase, then site, then format.

    Args:
        options: positions in the problem.
    """
    o, names = problem.options, problem.labels
    chosen = options[~problem.acting(Action.KEEP)[options]]
    order = np.lexsort((o.format[chosen], o.site[chosen], o.phase[chosen]))
    settings = scenario.settings
    circles = {circle.district: circle for circle in settings.circles}
    due = {phase.name: end_of_phase(phase.name, phase.ends) for phase in phases_of(settings)}
    paid = _public(scenario, problem)
    yearly = yearly_support(
        problem, scenario.standards.formats, scenario.contents, scenario.assembled.sites
    )
    where = SiteDistricts.of(problem, told_by_scenario(scenario))
    found, opened = [], set[int]()
    for k in chosen[order].tolist():
        site, phase = int(o.site[k]), names.phases[o.phase[k]]
        at = int(where.sites[site])
        district = names.districts[at] if at >= 0 else ""
        circle = circles.get(district)
        opening = 0 if site in opened else int(problem.opening_cost[site])
        opened.add(site)
        place = None if names.site_lonlat is None else names.site_lonlat[site]
        found.append(
            PlannedAction(
                option=k,
                site=problem.site_id(site),
                format=names.formats[o.format[k]],
                size=_size(problem, k),
                action=ACTIONS[o.action[k]],
                outlet=problem.whose(k) or "",
                district=district,
                circle=called(circle) if circle is not None else district,
                responsible_unit=_unit(scenario, site, circle),
                phase=phase,
                public=int(paid[k]),
                market=int(o.cost[k]) - int(paid[k]) + opening,
                due=due.get(phase),
                yearly=int(yearly[k]),
                lonlat=None if place is None else (float(place[0]), float(place[1])),
                **_about(scenario, site),
            )
        )
    return found


def called(circle: Circle) -> str:
    """A circle's name, or its district's."""
    return circle.name or circle.district


def _size(problem: Problem, option: int) -> str:
    """What opens has a size; what stands is told by its action."""
    action = ACTIONS[problem.options.action[option]]
    stands = action.stands or action in (Action.MOVE, Action.VEHICLE, Action.STOP)
    return "" if stands else problem.labels.sizes[problem.options.size[option]]


def _public(scenario: Scenario, problem: Problem) -> Ints:
    """Public part of each option's cost, shape (n_options,)."""
    o, paid = problem.options, np.zeros(problem.n_options, np.int64)
    for f, name in enumerate(problem.labels.formats):
        share = scenario.standards.formats[name].public_share or 0
        mine = o.format == f
        paid[mine] = public_part(o.cost[mine], exact(share))
    return paid


def place_of(scenario: Scenario, id: str) -> dict[str, str]:
    """Name, address, owner and contact of a site by its id; nothing of one that is not known."""
    ids = list(scenario.assembled.sites.ids)
    return _about(scenario, ids.index(id)) if id in ids else {}


def _unit(scenario: Scenario, site: int, circle: Circle | None) -> str:
    """Who answers: the circle's unit; for a vehicle, or a stop where a circle names nobody, the
    unit that runs it."""
    if circle is not None and circle.responsible_unit:
        return circle.responsible_unit
    sites = scenario.assembled.sites
    if site < sites.first_stop:
        return ""
    unit = int(sites.mobile.unit[site - sites.first_stop])
    return scenario.contents.stops.units[unit].responsible_unit or ""


def _about(scenario: Scenario, site: int) -> dict[str, str]:
    """Name, address, owner and contact of a site: of its premises, or of the outlet it is."""
    sites, contents = scenario.assembled.sites, scenario.contents
    if site < sites.n_premises:
        return _told(contents.premises.told, site)
    if site < sites.first_stop:
        return _told(contents.outlets.told, int(sites.own[site - sites.n_premises]))
    return {}


def _told(told: Descriptions, row: int) -> dict[str, str]:
    return {key: str(getattr(told, key)[row]) for key in ("name", "address", "owner", "contact")}
