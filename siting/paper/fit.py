"""How wide columns are worth it, and where lines of mixed Chinese and Latin text break."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import sqrt

from siting.paper.content import Grid, Paper

RIGID = ("number", "decimal", "share", "date", "light")
"""Kinds whose cells stay on one line."""
SHORT, LONGEST, USUAL = 10, 14, 0.95
"""Half signs up to which a text stays on one line, those that a word keeps for sure, and the share
of words that are looked at: one long id is no reason for a wide column."""
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

    Figures and dates get what they need; text shares the rest by the root of how much there is,
    but never less than its longest word.

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
            need.append(max([least, *map(measure, cells)]) + 2.0)
            want.append(0.0)
            continue
        words = sorted(measure(piece) for cell in cells for piece in pieces(cell))
        usual = words[int(USUAL * (len(words) - 1))] if words else 0
        longest = max(map(measure, cells), default=0)
        whole = longest if longest <= SHORT else 0  # short texts stay on one line
        need.append(max(whole, min(max(least, usual), LONGEST)) + 2.0)
        want.append(max(0.0, min(longest, 60) + 2.0 - need[-1]))
    left = max(0.0, room - sum(need))
    roots = [sqrt(more) for more in want]
    share = [root / sum(roots) if sum(roots) else 1 / len(need) for root in roots]
    got = [least + left * part for least, part in zip(need, share, strict=True)]
    return [one / sum(got) for one in got]


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
