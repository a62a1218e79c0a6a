"""Ledger: the rows of a ledger, checked; planned actions, and what was opened beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from siting.execution.columns import BY_ID, COLUMNS, Origin, Status, Wording, column_of
from siting.execution.planned_actions import Identity
from siting.problem import Action

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Entry:
    """One row."""

    row: int
    """In its file, the head's being 1; 0 for a row that is not written yet."""
    values: Mapping[str, Any]
    """By id of the column; None where the cell is blank."""
    own: Mapping[str, Any] = field(default_factory=dict)
    """The planner's own columns, by head: cells as they are."""

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)

    @property
    def identity(self) -> Identity:
        """By which a plan knows it again; what is added by hand is an opening."""
        told = (self["site"], self["format"], self["action"] or Action.OPEN, self["outlet"])
        site, format, action, outlet = (str(value or "") for value in told)
        return site, format, action, outlet

    @property
    def status(self) -> Status:
        """Blank is not started."""
        return Status(self["status"] or Status.NOT_STARTED)

    @property
    def planned(self) -> bool:
        """Whether the plan of today asks for it."""
        return self["origin"] == Origin.PLAN

    @property
    def touched(self) -> bool:
        """Whether anything was typed into it."""
        typed = (self[column.id] for column in COLUMNS if column.typed)
        return any(value is not None for value in (*typed, *self.own.values()))

    def opened_by(self, day: date) -> bool:
        """Whether it was open at the end of a day; without a date as soon as it is said to be."""
        return self.status is Status.OPEN and (self["opened_on"] or day) <= day


@dataclass(frozen=True)
class Ledger:
    """A ledger as read, or as it is to be written."""

    wording: Wording
    entries: tuple[Entry, ...]
    heads: tuple[str, ...]
    """Of every column, the planner's own among them, in the order of the file."""
    title: str = ""
    """Of its sheet, in a workbook."""

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    @property
    def table(self) -> pd.DataFrame:
        """One row an entry: columns by their ids, the planner's own by their heads; statuses,
        formats and actions are ids, dates Python's."""
        import pandas as pd

        own = [head for head in self.heads if column_of(head) is None]
        return pd.DataFrame(
            [[e[id] for id in BY_ID] + [e.own.get(head) for head in own] for e in self.entries],
            columns=[*BY_ID, *own],
            dtype=object,
        )

    def cell(self, entry: Entry, head: str) -> Any:
        """What a cell of the file holds."""
        column = column_of(head)
        if column is None:
            return entry.own.get(head)
        return self.wording.tell(column, entry[column.id])
