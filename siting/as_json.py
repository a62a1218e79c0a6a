"""Values as JSON: what was found, in ASCII, with null for what JSON has no number for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from siting.notice import Notice

if TYPE_CHECKING:
    import pandas as pd


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as it is read, for ``object_pairs_hook``: of a name that stands twice one reader
    takes the first value, another the last (RFC 8259, section 4).

    Raises:
        ValueError: such a name.
    """
    held = dict(pairs)
    if len(held) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(Notice("fault.name_twice", name=twice))
    return held


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON in ASCII, which every console's encoding has; what JSON has no number for is null."""
    return json.dumps(plain_values(value), allow_nan=False, indent=indent)


def plain_values(value: Any) -> Any:
    """A value of the library's types as JSON has it: dataclasses and mappings are objects, arrays
    and tables' columns lists, and what is no number null."""
    if isinstance(value, Mapping):
        return {str(key): plain_values(held) for key, held in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool | int):
        return value
    if hasattr(value, "model_dump"):  # pydantic's, which iterate as pairs
        return plain_values(value.model_dump(by_alias=True))
    if is_dataclass(value):
        shown = [part.name for part in fields(value) if part.repr]
        return {name: plain_values(getattr(value, name)) for name in shown}
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        return plain_values(value.tolist())
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Iterable):
        return [plain_values(held) for held in value]
    return None if value != value else str(value)  # noqa: PLR0124 - pandas' NA is not itself


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table, an object a row; what is missing is null."""
    plain = table.astype(object).where(table.notna(), None)
    return [plain_values(row) for row in plain.to_dict("records")]
