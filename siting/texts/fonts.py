"""Fonts in which pictures may show Chinese, in order of preference."""

from __future__ import annotations

FONTS = ("Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "Source Han Sans SC",
         "WenQuanYi Micro Hei", "DejaVu Sans")  # fmt: skip


def font_family() -> list[str]:
    """Those of ``FONTS`` that matplotlib knows on this machine; any sans serif without them."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in FONTS if name in known] or ["sans-serif"]
