"""``python -m tests.cases``: writes docs/cases.md, the table of cases, what is told and planned."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cases.made import MADE
from tests.cases.table import folders, given

PAGE = Path(__file__).parents[2] / "docs" / "cases.md"


def main() -> None:
    """Run every case and write the table."""
    rows = [
        "# Cases",
        "",
        "Inputs as people keep them (tests/cases/inputs; from 50 on made by tests/cases/made.py), "
        "what is told and what is planned. Written by `python -m tests.cases`.",
        "",
        "| Case | Planned, people covered | Told |",
        "|---|---|---|",
    ]
    rows += [_row(folder.name, folder) for folder in folders().values()]
    for name, (make, _, _) in MADE.items():
        with TemporaryDirectory() as place:
            folder = Path(place, name)
            folder.mkdir()
            make(folder)
            rows.append(_row(name, folder))
    PAGE.write_text("\n".join([*rows, ""]), encoding="utf-8")


def _row(name: str, folder: Path) -> str:
    planned, told = given(folder)
    cell = "<br>".join(told).replace("|", "\\|")
    return f"| {name} | {planned} | {cell} |"


if __name__ == "__main__":
    main()
