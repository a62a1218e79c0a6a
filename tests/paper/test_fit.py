"""Where lines break, and how wide columns are."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from siting.paper import Column, Grid, Paper
from siting.paper.fit import CLOSING, lines, pieces, wide, widths
from tests.tools.depth import examples

TEXTS = st.text(alphabet="一圈策，。（）abc 019-/%.", max_size=60)


@given(TEXTS, st.integers(4, 40))
@examples(200)
def test_nothing_is_lost_and_no_word_is_torn(text: str, width: int) -> None:
    """Lines say the text, but for spaces where they break; each fits unless one piece is wider;
    Latin words and figures stay whole; no line begins with a mark that closes."""
    text = re.sub(r"\s+(?=[，。）/%.\-])", "", text)  # who writes a space before it asks for it
    told = lines(text, width, wide)
    assert re.sub(r"\s", "", "".join(told)) == re.sub(r"\s", "", text)
    for line in told:
        assert wide(line) <= width or len([p for p in pieces(line) if p.strip()]) == 1
    for word in re.findall(r"[a-c0-9]+", text):
        assert any(word in line for line in told)
    for before, line in pairwise(told):
        assert not (before and line and line[0] in CLOSING)


@given(st.lists(st.tuples(TEXTS, st.integers(0, 10**9)), min_size=1, max_size=5))
@examples(60)
def test_figures_get_the_room_they_need(rows: list[tuple[str, int]]) -> None:
    """Parts add up to the whole; where all can fit, a figure's column holds its widest figure."""
    grid = Grid("t", (Column("文字"), Column("数", "number")), tuple(rows))
    parts = widths(grid, Paper("zh", "", (), "", ()), 110)
    assert abs(sum(parts) - 1) < 1e-9
    assert 110 * parts[1] >= max(len(f"{figure:,}") for _, figure in rows)


def test_room_goes_where_it_saves_lines() -> None:
    """Of two columns of text the one with the longer cells is the wider by more than its root."""
    rows = tuple(("短" * 5, "一处用房的理由" * 9) for _ in range(20))
    grid = Grid("t", (Column("名"), Column("理由")), rows)
    few, many = (100 * part for part in widths(grid, Paper("zh", "", (), "", ()), 100))
    assert few <= 20 and many >= 78
