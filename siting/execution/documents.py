"""The quarterly report written: progress.json and the documents that were asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from siting.complete_files import complete_file, make_folder
from siting.errors import ArgumentError, nearest
from siting.execution.pages import Letter, paper_of
from siting.execution.progress import PROGRESS, Progress, record_of
from siting.notice import Notice
from siting.texts.words import Lang

FORMATS = ("docx", "xlsx", "html", "pdf")
"""Names of the modules of siting.paper that write them."""
NAME = "progress"


def wanted(formats: str) -> list[str]:
    """A list like ``docx,html``. Raises ArgumentError on others."""
    words = [word.strip() for word in formats.split(",") if word.strip()]
    for word in words:
        if word not in FORMATS:
            raise ArgumentError(
                Notice(
                    "quarterly.formats", choices=FORMATS, found=word, hint=nearest(word, FORMATS)
                )
            )
    return list(dict.fromkeys(words))


def write_progress(
    found: Progress,
    folder: str | Path,
    formats: list[str],
    lang: Lang = "zh",
    letter: Letter | None = None,
) -> list[Path]:
    """Write progress.json and the documents; returns their paths.

    Raises:
        InputError: the folder cannot be made or written.
        ArgumentError: a library that a document needs is not installed.
    """
    folder = Path(folder)
    make_folder(folder)
    written = [folder / PROGRESS]
    with complete_file(written[0]) as fresh:
        fresh.write_text(record_of(found), encoding="utf-8")
    paper = paper_of(found, lang, letter)
    for word in formats:
        file = folder / f"{NAME}.{word}"
        with complete_file(file) as fresh:
            import_module(f"siting.paper.{word}").write(paper, fresh)
        written.append(file)
    return written
