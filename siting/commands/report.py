"""``siting report``: the deliverables of a stored result."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from siting.commands.arguments import Lang, Language, ResultPath
from siting.complete_files import complete_file, make_folder
from siting.errors import ArgumentError, nearest
from siting.notice import Notice

FORMATS = ("html", "docx", "xlsx", "gpkg")
"""Names of the modules of siting.report that write them."""


def report(
    result: ResultPath,
    lang: Language = Lang.en,
    formats: Annotated[str, typer.Option("--format", metavar="LIST")] = "html",
    out: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
) -> int:
    """Write a stored result's deliverables anew, in either language."""
    wanted = [word.strip() for word in formats.split(",")]
    for word in wanted:
        if word not in FORMATS:
            hint = nearest(word, FORMATS)
            raise ArgumentError(Notice("fault.formats", formats=FORMATS, word=word, hint=hint))
    from siting.analysis.audit.reopen import recorded
    from siting.report.folder import note_file
    from siting.result.stored import folder_of

    stored, scenario = recorded(result)
    problem = scenario.problem()
    folder = out or folder_of(result)
    make_folder(folder)
    for word in wanted:
        write = import_module(f"siting.report.{word}").write
        file = folder / f"report.{word}"
        with complete_file(file) as fresh:
            write(stored, problem, scenario, fresh, lang.value)
        note_file(file)
        print(file)
    return 0
