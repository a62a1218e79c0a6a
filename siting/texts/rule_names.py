"""Rules as people read them: the planner's own name, or what asks for them and what it is about.

What one entry of a scenario asks besides is told behind (``existing``, ``m2``); one row of many by
its district or phase in brackets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from siting.texts.catalogue import group_words
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.problem import About

PARTED = ("max_outlets.per_tier", "max_outlets.per_format", "max_outlets.per_district")
"""Keys whose entries share one name given by the planner: what each is about stands behind it."""


def rule_words(
    words: Words, name: str, about: About, formats: Mapping[str, str], row: str = ""
) -> str:
    """A rule's name in words.

    Args:
        name: told where nothing is known of what the rule is about.
        formats: id -> name in the report's language.
        row: which of the rule's rows.
    """
    told = name
    if about.key:
        base = about.name or words[f"rule_{about.key}"]
        parts = [] if about.name and about.key not in PARTED else _parts(words, about, formats)
        ending = [words[f"ending_{about.part}"]] if about.part else []
        told = " · ".join([base, *parts, *ending])
        told += f"#{about.number}" if about.number > 1 else ""
    return told + words.of_row(row)


def _parts(words: Words, about: About, formats: Mapping[str, str]) -> list[str]:
    """What a rule is about, part by part: tiers, formats and groups in words, other ids as they
    are."""
    told = [
        words.get(f"tier_{about.tier}", about.tier),
        about.site,
        words.listed(formats.get(id, id) for id in about.formats),
        group_words(words, about.group) if about.group else "",
        about.district,
        about.phase,
        words.get(f"ending_{about.layer}", about.layer),
        about.unit,
        about.outlet,
    ]
    return [part for part in told if part]
