"""The page of the desk's figures tells which of them were measured together."""

from __future__ import annotations

from typing import Any

from benchmarks.desk import page
from benchmarks.desk_report import COUNT, section

REPORT = {"outlets": 3.0, "report kB": 1234.5, "recount of all outlets ms": 0.25}


def test_the_page_says_whether_one_run_measured_all() -> None:
    known: dict[str, Any] = {"machine": "a machine", "reports": {"town": REPORT}}
    at = "2026-01-01 10:00"
    known["runs"] = {"the page": at, "the report of town": at}
    assert "All of it in one run." in page(known)
    known["runs"]["the page"] = "2026-01-01 11:00"
    told = page(known)
    assert "one run." not in told
    assert f"the report of town: {at} UTC; the page: 2026-01-01 11:00 UTC" in told


def test_the_reports_figures_stand_by_scenario() -> None:
    lines = section({"town": REPORT, "city": REPORT})
    assert lines[-2:] == [f"| {name} | 3 | 1,234 | 0.25 |" for name in ("town", "city")]
    assert "new WhatIf" in COUNT  # the page's own class counts
