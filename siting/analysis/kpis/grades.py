"""Grades of living circles (基础型, 提升型, 品质型) by the catalogue's table of conditions: which a
circle has, and what it lacks for the next.

A figure that nobody tells - satisfaction without a survey, a format that is not planned - does not
hold, and is told as unknown rather than guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from siting.analysis.kpis.completeness import shares_of_points
from siting.analysis.kpis.goals import Standing, coverage, only
from siting.analysis.kpis.kpi import EXACT
from siting.analysis.kpis.site_districts import SiteDistricts
from siting.notice import Notice
from siting.problem.vehicles import at_places
from siting.result.quantities import reached
from siting.verification.evaluation import reported

if TYPE_CHECKING:
    from siting.scenario import Scenario
    from siting.scenario.formats.catalogue import Asked, Grade
    from siting.scenario.schema.settings import Circle


@dataclass(frozen=True)
class Condition:
    """One condition of a grade and its value in a circle."""

    asked: Asked
    value: float | None
    """A share 0..1; None where nobody tells."""
    lacking: tuple[str, ...] = ()
    """Formats, where formats are asked for."""

    @property
    def holds(self) -> bool:
        """Whether it is met."""
        return self.value is not None and self.value >= self.asked.at_least - EXACT

    @property
    def told(self) -> Notice:
        """What is asked, what there is, and which formats are missing."""
        asked = self.asked
        values: dict[str, Any] = {
            "asked": 100 * asked.at_least,
            "known": self.value is not None,
            "value": 100 * (self.value or 0.0),
        }
        match asked.what:
            case "formats_present":
                return Notice(
                    "grade.formats_present", tier=asked.tier, lacking=self.lacking, **values
                )
            case "stands":
                return Notice("grade.stands", formats=asked.formats, lacking=self.lacking)
            case "coverage":
                return Notice("grade.coverage", format=asked.format, **values)
            case "completeness":
                return Notice("grade.completeness", **values)
            case "complete_circle":
                return Notice("grade.complete_circle", **values)
            case "satisfaction":
                return Notice("grade.satisfaction", **values)


@dataclass(frozen=True)
class Graded:
    """A circle and its grade."""

    circle: str
    """What it is called."""
    district: str
    responsible_unit: str
    grade: Grade | None
    """The highest that it has, all those below included; None = not even the lowest."""
    following: Grade | None
    """The next; None of a circle that has the highest."""
    lacking: tuple[Condition, ...]
    """Conditions of the next grade that do not hold."""


def grades(scenario: Scenario, standing: Standing) -> tuple[Graded, ...]:
    """Of each circle that has people, in the scenario's order; of each district where the scenario
    names no circles; none where the catalogue has no grades.

    Args:
        standing: what serves people, today or once a plan is carried out.
    """
    table, problem = scenario.catalogue.grades, standing.problem
    names = problem.labels.districts
    delivered = scenario.settings.formats.delivered  # it never makes a circle complete
    if not table or problem.point_district is None or delivered:
        return ()
    where = SiteDistricts.of(problem, standing.districts)
    people = problem.persons.max(axis=0, initial=0)
    found = []
    for name, circle in _circles(scenario, names):
        district = names.index(name)
        if not people[problem.point_district == district].any():
            continue
        figures = _Figures(scenario, standing, where, district, circle)
        has, following, lacking = _graded(table, figures)
        found.append(
            Graded(
                (circle and circle.name) or name,
                name,
                (circle and circle.responsible_unit) or "",
                has,
                following,
                lacking,
            )
        )
    return tuple(found)


def _circles(scenario: Scenario, names: Sequence[str]) -> list[tuple[str, Circle | None]]:
    circles = scenario.settings.circles
    if not circles:
        return [(name, None) for name in names]
    return [(circle.district, circle) for circle in circles if circle.district in names]


def _graded(
    table: Sequence[Grade], figures: _Figures
) -> tuple[Grade | None, Grade | None, tuple[Condition, ...]]:
    """The grade, the next one, and what that lacks."""
    has: Grade | None = None
    for grade in table:
        conditions = [figures.condition(asked) for asked in grade.asks]
        lacking = tuple(condition for condition in conditions if not condition.holds)
        if lacking:
            return has, grade, lacking
        has = grade
    return has, None, ()


def grade_name(grade: Grade, lang: str) -> str:
    """What a grade is called."""
    return grade.zh if lang == "zh" else grade.en


class _Figures:
    """Figures of one circle, each worked out when a condition asks for it."""

    def __init__(
        self,
        scenario: Scenario,
        standing: Standing,
        where: SiteDistricts,
        district: int,
        circle: Circle | None,
    ):
        problem = self.problem = standing.problem
        self.scenario, self.circle, self.district = scenario, circle, district
        self.options = standing.options
        self.people = np.where(problem.inside(district), problem.persons.max(axis=0, initial=0), 0)
        fixed = at_places(problem, standing.options)
        here = problem.options.format[fixed[where.sites[problem.options.site[fixed]] == district]]
        stands = problem.outlets.format[where.outlets == district]
        self.there = set(np.concatenate([here, stands]).tolist())

    def condition(self, asked: Asked) -> Condition:
        """A condition with its value."""
        if asked.what in ("formats_present", "stands"):
            return self._formats(asked)
        value: float | None
        if asked.what == "coverage":
            value = self._coverage(asked.format or "")
        elif asked.what == "satisfaction":
            value = self.scenario.contents.demand.satisfied(
                self.problem.labels.districts[self.district]
            )
        else:
            value = self._complete(whole=asked.what == "complete_circle")
        return Condition(asked, value)

    def _formats(self, asked: Asked) -> Condition:
        """The share of some formats that stand in the circle, those that it does without left
        out."""
        standards = self.scenario.standards
        change = {} if self.circle is None else self.circle.change
        wanted = [
            name
            for name in (standards.use if asked.formats is None else asked.formats)
            if (asked.tier is None or standards.formats[name].tier == asked.tier)
            and (name not in change or change[name].use)
        ]
        if any(name not in standards.use for name in wanted) or not wanted:
            return Condition(asked, None)
        lacking = tuple(name for name in wanted if not self._present(name))
        return Condition(asked, 1 - len(lacking) / len(wanted), lacking)

    def _present(self, name: str) -> bool:
        """Whether a format stands there, or one that stands in for it."""
        standards = self.scenario.standards
        serving = (
            f
            for f, other in enumerate(standards.use)
            if other == name or name in standards.formats[other].stands_in_for
        )
        return any(f in self.there for f in serving)

    def _coverage(self, name: str) -> float | None:
        problem = self.problem
        if name not in problem.labels.formats:
            return None
        here = only(problem, problem.labels.districts[self.district])
        return coverage(here, self.options, name)

    def _complete(self, whole: bool) -> float | None:
        """Mean share of the basic formats in people's reach, or of people who reach them all."""
        problem = self.problem
        within = {t: reached(problem, self.options, t) for t in reported(problem).values()}
        share = shares_of_points(problem, within)
        if share is None or not self.people.any():
            return None
        if whole:
            share = (share > 1 - EXACT).astype(np.float64)
        return float((share * self.people).sum() / self.people.sum())
