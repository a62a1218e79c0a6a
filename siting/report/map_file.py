"""The map of a report as a file by itself (extra ``report``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

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


def write_map(
    kind: Literal["png", "svg"],
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    path: str | Path,
    lang: Lang,
) -> Path:
    """Write it; returns its path.

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
        file=kind,
    )
    if drawn is None:
        raise ArgumentError(Notice("fault.map_places"))
    Path(path).write_bytes(drawn)
    return Path(path)
