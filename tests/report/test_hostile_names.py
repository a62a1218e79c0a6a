"""Names that somebody else chose: whatever they say, they are names in each file with them."""

from __future__ import annotations

import csv
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from siting.cli import main as siting
from siting.printable import LONGEST
from tests.tools.town import SCENARIO, write_town

NAMES = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "=HYPERLINK(\"http://127.0.0.1/\",\"a\")",
    "@SUM(A1)",
    "+cmd|' /C calc'!A0",
    "\u202egnp\x07\x1b[31m\ufffe.exe\u2066",
)  # fmt: skip
"""One a premise of the town: markup, formulas, marks of writing direction, signs that
no XML may hold."""
PLAIN = re.compile(r"[-+]?[0-9.,%]*(e-?\d+)?")


class Page(HTMLParser):
    """What of a page the names have made: elements with handlers, images, scripts of theirs."""

    def __init__(self, path: Path):
        super().__init__()
        self.made: list[str] = []
        self.script = False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.script = tag == "script"
        if any(name.startswith("on") for name, _ in attrs) or ("src", "x") in attrs:
            self.made.append(tag)

    def handle_data(self, data: str) -> None:
        if self.script and data.strip().startswith("alert("):
            self.made.append(data)


def hostile(folder: Path) -> Path:
    """The town with these names of premises, districts, outlets, rules and of itself."""
    file = write_town(folder, SCENARIO)
    for table in ("premises", "people", "outlets"):
        path = folder / f"{table}.csv"
        rows = list(csv.reader(path.read_text("utf-8").splitlines()))
        for number, row in enumerate(rows[1:]):
            if table != "people":
                row[0] = NAMES[number % len(NAMES)]
            row[:] = [{"east": NAMES[0], "west": NAMES[2]}.get(cell, cell) for cell in row]
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
    text = SCENARIO.replace("Smallville", repr(NAMES[1])).replace("currency: CNY", "currency: '=1'")
    text = text.replace("max_outlets: {total: 4}", f"max_outlets: {{total: 4, name: {NAMES[0]!r}}}")
    text += "circles:\n" + "".join(f"  - {{district: {name!r}}}\n" for name in (NAMES[0], NAMES[2]))
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.slow
def test_a_name_is_a_name_wherever_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No page runs one, no sheet computes one, no terminal obeys one, and each is read back."""
    file, out = str(hostile(tmp_path / "town")), str(tmp_path / "r")
    quick = ["--method", "greedy", "--threads", "1"]
    quarter = ["--quarter", "2026Q3", "--format", "docx,xlsx,html,pdf", "--today", "2026-10-01"]
    for asked in (
        ["check", file],
        ["solve", file, *quick, "--out", out],
        ["report", out, "--format", "html,docx,xlsx,gpkg,pdf", "--out", str(tmp_path / "all")],
        ["report", out, "--per", "circle", "--format", "html,docx"],
        ["ledger", out, "--out", str(tmp_path / "ledger.csv")],
        ["ledger", out, "--out", str(tmp_path / "ledger.xlsx")],
        ["progress", out, "--ledger", str(tmp_path / "ledger.csv"), *quarter,
         "--out", str(tmp_path / "q")],
        ["compare", out, out, "--out", str(tmp_path / "c")],
        ["gaps", file, "--out", str(tmp_path / "gaps.csv")],
        ["sweep", file, *quick, "--workers", "1", "--out", str(tmp_path / "s")],
        ["explain", out],
        ["verify", out],
    ):  # fmt: skip
        assert siting(asked) == 0, asked
        told = capsys.readouterr()
        for line in (*told.out.splitlines(), *told.err.splitlines()):
            assert line.isprintable(), (asked[0], line)
            assert asked[0] == "explain" or len(line) <= LONGEST, (asked[0], line)
    kinds = {path.suffix for path in tmp_path.rglob("*")}
    assert {".html", ".csv", ".xlsx", ".docx", ".pdf", ".gpkg"} <= kinds
    for path in tmp_path.rglob("*.html"):
        page = Page(path)
        assert not page.made, (path, page.made)
    for path in tmp_path.rglob("*.csv"):
        if path.parent.name != "town":
            for row in csv.reader(path.read_text("utf-8-sig").splitlines()):
                for cell in row:
                    assert cell[:1] not in "=+-@" or PLAIN.fullmatch(cell), (path, cell)
    for path in tmp_path.rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                for cell in row:
                    ours = cell.data_type == "f" and not str(cell.value).startswith(NAMES[2][:6])
                    assert cell.data_type != "f" or ours, (path, cell.value)
    for path in tmp_path.rglob("*.docx"):
        with zipfile.ZipFile(path) as archive:
            assert "<img" not in archive.read("word/document.xml").decode("utf-8"), path
