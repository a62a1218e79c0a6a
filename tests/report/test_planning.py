"""Phases, circles and commitments in the reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from siting.cli import main
from tests.tools.town import SCENARIO, write_town

PLANNED = (
    SCENARIO.replace(
        "budget: 95000",
        """\
phases: [2026, 2027]
budget: {per_phase: {2026: 45000, 2027: 50000}}
circles:
  - district: west
    name: Old Town
    responsible_unit: West Office
    form: clustered
    change: {shop: {metres: 260, reason: steep}}
commitments:
  - {name: care in reach, target: 60, unit: "%", due: 2027-12-31, actual: 45}""",
    )
    .replace("lean: {budget: 42000}", "lean: {rules: {max_outlets: 2}}")
    .replace(
        "rules:\n  max",
        """\
rules:
  floor_share: [{district: east, gross_m2: 9000, commercial_m2: 300, new: false}]
  max""",
    )
)


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (
            "en",
            (
                "Phase by phase",
                "West Office",
                "clustered",
                "15%",
                "of a budget of 95,000",
                "everybody · west",
                "everybody · elsewhere",
                "260 m",
                "metres · west",
                "Short of m²",
            ),
        ),
        (
            "zh",
            (
                "分期覆盖",
                "West Office",
                "组团式",
                "15%",
                "预算 95,000",
                "全体居民 · west",
                "全体居民 · 其余片区",
                "260 米",
                "尚差 m²",
            ),
        ),
    ],
)
def test_a_report_tells_phases_circles_and_commitments(
    tmp_path: Path, lang: str, told: tuple[str, ...]
) -> None:
    """The page and the workbook name the units, what a goal lacks and the money of all phases;
    coverage at the end of the last phase is that of the plan."""
    town, out = write_town(tmp_path, PLANNED), tmp_path / "out"
    arguments = ["solve", str(town), "--out", str(out), "--threads", "1", "--lang", lang]
    assert main(arguments) == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    for text in told:
        assert text in page
    assert main(["report", str(out), "--format", "xlsx", "--lang", lang]) == 0
    book = load_workbook(out / "report.xlsx")
    sheet = next(s for s in book.worksheets if s.title == told[0])
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows if row[0]] == ["2026", "2027"]
    assert len(rows) == 6
