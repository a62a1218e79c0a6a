"""Fills README.md with measured tables: ``python -m benchmarks readme``.

A block of README.md

    <!-- benchmark: NAME -->
    ...
    <!-- /benchmark -->

shows the first table of ``benchmarks/results/NAME.md`` with a link to the rest, or, where there is
no such page, ``benchmarks/results/NAME.json``: an object with ``columns``, ``rows`` (lists, or
objects keyed by column), ``command`` and ``machine``. A block that has neither keeps its text,
so that a README never loses a table by accident.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(<!-- benchmark: ([\w-]+) -->\n)(.*?)(<!-- /benchmark -->)", re.DOTALL)


def main(arguments: list[str]) -> int:
    """Rewrite README.md; exit code 1 when a block has no result, 2 for arguments."""
    if arguments:
        print("usage: python -m benchmarks readme", file=sys.stderr)
        return 2
    readme = ROOT / "README.md"
    text, missing = filled(readme.read_text(encoding="utf-8"), ROOT / "benchmarks" / "results")
    readme.write_text(text, encoding="utf-8")
    for name in missing:
        print(f"no benchmarks/results/{name}.md; its block is left as it was", file=sys.stderr)
    return int(bool(missing))


def filled(readme: str, results: Path) -> tuple[str, list[str]]:
    """README with every block that has a result; and the names of blocks that have none."""
    missing: list[str] = []

    def fill(match: re.Match[str]) -> str:
        name = match[2]
        page, data = results / f"{name}.md", results / f"{name}.json"
        if page.is_file():
            body = first_table(page.read_text(encoding="utf-8"))
            body += f"\n[How it was measured](benchmarks/results/{name}.md)\n"
        elif data.is_file():
            body = table(json.loads(data.read_text(encoding="utf-8")))
        else:
            missing.append(name)
            return match[0]
        return f"{match[1]}{body}{match[4]}"

    return BLOCK.sub(fill, readme), missing


def first_table(page: str) -> str:
    """The first run of lines that begin with a bar."""

    def inside(line: str) -> bool:
        return line.startswith("|")

    lines = list(takewhile(inside, dropwhile(lambda line: not inside(line), page.splitlines())))
    if not lines:
        raise ValueError("a result page must hold a table")
    return "\n".join(lines) + "\n"


def table(result: Mapping[str, Any]) -> str:
    """A result as a Markdown table with its command below."""
    columns = [str(name) for name in result["columns"]]
    lines = [_line(columns), _line(["---"] * len(columns))]
    for row in result["rows"]:
        values = [row.get(name) for name in columns] if isinstance(row, Mapping) else row
        if len(values) != len(columns):
            raise ValueError(f"a row must have {len(columns)} values; got {row!r}")
        lines.append(_line([_shown(value) for value in values]))
    told = f"`{result['command']}`"
    if result.get("machine"):
        told += f" · {result['machine']}"
    return "\n".join([*lines, "", told, ""])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value).replace("|", "\\|")
