"""A paper as one web page, without a script and without a network connection; it prints as it
should."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from pathlib import Path

from siting.page_policy import content_policy
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
from siting.texts.words import Words

STYLE = Path(__file__).parent / "templates" / "paper.css"


def write(paper: Paper, path: str | Path) -> Path:
    """Write the page; returns its path."""
    path = Path(path)
    path.write_text(page(paper), encoding="utf-8")
    return path


def page(paper: Paper) -> str:
    """The page as text."""
    words = Words.of(paper.lang, "paper")
    about = "".join(f"<p>{_text(words.titled(*line))}</p>" for line in paper.about)
    body = "\n".join(
        ('<div class="page"></div>\n' if fresh else "") + _block(block, paper)
        for block, _, fresh in paper.placed()
    )
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if paper.lang == "zh" else "en"}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"{content_policy()}\n"
        f"<title>{_text(paper.title)}</title>\n"
        f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        f'<div class="running">{_text(paper.running)}</div>\n<h1>{_text(paper.title)}</h1>\n'
        f'<div class="about">{about}</div>\n{body}\n</body>\n</html>\n'
    )


def _text(text: str) -> str:
    return escape(clean(text))


def _block(block: Flowing, paper: Paper) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level + 1}>{_text(text)}</h{level + 1}>"
        case Text(text, kind):
            return f'<p class="{kind}">{_text(text)}</p>'
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{_text(item)}</li>" for item in items) + "</ul>"
        case Picture(png, caption, _):
            source = b64encode(png).decode("ascii")
            told = f"<figcaption>{_text(caption)}</figcaption>" if caption else ""
            shown = f'<img alt="{_text(caption)}" src="data:image/png;base64,{source}">'
            return f"<figure>{shown}{told}</figure>"
        case Grid():
            return _table(block, paper)


def _table(grid: Grid, paper: Paper) -> str:
    parts = [f"<h3>{_text(grid.title)}</h3>"] if grid.title else []
    if grid.note:
        parts.append(f'<p class="note">{_text(grid.note)}</p>')
    heads = "".join(f"<th>{_text(column.head)}</th>" for column in grid.columns)
    parts.append(f'<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>')
    for row in grid.rows:
        cells = (
            f'<td class="{_class(str(v), c.kind, c.right)}">{_text(paper.shown(v, c.kind))}</td>'
            for v, c in zip(row, grid.columns, strict=True)
        )
        parts.append(f"<tr>{''.join(cells)}</tr>")
    if grid.total is not None:
        cells = (
            f'<td class="{_class("", c.kind, c.right)}">'
            f"{_text(paper.shown(v, c.kind)) if v is not None else ''}</td>"
            for v, c in zip(grid.total, grid.columns, strict=True)
        )
        parts.append(f'<tr class="total">{"".join(cells)}</tr>')
    told = "\n".join([*parts, "</tbody></table></div>"])
    return f'<section class="wide">\n{told}\n</section>' if grid.wide else told


def _class(value: str, kind: str, right: bool) -> str:
    if kind == "light":
        return f"light {value}" if value in LIGHTS else "mid"
    return "right" if right else "text" if kind == "text" else "mid"
