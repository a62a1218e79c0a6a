"""Reading YAML with places."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.notice import plain
from siting.scenario.document.document import MAX_BYTES, MAX_DEPTH, describe, read_file, read_text
from siting.scenario.document.merge import merged, read_overrides


def told(text: str) -> list[str]:
    return [str(fault) for fault in read_text(text, "s.yaml").faults]


def test_values_are_those_of_yaml_1_2() -> None:
    """``no`` and a date are text; 1e6 is a number; only true and false are flags."""
    data = read_text("{a: no, b: 2026-11-23, c: 1e6, d: true, e: 30_000, f: ~, g: '5'}", "s").data
    assert data == {
        "a": "no",
        "b": "2026-11-23",
        "c": 1e6,
        "d": True,
        "e": 30_000,
        "f": None,
        "g": "5",
    }


def test_a_number_remembers_how_it_was_written() -> None:
    """An id 007 stays 007 though it reads as a number."""
    assert read_text("site: 007", "s").data["site"].raw == "007"


@pytest.mark.parametrize("text", ["a: &x 1", "a: &x {b: 1}\nc: *x", "&x a: 1", "a: [&y b]"])
def test_anchors_and_aliases_are_refused(text: str) -> None:
    """A file says each thing where it stands; expansion bombs are impossible."""
    assert any("anchors and aliases are refused" in line for line in told(text))


def test_an_expansion_bomb_is_refused_at_once() -> None:
    """Nested aliases are never expanded."""
    rows = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    assert len(told("\n".join(rows))) >= 40


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!secret", "!!binary", "!!int"])
def test_tags_are_refused(tag: str) -> None:
    """No tag makes an object of a text."""
    assert told(f"a: {tag} b")[0].startswith("s.yaml:1: a: must be written without a tag")


def test_duplicate_keys_are_told_with_both_lines() -> None:
    """The second is the fault, the first is named; the first value is kept."""
    document = read_text("budget: 1\nname: a\nbudget: 2\n", "s.yaml")
    assert str(document.faults[0]) == (
        "s.yaml:3: budget: must stand once; got a duplicate; the first is in line 1"
    )
    assert document.data["budget"] == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1,\nb: 2", 2),
        ("a: 1\n\tb: 2", 2),
        ("a: b: c", 1),
        ("a: 'x", 1),
        ("a: 1\n---\nb: 2", 2),
    ],
)
def test_broken_yaml_is_told_with_its_line(text: str, line: int) -> None:
    """No traceback, one fault, the right line."""
    assert told(text)[0].startswith(f"s.yaml:{line}: ")


def test_deep_nesting_is_refused() -> None:
    """Depth is capped by us, not by the interpreter's stack."""
    for n in (MAX_DEPTH + 1, 1100, 5000):
        flow = ("[" * n + "]" * n, "{a: " * n + "1" + "}" * n, "a: 1\nb: " + "[" * n + "]" * n)
        block = ("- " * n + "x", "\n".join(" " * depth + "a:" for depth in range(n)))
        for text in (*flow, *block):
            assert len(told(text)) == 1
            assert "deeper than" in told(text)[0]


def test_nesting_up_to_the_cap_is_read() -> None:
    """The cap itself is allowed, and brackets that are text do not count."""
    assert not read_text("[" * MAX_DEPTH + "]" * MAX_DEPTH, "s.yaml").faults
    words = "[" * 60
    for text in (f'a: "{words}"\nb: [', f"a: '{words}'\nb: [", f"a: 1 # {words}\nb: ["):
        assert "readable YAML" in told(text)[0]


def test_faults_of_one_file_are_told_together() -> None:
    """An alias, a tag and a duplicate: three faults."""
    assert len(told("a: &x 1\nb: !t 2\nc: 3\nc: 4")) == 3


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    """The stated size is the limit."""
    path = tmp_path / "s.yaml"
    path.write_text("a: " + "x" * MAX_BYTES)
    assert "1,048,576 bytes" in str(read_file(path).faults[0])


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"a: 1\nname: \xd6\xd0\xb9\xfa", "street.yaml:2: must be UTF-8 text; got the byte 0xd6"),
        (b"", "an empty file"),
        (b"# only a comment\n", "an empty file"),
        (b"- 1\n- 2", "a list of 2"),
        (b"just words", "'just words'"),
        ("a: 1".encode("utf-16"), "must be UTF-8 text"),
        (b"a: \x00", "control characters"),
    ],
)
def test_files_that_hold_no_mapping(tmp_path: Path, raw: bytes, found: str) -> None:
    """Another encoding, nothing, a list: told in one line."""
    path = tmp_path / "street.yaml"
    path.write_bytes(raw)
    document = read_file(path)
    assert document.data is None
    assert found in str(document.faults[0])


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    path = tmp_path / "s.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x")
    assert read_file(path).data == {"name": "x"}


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    """Told as faults, not as tracebacks."""
    for path in (tmp_path / "none.yaml", tmp_path):
        assert len(read_file(path).faults) == 1


def test_merging_mappings_replacing_the_rest() -> None:
    """Mappings merge, lists and scalars replace, null removes; places follow the values."""
    base = read_text("a: {b: 1, c: 2}\nl: [1, 2]\nx: 1\n", "s.yaml")
    change = read_text("a: {c: 3}\nl: [9]\nx: null\nn: {m: 1}\n", "v.yaml")
    result = merged(base, change)
    assert result.data == {"a": {"b": 1, "c": 3}, "l": [9], "n": {"m": 1}}
    assert str(result.fault(("a", "c"), plain("x"))).startswith("v.yaml:1: a.c")
    assert str(result.fault(("a", "b"), plain("x"))).startswith("s.yaml:1: a.b")
    assert base.data["a"] == {"b": 1, "c": 2}


def test_overrides_are_yaml_values_at_dotted_keys() -> None:
    """Mappings merge, lists replace, numbers pick elements, later ones win."""
    base = read_text("a: {b: {c: 1, d: 2}}\nl: [{f: x}, {f: y}]", "s.yaml")
    changed = read_overrides(
        ["a.b.c=[1, 2]", "a.b.e={z: 007}", "l.1.f=w", "new.key=5", "new.key=6", "a.b.d="], base
    )
    assert changed.data == {
        "a": {"b": {"c": [1, 2], "e": {"z": 7}}},
        "l": [{"f": "x"}, {"f": "w"}],
        "new": {"key": 6},
    }
    assert not changed.faults


@pytest.mark.parametrize("text", ["budget", "=3", "a..b=1", "a.b=[1", "l.5=1", "l.x=1", "a=*x"])
def test_an_override_that_cannot_be_understood(text: str) -> None:
    """A fault that names the option."""
    base = read_text("a: {b: 1}\nl: [1]", "s.yaml")
    changed = read_overrides([text], base)
    assert [fault.where for fault in changed.faults] == [f"--set {text}"]


def test_found_values_are_shown_short() -> None:
    """A message stays one line whatever was found."""
    assert describe({}) == "{}"
    assert describe(True) == "true"
    assert len(describe("x" * 500)) <= 60
