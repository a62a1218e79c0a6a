"""What a planner answers for: the plan phase by phase, circles with their units, commitments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.analysis.gaps.distances import by_planning_distance
from siting.analysis.kpis.grades import grade_name
from siting.notice import notices
from siting.paper import Cell, Column, Grid, Kind, shown
from siting.problem.vehicles import opened
from siting.report.commitments import commitment
from siting.result.communities import communities
from siting.result.quantities import everybody
from siting.texts.catalogue import group_words
from siting.texts.names import Names
from siting.texts.words import Words
from siting.verification.evaluation import evaluate

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.report.facts import Facts
    from siting.result import Result
    from siting.scenario.formats.catalogue import Grade

Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """One table in the report's language: figures for files, the same as text for the page."""

    grid: Grid
    told: tuple[tuple[str, ...], ...] | None = None
    """Rows as text where they are not the figures as they are."""

    @property
    def title(self) -> str:
        """Of the table."""
        return self.grid.title

    @property
    def note(self) -> str:
        """How to read it."""
        return self.grid.note

    @property
    def head(self) -> tuple[str, ...]:
        """Of each column."""
        return tuple(column.head for column in self.grid.columns)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Columns that hold numbers."""
        return tuple(k for k, column in enumerate(self.grid.columns) if column.right)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """As text."""
        return self.told or tuple(
            tuple(shown(v, c.kind) for v, c in zip(row, self.grid.columns, strict=True))
            for row in self.grid.rows
        )


def tables(result: Result, problem: Problem, facts: Facts, words: Words) -> tuple[Table, ...]:
    """Those that have something to say."""
    made = (
        _capacity(result, facts, words),
        _distances(result, problem, facts, words),
        _phases(result, problem, facts, words),
        _money(problem, facts, words),
        _circles(problem, facts, words),
        grades_table(facts, words),
        _communities(result, problem, facts, words),
        _commitments(facts, words),
        _near(facts, words),
        _fumes(facts, words),
    )
    return tuple(table for table in made if table.grid.rows)


def _columns(words: Words, *told: tuple[str, Kind]) -> tuple[Column, ...]:
    return tuple(Column(words[key], kind) for key, kind in told)


def _capacity(result: Result, facts: Facts, words: Words) -> Table:
    """Places that the plan has of each format, against the people who need them."""
    rows: tuple[Row, ...] = ()
    if result.plan is not None:
        rows = tuple(
            (
                facts.format(format_).name,
                told.places,
                told.people,
                told.use,
                told.in_all,
                round(told.per_1000, 3),
            )
            for format_, told in result.plan.places.items()
        )
    columns = _columns(
        words,
        ("format", "text"),
        ("places", "number"),
        ("people_at", "number"),
        ("people_for_places", "share"),
        ("places_in_all", "number"),
        ("per_1000", "decimal"),
    )
    return Table(Grid(words["capacity"], columns, rows, words["capacity_note"]))


def _phases(result: Result, problem: Problem, facts: Facts, words: Words) -> Table:
    """Money and outlets of each phase, and whom every format reaches by its end."""
    words_of = {"outlets": "outlets_opened", "stops": "stops_opened", "vehicles": "vehicles_bought"}
    count = tuple(words_of[name] for name in opened(problem, np.zeros(0, np.int64)))
    keys = ("phase", *count, "money_spent", "format", "group", "before", "after")
    rows: tuple[Row, ...] = ()
    if result.options is not None and problem.n_phases > 1:
        rows = tuple(_phase_rows(problem, result.options, facts, words))
    kinds: dict[str, Kind] = {
        "phase": "text",
        "format": "text",
        "group": "text",
        "before": "share",
        "after": "share",
    }
    columns = _columns(words, *((key, kinds.get(key, "number")) for key in keys))
    return Table(Grid(words["by_phase"], columns, rows, words["by_phase_note"]))


def _phase_rows(problem: Problem, options: np.ndarray, facts: Facts, words: Words) -> Iterator[Row]:
    judged, o, names = evaluate(problem, options), problem.options, problem.labels
    spent, earlier = np.zeros(problem.n_phases, np.int64), 0
    for k in range(problem.n_phases):
        # What is paid by the end of a phase, its openings included, less what was paid before.
        by_now = evaluate(problem, options[o.phase[options] <= k]).cost
        spent[k], earlier = by_now - earlier, by_now
    for k, phase in enumerate(names.phases):
        count = opened(problem, options[o.phase[options] == k])
        first: Row = (phase, *count.values(), int(spent[k]))
        for line in judged.targets:
            target = problem.targets[line.target]
            if target.phase != k or target.weight_micro == 0 or not line.people:
                continue
            group = names.groups[target.group]
            yield (
                *first,
                facts.format(names.formats[target.format]).name,
                group_words(words, group),
                line.today / line.people,
                line.after / line.people,
            )
            first = ("",) * len(first)


def _distances(result: Result, problem: Problem, facts: Facts, words: Words) -> Table:
    """Coverage by planning distances, where they are not the walks that count."""
    found = by_planning_distance(problem, facts.planning_m, result.options)
    rows: tuple[Row, ...] = tuple(
        (
            facts.format(one.format).name,
            group_words(words, one.group),
            one.standard_m,
            one.before,
            one.after,
            one.planning_m,
            one.planning_before,
            one.planning_after,
        )
        for one in found
    )
    columns = (
        Column(words["format"]),
        Column(words["group"]),
        Column(words["standard_m"], "number"),
        Column(words["before"], "share"),
        Column(words["after"], "share"),
        Column(words["key_planning_m"], "number"),
        Column(words["planning_before"], "share"),
        Column(words["planning_after"], "share"),
    )
    return Table(Grid(words["distances"], columns, rows, words["distances_note"]))


def _money(problem: Problem, facts: Facts, words: Words) -> Table:
    """Who pays what: public and market money and support a year, by circle and phase."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for action in facts.actions.values():
        key = (action.circle, action.responsible_unit, action.phase)
        money = (1, action.public, action.market, action.yearly)
        told = sums.setdefault(key, [0] * len(money))
        sums[key] = [was + more for was, more in zip(told, money, strict=True)]
    phases = problem.labels.phases
    order = sorted(sums, key=lambda key: (not key[0], *key[:2], phases.index(key[2])))
    rows: tuple[Row, ...] = tuple(
        (circle or words["circle_none"], unit, phase, *sums[circle, unit, phase])
        for circle, unit, phase in order
    )
    columns = _columns(
        words,
        ("circle", "text"),
        ("responsible_unit", "text"),
        ("phase", "text"),
        ("actions", "number"),
        ("public", "number"),
        ("market", "number"),
        ("yearly", "number"),
    )
    return Table(Grid(words["money"], columns, rows, words["money_note"]))


def grades_table(facts: Facts, words: Words) -> Table:
    """Grade of each circle today and with the plan, and what is lacking for the next."""
    names = Names(words.lang, facts.names)

    def called(grade: Grade | None) -> str:
        return words["no_grade"] if grade is None else grade_name(grade, words.lang)

    rows: list[Row] = []
    for today, planned in facts.grades:
        last = planned or today
        lacks = [condition.told for condition in last.lacking]
        rows.append(
            (
                today.circle,
                today.responsible_unit,
                called(today.grade),
                None if planned is None else called(planned.grade),
                "" if last.following is None else grade_name(last.following, words.lang),
                words.parts(notices(lacks, words.lang, names.sections)),
            )
        )
    columns = _columns(
        words,
        ("circle", "text"),
        ("responsible_unit", "text"),
        ("grade_today", "text"),
        ("grade_planned", "text"),
        ("grade_next", "text"),
        ("grade_lacks", "text"),
    )
    return Table(Grid(words["grades"], columns, tuple(rows), words["grades_note"]))


def _circles(problem: Problem, facts: Facts, words: Words) -> Table:
    """Who answers for which people, and the form asked for."""
    rows: list[Row] = []
    lives = everybody(problem)
    for name, district, unit, form in facts.circles:
        people = None
        if problem.point_district is not None and district in problem.labels.districts:
            inside = problem.point_district == problem.labels.districts.index(district)
            people = float(lives[inside].sum() / problem.person_units)
        found = facts.forms.get(district)
        taken = words[f"form_{found.form}"] if found is not None else ""
        asked = words[f"form_{form}"] if form else ""
        rows.append((name, district, unit, asked, taken, people))
    columns = _columns(
        words,
        ("circle", "text"),
        ("district", "text"),
        ("responsible_unit", "text"),
        ("form", "text"),
        ("form_taken", "text"),
        ("people", "number"),
    )
    return Table(Grid(words["circles"], columns, tuple(rows), words["circles_note"]))


def _communities(result: Result, problem: Problem, facts: Facts, words: Words) -> Table:
    """The 10 % rule: floor of each community before and after, and what is short."""
    opened = np.zeros(0, np.int64) if result.options is None else result.options
    rows: tuple[Row, ...] = tuple(
        (
            c.name,
            words["community_new" if c.new else "community_old"],
            c.gross_m2,
            c.ratios[0],
            c.added_m2,
            c.ratios[1],
            c.share,
            c.short_m2,
        )
        for c in communities(problem, opened, facts.floor_shares)
    )
    columns = _columns(
        words,
        ("community", "text"),
        ("kind", "text"),
        ("gross_m2", "number"),
        ("floor_before", "share"),
        ("floor_added", "number"),
        ("floor_after", "share"),
        ("floor_asked", "share"),
        ("short_m2", "number"),
    )
    return Table(Grid(words["communities"], columns, rows, words["communities_note"]))


def _commitments(facts: Facts, words: Words) -> Table:
    """Target, actual, what the plan reaches and what is missing."""
    told = tuple(commitment(goal, words, facts.today) for goal in facts.goals)
    rows: tuple[Row, ...] = tuple(
        (goal.name, goal.target, goal.now, goal.planned, goal.gap, goal.unit, row[-2], row[-1])
        for goal, row in zip(facts.goals, told, strict=True)
    )
    columns = _columns(
        words,
        ("indicator", "text"),
        ("target", "decimal"),
        ("actual", "decimal"),
        ("planned", "decimal"),
        ("missing", "decimal"),
        ("unit", "text"),
        ("due", "text"),
        ("responsible_unit", "text"),
    )
    grid = Grid(words["commitments"], columns, rows, words["commitments_note"])
    return Table(
        grid,
        tuple((*row[:5], goal.unit, *row[5:]) for goal, row in zip(facts.goals, told, strict=True)),
    )


def _near(facts: Facts, words: Words) -> Table:
    """What disturbs and whom, one by one."""
    names = facts.names
    rows: tuple[Row, ...] = tuple(
        (
            one.place,
            names.get(one.format, one.format),
            words.get(f"ending_{one.nuisance}", one.nuisance),
            words[f"ending_{one.kind}"],
            " ".join(filter(None, (one.other, names.get(one.other_format, one.other_format)))),
            round(one.metres, 1),
            one.asked,
        )
        for one in facts.near
    )
    columns = _columns(
        words,
        ("site_or_stop", "text"),
        ("format", "text"),
        ("nuisance", "text"),
        ("kept_from", "text"),
        ("which", "text"),
        ("metres_apart", "decimal"),
        ("metres_asked", "decimal"),
    )
    return Table(Grid(words["near"], columns, rows, words["near_note"]))


def _fumes(facts: Facts, words: Words) -> Table:
    """Where somebody must look before a kitchen opens."""
    rows: list[Row] = []
    for one in facts.untold:
        action = facts.actions.get(one.option)
        place = "" if action is None else " ".join(filter(None, (action.name, action.address)))
        unit = "" if action is None else action.responsible_unit
        rows.append((one.site, place, facts.names.get(one.format, one.format), unit))
    columns = _columns(
        words,
        ("site", "text"),
        ("place", "text"),
        ("format", "text"),
        ("responsible_unit", "text"),
    )
    return Table(Grid(words["fumes"], columns, tuple(rows), words["fumes_note"]))
