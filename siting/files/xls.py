"""Sheets of workbooks of the old kind (xls), by a library that is installed for them alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from siting.errors import needing
from siting.files.boundary import reading
from siting.files.head import Asked
from siting.files.raw import RawLayer, first_bytes, refuse
from siting.files.workbook import Sheet, pick_sheet, to_layer
from siting.notice import Notice

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_xls(path: Path, where: str, sheet: str | None, asked: Asked | None = None) -> RawLayer:
    """A sheet of a workbook in Excel's format of 1997.

    Raises:
        InputError: not such a workbook, several sheets and none named, or no such sheet.
        ArgumentError: the library that reads it is not installed.
    """
    if first_bytes(path, 8) != _MAGIC:
        hint = Notice("fault.save_as_xlsx_if")
        raise refuse(where, Notice("fault.workbook_xls"), Notice("fault.other_kind"), hint)
    with needing(where, "xls"):
        import xlrd
    with reading(where, Notice("fault.workbook_xls"), Notice("fault.save_as_xlsx")):
        book = xlrd.open_workbook(str(path), formatting_info=True)
        sheets = {
            page.name: _sheet(page, book.datemode)
            for page in book.sheets()
            if sheet is None or page.name == sheet
        }
        names = book.sheet_names()
    return to_layer(pick_sheet(sheets, names, sheet, where), where, asked or Asked())


def _sheet(page: Any, datemode: int) -> Sheet:
    rows = []
    for number in range(page.nrows):
        cells = tuple(_cell(cell, datemode) for cell in page.row(number))
        if any(cell is not None and cell != "" for cell in cells):
            rows.append((number + 1, cells))
    merges = [(top + 1, left, bottom, right - 1) for top, bottom, left, right in page.merged_cells]
    hidden = frozenset(row + 1 for row, about in page.rowinfo_map.items() if about.hidden)
    return Sheet(rows, merges, hidden, page.visibility != 0)


def _cell(cell: Any, datemode: int) -> Any:
    import xlrd

    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    if cell.ctype == xlrd.XL_CELL_DATE:
        return datetime(*xlrd.xldate_as_tuple(cell.value, datemode))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return cell.value
