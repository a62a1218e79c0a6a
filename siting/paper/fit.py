"""How wide columns are worth it, and where lines of mixed Chinese and Latin text break."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from siting.paper.content import Grid, Paper

Floats = NDArray[np.float64]

RIGID = ("number", "decimal", "share", "date", "light")
"""Kinds whose cells stay on one line."""
SHORT, LONGEST, USUAL = 10, 14, 0.95
"""Half signs up to which a text stays on one line, those that a word keeps for sure, and the share
of words that are looked at: one long id is no reason for a wide column."""
MARGIN, STEPS, MOST_ROWS = 2.0, (1.0, 2.0, 4.0, 8.0, 16.0), 120
"""Half signs beside a cell's text, what a column may get at once, and rows that are looked at."""
CLOSING, OPENING = "，。、；：！？）》”’」】％%,.;:!?)]}", "（《“‘「【([{"
"""Signs that begin no line, and that end none."""
_PIECE = re.compile(r"\s+|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+|.", re.DOTALL)


def wide(text: str) -> int:
    """Width in half signs: Chinese ones take two, and so does the sign of per cent."""
    return sum(2 if ord(sign) > 0x2E80 or sign == "%" else 1 for sign in text)


def widths(
    grid: Grid, paper: Paper, room: float, measure: Callable[[str], float] = wide
) -> list[float]:
    """Part of the table's width that each column gets; they add up to 1.

    Figures and dates get what they need, text its longest word at least; the rest goes where it
    saves most lines, and what saves none is shared by the root of how much text there is.

    Args:
        room: half signs in the whole width.
        measure: width of a text in half signs, where its font is known.
    """
    need, want = [], []
    for k, column in enumerate(grid.columns):
        rows = grid.rows if grid.total is None else (*grid.rows, grid.total)
        cells = [paper.shown(row[k], column.kind) for row in rows]
        head = max((measure(piece) for piece in pieces(column.head)), default=1)
        least = max(head, min(measure(column.head), 6))
        if column.kind in RIGID:
            need.append(max([least, *map(measure, cells)]) + MARGIN)
            want.append(0.0)
            continue
        words = sorted(measure(piece) for cell in cells for piece in pieces(cell))
        usual = words[int(USUAL * (len(words) - 1))] if words else 0
        longest = max(map(measure, cells), default=0)
        whole = longest if longest <= SHORT else 0  # short texts stay on one line
        need.append(max(whole, min(max(least, usual), LONGEST)) + MARGIN)
        want.append(max(0.0, min(longest, 60) + MARGIN - need[-1]))
    texts = [k for k, column in enumerate(grid.columns) if column.kind not in RIGID]
    if sum(want) > room - sum(need) > 0:
        some = grid.rows[:: max(1, len(grid.rows) // MOST_ROWS)]
        told = [[measure(paper.shown(row[k], grid.columns[k].kind)) for k in texts] for row in some]
        for k, least in zip(texts, _shortest(np.array(told), need, texts, room), strict=True):
            need[k] = least
    left = max(0.0, room - sum(need))
    roots = [sqrt(more) for more in want]
    share = [root / sum(roots) if sum(roots) else 1 / len(need) for root in roots]
    got = [least + left * part for least, part in zip(need, share, strict=True)]
    return [one / sum(got) for one in got]


def _shortest(told: Floats, need: list[float], texts: list[int], room: float) -> Floats:
    """Widths of the columns of text that make a table short: what is left goes, piece by piece, to
    the column that saves most lines for it.

    Args:
        told: half signs of each cell, shape (n_rows, n_texts).
        need: half signs that each column gets at least, margins included.
        texts: positions of the columns of text.
    """
    got = np.array([need[k] for k in texts])
    left = room - sum(need)
    rows = np.ceil(told / np.maximum(got - MARGIN, 1.0))
    while True:
        high = rows.max(axis=1)
        best = (0.0, 0, 0.0)
        for c in range(len(texts)):
            others = np.delete(rows, c, axis=1).max(axis=1, initial=1.0)
            for more in STEPS:
                if more <= left:
                    alone = np.ceil(told[:, c] / max(got[c] + more - MARGIN, 1.0))
                    saved = float((high - np.maximum(others, alone)).sum()) / more
                    best = max(best, (saved, c, more))
        saved, c, more = best
        if not saved:
            return got
        got[c] += more
        left -= more
        rows[:, c] = np.ceil(told[:, c] / (got[c] - MARGIN))


def pieces(text: str) -> list[str]:
    """What no line may tear apart: Latin words and figures, single Chinese signs with the marks
    that belong to them, spaces."""
    found: list[str] = []
    for piece in _PIECE.findall(text):
        before = found[-1] if found else ""
        closes = piece[0] in CLOSING and before.strip()
        if before and (closes or before[-1] in OPENING):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def lines(text: str, width: float, measure: Callable[[str], float], indent: float = 0) -> list[str]:
    """The text in lines no wider than ``width``, unless one piece is; line breaks stay.

    Args:
        indent: of the first line.
    """
    told: list[str] = []
    for part in text.split("\n"):
        line, room = "", width - (0 if told else indent)
        for piece in pieces(part):
            if line and measure((line + piece).rstrip()) > room:
                told.append(line.rstrip())
                line, room = "", width
            line += piece if line else piece.lstrip()
        told.append(line.rstrip())
    return told
