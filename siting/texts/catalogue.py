"""Figures, groups and keys as reports tell them."""

from __future__ import annotations

from siting.texts.numbers import figure
from siting.texts.words import LANGS, Lang, Words

__all__ = [
    "LANGS",
    "Lang",
    "currency_words",
    "group_words",
    "key_words",
    "method_words",
    "number",
    "percent",
    "texts",
]


def texts(lang: Lang) -> Words:
    """The texts of reports."""
    return Words.of(lang, "report")


def number(value: float | int | None, digits: int = 0) -> str:
    """With thousands separators, rounded half up; a dash where there is none."""
    return "–" if value is None else figure(value, digits)


def percent(part: float | None, digits: int = 1) -> str:
    """A share 0..1 as per cent; a dash where there is none."""
    return "–" if part is None else f"{figure(100 * part, digits)}%"


def group_words(report: Words, group: str) -> str:
    """A group as people read it; circles with a standard of their own split one by district."""
    whole, at, part = group.partition("@")
    told = Words.of(report.lang, "group").get(whole, whole)
    where, of, times = part.partition(" ")
    if where == "others":
        part = f"{report['elsewhere']}{of}{times}"
    return f"{told} · {part}" if at else told


def method_words(lang: str, method: str) -> str:
    """A method as people call it."""
    return Words.of(lang, "method").get(method, method)


def currency_words(lang: str, currency: str) -> str:
    """A currency as people write it; its code where nobody does."""
    return Words.of(lang, "money").get(currency, currency)


def key_words(report: Words, key: str) -> str:
    """A key of a standard; "minutes in X" is that of one circle."""
    name, of, district = key.partition(" in ")
    told = report.get(f"key_{name}", name)
    return f"{told} · {district}" if of else told
