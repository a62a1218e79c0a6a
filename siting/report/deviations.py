"""Where a scenario leaves the catalogue's standards: both values as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siting.texts.catalogue import Lang, group_words, key_words, number, percent, texts
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.scenario.formats.standards import Standards

NONE = "–"


def deviations(standards: Standards, lang: Lang) -> tuple[tuple[str, str, str, str, str], ...]:
    """Format, key, the catalogue's value, the scenario's, the reason; of the formats in use."""
    words = texts(lang)
    names = {
        id: format.zh if lang == "zh" else format.en for id, format in standards.formats.items()
    }
    return tuple(
        (
            names[d.format],
            key_words(words, d.key),
            _told(d.key, d.standard, words, names),
            _told(d.key, d.value, words, names),
            d.reason,
        )
        for d in standards.deviations
        if d.format in standards.use
    )


def _told(key: str, value: Any, words: Words, names: Mapping[str, str]) -> str:
    if value is None or value == []:
        return NONE
    if key == "new":
        stated = (f"{key_words(words, k)} {_told(k, v, words, names)}" for k, v in value.items())
        return words.parts(stated)
    if key == "sizes":
        return words.listed(_size(size, words) for size in value)
    if key == "add_on":
        return f"@ {_formats(value['hosts'], words, names)} {_floor(value)}"
    if key == "needs":
        return _needs(value, words) or NONE
    if key == "stands_in_for":
        return _formats([value] if isinstance(value, str) else value, words, names)
    if key in ("group", "groups"):
        groups = [value] if isinstance(value, str) else value
        return words.listed(group_words(words, group) for group in groups)
    if key == "tier":
        return words[f"tier_{value}"]
    if key == "public_share":
        return percent(float(value), 0)
    if isinstance(value, bool):
        return words["told_yes" if value else "told_no"]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _size(size: Mapping[str, Any], words: Words) -> str:
    return f"{words.get('size_' + size['name'], size['name'])} {_floor(size)}"


def _floor(of: Mapping[str, Any]) -> str:
    return f"{number(of['area_m2'])} m² {number(of['cost'])}"


def _formats(ids: list[str], words: Words, names: Mapping[str, str]) -> str:
    return words.listed(names.get(id, id) for id in ids)


def _needs(needs: Mapping[str, Any], words: Words) -> str:
    """What is asked; a flag that is not set, no outdoor space and any use ask nothing."""
    need = Words.of(words.lang, "need")
    asked = ((key, value) for key, value in needs.items() if value not in (None, False, 0.0, []))
    return words.listed(
        need[key]
        if value is True
        else f"{need[key]} {words.listed(value) if isinstance(value, list) else value}"
        for key, value in asked
    )
