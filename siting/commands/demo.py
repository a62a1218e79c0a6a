"""``siting demo``: a synthetic city scenario of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.notice import Notice


def demo(
    people: Annotated[
        int,
        typer.Option(metavar="N"),
    ],
    sites: Annotated[int, typer.Option(metavar="M")],
    out: Annotated[Path, typer.Option(metavar="DIR")],
    formats: Annotated[int, typer.Option(metavar="F")] = 8,
    seed: Annotated[int, typer.Option(metavar="N")] = 0,
    residents: Annotated[int | None, typer.Option(metavar="N")] = None,
    travel: Annotated[str, typer.Option()] = ("euclidean"),
    order: Annotated[str, typer.Option()] = "weighted",
    name: Annotated[str | None, typer.Option()] = None,
) -> int:
    """A synthetic city, labelled synthetic, as ordinary scenario files."""
    from siting.demo import make_city
    from siting.errors import ArgumentError

    if travel not in ("euclidean", "network"):
        raise ArgumentError(Notice("fault.travel", travel=travel))
    if order not in ("weighted", "tiers"):
        raise ArgumentError(Notice("fault.order", order=order))
    file = make_city(
        people,
        sites,
        formats,
        out=out,
        seed=seed,
        residents=residents,
        travel="network" if travel == "network" else "euclidean",
        order="tiers" if order == "tiers" else "weighted",
        name=name,
    )
    print(f"synthetic scenario written: {file}", f"next: siting solve {file}", sep="\n")
    return 0
