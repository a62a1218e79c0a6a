"""chang-an-plan carried through two quarters, as its own script does: plan, ledger, two reports."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
from docx import Document

import siting
from siting.execution import pages
from siting.execution.pages import Letter, paper_of
from siting.paper import Grid, PageBreak, Paper, pdf
from siting.report import folder
from siting.texts.words import LANGS, Lang, Words
from tests.tools.rooms import ROOT

PLACE = ROOT / "scenarios" / "chang-an-plan"


def script() -> ModuleType:
    """The scenario's own script, imported without running it."""
    spec = importlib.util.spec_from_file_location("carry_out", PLACE / "carry_out.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """The result, and the folders of both reports."""
    place = tmp_path_factory.mktemp("chang-an")
    scenario = siting.load(PLACE / "scenario.yaml")
    problem = scenario.problem()
    plan = siting.solve(problem, method="greedy", time_limit=None)
    result = folder.write(plan, place / "result", scenario=scenario)
    return result, script().carry_out(result, place / "out", ["docx", "xlsx"])


def told(place: Path) -> dict[str, Any]:
    """A report's progress.json."""
    record: dict[str, Any] = json.loads((place / "progress.json").read_text("utf-8"))
    return record


def test_two_quarters(carried: tuple[Path, list[Path]]) -> None:
    """What opened stays open and people covered only grow; the second report's figures of the
    quarter before are the first one's; the plan is result.json's."""
    result, (third, fourth) = carried
    record = json.loads((result / "result.json").read_text("utf-8"))
    before, now = told(third), told(fourth)
    assert (before["due"], now["due"]) == ("2026-10-10", "2027-01-10")
    assert before["overdue_days"] == now["overdue_days"] == 0
    actions = sum(row["action"] != "keep" for row in record["plan"])
    assert before["actions"]["planned"] == now["actions"]["planned"] == actions
    assert 0 < before["actions"]["open"] < now["actions"]["open"]
    assert now["actions"]["dropped"] > 0
    assert 0 < before["paid"] < now["paid"] < now["planned_cost"] == record["budget"]["spent"]
    for format, groups in record["coverage"].items():
        for group, people in groups.items():
            one, other = (report["coverage"][format][group] for report in (before, now))
            assert (other["start"], other["planned"]) == (people["before"], people["after"])
            assert people["before"] <= one["now"] <= other["now"]
    grown = [f for f in now["coverage"] if now["coverage"][f] != before["coverage"][f]]
    assert len(grown) >= 2


def test_the_documents_say_the_same(carried: tuple[Path, list[Path]]) -> None:
    """Tables of docx and xlsx read back: coverage at four moments, commitments and their lights,
    totals of actions; in Chinese but for the scenario's own words."""
    _, (third, fourth) = carried
    before, now = told(third), told(fourth)
    document = Document(str(fourth / "progress.docx"))
    tables = [
        [[cell.text for cell in row.cells] for row in table.rows] for table in document.tables
    ]
    people = next(rows for rows in tables if rows[0][:2] == ["业态", "人群"])
    lines = [
        (before["coverage"][format][group], line)
        for format, groups in now["coverage"].items()
        for group, line in groups.items()
    ]
    assert len(people) == len(lines) + 1
    book = openpyxl.load_workbook(fourth / "progress.xlsx")
    sheet = next(s for s in book.worksheets if s["B1"].value == "人群" and s["C1"].value == "人口")
    for row, cells, (earlier, line) in zip(
        people[1:], sheet.iter_rows(min_row=2, values_only=True), lines, strict=False
    ):
        figures = (line["start"], earlier["now"], line["now"], line["planned"])
        assert row[3:7] == [f"{figure:,.0f}" for figure in figures]
        assert cells[3:7] == figures
        assert cells[8] == pytest.approx(line["now"] / cells[2])
    goals = next(rows for rows in tables if rows[0][0] == "目标任务")
    words = {"green": "绿", "yellow": "黄", "red": "红", None: "–"}
    assert [row[0] for row in goals[1:]] == [goal["name"] for goal in now["commitments"]]
    assert [row[-1] for row in goals[1:]] == [words[goal["light"]] for goal in now["commitments"]]
    circles = next(rows for rows in tables if rows[0][0] == "生活圈")
    assert [int(cell) for cell in circles[-1][1:6]] == list(now["actions"].values())
    heads = {cell for rows in tables for cell in rows[0]}
    assert not any("A" <= sign.upper() <= "Z" for head in heads for sign in head)


def on_pages(paper: Paper, file: Path) -> int:
    """Pages that a paper takes."""
    return len(re.findall(rb"/Type /Page\b", pdf.write(paper, file).read_bytes()))


@pytest.mark.parametrize("lang", LANGS)
def test_two_pages_and_annexes(
    carried: tuple[Path, list[Path]],
    tmp_path: Path,
    lang: Lang,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands before the annexes takes two pages. With more circles than they can have, they
    have those furthest behind, and say so; an annex has all, and so have the workbook's sheets."""
    result, (third, _) = carried
    ledger = third.parent / "台账.xlsx"
    found = siting.progress(result, ledger, "2026Q4", previous=third, today=date(2027, 1, 8))
    letter = Letter(unit="长安示范区商务局", number="长商函〔2026〕1 号")
    paper = paper_of(found, lang, letter)
    begin = next(k for k, block in enumerate(paper.blocks) if isinstance(block, PageBreak))
    assert on_pages(replace(paper, blocks=paper.blocks[:begin]), tmp_path / "two.pdf") == 2
    circles = len(found.opened.scenario.settings.circles)
    monkeypatch.setattr(pages, "MANY", circles - 1)
    monkeypatch.setattr(pages, "FEW", 2)
    paper = paper_of(found, lang, letter)
    begin = next(k for k, block in enumerate(paper.blocks) if isinstance(block, PageBreak))
    title = Words.of(lang, "quarter")["circles_table"]
    here, there = (
        [grid for grid in part if isinstance(grid, Grid) and grid.title == title]
        for part in (paper.blocks[:begin], paper.blocks[begin:])
    )
    (few,), (every,) = here, there
    assert len(few.rows) == 2 < len(every.rows) and few.total == every.total
    assert set(few.rows) < set(every.rows)
    assert few.overview and not every.overview
    opened = {row: float(str(row[2])) / float(str(row[1])) for row in every.rows if row[1]}
    assert max(opened[row] for row in few.rows) <= min(
        opened[row] for row in every.rows if row[1] and row not in few.rows
    )
