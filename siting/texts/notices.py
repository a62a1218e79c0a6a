"""Warnings in the language of who reads them.

Warnings are written in English where they arise. Each has its Chinese form here (a test reads the
source for those that have none); what comes from elsewhere is shown as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from siting.texts.catalogue import group_words, texts

PARTS = (
    (re.compile(r"in row (\S+)"), "第 {0} 行"),
    (re.compile(r"in (\S+) rows \((.*)\)"), "{0} 行（{1}）"),
    (re.compile(r"(.*) at site (.*)"), "{1} 的 {0}"),
    (re.compile("demand"), "人口"),
    (re.compile("premises"), "用房"),
    (re.compile("outlets"), "网点"),
    (re.compile("stops"), "流动车停靠点"),
    (re.compile(" calls"), " 次停靠"),
    (re.compile(" outlets"), " 个网点"),
    (re.compile(" money"), ""),
    (re.compile(" m2"), " 平方米"),
)
"""What stands for a name or a figure in a warning and has words of its own."""
PERSONS = re.compile(r"[^\s,]+ \d[\d,.]*(?:, [^\s,]+ \d[\d,.]*)*")
"""Persons by group, "all 1,200, elderly 250"."""
NEED = (
    "(ground_floor_or_lift|ground_floor|lift|flue|lowest_storey|highest_storey|outdoor_m2|use)"
    r"( \([^)]*\))?"
)
NEEDS = re.compile(f"{NEED}(?:[,;] {NEED})*")
"""What formats ask of premises, "flue, lift" or "flue (canteen); lift (clinic, canteen)"."""


def notices(warnings: Iterable[str], lang: str) -> tuple[str, ...]:
    """The warnings, translated where a pattern is known; each once, in their order."""
    return tuple(dict.fromkeys(_told(warning, lang) for warning in warnings))


def _told(warning: str, lang: str) -> str:
    if lang == "en":
        return warning
    for pattern, chinese in _patterns():
        match = pattern.fullmatch(warning)
        if match:
            return chinese.format(*map(_part, match.groups()))
    return warning


def _part(text: str) -> str:
    for pattern, chinese in PARTS:
        match = pattern.fullmatch(text)
        if match:
            return chinese.format(*match.groups())
    if PERSONS.fullmatch(text):
        return _persons(text)
    if NEEDS.fullmatch(text):
        words = texts("zh")
        return re.sub(NEED, lambda need: words[f"need_{need[1]}"] + (need[2] or ""), text)
    return text


def _persons(text: str) -> str:
    words = texts("zh")
    pairs = (pair.rsplit(" ", 1) for pair in text.split(", "))
    return "，".join(f"{group_words(words, group)} {number}" for group, number in pairs)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    text = (Path(__file__).parent / "warnings.json").read_text(encoding="utf-8")
    return [(re.compile(pattern), chinese) for pattern, chinese in json.loads(text)]
