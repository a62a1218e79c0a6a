"""Few candidates, millions of customers: ``python -m benchmarks city --classic``.

The random recipe of :mod:`benchmarks.recipes`, n = 100 facilities. Compared are the seconds of
solving (and verifying) with those of drawing the points and finding who covers whom. Writes
results/classic.json and .md after every run.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.commandline import missing
from benchmarks.ledger import Ledger, Record, in_words, replace_file, status
from benchmarks.measure import Setting, measure
from benchmarks.pages import lines, page, percent, rounded
from benchmarks.recipes import names

LARGE = 20_000_000
"""Customers from which an instance is in the page's first table."""
COLUMNS = (
    "customers",
    "asked",
    "radius",
    "method",
    "draw s",
    "find who covers whom s",
    "solve s",
    "solve ÷ (draw + find)",
    "the same in processor time",
    "status",
    "objective",
    "gap %",
    "peak memory GB",
)


def run_classic(given: argparse.Namespace) -> int:
    """Measure, and write after every run."""
    ledger = Ledger(
        "classic",
        COLUMNS,
        row,
        "python -m benchmarks city --classic",
        given.out,
        given.again,
        order=_order,
    )
    setting = Setting(given.time or 600.0, given.threads, given.seed, given.memory, 120.0)
    asked = [
        (case, method, f"{case}/{method}/{given.seed}")
        for customers in given.customers.split(",")
        for case in cases(int(customers), given.radii)
        for method in given.methods.split(",")
    ]
    keys = [key for _, _, key in asked]
    wanted = missing(ledger, keys, given.threads, compile_first=True)
    for case, method, key in asked:
        if key not in wanted:
            continue
        ledger.put(key, compared(measure(case, method, setting)))
        write_page(ledger, given.out)
    write_page(ledger, given.out)
    print((given.out / "classic.md").read_text(encoding="utf-8"))
    return 0


def cases(customers: int, radii: str) -> list[str]:
    """Case names of one size: ``all`` fourteen, or ``BUDGET:RADIUS`` separated by commas."""
    if radii == "all":
        return names(customers)
    return [f"classic:{customers}:{pair}" for pair in radii.split(",")]


def compared(found: Record) -> Record:
    """With the ratio of solving to making the instance."""
    loading, seconds = found["loading"], found.get("seconds")
    made = loading.get("draw", 0.0) + loading.get("cover", 0.0)
    found["ratio"] = seconds / made if seconds is not None and made else None
    used, before = found.get("processor_s"), found.get("loaded_processor_s")
    found["processor_ratio"] = used / before if used is not None and before else None
    return found


def row(found: Record) -> Sequence[Any]:
    """The README row."""
    _, customers, asked, radius = found["case"].split(":")
    return (
        int(customers),
        _in_words(asked),
        radius,
        found["method"],
        rounded(found["loading"].get("draw"), 2),
        rounded(found["loading"].get("cover"), 2),
        rounded(found.get("seconds"), 2),
        rounded(found["ratio"], 2),
        rounded(found["processor_ratio"], 2),
        status(found),
        found.get("objective"),
        rounded(percent(found.get("gap")), 4),
        rounded(found["peak_memory_gb"], 2),
    )


def _in_words(asked: str) -> str:
    """What the recipe asks for."""
    if asked == "set":
        return "set cover"
    if asked.startswith("share"):
        return f"partial cover, {float(asked.removeprefix('share')):.0%}"
    return f"max cover, p = {asked}"


def _order(found: Record) -> tuple[int, str, str]:
    _, customers, budget, radius = found["case"].split(":")
    return int(customers), f"{budget:>9}:{radius:>9}", found["method"]


def write_page(ledger: Ledger, folder: Path) -> None:
    """classic.md beside classic.json."""
    if not ledger.records:
        return
    machine = in_words(next(reversed(ledger.records.values()))["machine"])
    said = (
        "n = 100 facilities and m customers uniform in [0, 30]², demand uniform in 1..100, covered",
        "when the distance is strictly below the radius (recipe of Cordeau, Furini and Ljubić,",
        "EJOR 2019; our own seeded draws). Solving includes verification; memory is that of the",
        "process with its solvers, points included. Processor time (of all threads and solvers)",
        "is what a busy machine does not change; finding uses every core, solving mostly one.",
    )
    # The README shows the first table: the largest instances, where there are any.
    rows = ledger.rows()
    large = [r for r in rows if int(r[0]) >= LARGE]
    shown, others = (large, [r for r in rows if int(r[0]) < LARGE]) if large else (rows, [])
    after = ["Fewer customers:", "", *lines(ledger.columns, others)] if others else []
    text = page(
        "Few candidates, millions of customers",
        said,
        ledger.columns,
        shown,
        ledger.command,
        machine,
        after,
    )
    replace_file(folder / "classic.md", text)
