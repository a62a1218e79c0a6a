"""Documents to hand on: what a paper says, once, and how docx, xlsx, html and pdf lay it out."""

from siting.paper.content import (
    Block,
    Bullets,
    Cell,
    Chart,
    Column,
    Exact,
    Grid,
    Heading,
    Kind,
    PageBreak,
    Paper,
    Picture,
    Share,
    Text,
    clean,
    shown,
)

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Chart",
    "Column",
    "Exact",
    "Grid",
    "Heading",
    "Kind",
    "PageBreak",
    "Paper",
    "Picture",
    "Share",
    "Text",
    "clean",
    "shown",
]
