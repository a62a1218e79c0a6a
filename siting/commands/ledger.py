"""``siting ledger``: the project ledger (台账) of a result, new or renewed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.commands.arguments import Lang, Language, Reproducible, ResultPath
from siting.texts.words import Words


def ledger(
    result: ResultPath,
    out: Annotated[Path, typer.Option("--out", metavar="FILE")],
    reproducible: Reproducible = False,
    lang: Language = Lang.en,
) -> int:
    """The project ledger: one row a planned action, or renewed with what was typed kept."""
    from siting.execution.ledger import ledger as renew

    made = renew(result, out, lang.value).renewal
    words = Words.of(lang.value, "ledger")
    print(words.tell("written", file=str(out), n=len(made.ledger), added=made.added))
    if made.former or made.outside:
        print(words.tell("others", former=made.former, outside=made.outside))
    return 0
