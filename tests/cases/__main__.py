"""``python -m tests.cases``: writes docs/cases.md, the table of cases, what is told and planned."""

from __future__ import annotations

from pathlib import Path

from tests.cases.table import folders, given

PAGE = Path(__file__).parents[2] / "docs" / "cases.md"


def main() -> None:
    """Run every case and write the table."""
    rows = [
        "# Cases",
        "",
        "Inputs as people keep them (tests/cases/inputs), what is told and what "
        "is planned. Written by `python -m tests.cases`.",
        "",
        "| Case | Planned, people covered | Told |",
        "|---|---|---|",
    ]
    for folder in folders().values():
        planned, told = given(folder)
        cell = "<br>".join(told).replace("|", "\\|")
        rows.append(f"| {folder.name} | {planned} | {cell} |")
    PAGE.write_text("\n".join([*rows, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
