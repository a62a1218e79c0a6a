"""Sheets of Excel workbooks (xlsx)."""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from siting.errors import InputError
from siting.files.raw import NO_VALUE, RawLayer, first_bytes, refuse, short
from siting.files.tables import check_header
from siting.notice import Notice, quoted

MAX_UNPACKED_BYTES = 2**30
"""Largest unpacked workbook, 1 GiB: a small file may unpack to a huge one."""
MAX_CELLS = 5_000_000
"""Most cells read of a workbook, empty ones within rows counted: some 100 bytes each in memory."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"


def read_xlsx(path: Path, where: str, sheet: str | None) -> RawLayer:
    """A sheet of a workbook whose first row is the header.

    Raises:
        InputError: not a workbook, several sheets and none named, or no such sheet.
    """
    import openpyxl

    if first_bytes(path, 4)[:2] != b"PK":
        raise refuse(where, Notice("fault.workbook"), Notice("fault.other_kind"))
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise refuse(
                where, Notice("fault.unpacked_bytes", max_unpacked_bytes=MAX_UNPACKED_BYTES)
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations it cannot keep
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            unvalued = _unvalued(path)
            room = _Room(where)
            sheets: dict[str, list[tuple[Any, ...]]] = {
                page.title: list(_rows(page, unvalued.get(page.title, {}), room))
                for page in book.worksheets
                if sheet is None or page.title == sheet
            }
            names = [page.title for page in book.worksheets]
        book.close()
    except InputError:
        raise
    except Exception as error:  # a broken workbook fails in zip, zlib, XML and openpyxl alike
        raise refuse(where, Notice("fault.workbook"), short(error)) from None
    if sheet is not None and sheet not in sheets:
        raise refuse(where, Notice("fault.one_of_sheets", names=names), quoted(sheet), key="layer")
    filled = {name: rows for name, rows in sheets.items() if rows}
    if len(filled) > 1:
        listed = ", ".join(filled)
        raise refuse(where, Notice("fault.name_sheet"), listed, key="layer")
    if not filled:
        raise refuse(where, Notice("fault.header_row"), Notice("fault.empty_sheet"))
    rows = next(iter(filled.values()))
    header = ["" if name is None else _name(name) for name in rows[0]]
    while header and header[-1] == "":
        header.pop()
    check_header(header, where)
    width = len(header)
    cells = [(*row, *[None] * width)[:width] for row in rows[1:]]
    frame = pd.DataFrame(cells, columns=range(width), dtype=object)
    frame.columns = pd.Index(header)
    return RawLayer(frame)


def _filled(row: tuple[Any, ...]) -> bool:
    return any(cell is not None and cell != "" for cell in row)


def _name(cell: Any) -> str:
    whole = isinstance(cell, float) and cell == int(cell)
    return str(int(cell) if whole else cell).strip()


class _Room:
    """How many cells of a workbook were read; a small file may hold millions."""

    def __init__(self, where: str):
        self.where, self.cells = where, 0

    def take(self, count: int) -> None:
        """Raises InputError once there are too many."""
        self.cells += max(1, count)
        if self.cells > MAX_CELLS:
            asked = Notice("fault.most_cells", max_cells=MAX_CELLS)
            raise refuse(self.where, asked)


def _rows(page: Any, unvalued: dict[int, list[int]], room: _Room) -> Iterator[tuple[Any, ...]]:
    """Rows that hold anything, with :data:`NO_VALUE` where a formula has none.

    All of them: what a sheet says of its own dimension counts for nothing, since writers leave an
    old one behind.
    """
    page.reset_dimensions()
    for number, row in enumerate(page.iter_rows(values_only=True), 1):
        room.take(len(row))
        cells = row
        if number in unvalued:
            full = [*row, *[None] * (max(unvalued[number]) + 1 - len(row))]
            for column in unvalued[number]:
                full[column] = NO_VALUE
            cells = tuple(full)
        if _filled(cells):
            yield cells


def _unvalued(path: Path) -> dict[str, dict[int, list[int]]]:
    """Formulas without a stored value: by sheet and row (from 1) their columns (from 0).

    Programs that write a workbook leave the values out; spreadsheet programs store them. A formula
    that gives an empty text has a value: its cell is of the kind ``str``.
    """
    found: dict[str, dict[int, list[int]]] = {}
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for title, part in _parts(archive, names):
            if part not in names or not _has_formulas(archive, part):
                continue
            rows: dict[int, list[int]] = {}
            with archive.open(part) as file:
                for _, element in ET.iterparse(file):
                    if element.tag != f"{_MAIN}c":
                        if element.tag == f"{_MAIN}row":
                            element.clear()
                        continue
                    at = re.fullmatch(r"([A-Z]+)(\d+)", element.get("r", ""))
                    stored = element.findtext(f"{_MAIN}v") or element.get("t") == "str"
                    if at and not stored and element.find(f"{_MAIN}f") is not None:
                        rows.setdefault(int(at[2]), []).append(_column(at[1]))
            if rows:
                found[title] = rows
    return found


def _parts(archive: zipfile.ZipFile, names: set[str]) -> Iterator[tuple[str, str]]:
    """Every sheet's title and its part of the archive."""
    book, links = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {book, links} <= names:
        return
    target = {
        link.get("Id"): link.get("Target", "")
        for link in ET.fromstring(archive.read(links)).iter(f"{_PACKAGE}Relationship")
    }
    for sheet in ET.fromstring(archive.read(book)).iter(f"{_MAIN}sheet"):
        part = target.get(sheet.get(_LINK), "")
        yield sheet.get("name", ""), part.lstrip("/") if part.startswith("/") else f"xl/{part}"


def _has_formulas(archive: zipfile.ZipFile, part: str) -> bool:
    before = b""
    with archive.open(part) as file:
        while block := file.read(2**20):
            if b"<f" in before + block:
                return True
            before = block[-1:]
    return False


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1
