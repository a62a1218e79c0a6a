"""Paper: a document as headings, paragraphs, tables and pictures; numbers stay numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from siting.texts.catalogue import number, percent
from siting.texts.words import Lang

Cell = str | int | float | date | None
Kind = Literal["text", "number", "decimal", "share", "date", "light"]
AUTHOR = "siting"
"""Whom a document names as its maker."""
LIGHTS = {"green": "2E8B57", "yellow": "E0A100", "red": "C8102E"}
"""Colours of traffic lights."""
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Signs that neither a document nor a workbook can hold (XML 1.0, section 2.2)."""


class Share(float):
    """A share 0..1 in a column of other numbers."""


class Exact(Share):
    """A share told to a hundredth of a per cent, as gaps are."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    head: str
    kind: Kind = "text"

    @property
    def right(self) -> bool:
        """Whether its cells stand on the right."""
        return self.kind in ("number", "decimal", "share")


@dataclass(frozen=True)
class Chart:
    """Bars of some columns of a table, a group a row."""

    labels: int
    """Column of the groups' names."""
    values: tuple[int, ...]


@dataclass(frozen=True)
class Grid:
    """A table."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    total: tuple[Cell, ...] | None = None
    """A last row of sums."""
    chart: Chart | None = None
    """Drawn in workbooks."""
    overview: bool = False
    """Stands on a workbook's first sheet, not on one of its own."""
    wide: bool = False
    """Has so many columns that it stands on pages turned across."""


@dataclass(frozen=True)
class Heading:
    """Of a section (level 1) or a part of one (2)."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: Literal["body", "note", "fill"] = "body"
    """``fill``: to be written by hand."""


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A picture as PNG."""

    png: bytes
    caption: str = ""
    width_cm: float = 16.0


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page, where there are pages."""


Flowing = Heading | Text | Bullets | Grid | Picture
"""What stands on a page."""
Block = Flowing | PageBreak


@dataclass(frozen=True)
class Paper:
    """A document in one language."""

    lang: Lang
    title: str
    about: tuple[tuple[str, str], ...]
    """Title block: what and its value, for instance the unit, the date and the number."""
    running: str
    """Head of every page."""
    blocks: tuple[Block, ...]
    overview: str = "overview"
    """Name of the first sheet of a workbook."""
    lights: tuple[tuple[str, str], ...] = ()
    """Words of the traffic lights' colours."""

    @property
    def grids(self) -> tuple[Grid, ...]:
        """Its tables, in their order."""
        return tuple(block for block in self.blocks if isinstance(block, Grid))

    def placed(self) -> Iterator[tuple[Flowing, bool, bool]]:
        """What stands on its pages; whether each lies across, and whether it asks for a new page
        that turning the page does not begin anyway: two breaks would make a blank page."""
        lies = fresh = False
        for block in self.blocks:
            if isinstance(block, PageBreak):
                fresh = True
                continue
            across = isinstance(block, Grid) and block.wide
            yield block, across, fresh and across == lies
            lies, fresh = across, False

    def shown(self, value: Cell, kind: Kind) -> str:
        """A cell as text."""
        if kind == "light" and value is not None:
            return dict(self.lights).get(str(value), str(value))
        return shown(value, kind)


def shown(value: Cell, kind: Kind) -> str:
    """A cell as text; a dash for none where a figure is meant."""
    if value is None:
        return "" if kind == "text" else "–"
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, date):
        return value.isoformat()
    if kind == "share" or isinstance(value, Share):
        return percent(value, 2 if isinstance(value, Exact) else 1)
    return number(value, 1 if kind == "decimal" and value != round(value) else 0)


def clean(text: str) -> str:
    """Text without signs that a file cannot hold."""
    return UNPRINTABLE.sub("\ufffd", text)
