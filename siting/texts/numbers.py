"""Numbers and tables as plain text for people."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite, isnan
from numbers import Integral
from unicodedata import east_asian_width

from siting.printable import LONGEST, cut

_DRIFT = 6
"""Decimals that are sure in a sum of thousandths of a person over a whole country."""
_CLOSES = "[，。；：、！？）］”]*"
_PIECE = rf"[\u2e80-\uffef]{_CLOSES}|[^\s\u2e80-\uffef]+{_CLOSES}|\s+"
"""What a line is not broken within: a Chinese character or a word, with the marks behind it. Its
ranges take long to compile, and few commands wrap a line."""
_WHOLE = 2.0**52
"""Numbers from here on have no decimals."""


def figure(value: float, digits: int = 0) -> str:
    """A number with thousands set apart, rounded half up as people do: 90.5 is 91, -90.5 is -91.

    It is read as the decimal it stands for: 0.35 is a half of a tenth though the nearest binary
    number lies below it, and so is a sum of thousandths that came out at 0.35 less 1e-12.
    """
    value = int(value) if isinstance(value, Integral) else float(value)
    if not abs(value) < _WHOLE:
        tail = f".{'0' * digits}" if digits else ""
        return f"{value:,}{tail}" if isinstance(value, int) else f"{value:,.{digits}f}"
    exact = Decimal(repr(value))
    for places in (_DRIFT, digits):
        exact = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{exact + 0:,.{digits}f}"  # no -0


def amount(value: float | None) -> str:
    """A number as people write it: thousands set apart, decimals only where there are some; a
    dash for none, in tables NaN."""
    if value is None or isnan(value):
        return "-"
    return figure(value, 0 if abs(value) >= _WHOLE or abs(value - round(value)) < 5e-4 else 1)


def whole(value: float | None) -> str:
    """People, money, outlets: whole ones, thousands set apart; a dash for none, in tables NaN."""
    return "-" if value is None or isnan(value) else figure(value)


def share(part: float, whole: float) -> str:
    """A percentage; of nobody it is not told."""
    return f"{figure(100 * part / whole, 1)}%" if whole else "-"


def percent(gap: float | None) -> str:
    """A gap; small ones with the digits that matter.

    A dash for none, and where the objective is 0 and a share of it means nothing; no more than a
    whole is told of one.
    """
    if gap is None or not isfinite(gap):
        return "-"
    if gap > 1:
        return ">100%"
    return f"{gap:.3%}" if 0 < gap < 0.001 else f"{gap:.2%}"


def columns(rows: list[list[str]], left: tuple[int, ...] = (0,)) -> list[str]:
    """Rows of cells as aligned lines; Chinese characters count as two columns wide. A cell
    is told as far as a message is: the formats that a place lacks stay whole, a name of a thousand
    signs does not."""
    rows = [[cut(cell, LONGEST) for cell in row] for row in rows]
    widths = [max(width(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            padded(cell, most) if k in left else " " * (most - width(cell)) + cell
            for k, (cell, most) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def padded(text: str, least: int) -> str:
    """At least so many columns wide."""
    return text + " " * (least - width(text))


def width(text: str) -> int:
    """Columns of a terminal that a text takes; Chinese characters take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def wrapped(text: str, most: int) -> list[str]:
    """A text in lines of at most so many columns, broken at spaces and between Chinese characters;
    no line begins with a mark that closes."""
    lines, line = [], ""
    for piece in re.findall(_PIECE, text):
        if line and width(line) + width(piece.rstrip()) > most:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines
