"""report.svg: the map as a drawing that scales; its letters are outlines (extra ``report``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siting.report.map_file import write_map
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
    """Write it; returns its path. Arguments as in :func:`siting.report.html.write`.

    Raises:
        ArgumentError: matplotlib is not installed, or the data have no places.
    """
    return write_map("svg", result, problem, scenario, path, lang)
