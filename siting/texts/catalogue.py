"""Every sentence of a report in Chinese and English; the terms are those of the policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from siting.texts.numbers import figure

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


@cache
def texts(lang: Lang) -> dict[str, str]:
    """Key -> sentence; placeholders in braces."""
    table = json.loads((Path(__file__).parent / "texts.json").read_text("utf-8"))
    return {key: both[LANGS.index(lang)] for key, both in table.items()}


def number(value: float | int | None, digits: int = 0) -> str:
    """With thousands separators, rounded half up; a dash where there is none."""
    return "–" if value is None else figure(value, digits)


def percent(part: float | None, digits: int = 1) -> str:
    """A share 0..1 as per cent; a dash where there is none."""
    return "–" if part is None else f"{figure(100 * part, digits)} %"


def group_words(words: Mapping[str, str], group: str) -> str:
    """A group as people read it; circles with a standard of their own split one by district."""
    whole, at, part = group.partition("@")
    told = words.get(f"group_{whole}", whole)
    return f"{told} · {words['elsewhere'] if part == 'others' else part}" if at else told


def key_words(words: Mapping[str, str], key: str) -> str:
    """A key of a standard; "minutes in X" is that of one circle."""
    name, of, district = key.partition(" in ")
    told = words.get(f"key_{name}", name)
    return f"{told} · {district}" if of else told
