"""Fills README.md with measured tables: ``python -m benchmarks readme``.

A block of README.md

    <!-- benchmark: NAME -->
    ...
    <!-- /benchmark -->

shows ``benchmarks/results/NAME.json``, an object with ``columns`` (list of headings), ``rows``
(lists, or objects keyed by heading), ``command`` that makes it, and ``machine``. A block whose file
is missing keeps its text, so that a README never loses a table by accident.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(<!-- benchmark: ([\w-]+) -->\n)(.*?)(<!-- /benchmark -->)", re.DOTALL)


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


def filled(readme: str, results: Path) -> tuple[str, list[str]]:
    """README with every block that has a result; and the names of blocks that have none."""
    missing: list[str] = []

    def fill(match: re.Match[str]) -> str:
        file = results / f"{match[2]}.json"
        if not file.is_file():
            missing.append(match[2])
            return match[0]
        return f"{match[1]}{table(json.loads(file.read_text(encoding='utf-8')))}{match[4]}"

    return BLOCK.sub(fill, readme), missing


def main(readme: Path = ROOT / "README.md", results: Path = ROOT / "benchmarks/results") -> int:
    """Rewrite README.md; exit code 1 when a block has no result."""
    text, missing = filled(readme.read_text(encoding="utf-8"), results)
    readme.write_text(text, encoding="utf-8")
    for name in missing:
        print(f"no benchmarks/results/{name}.json; its block is left as it was", file=sys.stderr)
    return int(bool(missing))


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
