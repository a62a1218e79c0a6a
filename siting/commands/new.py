"""``siting new``: a first scenario from raw files, with what was guessed and doubted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from siting.commands.arguments import Lang, Language
from siting.texts.words import Words


def new(
    people: Annotated[Path, typer.Option("--people", metavar="FILE")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR")],
    streets: Annotated[Path | None, typer.Option("--streets", metavar="FILE")] = None,
    outlets: Annotated[Path | None, typer.Option("--outlets", metavar="FILE")] = None,
    premises: Annotated[Path | None, typer.Option("--premises", metavar="FILE")] = None,
    boundaries: Annotated[Path | None, typer.Option("--boundaries", metavar="FILE")] = None,
    budget: Annotated[int | None, typer.Option("--budget", metavar="N", min=0)] = None,
    lang: Language = Lang.en,
) -> int:
    """A first scenario from raw files: looks into them, says what it guessed, and checks it."""
    from siting.drafting.draft import new as draw_up

    draft = draw_up(
        people,
        streets,
        outlets,
        premises,
        budget,
        boundaries=boundaries,
        out=out,
        lang=lang.value,
    )
    words = Words.of(lang.value, "new")
    print(words.tell("written", file=str(draft.path), n=len(draft.text.splitlines())))
    for line in (*draft.guesses, *draft.doubts):
        print(f"- {line}")
    if draft.faults:
        print(words.tell("faults", n=len(draft.faults)))
        for fault in draft.faults:
            print(fault.in_language(lang.value), file=sys.stderr)
        return 2
    print(words["passes"])
    return 0
