"""Half persons in what people read: rounded half up, everywhere alike."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from siting.cli import main
from siting.report.comparison import _shown
from siting.result.naming import tiers_told
from tests.tools.worlds import World

PEOPLE = """cell,x,y,people,old,jiedao
001,500000,4000000,90.5,0,North
003,501000,4000000,40,0,South
004,501900,4000000,125,0,South
"""


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture) -> tuple[Path, str]:
    """A result that covers 40 people before and 90.5 newly, of 255.5; and what was printed."""
    world = World(tmp_path)
    world.put("people.csv", PEOPLE)
    world.scenario["formats"] = {"use": ["wet_market"]}
    world.load()
    out = tmp_path / "r"
    assert main(["solve", str(world.path), "--out", str(out), "--threads", "1"]) == 0
    printed = capsys.readouterr().out
    assert main(["report", str(out), "--format", "docx,xlsx"]) == 0
    return out, printed


def test_every_report_rounds_half_up(folder: tuple[Path, str]) -> None:
    """90.5 reads 91, 130.5 131 and 255.5 256 on the page, in the document and on the terminal; the
    workbook and the stored result keep the halves."""
    out, printed = folder
    page = (out / "report.html").read_text(encoding="utf-8")
    cells = [text.strip() for text in re.findall(r'<td class="n">([^<]*)</td>', page)]
    assert cells[:4] == ["256", "40 · 15.7%", "131 · 51.1%", "91"]
    document = Document(str(out / "report.docx"))
    rows = [[cell.text for cell in row.cells] for t in document.tables for row in t.rows]
    covered = next(row for row in rows if {"256", "40", "131", "91"} <= set(row))
    assert covered.index("256") < covered.index("131") < covered.index("91")
    assert "255" not in {cell for row in rows for cell in row}
    book = load_workbook(out / "report.xlsx")
    values = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {90.5, 130.5, 255.5} <= values
    told = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert told["coverage"]["wet_market"]["all"] == {"people": 255.5, "before": 40, "after": 130.5}
    assert "91 people newly covered" in printed and "256" in printed
    assert not {"90.5", "130.5", "255.5"} & set(re.findall(r"[\d.]+", printed))


def test_changes_by_tier_round_half_up() -> None:
    """Signs stay, a loss of a half is told as one."""
    assert tiers_told({"basic": 90.5, "quality": -2.5}, "en").split()[2::3] == ["+91,", "-3"]
    assert tiers_told({"basic": 0.0}, "en").endswith(" +0")


@pytest.mark.parametrize(
    ("cell", "told"),
    [(1234.5, "1,234.5"), (123456.5, "123,456.5"), (12.0, "12"), (0.01234, "0.01234"), (7, "7")],
)
def test_compared_plans_show_halves(cell: float, told: str) -> None:
    """A number of people is neither cut to four digits nor told as a power of ten."""
    assert _shown(cell) == told
