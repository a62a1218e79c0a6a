"""Texts that fit one line of a message, whatever signs and however many of them a name has."""

from __future__ import annotations

LONGEST = 300
"""Signs of a message: one that fills a screen is not read, and names may be of any length."""
_BLANKS = "\n\r\t\u3000\xa0"


def printable(text: str) -> str:
    """The text in one line, control characters and marks of writing direction by their numbers.

    Names come from files of anybody: such signs could move a terminal's cursor or turn the order
    of reading (Boucher and Anderson, Trojan Source, 2021).
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else " " if sign in _BLANKS else f"\\x{ord(sign):02x}"
        for sign in text
    )


def cut(text: str, most: int) -> str:
    """At most so many printable signs; an ellipsis stands for the rest."""
    text = printable(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def cut_before(path: str, most: int) -> str:
    """The end of a path, which tells more than its beginning."""
    path = printable(path)
    return path if len(path) <= most else "…" + path[1 - most :]
