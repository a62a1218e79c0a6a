"""Fonts in which pictures show Chinese: one of our own, then those of the machine."""

from __future__ import annotations

from pathlib import Path

FONT_FILE = Path(__file__).parent / "font" / "SitingSansSC-Regular.ttf"
"""Covers GB 2312 and Latin; comes with the package, so that pictures are the same everywhere."""
OWN = "Siting Sans SC"
OTHERS = (
    "Noto Sans CJK SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "DejaVu Sans",
)
"""Asked for characters that ours lacks, as far as the machine has them."""


def font_family() -> list[str]:
    """Names of fonts for matplotlib, the first for all it has, the next for what it lacks."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    if OWN not in known:
        font_manager.fontManager.addfont(FONT_FILE)
    return [OWN, *(name for name in OTHERS if name in known)]
