"""Numbers as people write them: 1,200 · 500㎡ · 3.5万元 · a unit in the column's head.

A unit that fits what a column holds is turned into the unit the scenario counts in, by exact
fractions; any other text stays a fault. Chinese units of area: 1 亩 = 2000/3 m2 (State Council
order of 1984 on legal units, land tables).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from siting.files.head import JOINT

_NUMBER = re.compile(
    r"(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?(?P<power>e[-+]?\d{1,2})?"
)
_HEAD = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]+)[)\]】〕]\s*$|[/_:]\s*([^/_:()\[\]]+)$")
_BEFORE = ("人民币", "cny", "rmb", "¥", "￥")


@dataclass(frozen=True)
class Quantity:
    """What the numbers of a column count, and how many of its unit other units are."""

    name: str
    """In the section ``quantity`` of the texts."""
    units: Mapping[str, Fraction]


def _of(name: str, units: Mapping[str, int | Fraction]) -> Quantity:
    return Quantity(name, {unit: Fraction(size) for unit, size in units.items()})


_MU, _FOOT = Fraction(2000, 3), Fraction(3048, 10000)
PLAIN = _of("number", {})
AREA = _of(
    "area",
    {
        "m2": 1,
        "m^2": 1,
        "sqm": 1,
        "sq m": 1,
        "平方米": 1,
        "平米": 1,
        "平方": 1,
        "平": 1,
        "亩": _MU,
        "mu": _MU,
        "万亩": 10_000 * _MU,
        "公顷": 10_000,
        "ha": 10_000,
        "hm2": 10_000,
        "万平方米": 10_000,
        "万m2": 10_000,
        "万平米": 10_000,
        "万平": 10_000,
        "平方千米": 1_000_000,
        "平方公里": 1_000_000,
        "km2": 1_000_000,
        "ft2": _FOOT**2,
        "sqft": _FOOT**2,
        "sq ft": _FOOT**2,
    },
)
MONEY = _of(
    "money",
    {
        "元": 1,
        "圆": 1,
        "块": 1,
        "yuan": 1,
        "cny": 1,
        "rmb": 1,
        "人民币": 1,
        "千元": 1000,
        "万元": 10_000,
        "万": 10_000,
        "百万元": 1_000_000,
        "千万元": 10_000_000,
        "亿元": 100_000_000,
        "亿": 100_000_000,
    },
)
PERSONS = _of(
    "persons",
    {
        "人": 1,
        "名": 1,
        "口": 1,
        "位": 1,
        "persons": 1,
        "people": 1,
        "千人": 1000,
        "百人": 100,
        "万人": 10_000,
        "万": 10_000,
    },
)
HOUSEHOLDS = _of(
    "households",
    {"户": 1, "家": 1, "households": 1, "百户": 100, "千户": 1000, "万户": 10_000, "万": 10_000},
)
RATIO = _of("factor", {"%": Fraction(1, 100), "‰": Fraction(1, 1000), "倍": 1})
_PERIOD = {"年": 1, "y": 1, "year": 1, "a": 1, "月": 12, "month": 12, "天": 365, "日": 365,
           "day": 365}  # fmt: skip
RENT = _of(
    "rent",
    {
        f"{money}/{area}{joint}{period}": times * size / AREA.units[area]
        for money, size in MONEY.units.items()
        for area in ("m2", "平方米", "平米", "平方", "平")
        for joint in ("/", ".", "·", "*")
        for period, times in _PERIOD.items()
    }
    | {
        f"{money}/{period}/{area}": times * size / AREA.units[area]
        for money, size in MONEY.units.items()
        for area in ("m2", "平方米", "平米", "平方", "平")
        for period, times in _PERIOD.items()
    },
)
"""Rents of a day count 365 times a year."""


def plain(text: str) -> str:
    """A text with letters and signs of half width, in lower case: ㎡ is m2, （ is (."""
    if any(unicodedata.category(letter) == "No" and letter not in "²³" for letter in text):
        return text  # ① and ½ are no digits
    return unicodedata.normalize("NFKC", text).strip().lower()


@dataclass(frozen=True)
class Reading:
    """What a cell says."""

    value: Fraction
    """In the quantity's unit, where the cell names one."""
    unit: str = ""
    """As written, empty for none."""


def read_number(text: str, quantity: Quantity = PLAIN) -> Reading | None:
    """What a cell says; None where that is no number, or one with a unit that does not fit."""
    given = plain(text)
    for word in _BEFORE:
        given = given.removeprefix(word).strip()
    match = _NUMBER.match(given)
    if match is None:
        return None
    value = Fraction(match[0].replace(",", ""))
    unit = given[match.end() :].strip()
    if not unit:
        return Reading(value)
    size = quantity.units.get(unit)
    return None if size is None else Reading(value * size, unit)


def head_unit(name: str, quantity: Quantity) -> tuple[str, Fraction] | None:
    """The unit that a column's head gives, 面积（亩） or 投资/万元, and its size; None for none.

    Of a head of two rows the lower one says it, else the one above: 人口（万人）/60岁以上.
    """
    rows = plain(name).split(JOINT)
    for last in range(len(rows), 0, -1):
        match = _HEAD.search(JOINT.join(rows[:last]))
        if match is None:
            continue
        unit = (match[1] or match[2]).strip().removeprefix("单位:").strip()
        size = quantity.units.get(unit)
        if size is not None:
            return unit, size
    return None
