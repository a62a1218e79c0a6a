"""``siting pack``: a result with all it was computed from, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.commands.arguments import Lang, Language, ResultPath
from siting.complete_files import refuse_unwritable
from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.texts.words import Words


def pack(
    result: ResultPath,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip")],
    lang: Language = Lang.en,
) -> int:
    """Write a bundle that `siting verify FILE.zip` recomputes on any machine."""
    if out.suffix.lower() != ".zip":
        raise InputError(Fault("--out", Notice("fault.ends_zip"), repr(out.name)))
    refuse_unwritable(out)
    from siting.analysis.audit.packing import pack as write

    n = write(result, out)
    words = Words.of(lang.value, "pack")
    print(words.tell("written", file=str(out), n=n))
    return 0
