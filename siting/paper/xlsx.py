"""A paper as a workbook: a sheet a table, with numbers as numbers, dates as dates, shares as per
cent; what is said in words on the first."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from siting.paper.content import (
    AUTHOR,
    LIGHTS,
    Bullets,
    Cell,
    Column,
    Exact,
    Grid,
    Heading,
    Paper,
    Share,
    Text,
    clean,
)
from siting.texts.words import Words

FORMATS = {
    "number": "#,##0",
    "decimal": "#,##0.0",
    "share": "0.0%",
    "exact": "0.00%",
    "date": "yyyy-mm-dd",
}
WIDEST, NARROWEST = 48, 9
HEAD_FILL = "DCE6F1"


def write(paper: Paper, path: str | Path) -> Path:
    """Write the workbook; returns its path."""
    from openpyxl import Workbook

    book = Workbook()
    _overview(book.active, paper)
    for grid in paper.grids:
        if grid.overview:
            continue
        _sheet(book.create_sheet(_free(grid.title, book.sheetnames)), grid, paper)
    book.properties.title, book.properties.creator = clean(paper.title), AUTHOR
    book.save(path)
    return Path(path)


def _free(title: str, taken: list[str]) -> str:
    """A sheet's name: 31 characters, none that a workbook refuses, unlike the others'."""
    base = re.sub(r"[\\/*?:\[\]]", " ", clean(title)).strip("' ")[:31] or "-"
    name, n = base, 2
    while name.casefold() in {other.casefold() for other in taken}:
        name, n = f"{base[:27]} {n}", n + 1
    return name


def _overview(sheet: Any, paper: Paper) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = _free(paper.overview, [])
    sheet.column_dimensions["A"].width = 80
    sheet.column_dimensions["B"].width = sheet.column_dimensions["C"].width = 24
    words = Words.of(paper.lang, "paper")
    lines: list[tuple[Cell, Font]] = [(paper.title, Font(bold=True, size=16))]
    lines += [(words.titled(what, value), Font()) for what, value in paper.about]
    beside: dict[int, tuple[Cell, ...]] = {}
    for block in paper.blocks:
        match block:
            case Heading(text, _):
                lines.append((text, Font(bold=True, size=12)))
            case Text(text, kind):
                lines.append((text, Font(italic=kind != "body")))
            case Bullets(items):
                lines += [(f"• {item}", Font()) for item in items]
            case Grid(_, _, rows) if block.overview:
                for first, *more in rows:
                    beside[len(lines) + 1] = tuple(more)
                    lines.append((first, Font()))
    for row, (told, font) in enumerate(lines, start=1):
        cell = sheet.cell(row, 1)
        put(cell, told)
        cell.font, cell.alignment = font, Alignment(wrap_text=True, vertical="top")
        for at, value in enumerate(beside.get(row, ()), start=2):
            other = sheet.cell(row, at)
            put(other, value)
            if isinstance(value, int | float):
                other.number_format = _format(value)
    _for_printing(sheet)


def put(cell: Any, value: Cell) -> None:
    """A value; text is never taken for a formula, here or in a copy of the sheet."""
    if isinstance(value, str):
        cell.value = clean(value)
        cell.data_type, cell.quotePrefix = "s", True
    else:
        cell.value = value


def _sheet(sheet: Any, grid: Grid, paper: Paper) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    fill = PatternFill("solid", fgColor=HEAD_FILL)
    for at, column in enumerate(grid.columns, start=1):
        cell = sheet.cell(1, at)
        put(cell, column.head)
        cell.font, cell.fill = Font(bold=True), fill
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    rows = grid.rows if grid.total is None else (*grid.rows, grid.total)
    for row, values in enumerate(rows, start=2):
        for at, (value, column) in enumerate(zip(values, grid.columns, strict=True), start=1):
            _cell(sheet.cell(row, at), value, column, paper)
            if grid.total is not None and row == len(rows) + 1:
                sheet.cell(row, at).font = Font(bold=True)
    for at, column in enumerate(grid.columns, start=1):
        shown = [column.head, *(paper.shown(values[at - 1], column.kind) for values in rows)]
        width = max(map(_wide, shown), default=0) + 2
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = min(WIDEST, max(NARROWEST, width))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(grid.columns))}{len(grid.rows) + 1}"
    if grid.chart is not None and grid.rows:
        _chart(sheet, grid)
    _for_printing(sheet)


def _cell(cell: Any, value: Cell, column: Column, paper: Paper) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    if column.kind == "light":
        put(cell, paper.shown(value, "light"))
        if str(value) in LIGHTS:
            cell.fill = PatternFill("solid", fgColor=LIGHTS[str(value)])
            cell.font = Font(color="FFFFFF")
        return
    put(cell, value)
    if isinstance(value, int | float | date) and column.kind in FORMATS:
        cell.number_format = FORMATS[column.kind]
    elif isinstance(value, int | float):
        cell.number_format = _format(value)
    if column.kind == "text":
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _format(value: float) -> str:
    """How a figure is shown where its column does not say it."""
    kind = (
        "exact" if isinstance(value, Exact) else "share" if isinstance(value, Share) else "number"
    )
    return FORMATS[kind]


def _wide(text: str) -> int:
    """Characters, Chinese ones as two."""
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text)


def _chart(sheet: Any, grid: Grid) -> None:
    """Bars to the right of the table."""
    from openpyxl.chart import BarChart, Reference
    from openpyxl.utils import get_column_letter

    assert grid.chart is not None
    last = len(grid.rows) + 1
    chart = BarChart()
    chart.type, chart.title = "bar", grid.title
    for at in grid.chart.values:
        values = Reference(sheet, min_col=at + 1, min_row=1, max_row=last)
        chart.add_data(values, titles_from_data=True)
    labels = Reference(sheet, min_col=grid.chart.labels + 1, min_row=2, max_row=last)
    chart.set_categories(labels)
    chart.y_axis.number_format, chart.y_axis.scaling.min = "0%", 0
    chart.y_axis.scaling.max = 1
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.scaling.orientation = "maxMin"
    chart.height, chart.width = max(7.5, 1.1 * len(grid.rows)), 18
    sheet.add_chart(chart, f"{get_column_letter(len(grid.columns) + 2)}2")


def _for_printing(sheet: Any) -> None:
    """A4 across, as wide as the page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
