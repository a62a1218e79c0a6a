"""Every sentence of a report in Chinese and English; the terms are those of the policy."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


@cache
def texts(lang: Lang) -> dict[str, str]:
    """Key -> sentence; placeholders in braces."""
    table = json.loads((Path(__file__).parent / "templates" / "texts.json").read_text("utf-8"))
    return {key: both[LANGS.index(lang)] for key, both in table.items()}


def number(value: float | int | None, digits: int = 0) -> str:
    """With thousands separators; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:,.{digits}f}"


def percent(part: float | None, digits: int = 1) -> str:
    """A share 0..1 as per cent; a dash where there is none."""
    return "–" if part is None else f"{100 * part:.{digits}f} %"
