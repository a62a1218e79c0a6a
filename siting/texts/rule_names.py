"""Rules as people read them: the planner's own name, or what the name given by default means.

A default name is the rule's key and what it is about, ``budget.per_tier.basic``, ``apart.a+b``;
what one entry of a scenario asks besides has an ending, ``apart.a+b.existing``; a row of many has
its district or phase in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from siting.texts.catalogue import group_words
from siting.texts.words import Words

ENDINGS = ("existing", "changeable", "formats", "m2")
PARTS = ("per_tier", "per_format", "per_district", "per_phase")
_ROW = re.compile(r"(.*?)(#\d+)?(\s*\[.*\])?")


def rule_words(words: Words, name: str, formats: Mapping[str, str]) -> str:
    """A rule's name in words.

    Args:
        formats: id -> name in the report's language.
    """
    match = _ROW.fullmatch(name)
    assert match is not None
    base, *row = (part or "" for part in match.groups())
    ending = next((e for e in ENDINGS if base.endswith(f".{e}")), None)
    if ending is not None:
        base = base.removesuffix(f".{ending}")
        row.insert(0, f" · {words[f'ending_{ending}']}")
    return _base(words, base, formats) + "".join(row)


def _base(words: Words, base: str, formats: Mapping[str, str]) -> str:
    if f"rule_{base}" in words:
        return words[f"rule_{base}"]
    for part in PARTS:
        own, found, rest = base.partition(f".{part}.")
        if found and f"rule_{own}.{part}" not in words:
            return f"{own} · {_about(words, rest, formats)}"
    parts = base.split(".")
    families = (".".join(parts[:2]), parts[0])  # budget.per_tier.basic, mobile.van
    family = next((key for key in families if f"rule_{key}" in words), None)
    if family is None:
        return base
    rest = base.removeprefix(f"{family}.")
    return f"{words[f'rule_{family}']} · {_about(words, rest, formats)}"


def _about(words: Words, rest: str, formats: Mapping[str, str]) -> str:
    """Formats, tiers and groups in words; other ids, dots in them included, as they are."""

    def told(id: str) -> str:
        return formats.get(id) or words.get(f"tier_{id}") or group_words(words, id)

    if told(rest) != rest or not any(told(id) != id for id in re.split(r"[.+]", rest)):
        return told(rest)
    return " · ".join(", ".join(told(id) for id in part.split("+")) for part in rest.split("."))
