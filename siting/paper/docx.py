"""A paper as docx: A4, 仿宋 and 黑体 with a Latin face beside them, by name (extra ``report``).

Tables are written as the XML that Word itself writes, in one piece: a head that every page
repeats, rows that no page breaks, columns as wide as they are worth, figures on the right.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from siting.errors import needing
from siting.notice import Notice
from siting.paper.content import (
    AUTHOR,
    LIGHTS,
    Bullets,
    Flowing,
    Grid,
    Heading,
    Paper,
    Picture,
    Text,
    clean,
)
from siting.paper.fit import widths as fitted
from siting.texts.words import Words

BODY, HEAD = ("仿宋", "Times New Roman"), ("黑体", "Arial")
"""Faces: the Chinese one and the Latin one; Word falls back where a machine has them not."""
A4_CM = (21.0, 29.7)
MARGIN_CM, WIDTH_CM, ACROSS_CM = 2.4, 21.0 - 2 * 2.4, 29.7 - 2 * 2.4
SMALL_PT, CELL_PT, BODY_PT, BELOW_PT = 9, 9, 10.5, 6
"""Notes, cells, text (五号), and the space below a table."""
HEAD_FILL, TOTAL_FILL = "DCE6F1", "F2F2F2"
ROOM = 98
"""Half signs in a table's width at that size."""
TWIPS = 567
"""Of a centimetre."""


def write(paper: Paper, path: str | Path) -> Path:
    """Write the document; returns its path.

    Raises:
        ArgumentError: python-docx is not installed.
    """
    with needing(Notice("fault.a_document", kind="docx"), "report"):
        from docx import Document
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt
    document = Document()
    _page(document, paper)
    _styles(document)
    title = document.add_paragraph(clean(paper.title), style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _about(document, paper)
    below = False  # a table, in the same section
    for block, across, fresh in paper.placed():
        below = not _turn(document, across) and below
        if below and isinstance(block, Grid) and not (block.title or block.note):
            _line(document)
        before = len(document.paragraphs)
        _add(document, block, paper)
        if below and isinstance(block, Text | Bullets):
            document.paragraphs[before].paragraph_format.space_before = Pt(BELOW_PT)
        below = isinstance(block, Grid)
        if fresh:
            # A break in a paragraph of its own would be a blank page where the last one is full.
            document.paragraphs[before].paragraph_format.page_break_before = True
    if below:
        _line(document)  # a body does not end in a table
    _properties(document, paper)
    document.save(str(path))
    return Path(path)


def _properties(document: Any, paper: Paper) -> None:
    """What a file manager shows of it, in place of what the library's template says of itself."""
    told = document.core_properties
    told.title, told.author, told.comments = clean(paper.title), AUTHOR, ""
    told.language = "zh-CN" if paper.lang == "zh" else "en-GB"
    told.created = told.modified = datetime.now(UTC).replace(microsecond=0, tzinfo=None)


def _page(document: Any, paper: Paper) -> None:
    """A4, the running head, and page numbers at the foot."""
    from docx.shared import Cm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = map(Cm, A4_CM)
    section.left_margin = section.right_margin = Cm(MARGIN_CM)
    section.top_margin, section.bottom_margin = Cm(2.6), Cm(2.2)
    head = section.header.paragraphs[0]
    head.text, head.alignment = clean(paper.running), 1
    foot = section.footer.paragraphs[0]
    foot.alignment = 1
    before, between, after = Words.of(paper.lang, "paper")["pages"].split("|")
    for text, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        foot.add_run(text)
        if field:
            _field(foot, field)
    for run in (*head.runs, *foot.runs):
        run.font.size = Pt(SMALL_PT)


def _line(document: Any) -> Any:
    """A paragraph without height: what parts two tables, ends a section, or ends the body."""
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Pt

    line = document.add_paragraph()
    _flat(line.paragraph_format, Pt(1), WD_LINE_SPACING.EXACTLY)
    return line


def _flat(shape: Any, height: Any, rule: Any) -> None:
    shape.space_before = shape.space_after = 0
    shape.line_spacing, shape.line_spacing_rule = height, rule


def _turn(document: Any, across: bool) -> bool:
    """Go on on pages that stand, or lie across; head and foot go with them. Whether that turns."""
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Cm, Pt

    lies = document.sections[-1].orientation == WD_ORIENT.LANDSCAPE
    if lies == across:
        return False
    section = document.add_section()
    _flat(document.paragraphs[-1].paragraph_format, Pt(1), WD_LINE_SPACING.EXACTLY)
    section.orientation = WD_ORIENT.LANDSCAPE if across else WD_ORIENT.PORTRAIT
    width, height = A4_CM[::-1] if across else A4_CM
    section.page_width, section.page_height = Cm(width), Cm(height)
    return True


def _field(paragraph: Any, name: str) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    paragraph._p.append(
        parse_xml(
            f'<w:fldSimple {nsdecls("w")} w:instr="{name}"><w:r><w:rPr><w:sz w:val="18"/></w:rPr>'
            "<w:t>1</w:t></w:r></w:fldSimple>"
        )
    )


def _styles(document: Any) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    sizes = {
        "Normal": (BODY, BODY_PT),
        "Title": (HEAD, 18),
        "Heading 1": (HEAD, 13.5),
        "Heading 2": (HEAD, 11),
        "List Bullet": (BODY, BODY_PT),
    }
    for name, ((chinese, latin), points) in sizes.items():
        style = document.styles[name]
        style.font.size, style.font.name = Pt(points), latin
        style.font.color.rgb = RGBColor(0, 0, 0)
        faces = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            faces.attrib.pop(qn(f"w:{theme}"), None)  # a theme's face would go before ours
        for script, face in (("ascii", latin), ("hAnsi", latin), ("eastAsia", chinese)):
            faces.set(qn(f"w:{script}"), face)
    for name in ("Heading 1", "Heading 2"):
        spacing = document.styles[name].paragraph_format
        spacing.space_before, spacing.space_after = Pt(10), Pt(3)
        spacing.keep_with_next = True
    body = document.styles["Normal"].paragraph_format
    body.space_after, body.line_spacing = Pt(3), 1.15


def _about(document: Any, paper: Paper) -> None:
    from docx.shared import Pt

    for what, value in paper.about:
        line = document.add_paragraph()
        line.alignment = 1
        line.paragraph_format.space_after = Pt(0)
        line.add_run(clean(Words.of(paper.lang, "paper").titled(what, value)))


def _add(document: Any, block: Flowing, paper: Paper) -> None:
    from docx.shared import Cm, Pt, RGBColor

    match block:
        case Heading(text, level):
            document.add_heading(clean(text), level=level)
        case Text(text, kind):
            paragraph = document.add_paragraph()
            run = paragraph.add_run(clean(text))
            if kind == "note":
                run.font.size, run.font.color.rgb = Pt(SMALL_PT), RGBColor(0x59, 0x59, 0x59)
            if kind == "fill":
                run.font.color.rgb = RGBColor(0x7F, 0x7F, 0x7F)
            if kind == "body":
                paragraph.paragraph_format.first_line_indent = (
                    Pt(2 * BODY_PT) if paper.lang == "zh" else None
                )
        case Bullets(items):
            for item in items:
                document.add_paragraph(clean(item), style="List Bullet")
        case Picture(png, caption, width):
            document.add_picture(BytesIO(png), width=Cm(min(width, WIDTH_CM)))
            document.paragraphs[-1].alignment = 1
            document.paragraphs[-1].paragraph_format.keep_with_next = bool(caption)
            if caption:
                _add(document, Text(caption, "note"), paper)
        case Grid():
            _table(document, block, paper)


def _table(document: Any, grid: Grid, paper: Paper) -> None:
    from docx.oxml import parse_xml

    if grid.title:
        title = document.add_heading(clean(grid.title), level=2)
        title.paragraph_format.keep_with_next = True
    if grid.note:
        _add(document, Text(grid.note, "note"), paper)
        document.paragraphs[-1].paragraph_format.keep_with_next = True
    # A table stands before the paragraph that ends the body's last section.
    document.element.body.insert(
        len(document.element.body) - 1, parse_xml("".join(_xml(grid, paper)))
    )


def _xml(grid: Grid, paper: Paper) -> list[str]:
    """The table as WordprocessingML."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    width = ACROSS_CM if grid.wide else WIDTH_CM
    parted = fitted(grid, paper, ROOM * width / WIDTH_CM)
    widths = [round(width * TWIPS * part) for part in parted]
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:color="A6A6A6"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    parts = [
        f'<w:tbl {space}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblBorders>{lines}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr><w:tblGrid>",
        *(f'<w:gridCol w:w="{width}"/>' for width in widths),
        "</w:tblGrid>",
    ]
    heads = [column.head for column in grid.columns]
    parts += _row(heads, ["center"] * len(heads), widths, HEAD_FILL, head=True)
    sides = ["right" if c.right else "left" if c.kind == "text" else "center" for c in grid.columns]
    for row in grid.rows:
        shown = [paper.shown(v, c.kind) for v, c in zip(row, grid.columns, strict=True)]
        fills = [
            LIGHTS.get(str(v), "") if c.kind == "light" else ""
            for v, c in zip(row, grid.columns, strict=True)
        ]
        parts += _row(shown, sides, widths, fills)
    if grid.total is not None:
        shown = [
            paper.shown(v, c.kind) if v is not None else ""
            for v, c in zip(grid.total, grid.columns, strict=True)
        ]
        parts += _row(shown, sides, widths, TOTAL_FILL)
    return [*parts, "</w:tbl>"]


def _row(
    texts: list[str], sides: list[str], widths: list[int], fill: str | list[str], head: bool = False
) -> list[str]:
    """One row; its fill is one for all cells, or one a cell."""
    fills = fill if isinstance(fill, list) else [fill] * len(texts)
    face = HEAD if head else BODY
    kept = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    parts = [f"<w:tr><w:trPr>{kept}</w:trPr>"]
    for text, side, width, colour in zip(texts, sides, widths, fills, strict=True):
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{colour}"/>' if colour else ""
        white = '<w:color w:val="FFFFFF"/>' if colour in LIGHTS.values() else ""
        parts.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/>'
            '</w:tcPr><w:p><w:pPr><w:spacing w:before="20" w:after="20" w:line="240"/>'
            f'<w:jc w:val="{side}"/></w:pPr><w:r><w:rPr><w:rFonts w:ascii="{face[1]}" '
            f'w:hAnsi="{face[1]}" w:eastAsia="{face[0]}"/>{white}<w:sz w:val="{2 * CELL_PT}"/>'
            f'</w:rPr><w:t xml:space="preserve">{escape(clean(text))}</w:t></w:r></w:p></w:tc>'
        )
    return [*parts, "</w:tr>"]
