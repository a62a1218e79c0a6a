"""Where a table begins: the rows that hold the names of its columns.

Registers carry a title above their head, and heads of two rows. The scenario may say which rows
they are (``header_row``); where it does not, the first row is the head if it has the columns that
are asked for, else the first rows below it that do, which is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from siting.files.raw import refuse
from siting.notice import Notice

SEARCHED = 20
"""Rows of a file among which its head is looked for."""
JOINT = "/"
"""Stands between the names of two rows."""
_UNITS = re.compile(r"单位\s*[:：]\s*([^()（）:：]+)")
_RANGE = re.compile(r"\s*(\d+)\s*\.\.\s*(\d*)\s*")
_BAND = re.compile(r"(?:^|\D)(\d{1,3})\s*[-–_~至到]\s*(\d{1,3})\s*(?:岁|y|yr|yrs|years)?$", re.I)
_LAST = re.compile(r"^(.*?)(\d+)\s*(?:\+|岁以上|岁及以上|岁|plus|y|yr|yrs|years)?$", re.I)


@dataclass(frozen=True)
class Range:
    """Columns by the numbers that their names are or end in: ``60..90``, ``60..`` for all above."""

    low: int
    high: float

    @classmethod
    def of(cls, text: str) -> Range | None:
        """What a text means, None for the name of a single column."""
        match = _RANGE.fullmatch(text)
        if match is None:
            return None
        return cls(int(match[1]), int(match[2]) if match[2] else float("inf"))

    def columns(self, names: Sequence[str]) -> list[str]:
        """Those within, of names alike: those that only few of the numbers stand behind
        (``ward_61`` beside ``age_60`` to ``age_90``) are others."""
        alike: dict[str, list[str]] = {}
        for name in names:
            part = _part(name)
            if part is not None and self.low <= part[1] and part[2] <= self.high:
                alike.setdefault(part[0], []).append(name)
        most = max(map(len, alike.values()), default=0)
        kept = {name for group in alike.values() if len(group) == most for name in group}
        return [name for name in names if name in kept]

    def cut(self, names: Sequence[str]) -> list[str]:
        """Columns of which a part lies within and a part does not (``55-64`` for ``60..``)."""
        parts = {name: part for name in names if (part := _part(name)) is not None}
        return [
            name
            for name, (_, low, high) in parts.items()
            if low <= self.high and self.low <= high and not (self.low <= low <= high <= self.high)
        ]


def _part(name: str) -> tuple[str, int, int] | None:
    """What stands before a name's last numbers, and the first and the last of them."""
    band = _BAND.search(name)
    if band and int(band[1]) < int(band[2]):
        return name[: band.start(1)], int(band[1]), int(band[2])
    last = _LAST.fullmatch(name.strip())
    return (last[1], int(last[2]), int(last[2])) if last else None


@dataclass(frozen=True)
class Asked:
    """What is wanted of a table: where its head is, and columns that it has."""

    columns: frozenset[str] = frozenset()
    ranges: tuple[Range, ...] = ()
    rows: tuple[int, ...] = ()
    """Of the head, from 1, as the scenario says; none: to be found."""
    needed: frozenset[str] | None = None
    """Columns that this table must have; None: all, for no other table is joined to it."""

    def __contains__(self, name: object) -> bool:
        """Whether a column is wanted."""
        text = str(name)
        return text in self.columns or any(
            text in span.columns([text]) or span.cut([text]) for span in self.ranges
        )

    def all_in(self, names: Sequence[str]) -> bool:
        """Whether a head has everything that is wanted."""
        if self.needed is not None:
            return self.needed <= set(names)
        return self.columns <= set(names) and all(span.columns(names) for span in self.ranges)


@dataclass(frozen=True)
class Everything(Asked):
    """All columns of a file that nobody has looked into yet."""

    def __contains__(self, name: object) -> bool:
        return True


@dataclass(frozen=True)
class Head:
    """The head of a table."""

    last_row: int
    """Of the file, from 1; the table's rows come below."""
    names: tuple[str, ...]
    told: tuple[Notice, ...] = ()
    units: tuple[str, ...] = ()
    """That a title above it says its numbers are in: 单位：万人、亩."""


def find_head(begin: Sequence[tuple[int, Sequence[str]]], asked: Asked, where: str) -> Head:
    """The head among the rows that a file begins with.

    Args:
        begin: number, from 1, and cells of each row that holds anything, in order.

    Raises:
        InputError: the rows that the scenario names hold nothing.
    """
    if asked.rows:
        there = dict(begin)
        lost = [row for row in asked.rows if row not in there]
        if lost:
            raise refuse(
                where,
                Notice("fault.row_of_names"),
                Notice("fault.nothing_in_row", row=lost[0]),
                Notice("fault.rows_from_1"),
                "header_row",
            )
        names = join_names([there[row] for row in asked.rows])
        return Head(asked.rows[-1], names, units=title_units(begin, asked.rows[0]))
    row, cells = begin[0]
    first = Head(row, join_names([cells]))
    if asked.all_in(first.names):
        return first
    searched = begin[:SEARCHED]
    for row, cells in searched[1:]:
        names = join_names([cells])
        if asked.all_in(names):
            told = Notice("layer.head_found", where=where, row=row)
            return Head(row, names, (told,), title_units(begin, row))
    for (upper, above), (row, cells) in pairwise(searched):
        names = join_names([above, cells])
        if asked.all_in(names):
            told = Notice("layer.heads_found", where=where, rows=[upper, row])
            return Head(row, names, (told,), title_units(begin, upper))
    return first


def title_units(begin: Sequence[tuple[int, Sequence[str]]], row: int) -> tuple[str, ...]:
    """Units that the rows above a row name for all that stands below: "单位：万人、亩"."""
    found = (_UNITS.search(cell) for n, cells in begin if n < row for cell in cells)
    named = (unit for match in found if match for unit in re.split(r"[、，,;；\s]+", match[1]))
    return tuple(dict.fromkeys(filter(None, named)))


def join_names(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Names of one row, or of several joined by :data:`JOINT`.

    A blank cell above a name belongs to the name left of it, for a head over several columns is
    written in the first of them; names that recur below one another stand once.
    """
    width = max(map(len, rows))
    full = [[*map(_tidy, row), *[""] * (width - len(row))] for row in rows]
    for upper, lower in pairwise(full):
        for i in range(1, width):
            if not upper[i] and lower[i]:
                upper[i] = upper[i - 1]
    return tuple(JOINT.join(dict.fromkeys(row[i] for row in full if row[i])) for i in range(width))


def _tidy(cell: str) -> str:
    """A name in one line; between Chinese words a line break stands for nothing."""
    lines = [" ".join(line.split(" ")).strip() for line in cell.splitlines()]
    name = ""
    for line in filter(None, lines):
        name += " " + line if name and name.isascii() and line.isascii() else line
    return name
