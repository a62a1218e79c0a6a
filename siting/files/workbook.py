"""Sheets of Excel workbooks (xlsx), and the table that a sheet holds."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

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
_CELL = re.compile(r"([A-Z]+)(\d+)")
_AREA = re.compile(r"([A-Z]+)(\d+):([A-Z]+)(\d+)")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
"""How a text writes a character that XML cannot hold, and Excel every carriage return: _x000D_;
an underscore that would begin such a word is _x005F_ (ECMA-376, part 1, 22.9.2.19)."""
_STRICT = "{http://purl.oclc.org/ooxml/"
_TRUE = ("1", "true")
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
    hidden_rows: frozenset[int] = frozenset()
    """Numbers, from 1, of rows that the program does not show, hidden or filtered out."""
    hidden: bool = False
    """Whether the sheet itself is not shown."""


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
            parts = list(_parts(archive, where))
            alike = _alike([part.title for part in parts], sheet, where)
            seen = _seen(archive, parts, sheet, where)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        room, none = _Room(where), _Seen()
        sheets = {}
        for page in book.worksheets:
            if sheet is None or page.title == sheet:
                told = seen.get(page.title, none)
                rows = list(_rows(page, told.unvalued, room))
                hidden = frozenset(told.hidden_rows)
                sheets[page.title] = Sheet(rows, told.merges, hidden, told.hidden)
        names = [page.title for page in book.worksheets]
        book.close()
    raw = to_layer(pick_sheet(sheets, names, sheet, where), where, asked or Asked())
    raw.warnings += alike
    return raw


def _alike(titles: Sequence[str], sheet: str | None, where: str) -> list[Notice]:
    """What is told of sheets whose names differ in case only, which Excel itself does not make.

    Raises:
        InputError: two sheets of one name, of which one may be meant.
    """
    twice = next((t for t in titles if titles.count(t) > 1 and sheet in (None, t)), None)
    if twice is not None:
        expected, cure = Notice("fault.sheets_once"), Notice("fault.rename_sheet")
        raise refuse(where, expected, quoted(twice), cure, key="layer")
    if sheet is None or sheet not in titles:
        return []
    near = [t for t in titles if t != sheet and t.casefold() == sheet.casefold()]
    return [Notice("layer.sheets_alike", where=where, sheet=sheet, others=near)] if near else []


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
    if page.hidden:
        told.append(Notice("layer.hidden_sheet", where=where))
    if n := len(page.hidden_rows & position.keys()):
        told.append(Notice("layer.hidden_rows", where=where, n=n, of=len(below)))
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
            yield number, tuple(_unescaped(cell) for cell in cells)


def _unescaped(cell: Any) -> Any:
    """A cell with the characters that its text means: openpyxl (3.1) leaves their words."""
    return _ESCAPED.sub(_meant, cell) if isinstance(cell, str) and "_x" in cell else cell


def _meant(word: re.Match[str]) -> str:
    sign = chr(int(word[1], 16))
    return sign if sign.isprintable() or sign in "\t\r\n" else word[0]


@dataclass
class _Seen:
    """What a sheet's part says beyond what openpyxl hands over."""

    unvalued: dict[int, list[int]] = field(default_factory=dict)
    """Formulas without a stored value: by row (from 1) their columns (from 0). Programs that write
    a workbook leave the values out; spreadsheet programs store them. A formula that gives an empty
    text has a value: its cell is of the kind ``str``."""
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden: bool = False


@dataclass(frozen=True)
class _Part:
    """Where a workbook's archive keeps a sheet."""

    title: str
    name: str
    hidden: bool
    """Whether programs do not show it."""


def _look_through(part: IO[bytes], where: str) -> _Seen:
    """One pass over a sheet.

    Raises:
        InputError: a row or a cell that does not come after the one before it. openpyxl drops such
            rows, and what lies right of a row's last cell, without a word (3.1).
    """
    seen, row, column = _Seen(), 0, -1
    for event, element in ET.iterparse(part, ("start", "end")):
        if event == "start" and element.tag == f"{_MAIN}row":
            number = element.get("r", "")
            before, row = row, int(number) if number.isdecimal() else row + 1
            if row <= before:
                found = Notice("fault.row_after", row=row, before=before)
                raise refuse(where, Notice("fault.cells_in_order"), found, OPENS)
            if element.get("hidden") in _TRUE:
                seen.hidden_rows.append(row)
            column = -1
        elif event == "start" and element.tag == f"{_MAIN}c":
            at = _CELL.fullmatch(element.get("r", ""))
            before, column = column, _column(at[1]) if at else column + 1
            if column <= before or (at and int(at[2]) != row):
                found = Notice("fault.cell_behind", cell=element.get("r", ""), row=row)
                raise refuse(where, Notice("fault.cells_in_order"), found, OPENS)
        elif event == "end" and element.tag == f"{_MAIN}c":
            stored = element.findtext(f"{_MAIN}v") or element.get("t") == "str"
            if not stored and element.find(f"{_MAIN}f") is not None:
                seen.unvalued.setdefault(row, []).append(column)
        elif event == "end" and element.tag == f"{_MAIN}mergeCell":
            match = _AREA.fullmatch(element.get("ref", ""))
            if match:
                area = (int(match[2]), _column(match[1]), int(match[4]), _column(match[3]))
                seen.merges.append(area)
        elif event == "end" and element.tag == f"{_MAIN}row":
            element.clear()
    return seen


def _seen(
    archive: zipfile.ZipFile, parts: Sequence[_Part], sheet: str | None, where: str
) -> dict[str, _Seen]:
    """What each sheet's part says, or the one's that is asked for."""
    found: dict[str, _Seen] = {}
    for part in parts:
        if part.name.rpartition("/")[0].endswith("worksheets") and sheet in (None, part.title):
            with archive.open(part.name) as file:
                found[part.title] = _look_through(file, where)
            found[part.title].hidden = part.hidden
    return found


def _parts(archive: zipfile.ZipFile, where: str) -> Iterator[_Part]:
    """Every sheet, in order.

    Raises:
        InputError: a part that is not there, or a book in the words of Strict Open XML, of which
            openpyxl finds no sheets.
    """
    book, links, names = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", set(archive.namelist())
    if not {book, links} <= names:
        return
    root = ET.fromstring(archive.read(book))
    if root.tag.startswith(_STRICT):
        raise refuse(where, Notice("fault.workbook"), Notice("fault.strict_workbook"), OPENS)
    target = {
        link.get("Id"): link.get("Target", "")
        for link in ET.fromstring(archive.read(links)).iter(f"{_PACKAGE}Relationship")
    }
    for sheet in root.iter(f"{_MAIN}sheet"):
        part, title = target.get(sheet.get(_LINK), ""), sheet.get("name", "")
        part = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
        if part not in names:
            missing = Notice("fault.sheet_without_part", sheet=title)
            raise refuse(where, Notice("fault.workbook"), missing, OPENS)
        yield _Part(title, part, sheet.get("state", "visible") != "visible")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1
