"""The catalogue: both languages say the same, every key is used, every key used is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from siting.notice import Notice, in_language
from siting.scenario.formats.catalogue import BUILT_IN, load_catalogue
from siting.texts.words import LANGS, TERM, Lang, Words, catalogue, fill, placeholders
from tests.tools.doubled import doubled

ROOT = Path(__file__).parents[2] / "siting"


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    """Every node of every source file."""
    for file in sorted([*ROOT.rglob("*.py"), *(ROOT.parent / "models").glob("*.py")]):
        yield from ((file, node) for node in ast.walk(ast.parse(file.read_text("utf-8"))))


def constants() -> set[str]:
    """Every text that stands in the source."""
    return {
        node.value
        for _, node in nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    """A translator finds the line of one file in the other."""
    en, zh = (list(catalogue(lang)) for lang in LANGS)
    assert en == zh


def test_both_languages_tell_the_same_values() -> None:
    """No figure is lost in translation; terms of the glossary are each language's own affair."""
    en, zh = (
        {
            key: sorted(n for n in placeholders(text) if not n.startswith(TERM))
            for key, text in catalogue(lang).items()
        }
        for lang in LANGS
    )
    assert en == zh


@pytest.mark.parametrize("lang", LANGS)
def test_terms_stand_in_the_texts_as_they_are_read(lang: Lang) -> None:
    """A text that refers to a term that the glossary lacks would be a KeyError."""
    sections = {key.partition(".")[0] for key in catalogue(lang)}
    assert all("{term." not in text for name in sections for text in Words.of(lang, name).values())


def test_one_word_of_a_term_everywhere() -> None:
    """A Chinese term stands in the glossary only: changed there, it is changed everywhere."""
    glossary = {text for key, text in catalogue("zh").items() if key.startswith(TERM)}
    again = [
        (key, term)
        for key, text in catalogue("zh").items()
        for term in glossary
        if not key.startswith(TERM) and term in text
    ]
    assert again == []


NAMES = {"tier": "tier", "format": "format", "formats": "format", "lacking": "format"}
"""Placeholders that the program fills with names itself, and the section of these."""
MOST = 300
"""Renderings of a text that are read."""


@cache
def named(section: str, lang: Lang) -> tuple[str, ...]:
    """What a placeholder may be filled with: words of a section, formats of the catalogues."""
    if section == "format":
        found = [load_catalogue(name).formats.values() for name in BUILT_IN]
        return tuple(getattr(format_, lang) for each in found for format_ in each)
    return tuple(Words.of(lang, section).values())


def rendered(text: str, lang: Lang, own: tuple[str, ...]) -> list[str]:
    """A text with every name that its placeholders may hold; other values are a sign.

    Args:
        own: names of the tiers in the text's own section, where it has any.
    """
    told = [""]
    for literal, name, spec, _ in Formatter().parse(text):
        told = [begin + literal for begin in told]
        if name is None:
            continue
        if spec and "|" in spec:
            one, _, many = spec.partition("|")
            values = [*rendered(one, lang, own), *rendered(many, lang, own)]
        elif spec and spec.startswith("@"):
            values = list(named(spec[1:], lang))
        elif name.startswith(TERM):
            values = [catalogue(lang)[name]]
        elif name == "tier" and own:
            values = list(own)
        else:
            values = list(named(NAMES[name], lang)) if name in NAMES else []
        values = list(dict.fromkeys(values)) or ["¤"]
        told = [begin + value for begin in told for value in values][:MOST]
    return told


@pytest.mark.parametrize("lang", LANGS)
def test_no_word_stands_twice_in_a_row(lang: Lang) -> None:
    """A name brings its own noun: "quality formats" before "formats present" would say it twice."""
    texts = catalogue(lang)
    found: dict[str, list[str]] = {}
    for key, text in texts.items():
        section = key.partition(".")[0]
        own = tuple(w for k, w in Words.of(lang, section).items() if k.startswith("tiers."))
        own = own if section == "catalogue" else ()
        told = [one for each in rendered(text, lang, own) for one in doubled(each)]
        found |= {key: told} if told else {}
    assert found == {}
    assert doubled("quality formats formats present") == ["formats formats"]
    assert doubled("保障类业态业态配齐率") == ["业态业态"]


def test_every_notice_of_the_source_is_in_the_catalogue() -> None:
    """Whoever tells something new writes its line; the values are those that the line asks for."""
    told = 0
    for file, node in nodes():
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Notice":
            continue
        given = {word.arg for word in node.keywords}
        key = node.args[0]
        if isinstance(key, ast.Constant):
            text = Words.of("en", "notice")[str(key.value)]
            assert given - {None} <= placeholders(text), f"{file}:{node.lineno}"
            if None not in given:
                assert given == placeholders(text), f"{file}:{node.lineno}"
            told += 1
    assert told > 50


def test_every_notice_of_the_catalogue_is_told_somewhere() -> None:
    """No line is left over from an earlier version."""
    found = constants()
    assert [key for key in Words.of("en", "notice") if key not in found] == []


def test_plurals_and_formats() -> None:
    """The documented placeholders, each by an example."""
    assert fill("{n} {n:outlet|outlets}", {"n": 1}, "en") == "1 outlet"
    assert fill("{n} {n:outlet|outlets}", {"n": 1200}, "en") == "1,200 outlets"
    assert fill("{n:none|at most {n}}", {"n": 3}, "en") == "at most 3"
    assert fill("{n: {unit}|}", {"n": "", "unit": "m2"}, "en") == ""
    assert (
        fill("{x} {x:.3f} {x:figure} {y:plain}", {"x": 2.5, "y": 1000}, "en") == "2.5 2.500 3 1000"
    )
    assert fill("{x:percent}", {"x": 0.1234}, "en") == "12.34%"
    assert fill("{x}", {"x": ["a", "b"]}, "en") == "a, b"
    assert fill("{x}", {"x": ["a", "b"]}, "zh") == "a、b"
    assert (
        fill("{x:@group}", {"x": {"all": 1200, "carers": 7.4}}, "zh") == "全体居民 1,200、carers 7"
    )
    assert fill("{x:@layer}", {"x": "premises"}, "zh") == "用房"


def test_a_notice_within_another_is_told_in_the_same_language() -> None:
    """However the text asks for it; in a list each one is."""
    inner = Notice("outlets.closed", n=3)
    told = Notice("verify.warning_hidden", sentence=inner)
    assert told == f"warning not told: {inner}"
    assert in_language(told, "zh") == f"未告知的警告：{in_language(inner, 'zh')}"
    many = Notice("fault.listed_lines", faults=[inner, inner])
    assert in_language(many, "zh").splitlines() == [in_language(inner, "zh")] * 2


def test_a_value_that_is_missing_is_an_error() -> None:
    """A placeholder is never shown to a planner."""
    with pytest.raises(KeyError):
        fill("{n}", {}, "en")
