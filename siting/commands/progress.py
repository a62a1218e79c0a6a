"""``siting progress``: the quarterly report of how a plan is carried out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from siting.commands.arguments import Lang, Language, Reproducible, ResultPath
from siting.errors import ArgumentError, Fault, InputError
from siting.notice import Notice, notices
from siting.texts.words import Words


def progress(
    result: ResultPath,
    ledger: Annotated[Path, typer.Option("--ledger", metavar="FILE")],
    quarter: Annotated[str, typer.Option("--quarter", metavar="2026Q3")],
    outlets: Annotated[
        Path | None,
        typer.Option("--outlets", metavar="FILE"),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", metavar="DIR"),
    ] = None,
    today: Annotated[str | None, typer.Option("--today", metavar="DATE")] = None,
    formats: Annotated[str, typer.Option("--format", metavar="LIST")] = "docx,xlsx,html",
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR")] = None,
    to: Annotated[list[str] | None, typer.Option("--to", metavar="NAME")] = None,
    unit: Annotated[str, typer.Option("--unit", metavar="NAME")] = "",
    number: Annotated[str, typer.Option("--number")] = "",
    reproducible: Reproducible = False,
    lang: Language = Lang.en,
) -> int:
    """The quarterly report: what has opened, what is late, money, people, commitments."""
    from siting.execution.documents import wanted, write_progress
    from siting.execution.pages import Letter
    from siting.execution.progress import progress as measure
    from siting.texts.names import Names

    if reproducible and today is None:
        raise InputError(Fault("--today", Notice("fault.today_needed")))
    asked = wanted(formats)
    found = measure(result, ledger, quarter, outlets=outlets, previous=previous, today=_day(today))
    folder = out or Path(f"progress-{found.quarter}")
    letter = Letter(tuple(to or ()), unit, number)
    written = write_progress(found, folder, asked, lang.value, letter)
    counts = found.counts
    words = Words.of(lang.value, "quarter")
    print(
        words.tell(
            "line",
            quarter=str(found.quarter),
            planned=counts.planned,
            open=counts.open,
            under_way=counts.under_way,
            late=counts.late,
            dropped=counts.dropped,
        ),
        words.tell(
            "due_line_overdue" if found.overdue_days else "due_line",
            due=found.quarter.due.isoformat(),
            days=found.overdue_days,
        ),
        *written,
        sep="\n",
    )
    if found.doubts:
        print("", words.titled(words["doubts"]), sep="\n")
        called = found.opened.scenario.standards.names(lang.value)
        sections = Names(lang.value, called).sections
        print(*(f"  - {one}" for one in notices(found.doubts, lang.value, sections)), sep="\n")
    return 0


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentError(Notice("quarterly.today", found=text)) from None
