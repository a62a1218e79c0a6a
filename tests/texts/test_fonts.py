"""The font that comes with the package."""

from __future__ import annotations

import warnings
from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font

from siting.texts.catalogue import texts
from siting.texts.fonts import FONT_FILE, OWN, font_family


def test_the_font_has_every_character_of_our_chinese_texts() -> None:
    """Whatever a picture, page or table of ours says in Chinese can be drawn with our own font."""
    drawn = set(get_font(FONT_FILE).get_charmap())
    written = {ord(sign) for text in texts("zh").values() for sign in text if sign.isprintable()}
    assert [chr(code) for code in sorted(written - drawn)] == []


def test_chinese_is_drawn_without_any_font_of_the_machine() -> None:
    """No empty boxes: a picture in Chinese needs nothing but what the package brings."""
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes.set_title("新增覆盖人口 ㎡ ≥ 15 分钟", family=[OWN])
        assert font_family()[0] == OWN
        figure.savefig(BytesIO(), format="png")


def test_asking_again_registers_nothing_twice() -> None:
    """The list of fonts does not grow with every picture."""
    from matplotlib import font_manager

    font_family()
    before = len(font_manager.fontManager.ttflist)
    font_family()
    assert len(font_manager.fontManager.ttflist) == before
