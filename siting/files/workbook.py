"""Sheets of Excel workbooks (xlsx), and the table that a sheet holds."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting.files.boundary import reading
from siting.files.head import SEARCHED, Asked, find_head
from siting.files.raw import NO_VALUE, RawLayer, first_bytes, refuse
from siting.files.tables import check_header
from siting.notice import Notice, quoted

MAX_UNPACKED_BYTES = 2**30
"""Largest unpacked workbook, 1 GiB: a small file may unpack to a huge one."""
MAX_CELLS = 5_000_000
"""Most cells read of a workbook, empty ones within rows counted: some 100 bytes each in memory."""
OPENS = Notice("fault.save_as_xlsx_if")
_AREA = re.compile(r"([A-Z]+)(\d+):([A-Z]+)(\d+)")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"


Cells = tuple[Any, ...]
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells; rows from 1, columns from 0."""


@dataclass(frozen=True)
class Sheet:
    """What a sheet holds."""

    rows: list[tuple[int, Cells]]
    """Number, from 1, and cells of every row that holds anything."""
    merges: list[Merge]


def read_xlsx(path: Path, where: str, sheet: str | None, asked: Asked | None = None) -> RawLayer:
    """A sheet of a workbook.

    Raises:
        InputError: not a workbook, several sheets and none named, or no such sheet.
    """
    import openpyxl

    if first_bytes(path, 4)[:2] != b"PK":
        raise refuse(where, Notice("fault.workbook"), Notice("fault.other_kind"), OPENS)
    # openpyxl leaves a file open that it opened itself and could not read.
    with reading(where, Notice("fault.workbook")), path.open("rb") as file:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise refuse(
                where, Notice("fault.unpacked_bytes", max_unpacked_bytes=MAX_UNPACKED_BYTES)
            )
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        unvalued, merges = _unvalued(path), _merges(path)
        room = _Room(where)
        sheets = {
            page.title: Sheet(
                list(_rows(page, unvalued.get(page.title, {}), room)), merges.get(page.title, [])
            )
            for page in book.worksheets
            if sheet is None or page.title == sheet
        }
        names = [page.title for page in book.worksheets]
        book.close()
    return to_layer(pick_sheet(sheets, names, sheet, where), where, asked or Asked())


def pick_sheet(
    sheets: Mapping[str, Sheet], names: Sequence[str], sheet: str | None, where: str
) -> Sheet:
    """The sheet that is named, or the only one that holds anything.

    Args:
        names: of all sheets of the workbook.

    Raises:
        InputError: no such sheet, none filled, or several.
    """
    if sheet is not None and sheet not in sheets:
        raise refuse(where, Notice("fault.one_of_sheets", names=names), quoted(sheet), key="layer")
    filled = {name: page for name, page in sheets.items() if page.rows}
    if len(filled) > 1:
        listed = ", ".join(filled)
        raise refuse(where, Notice("fault.name_sheet"), listed, key="layer")
    if not filled:
        raise refuse(where, Notice("fault.header_row"), Notice("fault.empty_sheet"))
    return next(iter(filled.values()))


def to_layer(page: Sheet, where: str, asked: Asked) -> RawLayer:
    """The table that a sheet holds below its head."""
    import pandas as pd

    shown = _shown(page.merges, dict(page.rows))
    begin = [
        (number, [_name(shown.get((number, i), cell)) for i, cell in enumerate(cells)])
        for number, cells in page.rows[: max((SEARCHED, *asked.rows))]
    ]
    head = find_head(begin, asked, where)
    header = [*head.names]
    while header and header[-1] == "":
        header.pop()
    check_header(header, where)
    width = len(header)
    below = [(number, cells) for number, cells in page.rows if number > head.last_row]
    cells = [(*row, *[None] * width)[:width] for _, row in below]
    frame = pd.DataFrame(cells, columns=range(width), dtype=object)
    frame.columns = pd.Index(header)
    position = {number: i for i, (number, _) in enumerate(below)}
    merged: dict[str, dict[int, Any]] = {}
    wide: set[int] = set()
    for top, left, bottom, right in page.merges:
        here = [row for row in range(top, bottom + 1) if row in position]
        if right > left:
            wide.update(position[row] for row in here)
        elif left < width and header[left]:
            cells_of = merged.setdefault(header[left], {})
            cells_of |= {position[row]: shown[row, left] for row in here if (row, left) in shown}
    units = dict.fromkeys(header, head.units) if head.units else {}
    told = [*head.told]
    return RawLayer(frame, warnings=told, merged=merged, units=units, wide=frozenset(wide))


def _shown(merges: Sequence[Merge], rows: Mapping[int, Cells]) -> dict[tuple[int, int], Any]:
    """Value of each cell that is merged with one above or left of it, by row and column."""
    shown: dict[tuple[int, int], Any] = {}
    for top, left, bottom, right in merges:
        cells = rows.get(top, ())
        value = cells[left] if left < len(cells) else None
        if value is None or value == "":
            continue
        for row in range(top, bottom + 1):
            if row in rows:
                for column in range(left, right + 1):
                    if (row, column) != (top, left):
                        shown[row, column] = value
    return shown


def _filled(row: Cells) -> bool:
    return any(cell.strip() if isinstance(cell, str) else cell is not None for cell in row)


def _name(cell: Any) -> str:
    if cell is None:
        return ""
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


def _rows(page: Any, unvalued: dict[int, list[int]], room: _Room) -> Iterator[tuple[int, Cells]]:
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
            yield number, cells


def _unvalued(path: Path) -> dict[str, dict[int, list[int]]]:
    """Formulas without a stored value: by sheet and row (from 1) their columns (from 0).

    Programs that write a workbook leave the values out; spreadsheet programs store them. A formula
    that gives an empty text has a value: its cell is of the kind ``str``.
    """
    found: dict[str, dict[int, list[int]]] = {}
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for title, part in _parts(archive, names):
            if part not in names or not _has(archive, part, b"<f"):
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


def _merges(path: Path) -> dict[str, list[Merge]]:
    """Merged cells by sheet."""
    found: dict[str, list[Merge]] = {}
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for title, part in _parts(archive, names):
            if part not in names or not _has(archive, part, b"<mergeCell "):
                continue
            with archive.open(part) as file:
                for _, element in ET.iterparse(file):
                    match = _AREA.fullmatch(element.get("ref", ""))
                    if element.tag == f"{_MAIN}mergeCell" and match:
                        area = (int(match[2]), _column(match[1]), int(match[4]), _column(match[3]))
                        found.setdefault(title, []).append(area)
                    element.clear()
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


def _has(archive: zipfile.ZipFile, part: str, what: bytes) -> bool:
    """Whether a part holds some bytes."""
    before = b""
    with archive.open(part) as file:
        while block := file.read(2**20):
            if what in before + block:
                return True
            before = block[1 - len(what) :]
    return False


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1
