"""``siting premises``: candidate premises from the buildings of an extract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.commands.arguments import Lang, Language, Reproducible
from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.texts.words import Words


def premises(
    extract: Annotated[Path, typer.Argument(metavar="CITY.osm.pbf")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.gpkg")] = Path("premises.gpkg"),
    min_area: Annotated[float, typer.Option("--min-area", metavar="M2", min=0)] = 15.0,
    reproducible: Reproducible = False,
    lang: Language = Lang.en,
) -> int:
    """Candidate premises from the buildings of an OpenStreetMap extract, by a stated rule."""
    from siting.drafting.premises import premises as choose

    if out.suffix.lower() != ".gpkg":
        raise InputError(Fault("--out", Notice("fault.ends_gpkg"), repr(out.name)))
    found = choose(extract, out, min_area)
    words = Words.of(lang.value, "premises_found")
    print(words["rule"])
    print(words.tell("found", n=len(found.frame), of=found.buildings, area=found.area_m2))
    if len(found.frame):
        print(words.tell("written", file=str(out)))
    return 0
