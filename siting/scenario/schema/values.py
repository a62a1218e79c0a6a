"""The kinds of values a scenario's keys take, each with its message and its JSON Schema.

A message says what is expected ("a whole number >= 0"); the reader adds line, key and what was
found. Whole numbers keep the text of an id (``007``) and decimals are compared as written, never
as their binary neighbours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from siting.notice import Notice

MAX_MONEY = 10**12
"""Largest amount of money, so that sums over a city stay exact."""
MAX_AREA = 10**9
"""Largest floor space in m2."""
MAX_METRES = 100_000
"""Longest walk or distance."""

_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?")
"""2027-12-31, 2027/12/31, 2027-12; a year alone or words say no day."""

JsonSchema = dict[str, Any]


class BadValueError(ValueError):
    """A value that its key cannot take; the notice says what is expected."""


class Checked:
    """A field type given by one function: it returns the clean value or raises BadValueError."""

    def __init__(self, check: Callable[[Any], Any], schema: JsonSchema):
        self.check = check
        self.schema = schema

    def __call__(self, value: Any) -> Any:
        try:
            return self.check(value)
        except BadValueError as error:
            raise PydanticCustomError(
                "expected", "{expected}", {"expected": error.args[0]}
            ) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_plain_validator_function(self)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchema:
        return dict(self.schema)


class OneOrMany:
    """A list that may be written as its only element, or left blank."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_before_validator_function(_as_list, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchema:
        many = handler(schema["schema"])
        return {"anyOf": [many["items"], many]}


def _as_list(value: Any) -> Any:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


class Short:
    """A mapping that may be written as the value of one of its keys: ``budget: 5``."""

    def __init__(self, key: str, kinds: tuple[type, ...] = (int, float)):
        self.key = key
        self.kinds = kinds

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        def expand(value: Any) -> Any:
            short = isinstance(value, self.kinds) and not isinstance(value, bool)
            return {self.key: value} if short else value

        return core_schema.no_info_before_validator_function(expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchema:
        long = handler(schema["schema"])
        kinds = {int: "number", float: "number", str: "string", list: "array"}
        names = sorted({kinds[kind] for kind in self.kinds})
        return {"anyOf": [*({"type": name} for name in names), long]}


class BlankIsEmpty:
    """A mapping whose key may be left blank."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_before_validator_function(
            lambda value: {} if value is None else value, handler(source)
        )


def exact(value: float | str) -> Fraction:
    """The decimal that was written: 0.1 is one tenth."""
    return Fraction(Decimal(str(value)))


def is_number(value: Any) -> bool:
    """A finite number that is not true or false."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _ident(value: Any) -> str:
    text = getattr(value, "raw", value)
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or not text.strip():
        raise BadValueError(Notice("fault.an_id"))
    return text.strip()


def _text(value: Any) -> str:
    text = getattr(value, "raw", value)
    if not isinstance(text, str) or not text.strip():
        raise BadValueError(Notice("fault.a_text"))
    return text.strip()


def _when(value: Any) -> str:
    text = _text(value)
    parts = _DATE.fullmatch(text)
    if parts:
        year, month, day = (int(part or 1) for part in parts.groups())
        try:
            date(year, month, day)
        except ValueError:
            raise BadValueError(Notice("fault.calendar")) from None
    return text


def _number(low: float, high: float, *, above: bool = False) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        fits = is_number(value) and (value > low if above else value >= low) and value <= high
        if not fits:
            raise BadValueError(
                Notice("fault.number", column=False, above=above, low=low, high=high)
            )
        return float(value)

    return check


def _whole(low: int, high: int, unit: str = "") -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not is_number(value) or value != int(value) or not low <= value <= high:
            far = (is_number(value) and value > high) or high < 10**9
            most = f"{high:,}" if far else ""
            raise BadValueError(Notice("fault.whole", column=False, unit=unit, low=low, most=most))
        return int(value)

    return check


def _tolerance(value: Any) -> float:
    text = value.strip() if isinstance(value, str) else ""
    if text.endswith("%"):
        try:
            value = float(Decimal(text[:-1].strip()) / 100)
        except InvalidOperation:
            value = None
    if not is_number(value) or not 0 <= value < 1:
        raise BadValueError(Notice("fault.tolerance"))
    return float(value)


def _slope(value: Any) -> str | float:
    if isinstance(value, str) and value.strip().lower() in ("tobler", "flat"):
        return "tobler" if value.strip().lower() == "tobler" else 0.0
    if not is_number(value) or not 0 <= value <= 100:
        raise BadValueError(Notice("fault.slope_rule"))
    return float(value)


def _steps(value: Any) -> float:
    if isinstance(value, str) and value.strip().lower() == "closed":
        return math.inf
    if not is_number(value) or not 1 <= value <= 100:
        raise BadValueError(Notice("fault.steps_rule"))
    return float(value)


def _weight(value: Any) -> float:
    if not is_number(value) or not 0 <= value <= 10**6 or exact(value) * 10**6 % 1:
        raise BadValueError(Notice("fault.six_decimals"))
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadValueError(Notice("fault.true_false", column=False))
    return value


def one_of(choices: Mapping[str, tuple[str, ...]]) -> Checked:
    """One of a few ids, which may be written in the words of the policy too.

    Args:
        choices: id -> its other words, the first of which messages tell.
    """
    meant = {word: id for id, words in choices.items() for word in (id, *words)}
    told = " | ".join(f"{id} ({words[0]})" for id, words in choices.items())

    def check(value: Any) -> str:
        word = value.strip() if isinstance(value, str) else ""
        if word not in meant:
            raise BadValueError(Notice("fault.one_of_ids", told=told))
        return meant[word]

    return Checked(check, {"enum": list(meant)})


def _header_row(value: Any) -> tuple[int, ...]:
    rows = value if isinstance(value, list) else [value]
    whole = all(is_number(row) and row == int(row) and 1 <= row <= 1000 for row in rows)
    if not whole or not 1 <= len(rows) <= 3 or any(a >= b for a, b in pairwise(rows)):
        raise BadValueError(Notice("fault.rows_down"))
    return tuple(map(int, rows))


def _columns(value: Any) -> tuple[str, ...]:
    columns = value if isinstance(value, list) else [value]
    try:
        named = tuple(map(_text, columns))
    except BadValueError:
        named = ()
    if not named or len(set(named)) < len(named):
        raise BadValueError(Notice("fault.columns_or_range"))
    return named


def _kinds(value: Any) -> str | dict[str, str]:
    try:
        if isinstance(value, dict) and value:
            return {_text(key): _ident(meant) for key, meant in value.items()}
        return _text(value)
    except BadValueError:
        expected = Notice("fault.file_or_kinds")
        raise BadValueError(expected) from None


def _storey(value: Any) -> int:
    if not is_number(value) or value != int(value) or value == 0 or not -20 <= value <= 200:
        raise BadValueError(Notice("fault.a_storey", column=False))
    return int(value)


def _column_or(check_value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            return value.strip()
        try:
            return check_value(value)
        except BadValueError as error:
            told: Notice = error.args[0]
            raise BadValueError(Notice(told.key, **{**told.values, "column": True})) from None

    return check


def column_or_number(low: float, high: float, *, above: bool = False) -> Callable[[Any], Any]:
    """A text names a column, a number stands for every row."""
    return _column_or(_number(low, high, above=above))


def _column_or_schema(low: float) -> JsonSchema:
    return {"anyOf": [{"type": "string"}, {"type": "number", "minimum": low}]}


def _version(value: Any) -> int:
    if type(value) is bool or not isinstance(value, int) or value != 1:
        raise BadValueError(Notice("fault.must_be_1"))
    return 1


Version = Annotated[int, Checked(_version, {"const": 1})]
"""Version of the file format."""
Ident = Annotated[str, Checked(_ident, {"type": ["string", "integer"]})]
"""An id; always text."""
Text = Annotated[str, Checked(_text, {"type": ["string", "number"]})]
"""Any text that is not empty."""
When = Annotated[str, Checked(_when, {"type": ["string", "number"]})]
"""A date, or a time in words."""
HeaderRow = Annotated[
    tuple[int, ...],
    Checked(
        _header_row,
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "array", "items": {"type": "integer"}},
            ]
        },
    ),
]
"""Row of a table's head from 1, or the rows of a head of several."""
Columns = Annotated[
    tuple[str, ...],
    Checked(
        _columns,
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    ),
]
"""Columns that are summed: one, a range, or a list of these."""
Kinds = Annotated[
    str | dict[str, str],
    Checked(
        _kinds,
        {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": {"type": "string"}},
            ]
        },
    ),
]
"""A file, a built-in list, or a mapping: value of a column, or how it begins before ``*``, and the
format it means."""
Flag = Annotated[bool, Checked(_flag, {"type": "boolean"})]
"""true or false."""
Number = Annotated[float, Checked(_number(-1e15, 1e15), {"type": "number"})]
"""Any finite number."""
Share = Annotated[float, Checked(_number(0, 1), {"type": "number", "minimum": 0, "maximum": 1})]
"""A part of a whole, 0..1."""
Tolerance = Annotated[
    float, Checked(_tolerance, {"type": ["number", "string"], "minimum": 0, "exclusiveMaximum": 1})
]

Count = Annotated[int, Checked(_whole(0, 10**8), {"type": "integer", "minimum": 0})]
"""A number of outlets or formats, >= 0."""
Positive = Annotated[int, Checked(_whole(1, 10**8), {"type": "integer", "minimum": 1})]
"""A number of things, >= 1."""
Money = Annotated[
    int, Checked(_whole(0, 10**15, "of currency units"), {"type": "number", "minimum": 0})
]
"""An amount in whole currency units, >= 0."""
Cost = Annotated[float, Checked(_number(0, MAX_MONEY), {"type": "number", "minimum": 0})]
"""A price in currency units, >= 0; rounded when an option is made of it."""
Area = Annotated[float, Checked(_number(0, MAX_AREA), {"type": "number", "minimum": 0})]
"""Floor space in m2, >= 0."""
Metres = Annotated[float, Checked(_number(0, MAX_METRES), {"type": "number", "minimum": 0})]
"""A distance in metres, >= 0."""
Minutes = Annotated[
    float, Checked(_number(0, 240, above=True), {"type": "number", "exclusiveMinimum": 0})
]
"""A walking time in minutes, > 0."""
Standard = Annotated[
    float, Checked(_number(0, MAX_METRES, above=True), {"type": "number", "exclusiveMinimum": 0})
]
"""A walking distance in metres, > 0."""
Speed = Annotated[
    float, Checked(_number(0, 5, above=True), {"type": "number", "exclusiveMinimum": 0})
]
"""A walking speed in m/s, > 0 and at most 5."""
Detour = Annotated[float, Checked(_number(1, 10), {"type": "number", "minimum": 1})]
"""A factor on a straight line, 1..10."""
SlopeRule = Annotated[
    str | float,
    Checked(
        _slope,
        {"anyOf": [{"enum": ["tobler", "flat"]}, {"type": "number", "minimum": 0, "maximum": 100}]},
    ),
]
"""How slopes lengthen a walk: ``tobler``, ``flat``, or level metres for a metre climbed."""
StepsRule = Annotated[
    float,
    Checked(
        _steps,
        {"anyOf": [{"enum": ["closed"]}, {"type": "number", "minimum": 1, "maximum": 100}]},
    ),
]
"""A factor on the length of steps, or ``closed``: not walked."""
Weight = Annotated[float, Checked(_weight, {"type": "number", "minimum": 0})]
"""The value of one person, >= 0, at most 6 decimals."""
Capacity = Annotated[
    int, Checked(_whole(0, 10**9, "of persons"), {"type": "integer", "minimum": 0})
]
"""Persons one outlet serves, >= 0."""
Persons = Annotated[float, Checked(_number(0, 10**9), {"type": "number", "minimum": 0})]
"""Persons, >= 0."""
Storey = Annotated[int, Checked(_storey, {"type": "integer", "not": {"const": 0}})]
"""1 = ground floor, 2 = above it, -1 = first basement."""
PositiveColumn = Annotated[
    str | int,
    Checked(
        _column_or(_whole(1, 10**6)),
        {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]},
    ),
]
"""A column's name, or a whole number >= 1 for every row."""
StoreyColumn = Annotated[
    str | int, Checked(_column_or(_storey), {"anyOf": [{"type": "string"}, {"type": "integer"}]})
]
"""A column's name, or the storey of every row."""
FlagColumn = Annotated[
    str | bool, Checked(_column_or(_flag), {"anyOf": [{"type": "string"}, {"type": "boolean"}]})
]
"""A column's name, or true or false for every row."""
AreaColumn = Annotated[str | float, Checked(column_or_number(0, MAX_AREA), _column_or_schema(0))]
"""A column's name, or m2 for every row."""
FactorColumn = Annotated[str | float, Checked(column_or_number(0, 10_000), _column_or_schema(0))]
"""A column's name, or a factor for every row."""
CostColumn = Annotated[str | float, Checked(column_or_number(0, MAX_MONEY), _column_or_schema(0))]
"""A column's name, or currency units for every row."""
PersonsColumn = Annotated[str | float, Checked(column_or_number(0, 10**9), _column_or_schema(0))]
"""A column's name, or persons for every row."""
