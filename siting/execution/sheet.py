"""A ledger's file as rows of cells, with the number that each row has for who looks into it."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siting.complete_files import unguarded
from siting.errors import Fault, InputError
from siting.execution.columns import column_of
from siting.files.tables import check_header, decode
from siting.files.workbook import MAX_UNPACKED_BYTES
from siting.notice import Notice

ENDINGS = (".csv", ".xlsx")


@dataclass(frozen=True)
class Sheet:
    """Rows that hold anything."""

    heads: list[str]
    rows: list[tuple[int, list[Any]]]
    """Number in the file, the head's being 1, and a cell a head."""
    title: str = ""
    """Of the sheet in a workbook."""


def refuse_ending(path: Path) -> None:
    """Raises InputError unless it is a kind of file that a ledger can be."""
    if path.suffix.lower() not in ENDINGS:
        raise InputError(Fault(str(path), Notice("ledger.kind")))


def read_sheet(path: Path) -> Sheet:
    """Read a csv in UTF-8 or GB18030, or the first sheet of a workbook that is no hidden one.

    Raises:
        InputError: it is not there or no such file, has no head, or names a column twice.
    """
    refuse_ending(path)
    where = str(path)
    if not path.is_file():
        raise InputError(Fault(where, Notice("ledger.none"), Notice("ledger.nothing_there")))
    title = ""
    merged: list[tuple[int, int, int, int]] = []
    table: list[list[Any]]
    if path.suffix.lower() == ".csv":
        text = decode(path.read_bytes(), where)
        written = csv.reader(io.StringIO(text, newline=""))
        table = [[unguarded(cell) for cell in row] for row in written]
    else:
        title, table, merged = _workbook(path, where)
    if not table or not any(table[0]):
        raise InputError(Fault(where, Notice("ledger.header")))
    heads = [str(cell or "").strip() for cell in table[0]]
    while heads and not heads[-1]:
        heads.pop()
    check_header(heads, where)
    _unmerge(table, heads, merged)
    width = len(heads)
    rows = [
        (number, (list(cells) + [None] * width)[:width])
        for number, cells in enumerate(table[1:], 2)
        if any(cell is not None and str(cell).strip() for cell in cells)
    ]
    return Sheet(heads, rows, title)


def _unmerge(
    table: list[list[Any]], heads: list[str], merged: list[tuple[int, int, int, int]]
) -> None:
    """Cells that somebody merged say the same in each of their rows; but money, which would count
    several times, stays in the first.

    Args:
        merged: left, top, right and bottom of each area, from 1.
    """
    for left, top, right, bottom in merged:
        for at in range(left, min(right, len(heads)) + 1):
            column = column_of(heads[at - 1])
            if top == 1 or (column is not None and column.kind == "money"):
                continue
            for row in range(top, bottom + 1):
                table[row - 1][at - 1] = table[top - 1][left - 1] if at == left else None


def _workbook(
    path: Path, where: str
) -> tuple[str, list[list[Any]], list[tuple[int, int, int, int]]]:
    """Title, rows and merged areas of the first sheet that is shown."""
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            most = Notice("ledger.unpacked", n=MAX_UNPACKED_BYTES)
            raise InputError(Fault(where, most))
        # openpyxl leaves a file open that it opened itself and could not read.
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # parts it cannot keep are not read here
            book = openpyxl.load_workbook(file, data_only=True)
    except InputError:
        raise
    except Exception as error:  # a broken workbook fails in zip, zlib, XML and openpyxl alike
        told = " ".join(str(error).split())[:80]
        raise InputError(Fault(where, Notice("ledger.workbook"), told)) from None
    shown = [page for page in book.worksheets if page.sheet_state == "visible"]
    if not shown:
        raise InputError(Fault(where, Notice("ledger.sheet")))
    table = [list(row) for row in shown[0].iter_rows(values_only=True)]
    return shown[0].title, table, [area.bounds for area in shown[0].merged_cells.ranges]
