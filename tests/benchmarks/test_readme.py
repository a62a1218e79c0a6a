"""python -m benchmarks readme: README shows what was measured, nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.readme import filled, table

RESULT = {
    "columns": ["case", "gap %", "proven"],
    "rows": [["a|b", 0.25, True], {"case": "c", "gap %": None, "proven": False}],
    "command": "python -m benchmarks run",
    "machine": "two cores",
}
BLOCK = "before\n<!-- benchmark: demo -->\nold\n<!-- /benchmark -->\nafter\n"


def test_block_is_replaced_by_the_result(tmp_path: Path) -> None:
    """Text around a block stays, text inside it is the table; a second run changes nothing."""
    (tmp_path / "demo.json").write_text(json.dumps(RESULT), encoding="utf-8")
    text, missing = filled(BLOCK, tmp_path)
    assert missing == []
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| a\\|b | 0.25 | yes |" in text
    assert "| c | – | no |" in text
    assert filled(text, tmp_path)[0] == text


def test_block_without_result_is_kept_and_told(tmp_path: Path) -> None:
    """A missing result never empties a table."""
    assert filled(BLOCK, tmp_path) == (BLOCK, ["demo"])


def test_a_row_of_the_wrong_length_is_refused() -> None:
    """Columns and rows must agree."""
    with pytest.raises(ValueError, match="must have 3 values"):
        table(RESULT | {"rows": [["only one"]]})


def test_a_page_is_shown_by_its_first_table(tmp_path: Path) -> None:
    """A result page beats the raw result; README takes one table and links to the rest."""
    (tmp_path / "demo.json").write_text(json.dumps(RESULT), encoding="utf-8")
    page = "# Title\n\ntext\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n| other |\n|---|\n"
    (tmp_path / "demo.md").write_text(page, encoding="utf-8")
    text, missing = filled(BLOCK, tmp_path)
    assert missing == []
    assert "| 1 | 2 |\n\n[How it was measured](benchmarks/results/demo.md)" in text
    assert "other" not in text


def test_a_page_without_a_table_is_refused(tmp_path: Path) -> None:
    """An empty page is a mistake, not an empty table."""
    (tmp_path / "demo.md").write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="must hold a table"):
        filled(BLOCK, tmp_path)


def test_a_part_of_a_table_is_shown(tmp_path: Path) -> None:
    """A block may ask for some columns, and for the rows whose first cell matches."""
    page = "| a | b | c |\n|---|---:|---|\n| x1 | 2 | 3 |\n| y | 5 | 6 |\n"
    (tmp_path / "demo.md").write_text(page, encoding="utf-8")
    asked = BLOCK.replace("demo -->", "demo, columns: c | a, rows: ^x -->")
    text, _ = filled(asked, tmp_path, "../results")
    assert "| c | a |\n| --- | --- |\n| 3 | x1 |\n\n[How" in text
    assert "(../results/demo.md)" in text and "| 6 |" not in text
    assert filled(text, tmp_path, "../results")[0] == text


def test_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A block that asks for a column which the results no longer have is a mistake."""
    (tmp_path / "demo.md").write_text("| a |\n|---|\n| 1 |\n", encoding="utf-8")
    asked = BLOCK.replace("demo -->", "demo, columns: b, rows: . -->")
    with pytest.raises(ValueError, match="columns of its table; got 'b'"):
        filled(asked, tmp_path)
