"""Notice: a warning or note that knows what it says.

Wherever something is worth telling, it is told by a key of the catalogue and its values, never by
a sentence that others would have to parse::

    log.warnings.append(Notice("demand.nobody", group=group))

with one line in each of ``texts/en.json`` and ``texts/zh.json``, section ``notice``::

    "nobody": "demand: nobody is in the group '{group}'"

A notice *is* its English sentence, a ``str``, so that ``Result.warnings``, ``Scenario.warnings``
and their like stay what they are for users of Python and for result.json; ``in_language`` tells it
in another. Values are plain: texts, numbers, lists of them, tables ``{name: number or list}``; or
notices themselves, which are told within in the same language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Literal, Self

from siting.printable import LONGEST, cut, printable
from siting.texts.words import KEY, LANGS, Lang, Sections, Words, fill, placeholders

CUTS = (160, 80, 40, 20)
"""Signs that are left of each text in a notice that is too long, until it is not."""
PLAIN = "plain"
"""Key of what came without one: a sentence of a user, or of a result stored long ago."""


class Notice(str):
    """The English sentence of ``key`` with ``values``; frozen, equal to any text that says so."""

    key: str
    """In the section ``notice`` of the catalogue: ``network.parts_left_out``."""
    values: Mapping[str, Any]
    """By the names of the placeholders."""

    def __new__(cls, key: str, /, **values: Any) -> Self:
        """Raises KeyError on a key that the catalogue lacks or a value that its text asks for."""
        given = {name: _plain(value) for name, value in values.items()}
        words = Words.of("en", "notice")
        text, held = _fitting(lambda values: words.plain(key, **values), given)
        return cls.stored(text, key, held)

    @classmethod
    def stored(cls, text: str, key: str, values: Mapping[str, Any]) -> Self:
        """A notice as it was told once, whatever the catalogue says today."""
        self = super().__new__(cls, text)
        self.__dict__.update(key=key, values=values)
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a notice is frozen; {name} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return Notice.stored, (str(self), self.key, self.values)


Hint = Notice | Literal[""]
"""What to do, or nothing where nobody can say."""


def in_language(sentence: str, lang: Lang, sections: Sections | None = None) -> str:
    """A notice in a language; plain sentences, and keys that the catalogue lacks, as they are.

    Args:
        sections: a scenario's own words for formats and rules; without them English is told as it
            stands, with ids.
    """
    if not isinstance(sentence, Notice) or (lang == "en" and sections is None):
        return str(sentence)
    text = Words.of(lang, "notice").get(sentence.key)
    if text is None or not placeholders(text) <= sentence.values.keys():
        return str(sentence)
    return _fitting(lambda values: fill(text, values, lang, sections or {}), sentence.values)[0]


def in_every_language(sentence: str) -> dict[str, str]:
    """A notice in each language, for who stores it before anybody asks."""
    return {lang: in_language(sentence, lang) for lang in LANGS}


def notices(
    sentences: Iterable[str], lang: Lang, sections: Sections | None = None
) -> tuple[str, ...]:
    """Sentences in a language; each once, in their order."""
    return tuple(dict.fromkeys(in_language(one, lang, sections) for one in sentences))


def to_records(sentences: Iterable[str]) -> list[dict[str, Any]]:
    """``key`` and ``values`` of each sentence, as JSON can hold them."""
    return [
        {"key": one.key, "values": dict(one.values)}
        if isinstance(one, Notice)
        else {"key": PLAIN, "values": {"text": one}}
        for one in sentences
    ]


def from_records(sentences: Sequence[str], records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sentences with the keys and values stored beside them; as they are where none were."""
    if len(records) != len(sentences):
        return list(sentences)
    return [
        text if of["key"] == PLAIN else Notice.stored(text, of["key"], of["values"])
        for text, of in zip(sentences, records, strict=True)
    ]


def plain(text: str) -> Notice:
    """A sentence of elsewhere, a library's or a user's, told in every language as it is."""
    return Notice(PLAIN, text=text)


def quoted(value: Any) -> Notice:
    """A value of the user's as a message tells it, texts in quotation marks."""
    return Notice("fault.value", value=value)


def first(names: Iterable[Any], most: int) -> list[str]:
    """At most so many names as text, and an ellipsis where there are more."""
    told = [name if isinstance(name, Notice) else str(name) for name in names]
    return told[:most] + ["…"] * (len(told) > most)


def _fitting(
    tell: Callable[[Mapping[str, Any]], str], values: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    """What is told with values, no line of it longer than a message may be, and the values that
    were shortened for that: names give way before the sentence."""
    text = tell(values)
    for most in CUTS:
        if _short(text):
            return text, values
        values = {name: _cut(value, most) for name, value in values.items()}
        text = tell(values)
    if _short(text):
        return text, values
    return "\n".join(cut(line, LONGEST) for line in text.split("\n")), values


def _short(text: str) -> bool:
    return len(text) <= LONGEST or all(len(line) <= LONGEST for line in text.split("\n"))


def _plain(value: Any) -> Any:
    """Python's own numbers, texts, lists and tables; a notice as its key with its values."""
    if isinstance(value, Notice):
        return {KEY: f"notice.{value.key}", "values": dict(value.values), "text": str(value)}
    if isinstance(value, Mapping):
        return {printable(str(key)): _plain(held) for key, held in value.items()}
    if value is None:
        return None
    if isinstance(value, str | PurePath):
        return printable(str(value))
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        return value.tolist()
    if isinstance(value, Iterable):
        return [_plain(one) for one in value]
    return value


def _cut(value: Any, most: int) -> Any:
    """A plain value with shorter texts, and shorter lists too."""
    if isinstance(value, str):
        return cut(value, most)
    if isinstance(value, Mapping) and KEY in value:  # a notice within
        return {**value, "values": _cut(value["values"], most), "text": cut(value["text"], most)}
    if isinstance(value, Mapping):
        return {cut(key, most): _cut(held, most) for key, held in value.items()}
    if isinstance(value, list):
        few = max(3, most // 10)
        return [_cut(one, most) for one in value[:few]] + ["…"] * (len(value) > few)
    return value
