"""A ledger's file read: every fault at once, each with its row, column and value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from siting.errors import Fault, InputError, nearest
from siting.execution.columns import (
    NEEDED,
    BadCellError,
    Column,
    Origin,
    Status,
    Wording,
    column_of,
    language_of,
)
from siting.execution.ledger_rows import Entry, Ledger
from siting.execution.sheet import read_sheet
from siting.notice import Hint, Notice


def read_ledger(path: str | Path, wording: Wording) -> Ledger:
    """A ledger as it lies there.

    Args:
        wording: names of formats; the ledger's own language is that of its heads.

    Raises:
        InputError: every cell that its column cannot take, rows that contradict themselves, rows
            of the same action, columns that are missing.
    """
    path = Path(path)
    sheet = read_sheet(path)
    told = language_of(sheet.heads)
    wording = Wording(told or wording.lang, wording.formats)
    check = _Check(str(path), wording)
    columns = [column_of(head) for head in sheet.heads]
    check.columns([column for column in columns if column is not None], sheet.heads)
    entries = []
    for number, cells in sheet.rows:
        values, own = {}, {}
        for head, column, cell in zip(sheet.heads, columns, cells, strict=True):
            if column is None:
                own[head] = None if cell == "" else cell
            else:
                values[column.id] = check.cell(number, head, column, cell)
        values["size"] = wording.size(values.get("size"))
        entries.append(Entry(number, values, own))
    check.rows(entries)
    if check.faults:
        raise InputError(check.faults)
    return Ledger(wording, tuple(entries), tuple(sheet.heads), sheet.title)


class _Check:
    """Gathers what is wrong."""

    def __init__(self, where: str, wording: Wording):
        self.where, self.wording = where, wording
        self.faults: list[Fault] = []

    def fault(
        self, key: str, row: int, column: str, found: str, hint: Hint = "", **values: Any
    ) -> None:
        expected = Notice(key, **values)
        self.faults.append(Fault(self.where, expected, found, row, column, hint))

    def columns(self, found: list[Column], heads: list[str]) -> None:
        """Those that a ledger needs, and two heads for one thing."""
        ids = [column.id for column in found]
        for id in NEEDED:
            if id not in ids:
                self.fault("ledger.column", 1, self.wording.head(id), ", ".join(heads[:8]))
        for id in dict.fromkeys(id for id in ids if ids.count(id) > 1):
            twice = [h for h in heads if (c := column_of(h)) is not None and c.id == id]
            self.fault("ledger.column_twice", 1, twice[0], ", ".join(twice))

    def cell(self, row: int, head: str, column: Column, cell: Any) -> Any:
        try:
            return self.wording.parse(column, cell)
        except BadCellError as error:
            named = self.wording.choices("format") if column.kind == "format" else ()
            hint = nearest(str(cell), named)
            self.fault(error.key, row, head, repr(cell), hint, **error.values)
            return None

    def rows(self, entries: list[Entry]) -> None:
        """Rows that contradict themselves or one another. Cells that are told already count as
        blank, so only what is sure is told."""
        spoilt = {fault.line for fault in self.faults}
        first: dict[tuple[str, str, str, str], int] = {}
        for entry in entries:
            if entry.row in spoilt:
                continue
            for key, column, found in _contradictions(entry):
                self.fault(key, entry.row, self.wording.head(column), found)
            if not entry["format"]:
                continue
            earlier = first.setdefault(entry.identity, entry.row)
            if earlier != entry.row and entry["site"]:
                found = Notice("ledger.row", row=earlier)
                self.fault("ledger.twice", entry.row, self.wording.head("site"), found)


def _contradictions(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """Key of the fault, column, what was found."""
    if entry["format"] is None:
        yield "ledger.no_format", "format", ""
    if entry["opened_on"] is not None and entry.status is not Status.OPEN:
        yield "ledger.opened_not_open", "opened_on", entry["opened_on"].isoformat()
    if (entry["paid_public"] or 0) > (entry["paid"] or 0):
        yield "ledger.public_beyond_paid", "paid_public", f"{entry['paid_public']:,}"
    planned = entry["origin"] in (Origin.PLAN, Origin.FORMER)
    placed = entry["site"] or (entry["lon"] is not None and not planned)
    if not placed and (planned or entry.status is Status.OPEN):
        yield "ledger.no_place", "site", ""
    if (entry["lon"] is None) != (entry["lat"] is None):
        yield "ledger.half_a_place", "lat" if entry["lat"] is None else "lon", ""
