"""The written report as a paper: what docx, xlsx and pdf lay out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from siting.errors import needing
from siting.notice import Notice
from siting.paper import Block, Bullets, Cell, Column, Grid, Heading, Paper, Picture, Share, Text
from siting.report.contents import MOST_ROWS, Contents, Figure, contents
from siting.report.facts import facts_of
from siting.report.gap_table import gap_table
from siting.report.ground import ground_of
from siting.report.sections import sections
from siting.texts.catalogue import Lang
from siting.timeless import this_day

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario


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
