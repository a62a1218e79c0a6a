"""``siting qgis``: the provider for QGIS's processing toolbox, as a zip or into a profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.commands.arguments import Lang, Language
from siting.errors import ArgumentError
from siting.notice import Notice


def qgis(
    install: Annotated[bool, typer.Option("--install")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE.zip")] = None,
    lang: Language = Lang.en,
) -> int:
    """The provider for QGIS's processing toolbox, as a zip or into a profile."""
    from siting.qgis import pack
    from siting.texts.words import Words

    if install == (out is not None):
        raise ArgumentError(Notice("qgis.install_or_out"))
    if out is not None and out.suffix.lower() != ".zip":
        raise ArgumentError(Notice("qgis.zip", name=out.name))
    words = Words.of(lang.value, "qgis")
    print(words.tell("written", path=str(pack.install() if out is None else pack.pack(out))))
    return 0
