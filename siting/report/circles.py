"""One plan per circle (一圈一策): a paper for each circle of a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.form import NEAR_M
from siting.analysis.kpis.grades import Graded
from siting.analysis.kpis.site_districts import SiteDistricts, told_by_scenario
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.paper import Block, Cell, Column, Grid, Heading, Paper, Picture, Text
from siting.problem.vehicles import at_places
from siting.report.contents import Contents, PlanRow, contents
from siting.report.facts import facts_of
from siting.report.gap_table import gap_table
from siting.report.ground import Ground, ground_of
from siting.report.picture import picture
from siting.report.planning import grades_table, tables
from siting.report.sections import deviations_table, place
from siting.reproducible_files import this_day
from siting.result.quantities import reached
from siting.scenario.schema.settings import Circle
from siting.texts.catalogue import Lang, group_words, number
from siting.verification.evaluation import reported

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario
Ints = NDArray[np.int64]


def papers(
    result: Result, problem: Problem, scenario: Scenario, lang: Lang, pictures: bool = True
) -> Iterator[tuple[str, Paper]]:
    """A file's name and the paper of each circle, in the scenario's order; of each district with
    people where the scenario names no circles.

    Args:
        pictures: whether a map is drawn (matplotlib).

    Raises:
        ArgumentError: the scenario knows no districts, or matplotlib is not installed.
    """
    told = contents(result, problem, facts_of(scenario, lang, result), lang)
    settings = scenario.settings
    circles = list(settings.circles) or [Circle(district=d) for d in _inhabited(problem)]
    known = set(problem.labels.districts)
    shown = [circle for circle in circles if circle.district in known]
    if not shown:
        raise ArgumentError(Notice("report.no_circles"))
    ground = ground_of(scenario) if pictures else None
    for n, circle in enumerate(shown, start=1):
        page = _Page(result, problem, scenario, told, circle, pictures, ground)
        yield f"{n:02d}-{_as_file(circle.name or circle.district)}", page.paper()


def _inhabited(problem: Problem) -> list[str]:
    if problem.point_district is None:
        return []
    there = problem.point_district[problem.persons.max(axis=0, initial=0) > 0]
    return [problem.labels.districts[d] for d in np.unique(there[there >= 0])]


def _as_file(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^\w\u4e00-\u9fff.-]+", "_", name).strip("._")[:60] or "circle"


class _Page:
    """The parts of one circle's paper."""

    def __init__(
        self,
        result: Result,
        problem: Problem,
        scenario: Scenario,
        told: Contents,
        circle: Circle,
        pictures: bool,
        ground: Ground | None,
    ):
        self.result, self.problem, self.scenario = result, problem, scenario
        self.told, self.circle, self.pictures = told, circle, pictures
        self.words = told.words
        self.district = problem.labels.districts.index(circle.district)
        self.where = SiteDistricts.of(problem, told_by_scenario(scenario))
        self.inside = problem.inside(self.district)
        self.ground = ground
        self.options = problem.kept_today if result.options is None else result.options

    def paper(self) -> Paper:
        """All of it."""
        w, circle, day = self.words, self.circle, this_day()
        about = [
            (w["responsible_unit"], circle.responsible_unit or ""),
            (w["district"], circle.district if circle.name else ""),
            (w["scenario"], self.told.facts.name),
            (w["date"], "" if day is None else day.isoformat()),
        ]
        return Paper(
            self.told.lang,
            w["circle_title"].format(name=circle.name or circle.district),
            tuple((what, value) for what, value in about if value),
            w["subtitle"],
            tuple(self.blocks()),
            w["overview"],
        )

    def blocks(self) -> Iterator[Block]:
        """People, what stands, what is missing, what opens, money, map, form, standards,
        commitments."""
        w = self.words
        yield self.ages()
        yield self.people()
        yield self.standing()
        gaps = gap_table(
            self.problem, self.options, self.told.facts, w, district=self.circle.district
        )
        yield replace(
            gaps,
            columns=(*gaps.columns[:2], *gaps.columns[3:]),
            rows=tuple((*row[:2], *row[3:]) for row in gaps.rows),
        )
        rows = self.rows()
        if rows:
            yield self.opening(rows)
            yield self.money(rows)
        else:
            yield Heading(w["circle_opens"], 2)
            yield Text(w["circle_nothing"])
        drawn = self.drawn()
        if drawn is not None:
            yield Heading(w["map"])
            yield drawn
        facts = replace(self.told.facts, grades=self.grades())
        yield from (t.grid for t in [grades_table(facts, w)] if t.grid.rows)
        yield Heading(w["form_heading"])
        yield Text(self.form())
        yield from self.standards()
        goals = [goal for goal in self.told.facts.goals if goal.district == self.circle.district]
        if goals:
            facts = replace(self.told.facts, goals=tuple(goals), circles=(), floor_shares=())
            yield from (
                t.grid
                for t in tables(self.result, self.problem, facts, w)
                if t.title == w["commitments"]
            )

    def ages(self) -> Grid:
        """Who lives in the circle, by the groups of the demand."""
        w, demand = self.words, self.scenario.contents.demand
        here = demand.district == self.circle.district
        persons = demand.persons[:, here].sum(axis=1) / 1000
        most = float(persons.max(initial=0.0))
        rows = tuple(
            (group_words(w, group), round(float(n), 3), float(n) / most if most else None)
            for group, n in zip(demand.groups, persons, strict=True)
        )
        columns = (
            Column(w["group"]),
            Column(w["people"], "number"),
            Column(w["share"], "share"),
        )
        return Grid(w["circle_people"], columns, rows)

    def people(self) -> Grid:
        """Persons of each group, and those whom each format serves."""
        problem, w = self.problem, self.words
        rows: list[tuple[Cell, ...]] = []
        for (f, g), t in sorted(reported(problem).items()):
            persons = problem.persons[g] * self.inside / problem.person_units
            if not persons.any():
                continue
            before = float(persons[reached(problem, problem.kept_today, t)].sum())
            after = float(persons[reached(problem, self.options, t)].sum())
            everybody = float(persons.sum())
            rows.append(
                (
                    self.told.facts.format(problem.labels.formats[f]).name,
                    group_words(w, problem.labels.groups[g].partition("@")[0]),
                    everybody,
                    before / everybody,
                    after / everybody,
                )
            )
        columns = (
            Column(w["format"]),
            Column(w["group"]),
            Column(w["people"], "number"),
            Column(w["before"], "share"),
            Column(w["after"], "share"),
        )
        return Grid(w["coverage"], columns, tuple(rows), w[self.told.facts.coverage_note])

    def standing(self) -> Grid:
        """Outlets of each format in the circle, today and with the plan."""
        problem, w = self.problem, self.words
        o, here = problem.options, self.where.sites == self.district
        stands = problem.outlets.format[self.where.outlets == self.district]
        today = o.format[problem.kept_today[here[o.site[problem.kept_today]]]]
        serving = at_places(problem, self.options)
        planned = o.format[serving[here[o.site[serving]]]]
        rows = tuple(
            (
                self.told.facts.format(name).name,
                int((stands == f).sum() + (today == f).sum()),
                int((stands == f).sum() + (planned == f).sum()),
            )
            for f, name in enumerate(problem.labels.formats)
        )
        columns = (Column(w["format"]), Column(w["before"], "number"), Column(w["after"], "number"))
        return Grid(w["circle_outlets"], columns, rows)

    def rows(self) -> list[PlanRow]:
        """The plan's rows in the circle, stops of vehicles among them."""
        return [row for row in self.told.plan if self.where.sites[row.place] == self.district]

    def opening(self, rows: list[PlanRow]) -> Grid:
        """What opens when and where, whose premises, for how much."""
        w = self.words
        cells = tuple(
            (
                row.no,
                row.site,
                place(row),
                "" if row.about is None else row.about.owner,
                row.format,
                row.action,
                row.phase,
                None if row.about is None else row.about.due,
                row.area_m2,
                row.cost,
                None if row.about is None else row.about.yearly,
                row.newly_covered,
            )
            for row in rows
        )
        columns = (
            Column(w["site_no"], "number"),
            Column(self.told.places),
            Column(w["place"]),
            Column(w["owner"]),
            Column(w["format"]),
            Column(w["action"]),
            Column(w["phase"]),
            Column(w["due"], "date"),
            Column(w["area_m2"], "number"),
            Column(w["cost"], "number"),
            Column(w["yearly"], "number"),
            Column(w["newly_covered"], "number"),
        )
        return Grid(w["circle_opens"], columns, cells, wide=True)

    def money(self, rows: list[PlanRow]) -> Grid:
        """Public and market money by phase, openings of premises included; support a year below."""
        w = self.words
        sums: dict[str, list[int]] = {}
        for row in rows:
            public, market = (
                (0, row.cost) if row.about is None else (row.about.public, row.about.market)
            )
            told = sums.setdefault(row.phase, [0, 0])
            told[0], told[1] = told[0] + public, told[1] + market
        cells: tuple[tuple[Cell, ...], ...] = tuple(
            (phase, *told, sum(told)) for phase, told in sums.items()
        )
        whole = [sum(column) for column in zip(*sums.values(), strict=True)]
        columns = (
            Column(w["phase"]),
            Column(w["public"], "number"),
            Column(w["market"], "number"),
            Column(w["total"], "number"),
        )
        yearly = sum(row.about.yearly for row in rows if row.about is not None)
        note = w["circle_yearly"].format(n=number(yearly)) if yearly else ""
        total = (w["total"], *whole, sum(whole))
        return Grid(w["circle_money"], columns, cells, note, total=total)

    def drawn(self) -> Picture | None:
        """The circle's part of the map, with numbers."""
        if not self.pictures:
            return None
        png = picture(
            self.problem,
            self.result,
            self.words,
            self.told.site_numbers,
            self.scenario.network,
            self.inside,
            self.ground,
        )
        return None if png is None else Picture(png, self.words["map_note"], 14.0)

    def form(self) -> str:
        """Measured, beside what was asked for."""
        w = self.words
        found = self.told.facts.forms.get(self.circle.district)
        asked = self.circle.form
        told = w["form_asked"].format(form=w[f"form_{asked}"]) if asked else w["form_free"]
        if found is None:
            return w.sentences((w["form_unknown"], told))
        measured = w["form_measured"].format(
            form=w[f"form_{found.form}"],
            n=number(found.outlets),
            largest=number(found.largest),
            blocks=number(found.in_blocks),
            metres=f"{NEAR_M:g}",
        )
        missed = w["form_missed"] if asked and asked != found.form else ""
        return w.sentences(filter(None, (measured, told, missed)))

    def grades(self) -> tuple[tuple[Graded, Graded | None], ...]:
        """The circle's own."""
        every = self.told.facts.grades
        return tuple(pair for pair in every if pair[0].district == self.circle.district)

    def standards(self) -> Iterator[Block]:
        """Those that differ from the catalogue, here or everywhere, and why."""
        w, facts = self.words, self.told.facts
        others = {c.district for c in self.scenario.settings.circles} - {self.circle.district}
        mine = [
            row
            for row in facts.deviations
            if not any(row[1].endswith(f" · {name}") for name in others)
        ]
        if mine:
            yield deviations_table(self.told, mine)
        else:
            yield Heading(w["deviations"])
            yield Text(w["no_deviations"].format(catalogue=facts.catalogue))
