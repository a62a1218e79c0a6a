"""When premises and stops can be had."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from siting.errors import nearest
from siting.notice import Notice
from siting.scenario.layers.layer import Places


def first_phase(column: str, part: Places, known: tuple[str, ...]) -> NDArray[np.int32]:
    """Position of the first phase in which each site can be had; ``len(known)`` = in none.

    Blank means from the first. Where phases are years, any year may stand: one before the first
    phase means from the first, one after the last means never.
    """
    cells = part.columns.text(column)
    position = {"": 0} | {name: k for k, name in enumerate(known)}
    years = [int(name) for name in known] if all(map(_is_year, known)) else []
    read: dict[str, str] = {}
    for cell in dict.fromkeys(cells):
        if cell in position:
            continue
        year = _year(cell)
        if years and year is not None:
            position[cell] = sum(before < year for before in years)
            if not _is_year(cell):
                read[cell] = str(year)
        else:
            rows = np.flatnonzero(cells == cell)
            expected = Notice("fault.blank_or_phase", known=known)
            part.columns.bad(column, expected, rows, nearest(cell, known))
            position[cell] = 0
    part.columns.tell_read("layer.dates_read", column, read)
    return np.array([position[cell] for cell in cells], np.int32)


_DATE = re.compile(r"(\d{4})(?:[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?|月)?|年)?(?: 00:00:00)?")


def _year(text: str) -> int | None:
    """The year of a year or a date: 2027, 2027-03-01, 2027年3月; None for anything else."""
    match = _DATE.fullmatch(text)
    return int(match[1]) if match else None


def _is_year(text: str) -> bool:
    return re.fullmatch(r"\d{4}", text) is not None
