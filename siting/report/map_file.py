"""The map of a report as a file by itself: report.png, a picture, or report.svg, a drawing that
scales and whose letters are outlines (extra ``report``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import ArgumentError, needing
from siting.notice import Notice
from siting.report.contents import contents
from siting.report.facts import facts_of
from siting.report.ground import ground_of
from siting.texts.catalogue import Lang

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario


def write(
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    path: str | Path,
    lang: Lang = "zh",
) -> Path:
    """Write it as the kind of file that the path's ending says; returns its path. Arguments as in
    :func:`siting.report.html.write`.

    Raises:
        ArgumentError: matplotlib is not installed, or the data have no places.
    """
    with needing(Notice("fault.a_map"), "report"):
        from siting.report.picture import picture

    told = contents(result, problem, facts_of(scenario, lang, result), lang)
    drawn = picture(
        problem,
        result,
        told.words,
        told.site_numbers,
        None if scenario is None else scenario.network,
        ground=ground_of(scenario),
        file="svg" if Path(path).suffix == ".svg" else "png",
    )
    if drawn is None:
        raise ArgumentError(Notice("fault.map_places"))
    Path(path).write_bytes(drawn)
    return Path(path)
