"""The columns of a ledger: what each holds, how it is headed, and how its cells are read and told.

Heads and words are accepted in either language whatever the ledger's own is, since a file kept for
years goes through many hands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal

from siting.problem import Action
from siting.texts.catalogue import texts
from siting.texts.words import LANGS, Lang, Words

if TYPE_CHECKING:
    from siting.scenario.formats.catalogue import Format

Kind = Literal["text", "format", "action", "status", "origin", "money", "date", "degrees"]
MAX_MONEY = 10**12
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Status(StrEnum):
    """How far an action is; a blank cell is NOT_STARTED."""

    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    OPEN = "open"
    DROPPED = "dropped"


class Origin(StrEnum):
    """Where a row of a ledger comes from."""

    PLAN = "plan"
    """The plan of today asks for it."""
    FORMER = "former"
    """An earlier plan asked for it."""
    OUTSIDE = "outside"
    """No plan asked for it: it was added by hand."""


@dataclass(frozen=True)
class Column:
    """One column."""

    id: str
    kind: Kind
    typed: bool = False
    """Filled by hand; never overwritten. The others are the plan's, and follow it."""
    width: int = 14
    """Characters, of a sheet."""


COLUMNS = (
    Column("site", "text"),
    Column("name", "text", width=22),
    Column("address", "text", width=30),
    Column("owner", "text", width=18),
    Column("contact", "text", width=16),
    Column("format", "format", width=20),
    Column("size", "text"),
    Column("action", "action"),
    Column("outlet", "text"),
    Column("circle", "text", width=16),
    Column("responsible_unit", "text", width=18),
    Column("phase", "text"),
    Column("public", "money", width=16),
    Column("market", "money", width=16),
    Column("due", "date", width=12),
    Column("status", "status", typed=True, width=12),
    Column("opened_on", "date", typed=True, width=12),
    Column("paid", "money", typed=True, width=16),
    Column("paid_public", "money", typed=True, width=16),
    Column("note", "text", typed=True, width=36),
    Column("origin", "origin", width=14),
    Column("lon", "degrees", width=12),
    Column("lat", "degrees", width=12),
)
BY_ID = {column.id: column for column in COLUMNS}
NEEDED = ("site", "format", "status")
"""Columns without which a table is no ledger."""


BAD: dict[str, str] = {
    "status": "ledger.status",
    "action": "ledger.action",
    "origin": "ledger.origin",
    "format": "ledger.format",
    "money": "ledger.money",
    "date": "ledger.date",
    "degrees": "ledger.degrees",
}
"""Kind of a cell: the notice of what it must be."""


_BESIDE_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])")


class BadCellError(ValueError):
    """A cell that its column cannot take; the key of what is expected, and its values."""

    def __init__(self, key: str, **values: Any):
        super().__init__(key)
        self.key, self.values = key, values


def plain(head: Any) -> str:
    """A head without what people change: case, underscores, spaces, a unit in brackets."""
    text = re.sub(r"[(（\[【].*?[)）\]】]", "", str(head))
    text = re.sub(r"[\s_·]+", " ", text).strip().casefold()
    return _BESIDE_CHINESE.sub("", text)  # 已 开 业, as cells are spread to a width


@cache
def column_of(head: str) -> Column | None:
    """The column that a head means, in either language; None for one of the planner's own."""
    return _heads().get(plain(head))


@cache
def _heads() -> Mapping[str, Column]:
    return {
        plain(name): column
        for column in COLUMNS
        for name in (column.id, *(Words.of(lang, "ledger")[f"head.{column.id}"] for lang in LANGS))
    }


@cache
def _sizes() -> Mapping[str, str]:
    """Size in words of either language -> its id."""
    return {
        text: key.removeprefix("size_")
        for lang in LANGS
        for key, text in texts(lang).items()
        if key.startswith("size_")
    }


def language_of(heads: list[str]) -> Lang | None:
    """The language of a ledger's heads; None where they do not tell."""
    for lang in LANGS:
        words = Words.of(lang, "ledger")
        told = {plain(words[f"head.{column.id}"]) for column in COLUMNS}
        if {plain(words[f"head.{id}"]) for id in NEEDED} <= {plain(head) for head in heads} & told:
            return lang
    return None


@dataclass(frozen=True)
class Wording:
    """Cells of a ledger in its language."""

    lang: Lang
    formats: Mapping[str, Format]
    """Every format of the catalogue, by id."""

    @cached_property
    def words(self) -> Words:
        """Of the ledger."""
        return Words.of(self.lang, "ledger")

    def head(self, column: str) -> str:
        """What a column is called."""
        return self.words[f"head.{column}"]

    def choices(self, kind: Kind) -> list[str]:
        """What a cell may say, of kinds with few words."""
        return list(self._named(kind, self.lang).values())

    def tell(self, column: Column, value: Any) -> Any:
        """A parsed value as a cell: text, a number, a date, or None."""
        if value is None or value == "":
            return None
        if column.kind in ("status", "origin", "action", "format"):
            return self._named(column.kind, self.lang).get(str(value), str(value))
        if column.id == "size":
            return texts(self.lang).get(f"size_{value}", value)
        return value

    def parse(self, column: Column, cell: Any) -> Any:
        """What a cell says; None where it is blank.

        Raises:
            BadCellError: something that its column cannot take.
        """
        if isinstance(cell, str):
            cell = cell.strip()
        if cell is None or cell == "":
            return None
        if column.kind in ("status", "origin", "action", "format"):
            meant = self._meant[column.kind].get(plain(cell))
            if meant is None:
                few = {"choices": self.choices(column.kind)} if column.kind != "format" else {}
                raise BadCellError(BAD[column.kind], **few)
            return meant
        return _PARSERS[column.kind](cell)

    def size(self, cell: str | None) -> str:
        """The id of a size told in words, or the cell as it is."""
        return _sizes().get(cell or "", cell or "")

    @cached_property
    def _meant(self) -> dict[str, dict[str, str]]:
        """Of each kind: word in either language, or id -> id."""
        return {
            kind: {
                plain(word): id
                for lang in LANGS
                for id, name in self._named(kind, lang).items()
                for word in (id, name)
            }
            for kind in ("status", "origin", "action", "format")
        }

    def _named(self, kind: str, lang: Lang) -> dict[str, str]:
        """Id -> word."""
        if kind == "format":
            return {
                id: format.zh if lang == "zh" else format.en for id, format in self.formats.items()
            }
        if kind == "action":
            report = texts(lang)
            return {str(one): report[f"action_{one}"] for one in Action if one is not Action.KEEP}
        words = Words.of(lang, "ledger")
        return {
            str(one): words[f"{kind}.{one}"] for one in (Status if kind == "status" else Origin)
        }


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # an id that a workbook took for a number
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    return str(cell)


def _money(cell: Any) -> int | float:
    if isinstance(cell, str):
        cell = _number(re.sub(r"[,，\s]|元$|^[¥￥]", "", cell), "money")
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 <= cell <= MAX_MONEY:
        raise BadCellError(BAD["money"])
    return int(cell) if float(cell).is_integer() else round(float(cell), 2)


def _degrees(cell: Any) -> float:
    if isinstance(cell, str):
        cell = _number(cell, "degrees")
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not -180 <= cell <= 180:
        raise BadCellError(BAD["degrees"])
    return float(cell)


def _number(text: str, kind: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadCellError(BAD[kind]) from None


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")
"""2026-08-15, 2026/8/15, 2026.8.15, 2026年8月15日, and midnight behind it."""


def _day(cell: Any) -> date:
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, str):
        parts = _DAY.fullmatch(cell) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", cell)
        if parts is None:
            raise BadCellError(BAD["date"])
        try:
            cell = date(*(int(part) for part in parts.groups()))
        except ValueError:
            raise BadCellError(BAD["date"]) from None
    if not isinstance(cell, date) or not FIRST_YEAR <= cell.year <= LAST_YEAR:
        raise BadCellError(BAD["date"])
    return cell


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "money": _money,
    "date": _day,
    "degrees": _degrees,
}
