"""Carry a result of this scenario through two quarters, as an office would: ledger, then reports.

    siting solve scenarios/chang-an-plan --out out/plan --lang zh
    python scenarios/chang-an-plan/carry_out.py out/plan out/carried

What is typed into the ledger is made up, by these rules, in the order of its rows: of the actions
of the pilot every third has opened by the end of September 2026 and every fourth of the others is
under way; by the end of December the latter have opened, of those that had not begun every eleventh
has been dropped, and one convenience store has opened that nobody planned. What opened is paid in
full, what is under way by a third.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import openpyxl

import siting
from siting.execution.documents import write_progress
from siting.execution.pages import Letter

PILOT = "试点 2026-2027"
LETTER = Letter(unit="长安示范区商务局（虚构）", number="长商函〔2026〕0 号（示例）")
FORMATS = ["docx", "xlsx", "html", "pdf"]


def typed(ledger: Path, until: date) -> None:
    """Fill in the ledger as it stands on a day."""
    book = openpyxl.load_workbook(ledger)
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[1]}
    rows = [
        row for row in range(2, sheet.max_row + 1) if sheet.cell(row, at["分期"]).value == PILOT
    ]
    later = until > date(2026, 9, 30)
    for k, row in enumerate(rows):
        opened = k % 3 == 0 or (later and k % 4 == 1)
        cost = sum(sheet.cell(row, at[head]).value for head in ("计划财政资金", "计划市场资金"))
        if later and k % 11 == 10 and k % 3:
            sheet.cell(row, at["状态"]).value = "取消"
            sheet.cell(row, at["备注"]).value = "产权人改变用途"
            sheet.cell(row, at["开业日期"]).value = None
        elif opened:
            first = date(2026, 7, 1) if k % 3 == 0 else date(2026, 10, 1)
            sheet.cell(row, at["状态"]).value = "已开业"
            sheet.cell(row, at["开业日期"]).value = first + timedelta(days=k % 90)
            sheet.cell(row, at["已付金额"]).value = cost
        elif k % 4 == 1:
            sheet.cell(row, at["状态"]).value = "在建"
            sheet.cell(row, at["已付金额"]).value = cost // 3
            sheet.cell(row, at["备注"]).value = "装修中"
    if later:
        taken = {
            sheet.cell(row, at["地点编号"]).value
            for row in range(2, sheet.max_row + 1)
            if sheet.cell(row, at["业态"]).value == "便利店"
        }
        row = sheet.max_row + 1
        extra = {
            "地点编号": next(f"S{k:03}" for k in range(1, 1000) if f"S{k:03}" not in taken),
            "业态": "便利店",
            "状态": "已开业",
            "备注": "社会资本自建",
            "开业日期": date(2026, 11, 11),
        }
        for head, value in extra.items():
            sheet.cell(row, at[head]).value = value
    book.save(ledger)


def carry_out(result: Path, out: Path, formats: list[str]) -> list[Path]:
    """The two reports' folders."""
    out.mkdir(parents=True, exist_ok=True)
    ledger = out / "台账.xlsx"
    ledger.unlink(missing_ok=True)
    opened = siting.reopen(result)
    siting.ledger(opened, ledger, "zh")
    folders: list[Path] = []
    for quarter, until in (("2026Q3", date(2026, 9, 30)), ("2026Q4", date(2026, 12, 31))):
        typed(ledger, until)
        siting.ledger(opened, ledger)
        found = siting.progress(
            opened,
            ledger,
            quarter,
            previous=folders[-1] if folders else None,
            today=until + timedelta(days=8),
        )
        folders.append(out / quarter)
        write_progress(found, folders[-1], formats, "zh", LETTER)
    return folders


if __name__ == "__main__":
    for folder in carry_out(Path(sys.argv[1]), Path(sys.argv[2]), FORMATS):
        print(folder)
