"""report.docx: the written report, with a map, to be edited and filed (extra ``report``)."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import needing
from siting.report.contents import MOST_ROWS, Contents, contents
from siting.report.facts import facts_of
from siting.report.picture import picture
from siting.report.sections import Cell, Section, sections
from siting.texts.catalogue import Lang, number, percent

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write(
    result: Result,
    problem: Problem,
    scenario: Scenario | None,
    path: str | Path,
    lang: Lang = "zh",
) -> Path:
    """Write the document; returns its path. Arguments as in :func:`siting.report.html.write`.

    Raises:
        ArgumentError: python-docx or matplotlib is not installed.
    """
    with needing("a docx report", "report"):
        import matplotlib  # noqa: F401  draws the map
        from docx import Document
        from docx.shared import Cm

    told = contents(result, problem, facts_of(scenario, lang, result), lang)
    document = Document()
    _fonts(document)
    document.add_heading(_clean(told.facts.name), level=0)
    document.add_paragraph(told.words["subtitle"])
    document.add_paragraph(" ".join(told.sentences), style="Intense Quote")
    figures = Section(
        "",
        (told.words["key"], told.words["value"], ""),
        tuple((f.label, f.value, f.note) for f in told.figures),
    )
    _table(document, figures, told)
    document.add_heading(told.words["warnings"], level=1)
    for warning in told.warnings:
        document.add_paragraph(_clean(warning), style="List Bullet")
    drawn = picture(problem, result, told.words)
    if drawn is not None:
        document.add_heading(told.words["map"], level=1)
        document.add_picture(BytesIO(drawn), width=Cm(16))
    for section in sections(told):
        document.add_heading(section.title, level=1)
        if section.note:
            document.add_paragraph(_clean(section.note))
        _table(document, section, told)
    document.save(str(path))
    return Path(path)


def _fonts(document: Any) -> None:
    """A Chinese face beside the Latin one; Word falls back where it is missing."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style = document.styles["Normal"]
    style.font.size = Pt(10)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "Microsoft YaHei")


def _table(document: Any, section: Section, told: Contents) -> None:
    from docx.shared import Pt

    # Columns that are empty in every row only take room from the others.
    used = [
        k for k in range(len(section.head)) if any(row[k] not in ("", None) for row in section.rows)
    ]
    table = document.add_table(rows=1, cols=len(used), style="Light Grid Accent 1")
    rows = [section.head, *section.rows[:MOST_ROWS]]
    for at, row in enumerate(rows):
        cells = table.rows[0].cells if at == 0 else table.add_row().cells
        for cell, k in zip(cells, used, strict=True):
            cell.text = _shown(row[k], share=at > 0 and k in section.shares)
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(8.5)
    if len(section.rows) > MOST_ROWS:
        cut = told.words["plan_cut"].format(shown=MOST_ROWS, all=len(section.rows))
        document.add_paragraph(cut)


def _shown(value: Cell, share: bool) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return _clean(value)
    return percent(value) if share else number(value)


def _clean(text: str) -> str:
    return UNPRINTABLE.sub("\ufffd", text)
