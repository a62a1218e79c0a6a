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
    from siting.analysis.audit.reopen import recorded
    from siting.result import bundle
    from siting.result.stored import folder_of
    from siting.scenario import load

    stored, scenario = recorded(result)
    paths = set(scenario.inputs)
    for variant in scenario.settings.variants:  # its files must be there for the file to be read
        try:
            paths |= set(load(scenario.path, variant, scenario.overrides).inputs)
        except (InputError, OSError):
            continue
    bundle.pack(folder_of(result), scenario.path, paths, stored.record["inputs"], out)
    words = Words.of(lang.value, "pack")
    print(words.tell("written", file=str(out), n=len(paths)))
    return 0
