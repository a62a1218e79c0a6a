"""Texts of the reports in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import siting.report
from siting.progress import Limit
from siting.texts.catalogue import LANGS, number, percent, texts

ROOM = Path(siting.report.__file__).parent


def test_both_languages_say_the_same_things() -> None:
    """Every key has both texts, with the same placeholders."""
    zh, en = (texts(lang) for lang in LANGS)
    assert set(zh) == set(en)
    for key in zh:
        assert zh[key].strip()
        assert en[key].strip()
        holes = [sorted(re.findall(r"{(\w+)}", table[key])) for table in (zh, en)]
        assert holes[0] == holes[1], key


def test_every_text_is_used() -> None:
    """No text is left over from an earlier page."""
    sources = "".join(
        p.read_text(encoding="utf-8")
        for p in [
            *ROOM.glob("*.py"),
            *(ROOM.parent / "texts").glob("*.py"),
            *ROOM.glob("templates/*.j2"),
            *ROOM.glob("templates/*.js"),
        ]
    )
    families = (
        "status_",
        "limit_",
        "objective_",
        "tier_",
        "group_",
        "action_",
        "rule_",
        "order_",
        "proof_",
        "note_",
        "key_",
        "form_",
        "size_",
        "need_",
        "ending_",
        "state_",
    )
    unused = [
        key
        for key in texts("en")
        if not key.startswith(families) and not re.search(rf"\b{re.escape(key)}\b", sources)
    ]
    assert unused == []


def test_each_status_and_limit_has_a_sentence() -> None:
    """Whatever a run ends with, the page can say it."""
    for status in ("optimal", "feasible", "infeasible", "no_solution"):
        assert f"status_{status}" in texts("zh")
    for limit in Limit.__args__:  # type: ignore[attr-defined]
        assert f"limit_{limit}" in texts("zh")


def test_numbers_as_people_read_them() -> None:
    """Thousands are grouped, shares are per cent, nothing is a dash."""
    assert number(1234567.4) == "1,234,567"
    assert percent(0.1234) == "12.3%"
    assert number(None) == percent(None) == "–"
