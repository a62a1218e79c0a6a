"""``siting report``: the deliverables of a stored result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.commands.arguments import Lang, Language, ResultPath
from siting.errors import ArgumentError, nearest

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

FORMATS = ("html", "gpkg")


def report(
    result: ResultPath,
    lang: Language = Lang.en,
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help=f"Of {', '.join(FORMATS)}.")
    ] = "html",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Default: the result folder.")
    ] = None,
) -> int:
    """Write a stored result's deliverables anew, in either language."""
    wanted = [word.strip() for word in formats.split(",")]
    for word in wanted:
        if word not in FORMATS:
            hint = nearest(word, FORMATS)
            raise ArgumentError(
                f"--format must be of {', '.join(FORMATS)}; got {word!r}"
                + (f" ({hint})" if hint else "")
            )
    from siting.commands.loading import recorded
    from siting.folder import folder_of

    stored, scenario = recorded(result)
    problem = scenario.problem()
    folder = out or folder_of(result)
    folder.mkdir(parents=True, exist_ok=True)
    for word in wanted:
        print(_write(word, folder, stored, problem, scenario, lang))
    return 0


def _write(
    kind: str, folder: Path, result: Result, problem: Problem, scenario: Scenario, lang: Lang
) -> Path:
    if kind == "html":
        from siting.report import html

        return html.write(result, problem, scenario, folder / "report.html", lang.value)
    from siting.folder import write_sites

    return write_sites(result, folder)
