"""Tables of text without geometry: csv in UTF-8 or GB18030."""

from __future__ import annotations

import codecs
import csv
import io
import warnings
from collections.abc import Sequence
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from siting.files import encoding
from siting.files.head import SEARCHED, Asked, find_head
from siting.files.raw import MAX_TEXT_BYTES, RawLayer, refuse, said
from siting.notice import Notice

if TYPE_CHECKING:
    import pandas as pd

COMMAS = Notice("fault.save_commas")


def read_csv(path: Path, where: str, asked: Asked | None = None) -> RawLayer:
    """A csv with a header line, comma separated, every cell as text.

    Raises:
        InputError: the text or the table cannot be understood.
    """
    import pandas as pd

    if path.stat().st_size > MAX_TEXT_BYTES:
        raise refuse(where, Notice("fault.parquet_holds", max_text_bytes=MAX_TEXT_BYTES))
    text = decode(path.read_bytes(), where)
    if not text.strip():
        raise refuse(where, Notice("fault.header_line"), Notice("fault.empty_file"))
    asked = asked or Asked()
    try:
        begin = _begin(text, max((SEARCHED, *asked.rows)))
        if not begin:  # commas and blanks alone
            raise refuse(where, Notice("fault.header_line"), Notice("fault.empty_file"))
        head = find_head(begin, asked, where)
        rest, skipped = _below(text, head.last_row)
    except csv.Error:
        found = Notice("fault.endless_cell", most=csv.field_size_limit())
        raise refuse(where, Notice("fault.csv_table"), found, COMMAS) from None
    header = [name or f"column {i + 1}" for i, name in enumerate(head.names)]
    if len(header) == 1:
        other = next((c for c in (";", "\t", "|") if c in header[0]), None)
        if other:
            name = {";": "semicolons", "\t": "tabs", "|": "bars"}[other]
            raise refuse(where, Notice("fault.by_commas"), name, COMMAS)
    check_header(header, where)
    first = io.StringIO()  # so that every row is held against the header's width
    csv.writer(first, lineterminator="\n").writerow(header)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pd.read_csv(
                io.StringIO(first.getvalue() + rest),
                dtype=str,
                keep_default_na=False,
                header=None,
                names=header,
                index_col=False,
                on_bad_lines="error",
                skip_blank_lines=True,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        problem = _uneven(rest, len(header), skipped) or said(error)
        raise refuse(where, Notice("fault.cells_as_header"), problem, COMMAS) from None
    frame = frame.iloc[1:]
    written = frame.fillna("").apply(lambda cells: cells.str.strip() != "").any(axis=1)
    units = dict.fromkeys(header, head.units) if head.units else {}
    frame = frame[written].reset_index(drop=True)
    told = [*head.told, *_swallowed(frame, where)]
    return RawLayer(frame, warnings=told, units=units)


def _swallowed(frame: pd.DataFrame, where: str) -> list[Notice]:
    """One notice for each column with a cell that looks as if a quotation mark, never closed in its
    row, had taken in the rows up to the next one: its first line has the commas of the cells that
    follow, its last those of the cells before, and each between those of a row."""
    told = []
    most = len(frame.columns) - 1
    for at, name in enumerate(frame.columns if most > 1 else ()):
        broken = frame[name].str.contains("\n", regex=False, na=False)
        for row in broken.to_numpy().nonzero()[0]:
            first, *between, last = (line.count(",") for line in frame[name].iloc[row].split("\n"))
            if (first, last) == (most - at, at) and all(count == most for count in between):
                told.append(Notice("layer.swallowed", where=where, column=name, row=int(row) + 1))
                break
    return told


def _uneven(rest: str, width: int, skipped: int) -> Notice | None:
    """The first row with more cells than the header, or the quotation mark that nothing closes.

    Args:
        rest: the text below the header, which stands below ``skipped`` lines.
    """
    reader = csv.reader(io.StringIO(rest, newline=""), strict=True)
    begun = 1
    try:
        for row in reader:
            if len(row) > width:
                return Notice("fault.cells_in_line", n=len(row), line=skipped + begun, of=width)
            begun = reader.line_num + 1
    except csv.Error:
        return Notice("fault.open_quote", line=skipped + begun)
    return None


def _begin(text: str, most: int) -> list[tuple[int, list[str]]]:
    """The rows that a table begins with, without blank ones: number, from 1, and cells."""
    reader = csv.reader(io.StringIO(text, newline=""))
    numbered = ((n, row) for n, row in enumerate(reader, 1) if any(map(str.strip, row)))
    return list(takewhile(lambda entry: entry[0] <= most, numbered))


def _below(text: str, row: int) -> tuple[str, int]:
    """What stands below a row, and how many lines stand above that."""
    stream = io.StringIO(text, newline="")
    reader = csv.reader(stream)
    for _ in islice(reader, row):
        pass
    return stream.read(), reader.line_num


def decode(raw: bytes, where: str) -> str:
    """Text of a table written in UTF-8 (with or without BOM) or GB18030."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refuse(where, Notice("fault.utf8_gb18030"), "UTF-16")
    if b"\0" in raw:
        raise refuse(where, Notice("fault.text_table"), Notice("fault.binary_file"))
    lines = raw.removeprefix(codecs.BOM_UTF8).split(b"\n")
    found = encoding.guess(lines)
    if found is None:
        sample = next(line for line in lines if not encoding.fits([line], encoding.UTF8))
        shown = sample.strip()[:40].decode(encoding.WESTERN, "replace")
        raise refuse(
            where,
            Notice("fault.utf8_gb18030"),
            Notice("fault.neither_1252", shown=shown),
            Notice("fault.save_utf8"),
        )
    try:
        # Whoever joins files has a byte order mark at the head of each.
        return raw.decode(found).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        expected = Notice("fault.text_to_end", shown=encoding.SHOWN[found])
        raise refuse(where, expected, Notice("fault.broken_character", row=row)) from None


def check_header(header: Sequence[str], where: str) -> None:
    """Refuse columns of one name: nobody could say which is meant."""
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise refuse(where, Notice("fault.columns_once"), ", ".join(map(repr, twice)))
