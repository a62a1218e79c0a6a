"""The catalogue: every text of the program in each language, one line a text, one a term.

``en.json`` and ``zh.json`` hold the same keys in nested sections; a key is told by its way in,
``solve.binds``. A text may have placeholders:

    {name}              the value: text as it is, whole numbers with thousands set apart, other
                        numbers with a decimal where they have some, lists joined as the language
                        joins them
    {name:.1f}          a number by Python's own format
    {name:figure}       a number without decimals, rounded half up; ``percent``: a gap
    {name:plain}        as Python writes it
    {name:one|many}     the first where the number is 1, else the second; both may hold placeholders
    {name:a|}           the first where the value is true or a text that is not empty; the sign of
                        a plural is a whole number
    {name:@section}     the word that a section has for the value, or the value itself; of a list
                        each one, of a table each key with what it holds: "all 1,200, elderly 250";
                        sections that a scenario brings (``format``) stand before those of the file
    {name:quoted}       a text of the user's in quotation marks, made visible
    {name:lines}        of a list each one on a line of its own
    {term.gap}          a word of the glossary, section ``term``: changed there, changed everywhere
"""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from numbers import Integral, Real
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from siting.texts.numbers import amount, figure, percent

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")
TERM = "term."
KEY = "key"
"""Of a value that is a text of the catalogue itself: a table of ``key`` and ``values``."""
Sections = Mapping[str, Mapping[str, str]]
_NONE: Sections = {}
IDS: Sections = {"": {}}
OURS = frozenset({"quantity"})
"""Sections of words that no planner writes: a text without ids has them too."""
"""For :func:`fill`: ids as they are."""
_FORMATS: dict[str, Callable[[Any], str]] = {"figure": figure, "percent": percent, "plain": str}


class Words(Mapping[str, str]):
    """The texts of one section in one language, by what follows ``section.`` in their key."""

    def __init__(self, lang: Lang, section: str, texts: Mapping[str, str]):
        self.lang, self.section = lang, section
        self._texts = texts

    @classmethod
    def of(cls, lang: str, section: str) -> Words:
        """The texts of a section; terms of the glossary stand in them already."""
        return _section(lang, section)

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def row(self, key: str) -> tuple[str, ...]:
        """The texts of a list, such as the heads of a table's columns."""
        found: list[str] = []
        while (at := f"{key}.{len(found)}") in self._texts:
            found.append(self._texts[at])
        return tuple(found)

    def tell(self, key: str, **values: Any) -> str:
        """A text with its placeholders filled. Raises KeyError on a key or value that is none."""
        return fill(self._texts[key], values, self.lang)

    def plain(self, key: str, **values: Any) -> str:
        """The same with every id as it is, none by the word that a section has for it."""
        return fill(self._texts[key], values, self.lang, IDS)

    def titled(self, title: str, told: str = "") -> str:
        """A title with its colon, and what it is the title of."""
        return self._sign("title" if told else "head", title=title, told=told)

    def aside(self, told: str) -> str:
        """What is said in brackets behind something; empty where nothing is."""
        return self._sign("aside", told=told) if told else ""

    def listed(self, told: Iterable[str]) -> str:
        """Names one after the other."""
        return Words.of(self.lang, "sign")["list"].join(told)

    def parts(self, told: Iterable[str]) -> str:
        """Longer things one after the other."""
        return Words.of(self.lang, "sign")["parts"].join(told)

    def sentences(self, told: Iterable[str]) -> str:
        """Sentences one after the other."""
        return Words.of(self.lang, "sign")["sentences"].join(told)

    def of_row(self, row: str) -> str:
        """Behind a rule's name, which of its rows is meant; empty for none."""
        return self._sign("row", row=row) if row else ""

    def _sign(self, key: str, **values: str) -> str:
        return Words.of(self.lang, "sign").tell(key, **values)


@cache
def _section(lang: str, section: str) -> Words:
    begin, texts = f"{section}.", catalogue(lang)
    told = {
        key.removeprefix(begin): _with_terms(text, texts)
        for key, text in texts.items()
        if key.startswith(begin)
    }
    return Words("zh" if lang == "zh" else "en", section, told)


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """Key -> text as it stands in the file; lists have the keys ``key.0``, ``key.1``, …"""
    file = Path(__file__).parent / f"{lang}.json"
    return dict(_flat(json.loads(file.read_text(encoding="utf-8")), ""))


def _flat(part: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(part, str):
        yield key, part
        return
    inside = part.items() if isinstance(part, dict) else enumerate(part)
    for name, value in inside:
        yield from _flat(value, f"{key}.{name}" if key else str(name))


def _with_terms(text: str, texts: Mapping[str, str]) -> str:
    """A text whose terms stand in it; its other placeholders stay."""
    for key in terms(text):
        text = text.replace("{" + key + "}", _with_terms(texts[key], texts))
    return text


def terms(text: str) -> set[str]:
    """Keys of the glossary that a text refers to."""
    return {name for name in placeholders(text) if name.startswith(TERM)}


def placeholders(text: str) -> set[str]:
    """Names of all placeholders, those inside others too."""
    found = set()
    for _, name, spec, _ in Formatter().parse(text):
        if name is not None:
            found |= {name, *placeholders(spec or "")}
    return found


def fill(text: str, values: Mapping[str, Any], lang: Lang, sections: Sections = _NONE, /) -> str:
    """A text with its placeholders filled as the module says.

    Args:
        sections: words of a scenario's own, by section and id; IDS for no words at all.
    """
    told = []
    for literal, name, spec, _ in Formatter().parse(text):
        told.append(literal)
        if name is not None:
            told.append(_told(values[name], spec or "", values, lang, sections))
    return "".join(told)


def _told(value: Any, spec: str, values: Mapping[str, Any], lang: Lang, sections: Sections) -> str:
    if "|" in spec:
        one, _, many = spec.partition("|")
        first = value == 1 if isinstance(value, Integral) else bool(value)
        return fill(one if first else many, values, lang, sections)
    if spec.startswith("@"):
        return _named(value, _words(spec[1:], lang, sections), lang, sections)
    if spec == "quoted":
        return quoted(value, lang)
    if isinstance(value, Mapping) and KEY in value:
        return _inner(value, lang, sections)
    if spec == "lines":
        return "\n".join(_told(one, "", values, lang, sections) for one in value)
    if spec in _FORMATS:
        return _FORMATS[spec](value)
    if spec:
        return format(value, spec)
    if isinstance(value, str):
        return value
    return _named(value, {}, lang, sections)


def _words(section: str, lang: Lang, sections: Sections) -> Mapping[str, str]:
    if sections is IDS and section not in OURS:
        return {}
    return ChainMap(dict(sections.get(section, {})), dict(Words.of(lang, section)))


def _inner(value: Mapping[str, Any], lang: Lang, sections: Sections) -> str:
    """A text within a text, by its key and values; one whose key is gone as it was told once."""
    section, _, key = str(value[KEY]).partition(".")
    text = Words.of(lang, section).get(key)
    if text is None:
        return str(value.get("text", value[KEY]))
    return fill(text, value["values"], lang, sections)


def quoted(value: Any, lang: Lang) -> str:
    """A value of the user's as it was written; texts in quotation marks, with control characters
    made visible."""
    if isinstance(value, Mapping) and KEY in value:
        return _inner(value, lang, {})
    if isinstance(value, list):
        return Words.of(lang, "sign")["list"].join(quoted(one, lang) for one in value)
    if not isinstance(value, str):
        return str(value)
    shown = repr(value)
    return shown if lang == "en" else Words.of(lang, "sign")["quoted"].format(text=shown[1:-1])


def _named(value: Any, names: Mapping[str, str], lang: Lang, sections: Sections) -> str:
    """A value, a list or a table by the names that a section has for it."""
    signs = Words.of(lang, "sign")
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Real):
        return amount(float(value)) if not isinstance(value, Integral) else f"{int(value):,}"
    if not isinstance(value, Mapping):
        return signs["list"].join(
            _inner(one, lang, sections)
            if isinstance(one, Mapping) and KEY in one
            else names.get(str(one), str(one))
            for one in value
        )
    if all(isinstance(held, Real) for held in value.values()):
        parts = [f"{names.get(key, key)} {figure(held)}" for key, held in value.items()]
        return signs["list"].join(parts)
    formats = _words("format", lang, sections)
    return signs["parts"].join(
        signs["of"].format(
            name=names.get(key, key),
            parts=signs["list"].join(
                formats.get(one, one) for one in ([held] if isinstance(held, str) else held)
            ),
        )
        for key, held in value.items()
    )
