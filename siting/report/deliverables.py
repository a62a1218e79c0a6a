"""A result's deliverables by their formats: which there are, and one file of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.complete_files import complete_file
from siting.errors import ArgumentError, nearest
from siting.notice import Notice
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

WRITERS = {
    "html": "html",
    "docx": "paper",
    "xlsx": "paper",
    "gpkg": "gpkg",
    "pdf": "paper",
    "png": "map_file",
    "svg": "map_file",
}
"""Ending of a file: the module of siting.report that writes it."""
FORMATS = tuple(WRITERS)


def check_formats(wanted: Sequence[str]) -> None:
    """Raises ArgumentError on a format that is none."""
    for word in wanted:
        if word not in FORMATS:
            hint = nearest(word, FORMATS)
            raise ArgumentError(Notice("fault.formats", formats=FORMATS, word=word, hint=hint))


def write(
    result: Result,
    problem: Problem,
    scenario: Scenario,
    wanted: Sequence[str],
    folder: Path,
    lang: Lang,
    *,
    beside: Path,
    unit: str = "",
    number: str = "",
) -> Iterator[Path]:
    """Write ``report.FORMAT`` of each format; tells each file once it is complete.

    Args:
        wanted: formats, each one of :data:`FORMATS`.
        folder: that exists.
        beside: the result's own folder, where a frontier may lie for the page's slider.
        unit: who writes, for the title block of papers.
        number: of the document.

    Raises:
        InputError: a file cannot be written.
        ArgumentError: a library that a format needs is not installed.
    """
    from siting.report.folder import note_file

    words = Words.of(lang, "quarter")
    told = ((words["unit"], unit), (words["number"], number))
    about = tuple((what, value) for what, value in told if value)
    for word in wanted:
        more: dict[str, Any] = {"about": about} if WRITERS[word] == "paper" else {}
        if word == "html":
            from siting.report.desk import frontier_beside

            more["frontier"] = frontier_beside(beside, result, problem)
        file = folder / f"report.{word}"
        with complete_file(file) as fresh:
            writer = import_module(f"siting.report.{WRITERS[word]}")
            writer.write(result, problem, scenario, fresh, lang, **more)
        note_file(file)
        yield file
