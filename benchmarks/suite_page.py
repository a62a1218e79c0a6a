"""The pages of a suite: gap table, who proved how many, performance profiles."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ledger import Ledger, Record, in_words, replace_file
from benchmarks.measure import best_plan, stands
from benchmarks.pages import page, percent, rounded
from benchmarks.plots import steps
from benchmarks.profiles import Curve, shares, time_profile

SMALLEST_GAP = 1e-3
"""Per cent; a closed gap is drawn here, for the axis is logarithmic."""


def write_suite(ledger: Ledger, suite: str) -> None:
    """run-SUITE.md, .html and two pictures beside the JSON file."""
    folder, records = ledger.folder, list(ledger.records.values())
    name = f"run-{suite}"
    pictures = (folder / f"{name}-time.png", folder / f"{name}-gap.png")
    steps(
        times(records),
        pictures[0],
        "time ÷ best method's time",
        "Proven optimal within a factor of the fastest",
    )
    steps(gaps(records), pictures[1], "proven gap, %", "Proven gap at the time limit")
    machine = in_words(records[-1]["machine"])
    said = (
        "Every run in a process of its own, equal limits. Objectives are recomputed from the",
        "plans; city's bounds are recomputed from certificates, the others' are the solvers' word.",
        "* = best known value proven optimal in its source.",
    )
    after = (
        *summary_lines(records),
        "",
        *(f"![{picture.stem}]({picture.name})" for picture in pictures),
    )
    text = page(
        f"Suite {suite}", said, ledger.columns, ledger.rows(), ledger.command, machine, after
    )
    replace_file(folder / f"{name}.md", text)
    replace_file(folder / f"{name}.html", as_html(ledger, suite, said, pictures, machine))


def matrix(records: Sequence[Record]) -> dict[str, dict[str, Record]]:
    """method -> case -> record; the last one measured counts."""
    table: dict[str, dict[str, Record]] = {}
    for record in records:
        table.setdefault(record["method"], {})[record["case"]] = record
    return table


def common(table: Mapping[str, Mapping[str, Record]]) -> list[str]:
    """Cases that every method has run: only these can be compared."""
    sets = [set(cases) for cases in table.values()]
    return sorted(set.intersection(*sets)) if sets else []


def times(records: Sequence[Record]) -> dict[str, Curve]:
    """Performance profiles of the time to a proven optimum."""
    table = matrix(records)
    cases = common(table)
    return time_profile(
        {
            name: [by[c]["seconds"] if by[c].get("status") == "optimal" else None for c in cases]
            for name, by in table.items()
        }
    )


def gaps(records: Sequence[Record]) -> dict[str, Curve]:
    """Share of instances whose proven gap is at most x per cent."""
    table = matrix(records)
    cases = common(table)
    found = {name: [by[c].get("gap") for c in cases] for name, by in table.items()}
    return {
        name: shares([max(SMALLEST_GAP, 100 * g) for g in some if g is not None], len(cases))
        for name, some in found.items()
    }


def summary(records: Sequence[Record]) -> list[dict[str, Any]]:
    """A line a method: how many proven, best plans, mean gap."""
    table = matrix(records)
    cases = common(table)
    best = {c: best_plan(by[c] for by in table.values()) for c in cases}
    lines = []
    for name, by in table.items():
        some = [by[c] for c in cases]
        known = [r["gap"] for r in some if r.get("gap") is not None]
        lines.append(
            {
                "method": name,
                "instances": len(cases),
                "proven optimal": len([r for r in some if r.get("status") == "optimal"]),
                "best plans": len([r for r in some if _is(r, best[r["case"]])]),
                "without a plan": len([r for r in some if r.get("objective") is None]),
                "mean gap %": rounded(percent(sum(known) / len(known)), 3) if known else None,
                "mean time s": rounded(sum(map(_seconds, some)) / len(some), 2) if some else None,
            }
        )
    return lines


def _seconds(record: Record) -> float:
    return float(record["seconds"] if "seconds" in record else record["seconds_in_all"])


def _is(record: Record, best: float | None) -> bool:
    if best is None or not stands(record):
        return False
    gone: float = abs(record["objective"] - best)
    return gone <= 1e-9 * max(1.0, abs(best))


def summary_lines(records: Sequence[Record]) -> list[str]:
    """The summary as a Markdown table."""
    lines = summary(records)
    if not lines:
        return []
    heads = list(lines[0])
    return [
        f"| {' | '.join(heads)} |",
        f"| {' | '.join('---' for _ in heads)} |",
        *(f"| {' | '.join(_cell(line[h]) for h in heads)} |" for line in lines),
    ]


def as_html(
    ledger: Ledger, suite: str, said: Sequence[str], pictures: Sequence[Path], machine: str
) -> str:
    """One file that opens without a network connection."""
    told = summary(list(ledger.records.values()))
    heads = list(told[0]) if told else []
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        f"<title>Suite {html.escape(suite)}</title><style>{_STYLE}</style>",
        f"<h1>Suite {html.escape(suite)}</h1><p>{html.escape(' '.join(said))}</p>",
        "<h2>Methods</h2>",
        _table(heads, [list(line.values()) for line in told]),
        "<h2>Profiles</h2>",
        *(_picture(path) for path in pictures),
        "<h2>Runs</h2>",
        _table(list(ledger.columns), ledger.rows(), "runs"),
        f"<p><code>{html.escape(ledger.command)}</code><br>{html.escape(machine)}</p></html>\n",
    ]
    return "\n".join(parts)


_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem .6rem;border-bottom:1px solid #ddd;"
    "text-align:right}td:first-child,th:first-child{text-align:left}"
    ".runs td:nth-child(2),.runs th:nth-child(2){text-align:left}"
    "img{max-width:48%}"
)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]], kind: str = "") -> str:
    head = "".join(f"<th>{html.escape(str(h))}" for h in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_cell(value))}" for value in row) for row in rows
    )
    return f'<table class="{kind}"><tr>{head}</tr>{body}</table>'


def _picture(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img alt="{html.escape(path.stem)}" src="data:image/png;base64,{data}">'


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
