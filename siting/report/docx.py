"""report.docx: the written report, with a map, to be edited and filed (extra ``report``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import needing
from siting.notice import Notice
from siting.paper import docx as layout
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
    """Write it; returns its path. Arguments as in :func:`siting.report.html.write`, ``about`` as in
    :func:`siting.report.paper.paper_of`.

    Raises:
        ArgumentError: a library of the extra ``report`` is not installed.
    """
    with needing(Notice("fault.a_report", kind="docx"), "report"):
        import docx  # noqa: F401
        import matplotlib  # noqa: F401  draws the map

    return layout.write(paper_of(result, problem, scenario, lang, about=about), path)
