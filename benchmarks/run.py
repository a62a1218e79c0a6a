"""A suite by several methods: ``python -m benchmarks run --suite classic --methods auto,benders``.

Suites: classic, classic-cover, mclp, newyork, pmed, pmed-center, plane, scenarios, smoke (see
suites.py). Methods:
see methods.py. Every run is a process of its own and is recorded as soon as it is done in
results/run-SUITE.json, with a csv, a Markdown page and an HTML page (gap table, performance
profiles) beside it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import best_known
from benchmarks.commandline import missing, parser
from benchmarks.ledger import Ledger, Record, replace_file, status
from benchmarks.measure import Setting, measure
from benchmarks.methods import known_methods
from benchmarks.pages import percent, rounded
from benchmarks.suites import SUITES

COLUMNS = (
    "instance",
    "method",
    "time s",
    "objective",
    "best known",
    "off it %",
    "bound",
    "gap %",
    "status",
    "peak memory GB",
)


def main(arguments: list[str]) -> int:
    """Measure, and write after every run."""
    options = parser("run", __doc__)
    options.add_argument("--suite", default="smoke", choices=SUITES)
    options.add_argument("--methods", default="auto,highs,scip,benders")
    options.add_argument("--time-limit", type=float, default=60.0, help="seconds a run")
    options.add_argument("--memory", type=float, default=14.0, help="GB a run")
    given = options.parse_args(arguments)
    methods = known_methods(options, given.methods)
    command = f"python -m benchmarks run --suite {given.suite} --methods {given.methods}"
    ledger = Ledger(
        f"run-{given.suite}",
        COLUMNS,
        row,
        f"{command} --time-limit {given.time_limit:g}",
        given.out,
        given.again,
        order=_order,
    )
    setting = Setting(given.time_limit, given.threads, given.seed, given.memory)
    asked = [
        (case, name, f"{case}/{name}/{given.time_limit:g}/{given.seed}")
        for case in SUITES[given.suite]()
        for name in methods
    ]
    keys = [key for _, _, key in asked]
    engine = any(name in ("city", "greedy", "auto") for name in methods)
    wanted = missing(ledger, keys, given.threads, compile_first=engine)
    for case, name, key in asked:
        if key not in wanted:
            continue
        ledger.put(key, compared(measure(case, name, setting)))
        write_pages(ledger, given.suite)
    write_pages(ledger, given.suite)
    print((given.out / f"run-{given.suite}.md").read_text(encoding="utf-8"))
    return 0


def compared(found: Record) -> Record:
    """With the best value published, and how far the plan is off it (a share of it)."""
    best, proven = best_known(found["case"])
    found["best_known"], found["best_proven"] = best, proven
    objective = found.get("objective")
    found["off_best"] = abs(best - objective) / best if best and objective is not None else None
    return found


def row(found: Record) -> Sequence[Any]:
    """The README row."""
    best = found.get("best_known")
    return (
        found["case"],
        found["method"],
        rounded(found.get("seconds", found["seconds_in_all"]), 2),
        found.get("objective"),
        None if best is None else f"{best:,.0f}{'*' if found['best_proven'] else ''}",
        rounded(percent(found.get("off_best")), 4),
        found.get("bound"),
        rounded(percent(found.get("gap")), 3),
        told(found),
        rounded(found["peak_memory_gb"], 2),
    )


def told(found: Record) -> str:
    """Status, with the reason where there is no plan."""
    notes = found.get("notes") or [""]
    without = found.get("status") in ("refused", "failed", "no_solution") and notes[0]
    return status(found) + (f": {notes[0]}" if without else "")


def _order(found: Record) -> tuple[list[tuple[int, str]], str]:
    """By case, numbers within it by their size, then by method."""
    pieces = re.split(r"(\d+)", found["case"])
    return [(int(p), "") if p.isdigit() else (-1, p) for p in pieces], found["method"]


def write_pages(ledger: Ledger, suite: str) -> None:
    """csv, Markdown and HTML beside the JSON file."""
    from benchmarks.suite_page import write_suite

    if ledger.records:
        write_csv(ledger, ledger.folder / f"run-{suite}.csv")
        write_suite(ledger, suite)


def write_csv(ledger: Ledger, path: Path) -> None:
    """All records as a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = (
        "case",
        "method",
        "status",
        "limit",
        "objective",
        "bound",
        "gap",
        "bound_proof",
        "best_known",
        "best_proven",
        "off_best",
        "seconds",
        "loaded_s",
        "peak_memory_gb",
        "end",
        "measured",
        "commit",
    )
    writer.writerow((*names, "cpu", "versions", "note"))
    for record in ledger.records.values():
        machine = record["machine"]
        versions = " ".join(f"{k}={v}" for k, v in machine["versions"].items() if v)
        note = "; ".join([*record.get("violations", []), *record.get("notes", [])])
        writer.writerow((*(record.get(name) for name in names), machine["cpu"], versions, note))
    replace_file(path, text.getvalue())
