"""A table of people without places, and the layer of boundaries whose names or codes it shares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from siting.drafting.look import HEADS_TRIED, Found, name_columns
from siting.errors import InputError
from siting.files.head import Everything
from siting.files.raw import RawLayer
from siting.files.tables import decode
from siting.scenario.layers.columns import as_text
from siting.scenario.layers.file_kinds import HAVE_HEAD, suffix_of
from siting.scenario.layers.sources import read_source
from siting.scenario.layers.units import PERSONS, head_unit, read_number

_COUNTED = ("people", "elderly", "toddlers", "households")
_TITLE_UNIT = re.compile(r"单位\s*[:：]\s*(百人|千人|万人)")
_RUNNING = re.compile(r"\d{1,3}")
"""Running numbers, that any two tables share."""


@dataclass(frozen=True)
class Census:
    """How a table joins a layer."""

    table: Found
    """With its columns by what they are."""
    rows: tuple[int, ...]
    """Of its head, from 1."""
    on: str
    """Column of the layer."""
    column: str
    """The same of the table."""
    shared: int
    """Rows of the layer that the table tells of."""
    unit: str = ""
    """Of persons, as a title above the head says it where no head does; empty: none."""

    @property
    def times(self) -> int:
        """Persons in one of the unit."""
        return int(PERSONS.units.get(self.unit, 1))


@dataclass(frozen=True)
class _Keys:
    """Columns that tell the rows of a frame apart: their texts."""

    of: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, frame: pd.DataFrame) -> _Keys:
        of = {}
        for column in frame.columns:
            texts = [text for text in as_text(frame[column]) if text]
            if len(set(texts)) == len(texts) and not all(map(_RUNNING.fullmatch, texts)):
                of[str(column)] = frozenset(texts)
        return cls(of)

    def best(self, other: _Keys) -> tuple[int, str, str]:
        """Most values that a column here and one there share, and both; of equal pairs those of
        one name, then the first."""
        pairs = [
            (len(mine & theirs), one == another, one, another)
            for one, mine in self.of.items()
            for another, theirs in other.of.items()
        ]
        shared, _, one, another = max(pairs, key=lambda p: p[:2], default=(0, False, "", ""))
        return shared, one, another


def match(table: Path, bounds: Found, wanted: Sequence[str]) -> Census | None:
    """The head of a table and the columns by which it joins a layer; None where it shares nothing.

    Heads of one row and of two are tried. The one is taken by which most rows join; then that
    below which fewest counts are no numbers, and that names most of what is wanted.

    Args:
        wanted: what its columns may be, of :data:`siting.drafting.look.NAMES`.
    """
    if bounds.raw is None:
        return None
    layer = _Keys.read(bounds.raw.frame)
    found: list[tuple[tuple[int, int, int, int], Census]] = []
    for rows, raw in _heads(table):
        shared, on, column = layer.best(_Keys.read(raw.frame))
        if not shared:
            continue
        seen = Found(table, suffix_of(table), header_row=rows[0] if rows else 1)
        name_columns(seen, raw, [what for what in wanted if what != "id"])
        counts = [seen.columns[what] for what in _COUNTED if what in seen.columns]
        odd = sum(_no_numbers(raw.frame[name]) for name in counts)
        census = Census(seen, rows, on, column, shared)
        found.append(((shared, -odd, len(counts), -len(rows)), census))
    if not found:
        return None
    _, best = max(found, key=lambda entry: entry[0])
    counts = [best.table.columns[what] for what in _COUNTED if what in best.table.columns]
    if any(head_unit(name, PERSONS) for name in counts):
        return best
    unit = next(filter(None, map(_title_unit, _above(table, best.rows))), "")
    return Census(best.table, best.rows, best.on, best.column, best.shared, unit)


def _heads(table: Path) -> Iterator[tuple[tuple[int, ...], RawLayer]]:
    """The table by every head that it may have."""
    tries: list[tuple[int, ...]] = [()]
    if suffix_of(table) in HAVE_HEAD:
        ones = range(1, HEADS_TRIED + 1)
        tries = [*((row,) for row in ones), *((row, row + 1) for row in ones)]
    for rows in tries:
        try:
            raw = read_source(table, table.name, None, Everything(rows=rows))
        except InputError:
            continue
        yield rows, raw


def _no_numbers(cells: pd.Series) -> int:
    texts = as_text(cells)
    return int(np.sum([bool(text) and read_number(text, PERSONS) is None for text in texts]))


def _above(table: Path, rows: Sequence[int]) -> Iterator[str]:
    """What stands above the head."""
    if not rows or rows[0] == 1:
        return
    if suffix_of(table) == "csv":
        yield from decode(table.read_bytes(), table.name).splitlines()[: rows[0] - 1]
        return
    for row in range(1, rows[0]):
        try:
            yield from map(str, read_source(table, table.name, None, Everything(rows=(row,))).frame)
        except InputError:
            continue


def _title_unit(text: str) -> str:
    told = _TITLE_UNIT.search(text)
    return told[1] if told else ""
