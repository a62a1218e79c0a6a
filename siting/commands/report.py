"""``siting report``: the deliverables of a stored result."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import Lang, Language, Reproducible, ResultPath, Untrusted
from siting.complete_files import complete_file, make_folder
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.report import deliverables
from siting.texts.words import Lang as TextLang

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

LAYOUTS = ("docx", "html", "pdf", "xlsx")
"""Names of the modules of siting.paper that lay out one paper a circle."""


def report(
    result: ResultPath,
    untrusted: Untrusted = False,
    lang: Language = Lang.en,
    formats: Annotated[str, typer.Option("--format", metavar="LIST")] = "html",
    out: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    reproducible: Reproducible = False,
    per: Annotated[str | None, typer.Option("--per", metavar="circle")] = None,
    unit: Annotated[str, typer.Option("--unit", metavar="NAME")] = "",
    number: Annotated[str, typer.Option("--number")] = "",
) -> int:
    """Write a stored result's deliverables anew, in either language."""
    wanted = [word.strip() for word in formats.split(",")]
    deliverables.check_formats(wanted)
    if per is not None:
        _check_per(per, wanted)
    from siting.analysis.audit.reopen import recorded
    from siting.result.stored import folder_of

    stored, scenario = recorded(result, untrusted)
    problem = scenario.problem()
    folder = out or folder_of(result)
    make_folder(folder)
    if per is not None:
        return _per_circle(stored, problem, scenario, wanted, folder / "circles", lang.value)
    made = deliverables.write(
        stored,
        problem,
        scenario,
        wanted,
        folder,
        lang.value,
        beside=folder_of(result),
        unit=unit,
        number=number,
    )
    for file in made:
        print(file)
    return 0


def _check_per(per: str, wanted: list[str]) -> None:
    if per != "circle":
        raise ArgumentError(Notice("report.per", found=per))
    for word in wanted:
        if word not in LAYOUTS:
            raise ArgumentError(Notice("report.per_format", choices=LAYOUTS, found=word))


def _per_circle(
    stored: Result,
    problem: Problem,
    scenario: Scenario,
    wanted: list[str],
    folder: Path,
    lang: TextLang,
) -> int:
    """One file a circle and format."""
    from siting.report.circles import papers

    make_folder(folder)
    for name, paper in papers(stored, problem, scenario, lang, wanted != ["xlsx"]):
        for word in wanted:
            file = folder / f"{name}.{word}"
            with complete_file(file) as fresh:
                import_module(f"siting.paper.{word}").write(paper, fresh)
            print(file)
    return 0
