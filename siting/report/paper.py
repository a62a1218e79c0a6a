"""The written report as a paper, and its files: report.docx to be edited and filed, report.pdf to
be handed on as it is, report.xlsx with its tables a sheet each (extra ``report``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import needing
from siting.notice import Notice
from siting.paper import (
    Block,
    Bullets,
    Cell,
    Column,
    Exact,
    Grid,
    Heading,
    Paper,
    Picture,
    Share,
    Text,
)
from siting.report.contents import MOST_ROWS, Contents, Figure, contents
from siting.report.facts import facts_of
from siting.report.gap_table import gap_table
from siting.report.ground import ground_of
from siting.report.sections import sections
from siting.reproducible_files import this_day
from siting.texts.catalogue import Lang

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

LIBRARIES = {"docx": ("docx", "matplotlib"), "pdf": ("reportlab", "matplotlib"), "xlsx": ()}
"""Kind of file: what it needs of the extra ``report``; matplotlib draws the map."""


def write(
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    path: str | Path,
    lang: Lang = "zh",
    about: Sequence[tuple[str, str]] = (),
) -> Path:
    """Write it as the kind of file that the path's ending says; returns its path. Arguments as in
    :func:`siting.report.html.write`, ``about`` as in :func:`paper_of`.

    Raises:
        ArgumentError: a library of the extra ``report`` is not installed.
    """
    kind = Path(path).suffix[1:]
    with needing(Notice("fault.a_report", kind=kind), "report"):
        for library in LIBRARIES[kind]:
            import_module(library)
    paper = paper_of(result, problem, scenario, lang, kind == "xlsx", about)
    written: Path = import_module(f"siting.paper.{kind}").write(paper, path)
    return written


def paper_of(
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    lang: Lang,
    sheets: bool = False,
    about: Sequence[tuple[str, str]] = (),
) -> Paper:
    """The whole report in one language.

    Args:
        about: lines of the title block before the date: who writes, the document's number.
        sheets: for a workbook: every column, every row, no picture.

    Raises:
        ArgumentError: matplotlib, which draws the map, is not installed.
    """
    told = contents(result, problem, facts_of(scenario, lang, result), lang)
    w = told.words
    blocks: list[Block] = [Text(w.sentences(told.sentences)), _figures(told)]
    if told.warnings:
        blocks += [Heading(w["warnings"]), Bullets(told.warnings)]
    if not sheets:
        drawn = _map(problem, result, scenario, told)
        if drawn is not None:
            blocks += [Heading(w["map"]), drawn]
    for grid in sections(told, narrow=not sheets):
        blocks += [grid] if sheets else _cut(grid, told)
        if grid.title == w["coverage"]:
            blocks.append(gap_table(problem, result.options, told.facts, w))
    day = this_day()
    dated = () if day is None else ((w["date"], day.isoformat()),)
    head = (*about, *dated)
    return Paper(lang, told.facts.name, head, w["subtitle"], tuple(blocks), w["overview"])


def _figures(told: Contents) -> Grid:
    """The large numbers at the top."""
    w = told.words
    rows: tuple[tuple[Cell, ...], ...] = tuple((f.label, _amount(f), f.note) for f in told.figures)
    columns = (Column(w["key"], "text"), Column(w["value"], "number"), Column(w["remark"], "text"))
    return Grid(w["figures"], columns, rows, overview=True)


def _amount(figure: Figure) -> Cell:
    """As a number, where it is one."""
    if figure.amount is None:
        return figure.value
    if figure.exact:
        return Exact(figure.amount)
    return Share(figure.amount) if figure.share else figure.amount


def _map(
    problem: Problem, result: Result, scenario: Scenario | None, told: Contents
) -> Picture | None:
    with needing(Notice("fault.a_report", kind="docx"), "report"):
        from siting.report.picture import picture

        network = None if scenario is None else scenario.network
        ground = ground_of(scenario)
        png = picture(problem, result, told.words, told.site_numbers, network, ground=ground)
    return None if png is None else Picture(png, told.words["map_note"])


def _cut(grid: Grid, told: Contents) -> list[Block]:
    """Of a very long table a page shows the first rows; the workbook has all."""
    if len(grid.rows) <= MOST_ROWS:
        return [grid]
    cut = told.words["plan_cut"].format(shown=MOST_ROWS, all=len(grid.rows))
    first = replace(grid, rows=grid.rows[:MOST_ROWS])
    return [first, Text(cut, "note")]
