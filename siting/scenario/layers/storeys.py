"""Storeys as registers write them: 1, 一层, 2F, B1, 负一层."""

from __future__ import annotations

import re

from siting.scenario.layers.units import plain

_WORDS = {"首层": 1, "底层": 1, "底商": 1, "地面层": 1, "地下室": -1, "g": 1, "gf": 1, "ground": 1,
          "basement": -1}  # fmt: skip
_DIGITS = {letter: n for n, letter in enumerate("零一二三四五六七八九")} | {"两": 2}
_FORM = re.compile(
    r"(?P<below>b|负|地下第?|-)?(?P<up>l|f|地上|第)?(?P<n>\d{1,3}|[零一二三四五六七八九十两]{1,3})"
    r"(?:\.0+)?(?:层|楼|f|fl|/f)?"
)
LOWEST, HIGHEST = -20, 200


def read_storey(text: str) -> int | None:
    """1 = ground floor, 2 = above it, -1 = first basement; None for anything else."""
    cell = plain(text).replace(" ", "")
    if cell in _WORDS:
        return _WORDS[cell]
    match = _FORM.fullmatch(cell)
    if match is None or (match["below"] and match["up"]):
        return None
    number = int(match["n"]) if match["n"].isdecimal() else _chinese(match["n"])
    if not number or not LOWEST <= (-number if match["below"] else number) <= HIGHEST:
        return None
    return -number if match["below"] else number


def _chinese(text: str) -> int | None:
    """Numbers to 99: 三, 十, 十二, 二十, 二十一."""
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS[text] if len(text) == 1 else None
    if len(tens) > 1 or len(ones) > 1:
        return None
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)
