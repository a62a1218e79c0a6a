"""Commitments as figures: what each is today, what the plan makes of it by its day, what is
missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis import kpis as figures
from siting.analysis.kpis.kpi import EXACT
from siting.analysis.kpis.site_districts import SiteDistricts, told_by_scenario
from siting.analysis.kpis.subjects import whole_group
from siting.notice import Notice
from siting.problem import FOREVER, Action
from siting.scenario.assemble.nearest import NearestPlaces
from siting.scenario.layers.commitments import district_of, phase_by
from siting.scenario.layers.phases import phases_of
from siting.scenario.schema.days import end_of_phase, last_day
from siting.scenario.schema.goals import INDICATORS, factor
from siting.verification.evaluation import reported
from siting.verification.objectives import judge

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario
    from siting.scenario.schema.settings import Commitment

Ints = NDArray[np.int64]
Light = Literal["green", "yellow", "red"]


@dataclass(frozen=True)
class Goal:
    """A commitment and its figures, all in its own unit; None where nobody can tell."""

    name: str
    kpi: str | None
    format: str
    group: str
    district: str
    target: float
    unit: str
    """"%" for shares that are told in per cent."""
    now: float | None
    planned: float | None
    """What the plan makes of it by its day."""
    due: date | None
    when: str
    """The same as it was written, or the phase's name."""
    responsible_unit: str
    less_is_better: bool
    as_rule: bool
    past: bool
    """Whether its day has passed."""

    @property
    def gap(self) -> float | None:
        """What is missing now; 0 where it is reached."""
        return self._short(self.now)

    @property
    def missed_by(self) -> float | None:
        """What the plan leaves missing by its day; 0 where it does not."""
        return self._short(self.planned)

    @property
    def light(self) -> Light | None:
        """Green: reached. Yellow: not yet, but the plan will. Red: the plan will not, or the day
        has passed. None where nobody can tell."""
        if self.gap == 0:
            return "green"
        if self.past:
            return "red"
        return None if self.missed_by is None else "red" if self.missed_by else "yellow"

    def _short(self, value: float | None) -> float | None:
        if value is None:
            return None
        short = value - self.target if self.less_is_better else self.target - value
        return 0.0 if short <= EXACT * max(1.0, abs(self.target)) else short


@dataclass(frozen=True)
class Standing:
    """What serves people at one moment: a problem's outlets and some of its options."""

    problem: Problem
    options: Ints
    districts: SiteDistricts | None = None
    """Where outlets and sites are, as far as a scenario tells."""
    nearest: NearestPlaces | None = None
    speeds: Mapping[str, float] | None = None

    @classmethod
    def of(cls, scenario: Scenario, options: Ints) -> Standing:
        """Some options of a scenario's own problem."""
        travel = scenario.settings.travel
        speeds = {} if travel is None else travel.speed_m_per_s
        return cls(
            scenario.problem(),
            options,
            told_by_scenario(scenario),
            NearestPlaces(scenario.assembled),
            {g: float(speed) for g, speed in speeds.items()},
        )


def goals(
    scenario: Scenario,
    options: Ints | None,
    now: Standing | None = None,
    day: date | None = None,
) -> tuple[Goal, ...]:
    """Every commitment of a scenario under a plan.

    Args:
        options: of the plan, in the scenario's problem; None where there is no plan.
        now: what stands; None = what stood when the plan was made.
        day: of the figures, by which days have passed; None = none has.
    """
    settings, problem = scenario.settings, scenario.problem()
    if not settings.commitments:
        return ()
    now = now or Standing.of(scenario, problem.kept_today)
    phases = phases_of(settings)
    found = []
    for goal in settings.commitments:
        due = None if goal.due is None else last_day(goal.due)
        phase = next((phase for phase in phases if phase.name == goal.phase), None)
        if phase is not None:
            due = end_of_phase(phase.name, phase.ends)
        planned, actual, times = None, goal.actual, 1
        if goal.kpi is not None:
            times = factor(goal.kpi, goal.target, goal.unit)
            actual = _times(_figure(scenario, goal, goal.kpi, now), times)
            if options is not None:
                by_then = at_the_end(problem, options, phase_by(goal, settings))
                standing = Standing.of(scenario, by_then)
                planned = _times(_figure(scenario, goal, goal.kpi, standing), times)
        share = goal.kpi is not None and INDICATORS[goal.kpi].unit == "share"
        found.append(
            Goal(
                name=goal.name,
                kpi=goal.kpi,
                format=goal.format or "",
                group=goal.group or "",
                district=district_of(goal, settings) or "",
                target=goal.target,
                unit=goal.unit or ("%" if share and times == 100 else ""),
                now=actual,
                planned=planned,
                due=due,
                when=goal.due or goal.phase or "",
                responsible_unit=goal.responsible_unit or "",
                less_is_better=goal.kpi is not None and INDICATORS[goal.kpi].less_is_better,
                as_rule=goal.as_rule,
                past=due is not None and day is not None and due <= day,
            )
        )
    return tuple(found)


def missed(scenario: Scenario, options: Ints) -> tuple[Notice, ...]:
    """One for each commitment that the plan leaves short."""
    told = []
    for goal in goals(scenario, options):
        if goal.kpi is None or not goal.missed_by:
            continue
        points = INDICATORS[goal.kpi].unit == "share"
        times = 1 if goal.unit == "%" or not points else 100
        assert goal.planned is not None
        told.append(
            Notice(
                "commitment.missed",
                name=goal.name,
                short=times * goal.missed_by,
                points=points,
                planned=times * goal.planned,
                when=goal.when,
                target=times * goal.target,
                rule=goal.kpi == "coverage",
            )
        )
    return tuple(told)


def at_the_end(problem: Problem, options: Ints, phase: int | None) -> Ints:
    """What of a plan serves at the end of a phase: what has opened by then, and what leaves only
    later as if it stayed.

    Args:
        phase: its position; None = before the first ends, when nothing has opened yet.
    """
    o, today = problem.options, problem.kept_today
    if phase is None:
        return today
    there = options[(o.phase[options] <= phase) & (o.last[options] >= phase)]
    stays = there[o.last[there] == FOREVER]
    leaving = o.outlet[there[o.last[there] != FOREVER]]
    return np.sort(np.concatenate([stays, today[np.isin(o.outlet[today], leaving)]]))


def in_place(problem: Problem, done: Ints) -> Ints:
    """What serves once some planned options are carried out: they, and what stands today and has
    not moved."""
    o, today = problem.options, problem.kept_today
    moved = o.outlet[done[problem.acting(Action.MOVE)[done]]]
    return np.unique(np.concatenate([done, today[~np.isin(o.outlet[today], moved)]]))


def _times(value: float | None, times: int) -> float | None:
    return None if value is None else value * times


def _figure(scenario: Scenario, goal: Commitment, kpi: str, at: Standing) -> float | None:
    """A goal's figure; None where the scenario cannot tell it."""
    district = district_of(goal, scenario.settings)
    problem = at.problem
    if district is not None and kpi != "formats_present":
        problem = only(problem, district)
    if kpi == "coverage":
        return coverage(problem, at.options, goal.format or "", goal.group)
    group = goal.group or ""
    if INDICATORS[kpi].of_format:
        f = problem.labels.formats.index(goal.format or "")
        counted = [whole_group(problem, t) for (k, _), t in reported(problem).items() if k == f]
        group = goal.group or counted[0]
    elif kpi == "formats_present":
        group = district or ""
    told = figures.kpis(
        problem, at.options, at.speeds, nearest=at.nearest, site_districts=at.districts
    )
    wanted = (kpi, goal.format or "", group)
    return next((k.after for k in told if (k.name, k.format, k.group) == wanted), None)


def only(problem: Problem, district: str) -> Problem:
    """The same with nobody outside a district: figures of people are then that district's."""
    names = problem.labels.districts
    inside = problem.inside(names.index(district) if district in names else -2)
    return problem.replace(persons=np.where(inside, problem.persons, 0))


def coverage(
    problem: Problem, options: Ints, format: str, group: str | None = None
) -> float | None:
    """Share of a format's people who are served, recomputed by the judge; None of nobody.

    Args:
        group: of these only; None = of all that the format counts.
    """
    f = problem.labels.formats.index(format)
    told = {
        t
        for (of, _), t in reported(problem).items()
        if of == f and group in (None, whole_group(problem, t))
    }
    found = judge(problem, problem.objective, options).people
    people = sum(found[t][0] for t in told)
    return sum(found[t][2] for t in told) / people if people else None
