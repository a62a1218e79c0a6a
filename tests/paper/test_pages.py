"""Pages of a paper: nothing makes a blank one."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document
from docx.shared import Pt
from openpyxl import load_workbook

from siting.paper import Column, Exact, Grid, Heading, PageBreak, Paper, Text, docx, html, pdf, xlsx

WIDE = Grid("list", (Column("a"),), (("1",),), wide=True)
NARROW = Grid("list", (Column("a"),), (("1",),))


@pytest.mark.parametrize(
    ("after", "asked"), [(WIDE, False), (NARROW, True), (Heading("h"), True), (Text("t"), True)]
)
def test_a_page_begins_once(after: Grid | Heading | Text, asked: bool, tmp_path: Path) -> None:
    """A break before a table that lies across is the turn of the page, in every format."""
    paper = Paper("en", "title", (), "head", (Text("first"), PageBreak(), after))
    assert [fresh for _, _, fresh in paper.placed()] == [False, asked]
    made = Document(str(docx.write(paper, tmp_path / "x.docx")))
    breaks = [p for p in made.paragraphs if p.paragraph_format.page_break_before]
    assert (len(breaks), len(made.sections)) == (int(asked), 1 if asked else 2)
    assert "w:br" not in made.element.xml
    assert ('<div class="page">' in html.page(paper)) == asked
    content = pdf.write(paper, tmp_path / "x.pdf").read_bytes()
    assert content.count(b"/Type /Page\n") == 2


def test_no_empty_line_is_space(tmp_path: Path) -> None:
    """Space is a paragraph's own. What Word asks for between two tables, at the end of a section
    and of the body has no height, so that a full page is followed by no blank one."""
    bare = Grid("", (Column("a"),), (("1",),))
    blocks = (NARROW, Heading("h"), bare, bare, Text("below"), WIDE, Text("t"), bare)
    made = Document(str(docx.write(Paper("zh", "t", (), "h", blocks), tmp_path / "x.docx")))
    empty = [p.paragraph_format for p in made.paragraphs if not p.text]
    assert len(empty) == 4  # between two tables, two turns of the page, the end
    for shape in empty:
        assert shape.line_spacing == Pt(1) and not shape.space_before and not shape.space_after
    (below,) = (p for p in made.paragraphs if p.text == "below")
    assert below.paragraph_format.space_before == Pt(docx.BELOW_PT)


def test_signs_that_no_file_holds_are_shown_as_such(tmp_path: Path) -> None:
    """Names come from anybody: what XML cannot hold is left out of each part, the title too."""
    odd = "a\x00\x1b\ufffe\ud800b"
    paper = Paper(
        "en",
        odd,
        ((odd, odd),),
        odd,
        (Heading(odd), Text(odd), Grid(odd, (Column(odd),), ((odd,),))),
    )
    for kind in (docx, xlsx, pdf):
        assert kind.write(paper, tmp_path / f"x.{kind.__name__}").stat().st_size


def test_a_share_in_a_column_of_words_is_a_number(tmp_path: Path) -> None:
    """A gap beside gaps told in words is a figure with its format in a workbook, and the same
    hundredth of a per cent in a document; a whole number there is one, too."""
    rows = (("basic", Exact(0.0856)), ("quality", "≤ 510 people"), ("seed", 7))
    grid = Grid("gaps", (Column("tier"), Column("gap")), rows)
    paper = Paper("en", "t", (), "h", (grid,))
    sheet = load_workbook(xlsx.write(paper, tmp_path / "x.xlsx"))["gaps"]
    told = [(cell.value, cell.number_format) for (cell,) in sheet["B2":"B4"]]
    assert told == [(0.0856, "0.00%"), ("≤ 510 people", "General"), (7, "#,##0")]
    (table,) = Document(str(docx.write(paper, tmp_path / "x.docx"))).tables
    assert [row.cells[1].text for row in table.rows[1:]] == ["8.56%", "≤ 510 people", "7"]
