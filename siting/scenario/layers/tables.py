"""Tables without geometry: csv in UTF-8 or GB18030, and xlsx."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from siting.errors import InputError
from siting.scenario.layers.raw import MAX_TEXT_BYTES, RawLayer, first_bytes, refuse, short

MAX_UNPACKED_BYTES = 2**30
"""Largest unpacked workbook, 1 GiB: a small file may unpack to a huge one."""
MAX_CELLS = 5_000_000
"""Most cells read of a workbook, empty ones within rows counted: some 100 bytes each in memory."""


def read_csv(path: Path, where: str) -> RawLayer:
    """A csv with a header line, comma separated, every cell as text.

    Raises:
        InputError: the text or the table cannot be understood.
    """
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise refuse(where, f"must not be larger than {MAX_TEXT_BYTES:,} bytes; parquet holds more")
    text = decode(path.read_bytes(), where).lstrip("\r\n")
    if not text.strip():
        raise refuse(where, "must have a header line", "an empty file")
    try:
        header = next(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise refuse(where, "must be a csv table", short(error)) from None
    header = [name.strip() or f"column {i + 1}" for i, name in enumerate(header)]
    if len(header) == 1:
        other = next((c for c in (";", "\t", "|") if c in header[0]), None)
        if other:
            name = {";": "semicolons", "\t": "tabs", "|": "bars"}[other]
            raise refuse(where, "must be separated by commas", name)
    check_header(header, where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pd.read_csv(
                io.StringIO(text), dtype=str, keep_default_na=False, header=None,
                names=header, index_col=False, on_bad_lines="error", skip_blank_lines=True,
            )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        problem = short(error).replace("Error tokenizing data. C error: ", "")
        raise refuse(
            where, "must have as many cells in every row as in the header", problem
        ) from None
    return RawLayer(frame.iloc[1:].reset_index(drop=True))


def decode(raw: bytes, where: str) -> str:
    """Text of a table written in UTF-8 (with or without BOM) or GB18030."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refuse(where, "must be UTF-8 or GB18030 text", "UTF-16")
    if b"\0" in raw:
        raise refuse(where, "must be a text table", "a binary file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse(where, "must be UTF-8 or GB18030 text", "neither")


def check_header(header: Sequence[str], where: str) -> None:
    """Refuse columns of one name: nobody could say which is meant."""
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise refuse(where, "must name each column once", ", ".join(map(repr, twice)))


def read_xlsx(path: Path, where: str, sheet: str | None) -> RawLayer:
    """A sheet of a workbook whose first row is the header.

    Raises:
        InputError: not a workbook, several sheets and none named, or no such sheet.
    """
    import openpyxl

    if first_bytes(path, 4)[:2] != b"PK":
        raise refuse(where, "must be an Excel workbook (xlsx)", "another kind of file")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise refuse(where, f"must not unpack to more than {MAX_UNPACKED_BYTES:,} bytes")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations it cannot keep
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            pages = [page for page in book.worksheets if sheet is None or page.title == sheet]
            sheets = dict(zip([page.title for page in pages], _rows(pages, where), strict=True))
            names = [page.title for page in book.worksheets]
        book.close()
    except InputError:
        raise
    except Exception as error:  # a broken workbook fails in zip, zlib, XML and openpyxl alike
        raise refuse(where, "must be an Excel workbook (xlsx)", short(error)) from None
    if sheet is not None and sheet not in sheets:
        raise refuse(
            where, f"must be one of the sheets {', '.join(names)}", repr(sheet), key="layer"
        )
    filled = {name: rows for name, rows in sheets.items() if rows}
    if len(filled) > 1:
        listed = ", ".join(filled)
        raise refuse(where, "must be named: the workbook holds several sheets", listed, key="layer")
    if not filled:
        raise refuse(where, "must have a header row", "an empty sheet")
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


def _rows(pages: Sequence[Any], where: str) -> Iterator[list[tuple[Any, ...]]]:
    """The filled rows of each sheet, all of them: what a sheet says of its own dimension counts
    for nothing, since writers leave an old one behind.

    Raises:
        InputError: the sheets together have too many cells.
    """
    cells = 0
    for page in pages:
        page.reset_dimensions()
        rows = []
        for row in page.iter_rows(values_only=True):
            cells += max(1, len(row))
            if cells > MAX_CELLS:
                hint = "must not hold more than {:,} cells; csv or parquet holds more"
                raise refuse(where, hint.format(MAX_CELLS))
            if _filled(row):
                rows.append(row)
        yield rows


def _filled(row: tuple[Any, ...]) -> bool:
    return any(cell is not None and cell != "" for cell in row)


def _name(cell: Any) -> str:
    whole = isinstance(cell, float) and cell == int(cell)
    return str(int(cell) if whole else cell).strip()
