"""``siting serve``: the planning desk and its HTTP API, on this computer alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siting.commands.arguments import Lang, Language


def serve(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]..."),
    ] = None,
    port: Annotated[int, typer.Option(metavar="N")] = 0,
    open_browser: Annotated[bool, typer.Option("--open/--no-open")] = True,
    read_only: Annotated[bool, typer.Option("--read-only")] = False,
    jobs: Annotated[int, typer.Option(metavar="N")] = 1,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR"),
    ] = None,
    basemap: Annotated[
        str | None,
        typer.Option(metavar="URL|FILE"),
    ] = None,
    lang: Language = Lang.zh,
) -> int:
    """The planning desk in the browser, and its HTTP API; on this computer alone."""
    from siting.service.serving import serve as run

    return run(
        paths or [Path()],
        port=port,
        opens=open_browser,
        read_only=read_only,
        jobs=jobs,
        data=data,
        basemap=basemap,
        lang=lang.value,
    )
