"""No message fills a screen or moves a cursor, whatever the names in it."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import Fault
from siting.notice import Notice, in_language
from siting.printable import LONGEST
from siting.texts.words import LANGS, TERM, Words
from tests.tools.depth import examples

NAMES = st.one_of(
    st.sampled_from(["x" * 5000, "超" * 700, "/very" * 900 + "/长.csv", "\x1b[2J\r\n\u202e" * 90]),
    st.text(max_size=400),
)
"""Of sites, files, columns: any signs, any number of them."""
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False), st.just(10**40)
)
SECTIONS = {name: {"x" * 5000: "名" * 900, "": "y" * 900} for name in ("format", "rule", "group")}


def specs(text: str) -> Iterator[tuple[str, str]]:
    """Each placeholder with its format, those within others too."""
    for _, name, spec, _ in Formatter().parse(text):
        if name is not None and not name.startswith(TERM):
            yield name, "" if "|" in (spec or "") else spec or ""
            yield from specs(spec or "")


def of_kind(told: set[str]) -> st.SearchStrategy[Any]:
    """Values that a placeholder with these formats may be given."""
    if any(spec[-1:] in ("x", "d") for spec in told):
        return st.integers(-(2**63), 2**63)
    if any(spec in ("figure", "percent") or spec[-1:] in ("f", "g", "%", ",") for spec in told):
        return NUMBERS
    several = st.lists(NAMES, max_size=40)
    if "lines" in told:
        return several
    inner = NAMES.map(lambda name: Notice("plain", text=name))
    if any(spec.startswith("@") or spec == "" for spec in told):
        table = st.dictionaries(NAMES, NUMBERS, max_size=20)
        return st.one_of(NAMES, NUMBERS, several, table, inner, st.lists(inner, max_size=9))
    return st.one_of(NAMES, NUMBERS, inner)


CATALOGUE = dict(Words.of("en", "notice"))


@examples(80)
@given(st.data())
def test_a_message_is_a_line_that_is_read(data: st.DataObject) -> None:
    """Any notice with any names, alone, as a fault of a file, in each language, by the words of
    a scenario: at most 300 printable signs."""
    key = data.draw(st.sampled_from(sorted(CATALOGUE)))
    wanted: dict[str, set[str]] = {}
    for lang in LANGS:
        for name, spec in specs(Words.of(lang, "notice")[key]):
            wanted.setdefault(name, set()).add(spec)
    values = {name: data.draw(of_kind(kinds), label=name) for name, kinds in wanted.items()}
    notice = Notice(key, **values)
    name = data.draw(NAMES)
    fault = Fault(name, notice, found=name, line=data.draw(st.integers(1, 10**9)), key=name)
    for lang in LANGS:
        told = [in_language(notice, lang), in_language(notice, lang, SECTIONS)]
        told.append(fault.in_language(lang))
        for text in told:
            lines = text.split("\n") if "lines" in set().union(*wanted.values(), ()) else [text]
            for line in lines:
                assert len(line) <= LONGEST, (key, len(line))
                assert line.isprintable(), (key, line)


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_to_be_done_outlives_a_long_name(lang: Any) -> None:
    """Names give way before the sentence: what is wrong with the file can still be read."""
    notice = Notice("fault.unknown", what="method", known=["a"] * 90, word="x" * 900, hint="")
    assert "method" in notice and notice.endswith("…") is False
    assert len(in_language(notice, lang)) <= LONGEST
