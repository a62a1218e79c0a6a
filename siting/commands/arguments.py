"""Arguments that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from siting.commands.language import language_of, speak, spoken
from siting.complete_files import make_folder
from siting.errors import ArgumentError, InputError
from siting.notice import Notice
from siting.reproducible_files import leave_times_out


class Lang(StrEnum):
    """Languages of texts for people."""

    zh = "zh"
    en = "en"


class Form(StrEnum):
    """How progress is told."""

    text = "text"
    json = "json"


def _language(context: typer.Context, given: Lang) -> Lang:
    """Where none is asked for, the scenario's own, or the locale's."""
    source = context.get_parameter_source("lang")
    if source is None or source.name == "DEFAULT":
        given = Lang(language_of(context.params) or spoken())
    speak(given.value)
    return given


def _reproducible(given: bool) -> bool:
    leave_times_out(given)
    return given


ScenarioPath = Annotated[Path, typer.Argument(metavar="SCENARIO")]
ResultPath = Annotated[Path, typer.Argument(metavar="RESULT")]
Variant = Annotated[str | None, typer.Option("--variant", metavar="V")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE"),
]
Untrusted = Annotated[
    bool,
    typer.Option("--untrusted"),
]
Language = Annotated[
    Lang,
    typer.Option(
        "--lang",
        callback=_language,
        show_default=False,
    ),
]
Method = Annotated[str, typer.Option()]
Model = Annotated[str | None, typer.Option()]
TimeLimit = Annotated[str, typer.Option("--time-limit", metavar="S")]
Gap = Annotated[float, typer.Option()]
Seed = Annotated[int, typer.Option(metavar="N")]
Threads = Annotated[int | None, typer.Option(metavar="N", envvar="SITING_THREADS")]
Reproducible = Annotated[bool, typer.Option("--reproducible", callback=_reproducible)]
AsJson = Annotated[bool, typer.Option("--json")]
ProgressForm = Annotated[Form, typer.Option("--progress")]
Force = Annotated[bool, typer.Option("--force")]


def seconds(text: str) -> float | None:
    """A time limit: seconds, or ``none``."""
    if text.strip().lower() == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise ArgumentError(Notice("fault.time_limit", text=text)) from None


def writable(out: Path | None, force: bool) -> None:
    """Refuse to write into a folder that holds something, before anything is computed.

    Raises:
        InputError: ``out`` is a file or a folder that is not empty, and ``force`` is not given; or
            there can be no folder.
    """
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())) and not force:
        raise InputError(Notice("fault.not_empty", out=str(out)))
    if out is not None:
        make_folder(out.resolve().parent)
