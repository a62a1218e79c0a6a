"""Fills README.md and docs/benchmarks.md with measured tables: ``python -m benchmarks readme``.

A block of these pages

    <!-- benchmark: NAME -->
    ...
    <!-- /benchmark -->

shows the first table of ``benchmarks/results/NAME.md`` with a link to the rest, or, where there is
no such page, ``benchmarks/results/NAME.json``: an object with ``columns``, ``rows`` (lists, or
objects keyed by column), ``command`` and ``machine``. A part of the table is chosen by
``<!-- benchmark: NAME, columns: A | B, rows: PATTERN -->``: these columns, and the rows whose first
cell matches the regular expression. A block that has neither page nor data keeps its text, so that
no page loses a table by accident.
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
PAGES = (ROOT / "README.md", ROOT / "docs" / "benchmarks.md")
RESULTS = ROOT / "benchmarks" / "results"
BLOCK = re.compile(
    r"(<!-- benchmark: ([\w-]+)(?:, columns: ([^,>]+), rows: ([^>]*))? -->\n)"
    r"(.*?)(<!-- /benchmark -->)",
    re.DOTALL,
)


def main(arguments: list[str]) -> int:
    """Rewrite both pages; exit code 1 when a block has no result, 2 for arguments."""
    if arguments:
        print("usage: python -m benchmarks readme", file=sys.stderr)
        return 2
    lost: list[str] = []
    for page in PAGES:
        link = "../" * len(page.parent.relative_to(ROOT).parts) + "benchmarks/results"
        text, missing = filled(page.read_text(encoding="utf-8"), RESULTS, link)
        page.write_text(text, encoding="utf-8")
        lost += missing
    for name in lost:
        print(f"no benchmarks/results/{name}.md; its block is left as it was", file=sys.stderr)
    return int(bool(lost))


def filled(text: str, results: Path, link: str = "benchmarks/results") -> tuple[str, list[str]]:
    """The page with every block that has a result; and the names of blocks that have none.

    Args:
        results: the folder of the results.
        link: the same folder as the page's links name it.

    Raises:
        ValueError: a result without a table, or a block that asks for a column it has not.
    """
    missing: list[str] = []

    def fill(match: re.Match[str]) -> str:
        name = match[2]
        page, data = results / f"{name}.md", results / f"{name}.json"
        if page.is_file():
            body = first_table(page.read_text(encoding="utf-8"))
            if match[3]:
                body = part(body, [column.strip() for column in match[3].split("|")], match[4])
            body += f"\n[How it was measured]({link}/{name}.md)\n"
        elif data.is_file():
            body = table(json.loads(data.read_text(encoding="utf-8")))
        else:
            missing.append(name)
            return match[0]
        return f"{match[1]}{body}{match[6]}"

    return BLOCK.sub(fill, text), missing


def part(whole: str, columns: list[str], rows: str) -> str:
    """These columns of a Markdown table, and the rows whose first cell matches a pattern."""
    head, rule, *body = (
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in whole.splitlines()
    )
    if wrong := [column for column in columns if column not in head]:
        raise ValueError(f"a block must name columns of its table; got {wrong[0]!r}")
    at = [head.index(column) for column in columns]
    kept = [row for row in body if re.search(rows, row[0])]
    return "".join(f"{_line([row[k] for k in at])}\n" for row in (head, rule, *kept))


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
