"""A paper as pdf, in the font that comes with the package; no office program is needed (extra
``report``: reportlab)."""

from __future__ import annotations

from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from siting.errors import needing
from siting.notice import Notice
from siting.paper.content import (
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
from siting.paper.fit import lines
from siting.paper.fit import widths as fitted
from siting.texts.fonts import FONT_FILE
from siting.texts.words import Words

FACE = "Siting"
MARGIN_MM, WIDTH_MM, ACROSS_MM = 20, 210 - 2 * 20, 297 - 2 * 20
TOP_MM, FOOT_MM = 22, 20
UPRIGHT, ACROSS = "upright", "across"
"""Pages that stand, and that lie across."""
FRAME_PAD = 6
"""Points that a frame keeps free on each side."""
CELL_PT, PAD, ROOM = 8, 3, 115
"""Of tables: size of the type, points beside a cell's text, half signs in the whole width."""
MOST_TOGETHER, BEGUN_MM = 12, 45
"""Rows of a table that no page parts from its title; room that a longer one needs to begin."""
HEAD_FILL, TOTAL_FILL, LINE = "#DCE6F1", "#F2F2F2", "#A6A6A6"


def write(paper: Paper, path: str | Path) -> Path:
    """Write the document; returns its path.

    Raises:
        ArgumentError: reportlab is not installed.
    """
    with needing(Notice("fault.a_document", kind="pdf"), "report"):
        from reportlab.lib.pagesizes import A4, landscape
        from reportlab.lib.units import mm
        from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
        from reportlab.platypus import NextPageTemplate as Turned
        from reportlab.platypus import PageBreak as NewPage
    _register()
    document = BaseDocTemplate(
        str(path),
        pagesize=A4,
        title=clean(paper.title),
        author="",
        lang="zh-CN" if paper.lang == "zh" else "en",
        invariant=1,
    )
    for name, size in ((UPRIGHT, A4), (ACROSS, landscape(A4))):
        width, height = size[0] - 2 * MARGIN_MM * mm, size[1] - (TOP_MM + FOOT_MM) * mm
        frame = Frame(MARGIN_MM * mm, FOOT_MM * mm, width, height, id=name)
        document.addPageTemplates(PageTemplate(id=name, frames=[frame], pagesize=size))
    styles = _styles()
    story: list[Any] = [_said(paper.title, styles["title"])]
    words = Words.of(paper.lang, "paper")
    story += [_said(words.titled(*line), styles["about"]) for line in paper.about]
    lies = False
    for block, across, fresh in paper.placed():
        story += [Turned(ACROSS if across else UPRIGHT)] if across != lies else []
        story += [NewPage()] if fresh or across != lies else []
        story += _flow(block, paper, styles)
        lies = across
    document.build(story, canvasmaker=_numbered(paper))
    return Path(path)


def _register() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if FACE not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(FACE, str(FONT_FILE)))


def _styles() -> dict[str, Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle

    def style(name: str, size: float, leading: float = 1.5, **more: Any) -> Any:
        return ParagraphStyle(name, fontName=FACE, fontSize=size, leading=leading * size, **more)

    grey, light = HexColor("#595959"), HexColor("#7F7F7F")
    return {
        "title": style("title", 18, alignment=1, spaceAfter=6),
        "about": style("about", 10.5, alignment=1),
        "h1": style("h1", 13.5, spaceBefore=10, spaceAfter=3, keepWithNext=1),
        "h2": style("h2", 11, spaceBefore=7, spaceAfter=2, keepWithNext=1),
        "body": style("body", 10.5, spaceAfter=3),
        "note": style("note", 8.5, textColor=grey, spaceAfter=3, keepWithNext=1),
        "caption": style("caption", 8.5, textColor=grey, spaceAfter=6),
        "fill": style("fill", 10.5, textColor=light, spaceAfter=20),
        "text": style("text", CELL_PT, 1.3),
        "right": style("right", CELL_PT, 1.3, alignment=2),
        "mid": style("mid", CELL_PT, 1.3, alignment=1),
        "white": style("white", CELL_PT, 1.3, alignment=1, textColor=HexColor("#FFFFFF")),
    }


def _said(text: str, style: Any, width: float | None = None, indent: bool = False) -> Any:
    """A paragraph whose lines are broken here: the library would tear Latin words apart in Chinese
    text, or Chinese text nowhere.

    Args:
        width: points; None = of the page.
        indent: the first line by two signs.
    """
    from reportlab.lib.units import mm
    from reportlab.pdfbase.pdfmetrics import stringWidth
    from reportlab.platypus import Paragraph

    def measure(piece: str) -> float:
        return float(stringWidth(piece, FACE, style.fontSize))

    room = WIDTH_MM * mm - 2 * FRAME_PAD if width is None else width
    inset = 2 * style.fontSize if indent else 0.0
    told = lines(clean(text), room - 0.1, measure, inset)
    shape = style.clone(f"{style.name} indented", firstLineIndent=inset) if indent else style
    return Paragraph("<br/>".join(map(escape, told)), shape)


def _flow(block: Flowing, paper: Paper, styles: dict[str, Any]) -> list[Any]:
    from reportlab.lib.units import cm
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image, Spacer

    match block:
        case Heading(text, level):
            return [_said(text, styles[f"h{level}"])]
        case Text(text, kind):
            return [_said(text, styles[kind], indent=kind == "body" and paper.lang == "zh")]
        case Bullets(items):
            return [_said(f"• {item}", styles["body"]) for item in items]
        case Picture(png, caption, width):
            across, high = ImageReader(BytesIO(png)).getSize()
            width = min(width * cm, WIDTH_MM / 10 * cm)
            shown = Image(BytesIO(png), width=width, height=width * high / across)
            shown.keepWithNext = bool(caption)
            return [shown, *([_said(caption, styles["caption"])] * bool(caption))]
        case Grid():
            return [*_table(block, paper, styles), Spacer(1, 8)]


def _table(grid: Grid, paper: Paper, styles: dict[str, Any]) -> list[Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.units import mm
    from reportlab.pdfbase.pdfmetrics import stringWidth
    from reportlab.platypus import CondPageBreak, LongTable

    width = ACROSS_MM if grid.wide else WIDTH_MM
    room = ROOM * width / WIDTH_MM
    whole = width * mm - 2 * FRAME_PAD

    def measure(text: str) -> float:
        return float(stringWidth(text, FACE, CELL_PT)) * room / whole

    widths = [whole * part for part in fitted(grid, paper, room, measure)]
    look: list[tuple[Any, ...]] = [
        ("GRID", (0, 0), (-1, -1), 0.4, HexColor(LINE)),
        ("BACKGROUND", (0, 0), (-1, 0), HexColor(HEAD_FILL)),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("LEFTPADDING", (0, 0), (-1, -1), PAD),
        ("RIGHTPADDING", (0, 0), (-1, -1), PAD),
    ]
    heads = zip(grid.columns, widths, strict=True)
    rows = [[_said(column.head, styles["mid"], width - 2 * PAD) for column, width in heads]]
    shown = grid.rows if grid.total is None else (*grid.rows, grid.total)
    for at, values in enumerate(shown, start=1):
        cells = []
        for k, (value, column) in enumerate(zip(values, grid.columns, strict=True)):
            total = grid.total is not None and at == len(shown)
            text = "" if total and value is None else paper.shown(value, column.kind)
            style = "right" if column.right else "text" if column.kind == "text" else "mid"
            if column.kind == "light" and str(value) in LIGHTS:
                look.append(("BACKGROUND", (k, at), (k, at), HexColor(f"#{LIGHTS[str(value)]}")))
                style = "white"
            cells.append(_said(text, styles[style], widths[k] - 2 * PAD))
        rows.append(cells)
    if grid.total is not None:
        look.append(("BACKGROUND", (0, -1), (-1, -1), HexColor(TOTAL_FILL)))
    table = LongTable(rows, colWidths=widths, repeatRows=1, splitByRow=1, splitInRow=0)
    table.setStyle(look)
    # What is kept with a table takes the whole of it to the next page: a long one begins here if
    # its head and some rows fit, a short one stays in one piece.
    long = len(rows) > MOST_TOGETHER
    above = [(grid.title, "h2"), (grid.note, "note")]
    said = [
        _said(text, styles[name].clone(f"{name} {long}", keepWithNext=int(not long)))
        for text, name in above
        if text
    ]
    return [*([CondPageBreak(BEGUN_MM * mm)] * long), *said, table]


def _numbered(paper: Paper) -> Any:
    """A canvas that writes head and page numbers once it knows how many pages there are."""
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    before, between, after = Words.of(paper.lang, "paper")["pages"].split("|")

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *args: Any, **more: Any):
            super().__init__(*args, **more)
            self.kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802  reportlab's name
            self.kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self.kept, start=1):
                self.__dict__.update(page)
                self.setFont(FACE, 8)
                middle, top = self._pagesize[0] / 2, self._pagesize[1]
                self.drawCentredString(middle, top - 13 * mm, clean(paper.running))
                told = f"{before}{number}{between}{len(self.kept)}{after}"
                self.drawCentredString(middle, 11 * mm, told)
                super().showPage()
            super().save()

    return Numbered
