"""A ledger written: csv, or a workbook with lists to choose from and a head that stays.

A workbook that is there already is changed in place, so that what people keep in it (sheets of
their own, formulas, comments, colours) is kept with it.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from siting.complete_files import complete_file, guarded
from siting.execution.columns import FIRST_YEAR, LAST_YEAR, MAX_MONEY, Column, column_of
from siting.execution.ledger_rows import Entry, Ledger
from siting.execution.sheet import refuse_ending
from siting.paper.content import AUTHOR, clean

SPARE_ROWS = 500
"""Rows below the last one that have lists to choose from too, for what is added by hand."""
LISTS = "siting lists"
"""Hidden sheet with the words of lists that are too long for a cell's own rule."""
MOST_INLINE = 250
"""Characters that a list may have within a rule (255 by the file format)."""
FORMATS = {"money": "#,##0.##", "date": "yyyy-mm-dd", "degrees": "0.000000"}
HEAD_FILL, TYPED_FILL = "D9E2EC", "FFF7DB"


def write_ledger(ledger: Ledger, path: str | Path, kept: Path | None = None) -> Path:
    """Write it; returns its path.

    Args:
        kept: the workbook that the ledger was read from, to be changed in place.
    """
    path = Path(path)
    refuse_ending(path)
    with complete_file(path) as fresh:
        if path.suffix.lower() == ".csv":
            _write_csv(ledger, fresh)
        else:
            _write_xlsx(ledger, fresh, kept)
    return path


def _write_csv(ledger: Ledger, file: Path) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(ledger.heads)
        for entry in ledger:
            cells = (ledger.cell(entry, head) for head in ledger.heads)
            rows.writerow([guarded(_as_text(cell)) for cell in cells])


def _as_text(cell: Any) -> Any:
    if cell is None:
        return ""
    return cell.isoformat()[:10] if isinstance(cell, date) else cell


def _write_xlsx(ledger: Ledger, file: Path, kept: Path | None) -> None:
    import openpyxl

    if kept is None:
        book = openpyxl.Workbook()
        book.properties.creator = AUTHOR
        sheet = book.active
        sheet.title = ledger.wording.words["sheet"]
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that it cannot keep
            book = openpyxl.load_workbook(kept)
        sheet = book[ledger.title]
    _heads(sheet, ledger, kept is None)
    last = _fill(sheet, ledger)
    _rules(book, sheet, ledger, last + SPARE_ROWS)
    sheet.freeze_panes = sheet.freeze_panes or "A2"
    sheet.auto_filter.ref = f"A1:{_letter(len(ledger.heads))}{last}"
    _for_printing(sheet)
    book.active = book.index(sheet)
    book.save(file)


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def _heads(sheet: Any, ledger: Ledger, new: bool) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for at, head in enumerate(ledger.heads, start=1):
        cell, column = sheet.cell(1, at), column_of(head)
        if cell.value is not None and not new:
            continue
        cell.value = head
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        typed = column is not None and column.typed
        cell.fill = PatternFill("solid", fgColor=TYPED_FILL if typed else HEAD_FILL)
        if column is not None:
            sheet.column_dimensions[_letter(at)].width = column.width


def _fill(sheet: Any, ledger: Ledger) -> int:
    """Write the cells; returns the last row. What is typed or the planner's own is not touched in
    a row that is there."""
    next_row = max([1, *(entry.row for entry in ledger)]) + 1
    for entry in ledger:
        row, there = entry.row or next_row, entry.row > 0
        next_row += not there
        for at, head, column in _columns(ledger):
            if there and (column is None or column.typed):
                continue
            _put(sheet.cell(row, at), ledger.cell(entry, head), column, entry)
    return next_row - 1


def _columns(ledger: Ledger) -> Iterator[tuple[int, str, Column | None]]:
    for at, head in enumerate(ledger.heads, start=1):
        yield at, head, column_of(head)


def _put(cell: Any, value: Any, column: Column | None, entry: Entry) -> None:
    from openpyxl.cell.cell import MergedCell

    if (value is None and entry.row) or isinstance(cell, MergedCell):
        return  # the plan does not tell: what somebody wrote stays; a merged cell says it above
    if isinstance(value, str) and column is not None:
        cell.value = clean(value)
        cell.data_type = "s"  # text is never taken for a formula
    else:
        cell.value = value
    if column is not None and column.kind in FORMATS:
        cell.number_format = FORMATS[column.kind]


def _rules(book: Any, sheet: Any, ledger: Ledger, last: int) -> None:
    """Lists to choose from and limits of numbers and dates; the planner's own rules stay."""
    from openpyxl.worksheet.datavalidation import DataValidation

    ours = {at for at, _, column in _columns(ledger) if column is not None}
    sheet.data_validations.dataValidation = [
        rule
        for rule in sheet.data_validations.dataValidation
        if not any(area.min_col in ours for area in rule.sqref.ranges)
    ]
    words = ledger.wording.words
    for at, head, column in _columns(ledger):
        if column is None:
            continue
        match column.kind:
            case "status" | "action" | "format" | "origin":
                source = _list(book, column, ledger.wording.choices(column.kind))
                rule = DataValidation(type="list", formula1=source, allow_blank=True)
            case "date":
                rule = DataValidation(
                    type="date",
                    operator="between",
                    formula1=f"DATE({FIRST_YEAR},1,1)",
                    formula2=f"DATE({LAST_YEAR},12,31)",
                    allow_blank=True,
                )
            case "money":
                rule = DataValidation(
                    type="decimal",
                    operator="between",
                    formula1="0",
                    formula2=str(MAX_MONEY),
                    allow_blank=True,
                )
            case _:
                continue
        rule.errorTitle, rule.error = head[:32], words[f"rule.{column.kind}"]
        rule.showErrorMessage = True
        rule.add(f"{_letter(at)}2:{_letter(at)}{last}")
        sheet.add_data_validation(rule)


def _list(book: Any, column: Column, choices: list[str]) -> str:
    """The source of a rule's list: the words themselves, or cells of the hidden sheet."""
    inline = ",".join(choices)
    if len(inline) <= MOST_INLINE and not any("," in choice for choice in choices):
        return f'"{inline}"'
    if LISTS not in book.sheetnames:
        book.create_sheet(LISTS).sheet_state = "hidden"
    lists = book[LISTS]
    heads = [cell.value for cell in lists[1]]
    at = heads.index(column.id) + 1 if column.id in heads else len([h for h in heads if h]) + 1
    for row in range(2, lists.max_row + 1):
        lists.cell(row, at).value = None
    lists.cell(1, at).value = column.id
    for row, choice in enumerate(choices, start=2):
        lists.cell(row, at).value = clean(choice)
    letter = _letter(at)
    return f"'{LISTS}'!${letter}$2:${letter}${len(choices) + 1}"


def _for_printing(sheet: Any) -> None:
    """A4 across, as wide as the page, the head on every page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
