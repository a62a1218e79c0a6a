"""A plan made by hand as a csv file: every cell as text, with the lines where its rows stand."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pandas as pd

from siting.complete_files import unguarded
from siting.errors import Fault, InputError
from siting.notice import Notice

MAX_FAULTS = 20
"""So many faults of a table are told one by one, the others as a count."""


def read_csv(path: Path) -> pd.DataFrame:
    """A plan's table as text: UTF-8 (with or without BOM) or GB18030. Raises InputError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(Fault(str(path), Notice("fault.readable_csv"), str(error))) from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(
            Fault(str(path), Notice("fault.text_utf8_gb18030"), Notice("fault.other_bytes"))
        )
    try:
        return _rows(text, str(path))
    except csv.Error as error:
        raise InputError(Fault(str(path), Notice("fault.csv_table"), str(error))) from error


def _rows(text: str, where: str) -> pd.DataFrame:
    """Cells as text, a missing one empty; the index is the line where each row begins.

    Not pandas' reader: it takes the first cells of rows longer than the header for an index.
    """
    reader = csv.reader(StringIO(text, newline=""), skipinitialspace=True, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    end = 0
    for row in reader:
        begin, end = end + 1, reader.line_num
        if any(cell.strip() for cell in row):
            rows.append(row)
            lines.append(begin)
    if not rows:
        raise InputError(Fault(where, Notice("fault.csv_table"), Notice("fault.empty_file")))
    header, width = [name.strip() for name in rows[0]], len(rows[0])
    twice = [name for name in dict.fromkeys(header) if name and header.count(name) > 1]
    faults = [Fault(where, Notice("fault.columns_once"), repr(n), lines[0]) for n in twice]
    faults += [
        Fault(where, Notice("fault.most_header", width=width), str(len(row)), line)
        for line, row in zip(lines, rows, strict=True)
        if any(cell.strip() for cell in row[width:])
    ]
    if faults:
        raise InputError(some(faults, where))
    cells = [[unguarded(cell) for cell in (row + [""] * width)[:width]] for row in rows[1:]]
    return pd.DataFrame(cells, columns=header, index=lines[1:], dtype=str)


def some(faults: list[Fault], where: str) -> list[Fault]:
    """The first faults, and the others as a count."""
    more = len(faults) - MAX_FAULTS
    rest = [Fault(where, Notice("fault.more_faults", more=more))] if more > 0 else []
    return [*faults[:MAX_FAULTS], *rest]
