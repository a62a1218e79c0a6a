"""What a planner answers for: the plan phase by phase, circles with their units, commitments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from siting.problem.vehicles import opened
from siting.result.communities import communities
from siting.texts.catalogue import group_words, number, percent
from siting.texts.words import Words
from siting.verification.evaluation import evaluate

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.report.facts import Facts
    from siting.result import Result

Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table in the report's language, every cell as text."""

    title: str
    note: str
    head: Row
    rows: tuple[Row, ...]
    numbers: tuple[int, ...] = ()
    """Columns that hold numbers."""


def tables(result: Result, problem: Problem, facts: Facts, words: Words) -> tuple[Table, ...]:
    """Those that have something to say."""
    made = (
        _phases(result, problem, facts, words),
        _circles(problem, facts, words),
        _communities(result, problem, facts, words),
        _commitments(facts, words),
    )
    return tuple(table for table in made if table.rows)


def _phases(result: Result, problem: Problem, facts: Facts, words: Words) -> Table:
    """Money and outlets of each phase, and whom every format reaches by its end."""
    words_of = {"outlets": "outlets_opened", "stops": "stops_opened", "vehicles": "vehicles_bought"}
    count = tuple(words_of[name] for name in opened(problem, np.zeros(0, np.int64)))
    keys = ("phase", *count, "money_spent", "format", "group", "before", "after")
    rows: tuple[Row, ...] = ()
    if result.options is not None and problem.n_phases > 1:
        rows = tuple(_phase_rows(problem, result.options, facts, words))
    n = len(count)
    numbers = (*range(1, n + 2), n + 4, n + 5)
    head = tuple(words[key] for key in keys)
    return Table(words["by_phase"], words["by_phase_note"], head, rows, numbers)


def _phase_rows(problem: Problem, options: np.ndarray, facts: Facts, words: Words) -> Iterator[Row]:
    judged, o, names = evaluate(problem, options), problem.options, problem.labels
    spent, earlier = np.zeros(problem.n_phases, np.int64), 0
    for k in range(problem.n_phases):
        # What is paid by the end of a phase, its openings included, less what was paid before.
        by_now = evaluate(problem, options[o.phase[options] <= k]).cost
        spent[k], earlier = by_now - earlier, by_now
    for k, phase in enumerate(names.phases):
        count = opened(problem, options[o.phase[options] == k])
        first: Row = (phase, *map(number, count.values()), number(int(spent[k])))
        for line in judged.targets:
            target = problem.targets[line.target]
            if target.phase != k or target.weight_micro == 0 or not line.people:
                continue
            group = names.groups[target.group]
            yield (
                *first,
                facts.format(names.formats[target.format]).name,
                group_words(words, group),
                percent(line.today / line.people),
                percent(line.after / line.people),
            )
            first = ("",) * len(first)


def _circles(problem: Problem, facts: Facts, words: Words) -> Table:
    """Who answers for which people, and the form asked for."""
    head = (
        words["circle"],
        words["district"],
        words["responsible_unit"],
        words["form"],
        words["people"],
    )
    rows: list[Row] = []
    largest = problem.persons[problem.persons.sum(axis=1).argmax()] / problem.person_units
    for name, district, unit, form in facts.circles:
        people = None
        if problem.point_district is not None and district in problem.labels.districts:
            inside = problem.point_district == problem.labels.districts.index(district)
            people = float(_everybody(problem, inside, largest))
        rows.append((name, district, unit, words[f"form_{form}"] if form else "", number(people)))
    return Table(words["circles"], words["circles_note"], head, tuple(rows), (4,))


def _everybody(problem: Problem, inside: np.ndarray, largest: np.ndarray) -> float:
    """People of a district; where a circle splits a group, its own part is the larger one."""
    own = problem.persons[:, inside].sum(axis=1).max(initial=0) / problem.person_units
    return max(own, float(largest[inside].sum()))


def _communities(result: Result, problem: Problem, facts: Facts, words: Words) -> Table:
    """The 10 % rule: floor of each community before and after, and what is short."""
    head = (
        words["community"],
        words["kind"],
        words["gross_m2"],
        words["floor_before"],
        words["floor_added"],
        words["floor_after"],
        words["floor_asked"],
        words["short_m2"],
    )
    opened = np.zeros(0, np.int64) if result.options is None else result.options
    rows = tuple(
        (
            c.name,
            words["community_new" if c.new else "community_old"],
            number(c.gross_m2),
            percent(c.ratios[0]),
            number(c.added_m2),
            percent(c.ratios[1]),
            percent(c.share),
            number(c.short_m2),
        )
        for c in communities(problem, opened, facts.floor_shares)
    )
    return Table(words["communities"], words["communities_note"], head, rows, (2, 3, 4, 5, 6, 7))


def _commitments(facts: Facts, words: Words) -> Table:
    """Target, actual, what the plan reaches and what is missing."""
    head = (
        words["indicator"],
        words["target"],
        words["actual"],
        words["planned"],
        words["missing"],
        words["due"],
        words["responsible_unit"],
    )
    return Table(
        words["commitments"], words["commitments_note"], head, facts.commitments, (1, 2, 3, 4)
    )
