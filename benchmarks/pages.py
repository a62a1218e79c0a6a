"""Markdown pages of results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.readme import first_table, table


def page(
    title: str,
    said: Iterable[str],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    command: str,
    machine: str,
    after: Iterable[str] = (),
) -> str:
    """A heading, what was measured, the table with its command and machine, and what follows."""
    shown = table({"columns": columns, "rows": rows, "command": command, "machine": machine})
    return "\n".join([f"# {title}", "", *said, "", shown, *after, ""])


def lines(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """A table without command and machine, line by line."""
    return first_table(table({"columns": columns, "rows": rows, "command": ""})).splitlines()


def percent(value: float | None) -> float | None:
    """A share as per cent; None stays None."""
    return None if value is None else 100 * value


def rounded(value: float | None, digits: int) -> float | None:
    """Rounded; None stays None."""
    return None if value is None else round(value, digits)
