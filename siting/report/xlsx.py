"""report.xlsx: the tables of a report, a sheet each, figures as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from siting.paper import xlsx as layout
from siting.report.paper import paper_of
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
    about: Sequence[tuple[str, str]] = (),
) -> Path:
    """Write it; returns its path. Arguments as in :func:`siting.report.html.write`."""
    return layout.write(paper_of(result, problem, scenario, lang, True, about), path)
