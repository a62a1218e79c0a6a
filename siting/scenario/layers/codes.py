"""Codes stay codes: what programs on the way made of ids and names of districts, undone or told.

A table that went through a data frame writes 2 as ``2.0``; a spreadsheet program keeps 15 digits of
a longer number and shows it as ``6.10113E+17``. The first can be undone, the second cannot.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from siting.files.raw import NO_VALUE
from siting.notice import Notice
from siting.scenario.layers.columns import Columns, as_text

OF_CODES = frozenset({"id", "district", "site", "compound", "format", "available_from"})
"""Keys of columns whose cells are codes or names, compared by their letters."""
LARGEST_EXACT = 2**53
"""Whole numbers beyond are rounded in floating point."""
_POINT = re.compile(r"(-?(?:0|[1-9]\d*))\.0+")
_POWER = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")


def settle_codes(table: Columns, columns: Collection[str]) -> list[Notice]:
    """Undo what can be undone in columns of codes; what cannot be is a fault.

    Returns:
        Warnings.
    """
    told: list[Notice] = []
    for name in dict.fromkeys(columns):
        if name not in table.frame.columns:
            continue
        _refuse_rounded(table, name)
        cells = as_text(table.frame[name])
        filled = [cell for cell in cells if cell]
        whole = [_POINT.fullmatch(cell) for cell in filled]
        if filled and all(whole):
            # Whether all have the point or none, so two codes never become one.
            table.frame[name] = [
                match[1] if (match := _POINT.fullmatch(cell)) else cell for cell in cells
            ]
            match = whole[0]
            assert match is not None
            told.append(
                Notice(
                    "layer.written_with_point",
                    where=table.where,
                    column=name,
                    cell=filled[0],
                    code=match[1],
                )
            )
        else:
            told += _two_spellings(table.where, name, filled)
    return told


def _two_spellings(where: str, name: str, cells: Sequence[str]) -> Iterator[Notice]:
    """One code written in two ways in a column counts as two."""
    first: dict[str, str] = {}
    for cell in dict.fromkeys(cells):
        plain = "".join(unicodedata.normalize("NFKC", cell).split())
        match = _POINT.fullmatch(plain)
        other = first.setdefault(match[1] if match else plain, cell)
        if other != cell:
            yield Notice("layer.two_spellings", where=where, column=name, one=other, other=cell)
            return


def refuse_unvalued(table: Columns, columns: Collection[str]) -> None:
    """Formulas without a stored value in columns that are read: nobody knows what they say."""
    for name in dict.fromkeys(columns):
        if name not in table.frame.columns:
            continue
        unvalued = np.flatnonzero([cell is NO_VALUE for cell in table.frame[name]])
        if len(unvalued):
            table.bad(name, Notice("fault.formula_value"), unvalued, Notice("fault.save_workbook"))
            table.frame.loc[unvalued, name] = None


def _refuse_rounded(table: Columns, name: str) -> None:
    rounded = np.flatnonzero([_is_rounded(cell) for cell in table.frame[name]])
    if len(rounded):
        expected = Notice("fault.all_digits")
        table.bad(name, expected, rounded, Notice("fault.keep_text"))


def _is_rounded(cell: Any) -> bool:
    if isinstance(cell, str):
        return _POWER.fullmatch(cell.strip()) is not None
    return isinstance(cell, float | np.floating) and abs(float(cell)) >= LARGEST_EXACT
