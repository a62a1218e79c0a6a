"""report.xlsx: the tables of a report, a sheet each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.report.contents import Contents, contents
from siting.report.facts import facts_of
from siting.report.sections import Cell, sections
from siting.texts.catalogue import Lang

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Signs that a workbook cannot hold."""
WIDEST = 60


def write(
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    path: str | Path,
    lang: Lang = "zh",
) -> Path:
    """Write the workbook; returns its path. Arguments as in :func:`siting.report.html.write`."""
    from openpyxl import Workbook

    told = contents(result, problem, facts_of(scenario, lang, result), lang)
    book = Workbook()
    _summary(book.active, told)
    for section in sections(told):
        sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", section.title)[:31])
        _fill(sheet, [section.head, *section.rows])
        for column in section.shares:
            for row in sheet.iter_rows(min_row=2, min_col=column + 1, max_col=column + 1):
                row[0].number_format = "0.0%"
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = sheet.dimensions
    book.save(path)
    return Path(path)


def _summary(sheet: Any, told: Contents) -> None:
    sheet.title = told.words["overview"]
    rows: list[tuple[Cell, ...]] = [(told.facts.name,)]
    rows += [(sentence,) for sentence in told.sentences]
    rows += [(figure.label, figure.value, figure.note) for figure in told.figures]
    rows += [(told.words["warnings"],), *((warning,) for warning in told.warnings)]
    _fill(sheet, rows)


def _fill(sheet: Any, rows: list[tuple[Cell, ...]]) -> None:
    """Write the rows, the first in bold; text is never taken for a formula."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    widths: dict[int, int] = {}
    for at, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(at, column)
            if isinstance(value, str):
                # A name that starts with "=" would be computed, here or in a copy of the sheet.
                cell.value = UNPRINTABLE.sub("\ufffd", value)
                cell.data_type, cell.quotePrefix = "s", True
            else:
                cell.value = value
            if at == 1:
                cell.font = Font(bold=True)
            wide = sum(2 if ord(sign) > 0x2E80 else 1 for sign in str(value or ""))
            if len(row) > 1:
                widths[column] = min(WIDEST, max(widths.get(column, 8), wide + 2))
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = width
