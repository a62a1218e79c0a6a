"""The papers of a shared budget: one for all, and one a circle with its share and its plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from siting.complete_files import complete_folder
from siting.paper import Block, Cell, Column, Grid, Heading, Paper, Text
from siting.report.paper import paper_of
from siting.reproducible_files import this_day
from siting.result import Result
from siting.scenario import load
from siting.sweep.ledger import Entry, Ledger
from siting.sweep.programme import Shared, budget_of
from siting.sweep.sharing import Circle
from siting.sweep.task import Task
from siting.texts.numbers import amount, figure, percent
from siting.texts.words import Lang, Words

FOLDER, WHOLE = "programme", "programme"
MILLION = 1_000_000
LAYOUTS = {"html": None, "docx": "docx", "pdf": "reportlab"}
"""How papers are laid out, and the module that must be there for it."""
DRAWING = "matplotlib"


def write(shared: Shared, ledger: Ledger, lang: Lang) -> list[Path]:
    """All papers as html, and as docx and pdf where what lays them out is installed, below
    ``OUT/programme``; nothing where the money could not be shared."""
    if shared.programme is None:
        return []
    layouts = [name for name, module in LAYOUTS.items() if module is None or find_spec(module)]
    written = []
    with complete_folder(ledger.out / FOLDER) as fresh:
        for name, paper in papers(shared, ledger, lang):
            for layout in layouts:
                file = f"{name}.{layout}"
                import_module(f"siting.paper.{layout}").write(paper, fresh / file)
                written.append(ledger.out / FOLDER / file)
    return written


def papers(shared: Shared, ledger: Ledger, lang: Lang) -> Iterator[tuple[str, Paper]]:
    """Names and papers, that of the whole first."""
    words = Words.of(lang, "sweep")
    yield WHOLE, whole(shared, words)
    for n, (circle, task) in enumerate(zip(shared.circles, shared.tasks, strict=True), start=1):
        variant = "" if task.variant is None else f"-{task.variant}"
        yield f"{n:02d}-{task.name}{variant}", _of_circle(shared, circle, task, ledger, words)


def whole(shared: Shared, words: Words) -> Paper:
    """All circles on one paper: who gets how much, how good that is, where more would go."""
    p = shared.programme
    assert p is not None
    said = words.tell(
        "programme",
        spent=amount(p.spent),
        total=amount(p.total),
        objective=amount(p.objective),
        bound=amount(p.bound),
        gap=percent(p.gap),
        million=figure(p.price * MILLION),
    )
    sure = "all_certified" if p.certified_bound == p.bound else "partly_certified"
    how = words.tell(f"paper.{sure}", bound=amount(p.certified_bound))
    proof = words.sentences((words["paper.proof"], how))
    blocks: list[Block] = [Text(said), Text(proof, "note"), _shares(shared, words)]
    further = [row for circle in shared.circles for row in _further(shared, circle)]
    if further:
        further.sort(key=lambda row: (-_each(row[2], row[1]), row[0]))
        rows = tuple((*row, _each(row[2], row[1])) for row in further)
        blocks.append(_grid(words, "further", rows))
    blocks.append(_computed(list(shared.every), words))
    title = words.tell("paper.title", n=len(shared.circles))
    return Paper(words.lang, title, _about(words), words["paper.running"], tuple(blocks))


def _of_circle(shared: Shared, circle: Circle, task: Task, ledger: Ledger, words: Words) -> Paper:
    """A circle's own report, behind what it has of the money and what it could do with other
    sums."""
    scenario = load(task.scenario, task.variant, task.changes)
    result = Result.load(ledger.result_of(task))
    report = paper_of(
        result, scenario.problem(), scenario, words.lang, sheets=find_spec(DRAWING) is None
    )
    mine = [pair for pair in shared.every if pair[0].label == circle.name]
    further = tuple((*row, _each(row[2], row[1])) for row in _further(shared, circle))
    first: list[Block] = [
        Heading(words["paper.share"]),
        _shares(replace(shared, circles=(circle,), tasks=(task,)), words),
        *([_grid(words, "further", further)] if further else []),
        _computed(mine, words),
    ]
    return replace(report, blocks=(*first, *report.blocks))


def _about(words: Words) -> tuple[tuple[str, str], ...]:
    day = this_day()
    return () if day is None else ((words["paper.date"], day.isoformat()),)


def _grid(
    words: Words,
    name: str,
    rows: tuple[tuple[Cell, ...], ...],
    total: tuple[Cell, ...] | None = None,
) -> Grid:
    """A table whose first column is names and whose others are numbers; numbers that are not known
    are dashes."""
    heads = words.row(f"paper.{name}_columns")
    columns = tuple(Column(head, "number" if k else "text") for k, head in enumerate(heads))
    return Grid(words[f"paper.{name}"], columns, rows, total=total)


def _shares(shared: Shared, words: Words) -> Grid:
    """Each circle's limits, its money, whom that covers, and the most that it could."""
    p = shared.programme
    assert p is not None
    rows = []
    for circle in shared.circles:
        choice = p.chosen[circle.name]
        most = circle.at_most(choice.spent)
        rows.append(
            (
                circle.name,
                circle.least,
                circle.most,
                choice.spent,
                choice.objective,
                max(most, choice.objective),
                _each(choice.objective, choice.spent),
            )
        )
    total: tuple[Cell, ...] | None = None
    if len(rows) > 1:
        spent, people = sum(row[3] for row in rows), sum(row[4] for row in rows)
        total = (words["paper.all"], None, p.total, spent, people, p.bound, _each(people, spent))
    return _grid(words, "shares", tuple(rows), total)


def _further(shared: Shared, circle: Circle) -> list[tuple[str, int, float]]:
    """The step to a known plan with more money that gains most for each unit of it, within the
    circle's own limit: name, further money, further people."""
    p = shared.programme
    assert p is not None
    has = p.chosen[circle.name]
    steps = [
        (circle.name, choice.spent - has.spent, choice.objective - has.objective)
        for choice in circle.choices
        if has.spent < choice.spent <= circle.most and choice.objective > has.objective
    ]
    return sorted(steps, key=lambda step: _each(step[2], step[1]))[-1:]


def _each(people: float, money: float) -> float:
    """People for a million."""
    return people / money * MILLION if money else 0.0


def _computed(solved: list[tuple[Task, Entry]], words: Words) -> Grid:
    """Every budget that was solved, and what is proven there."""
    rows = tuple(
        (task.label, budget_of(task), entry.objective, entry.bound)
        for task, entry in sorted(solved, key=lambda pair: (pair[0].label, budget_of(pair[0])))
    )
    return _grid(words, "computed", rows)
