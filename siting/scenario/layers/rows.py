"""Rows of a table that are no places: sums, notes and titles; cells that several rows share."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault
from siting.files.raw import RawLayer
from siting.notice import Notice
from siting.scenario.document.document import Key
from siting.scenario.layers.columns import as_text, row_values, rows_text

_SUM = re.compile(
    r"(?:本页|本表|全市|全区|全街道|全镇|街道|社区)?(?:合计|总计|小计|共计|累计|总和|总数)"
    r"(?:[(（].*[)）])?[:：]?|(?:grand |sub)?totals?:?|sum:?",
    re.I,
)
PLAIN_SUMS = frozenset({"合计", "总计", "小计", "共计", "total", "Total", "TOTAL", "sum", "Sum"})
"""What a sum is called in a row that has a place nevertheless."""
NUMERIC = "biufM"
"""Kinds of columns that hold no words, as numpy names them."""
_NOTE = re.compile(
    r"(?:注|备注|说明|附注|填表|制表|审核|单位负责人|数据来源|来源|联系人|日期|notes?|sources?)"
    r"\s*\d*\s*[人时期者]?\s*[:：.、]",
    re.I,
)
NAMES = frozenset(
    {
        "district",
        "format",
        "formats",
        "use",
        "owner",
        "status",
        "chain",
        "compound",
        "site",
        "available_from",
        "storey",
        "ground_floor",
        "lift",
        "flue",
    }
)
"""Keys of columns that may say one thing of several rows; an amount would count several times."""


def leave_out(raw: RawLayer, of_place: Sequence[str], where: str) -> Iterator[Notice]:
    """Drop rows without a place that are sums or notes, in place; others stay, and are faults.

    Args:
        of_place: columns of coordinates; without any nothing is dropped.
    """
    known = [column for column in of_place if column in raw.frame.columns]
    if not len(raw.frame):
        return
    if not known or raw.geometry is not None:
        yield from _sums_with_place(raw, where)
        return
    blank = np.logical_and.reduce([as_text(raw.frame[column]) == "" for column in known])
    sums, notes = [], []
    for row in np.flatnonzero(blank).tolist():
        cells = [cell for cell in as_text(raw.frame.iloc[row]) if cell]
        if any(_SUM.fullmatch("".join(cell.split())) for cell in cells):
            sums.append(row)
        elif len(cells) == 1 and (_NOTE.match(cells[0]) or row in raw.wide):
            notes.append(row)
    for rows, key in ((sums, "layer.sums_left_out"), (notes, "layer.notes_left_out")):
        if rows:
            shown = next(cell for cell in as_text(raw.frame.iloc[rows[0]]) if cell)
            yield Notice(key, where=where, text=shown, **row_values(np.array(rows)))
    gone = [*sums, *notes]
    if gone:
        _drop(raw, np.array(gone))
    yield from _sums_with_place(raw, where)


def _sums_with_place(raw: RawLayer, where: str) -> Iterator[Notice]:
    """Rows that call themselves sums and have a place: counted like others, which is told."""
    called = np.zeros(len(raw.frame), np.bool_)
    for name in raw.frame.columns:
        if raw.frame[name].dtype.kind not in NUMERIC:
            called |= raw.frame[name].isin(PLAIN_SUMS).to_numpy()
    rows = np.flatnonzero(called)
    if len(rows):
        cells = as_text(raw.frame.iloc[rows[0]])
        text = next(cell for cell in cells if cell in PLAIN_SUMS)
        yield Notice("layer.sums_counted", where=where, text=text, **row_values(rows))


def _drop(raw: RawLayer, rows: NDArray[np.int64]) -> None:
    kept = np.setdiff1d(np.arange(len(raw.frame)), rows)
    raw.frame = raw.frame.iloc[kept].reset_index(drop=True)
    new = {int(row): i for i, row in enumerate(kept)}
    raw.merged = {
        column: {new[row]: value for row, value in cells.items() if row in new}
        for column, cells in raw.merged.items()
    }
    raw.wide = frozenset(new[row] for row in raw.wide if row in new)


def fill_merged(
    raw: RawLayer, columns: Collection[tuple[Key, str]], where: str
) -> Iterator[Notice | Fault]:
    """Give each row what a merged cell says, in columns of names; of amounts nobody knows whether
    the one number is each row's or all of them together."""
    import pandas as pd

    for key, column in columns:
        cells = raw.merged.get(column, {})
        if not cells or column not in raw.frame.columns:
            continue
        rows = np.array(sorted(cells))
        if key[-1] not in NAMES:
            yield Fault(
                where,
                Notice("fault.own_cell"),
                Notice("fault.merged_ones", rows=rows_text(rows)),
                key=column,
                hint=Notice("fault.unmerge"),
            )
            continue
        filled = raw.frame[column].to_numpy(object, copy=True)
        filled[rows] = [cells[row] for row in rows.tolist()]
        raw.frame[column] = pd.Series(filled, dtype=object)
        yield Notice("layer.merged_filled", where=where, column=column, **row_values(rows))
