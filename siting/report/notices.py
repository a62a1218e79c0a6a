"""Warnings of a scenario in the report's language.

Warnings are written in English where they arise. Those a planner meets most often have a Chinese
form here; any other is shown as it is, which is better than not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from siting.report.texts import Lang


def notices(warnings: Iterable[str], lang: Lang) -> tuple[str, ...]:
    """The warnings, translated where a pattern is known; each once, in their order."""
    return tuple(dict.fromkeys(_told(warning, lang) for warning in warnings))


def _told(warning: str, lang: Lang) -> str:
    if lang == "en":
        return warning
    for pattern, chinese in _patterns():
        match = pattern.fullmatch(warning)
        if match:
            return chinese.format(*match.groups())
    return warning


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    text = (Path(__file__).parent / "templates" / "warnings.json").read_text(encoding="utf-8")
    return [(re.compile(pattern), chinese) for pattern, chinese in json.loads(text)]
