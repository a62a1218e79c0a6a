"""The gap that a solver says beside the one by certificate: ``python -m benchmarks certificates``.

    python -m benchmarks certificates --time 60
    python -m benchmarks certificates --case helsinki --methods auto,city,benders,greedy

Each case by each method within its time. *gap* is by whatever proved most, an outside solver's
word among it; *by certificate* what the verifier recomputes in whole numbers from multipliers and
trees of them, believing nobody. Of plans that serve tier after tier both are the first tier's, and
what the next one may still gain is told in people. Writes results/certificates.json and .md after
every run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.commandline import missing, parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file, status
from benchmarks.measure import Setting, measure
from benchmarks.pages import page, percent, rounded
from siting.problem import TIERS
from siting.progress import relative_gap

CASES = (
    "helsinki",
    "porto-alegre",
    "chang-an",
    "chang-an-plan",
    "ny50",
    "sf60",
    "20k",
    "5000x500x4",
    "classic:10000:10:5.5",
)
LONGER = {"chang-an-plan": 2.0}
"""Of the time, for a case whose program is large."""
COLUMNS = (
    "case",
    "method",
    "time s",
    "status",
    "gap %",
    "by certificate %",
    "next tier may gain",
    "by certificate",
)


def main(arguments: list[str]) -> int:
    """Measure, and write after every run."""
    options = parser("certificates", __doc__)
    options.add_argument("--case", default=",".join(CASES))
    options.add_argument("--methods", default="auto")
    options.add_argument("--time", type=float, default=60.0, help="seconds a case")
    given = options.parse_args(arguments)
    ledger = Ledger(
        "certificates",
        COLUMNS,
        row,
        "python -m benchmarks certificates --time S",
        given.out,
        given.again,
    )
    keys = [
        (case, name, given.time * LONGER.get(case, 1.0))
        for case in given.case.split(",")
        for name in given.methods.split(",")
    ]
    names = {f"{case}/{name}/{time_s:g}": (case, name, time_s) for case, name, time_s in keys}
    wanted = missing(ledger, names, given.threads, compile_first=True)
    for key, (case, name, time_s) in names.items():
        if key in wanted:
            ledger.put(key, measure(case, name, Setting(time_s, given.threads, given.seed)))
            write_page(ledger, given.out)
    write_page(ledger, given.out)
    print((given.out / "certificates.md").read_text(encoding="utf-8"))
    return 0


def row(found: Record) -> Sequence[Any]:
    """A case's line: what is left open of the first tier, or of the whole, and of the next tier."""
    tiers: Mapping[str, Mapping[str, float | None]] = found.get("tiers") or {}
    told = [tiers[tier] for tier in TIERS if tier in tiers]
    whole = {
        "objective": found.get("objective"),
        "bound": found.get("bound"),
        "certified_bound": found.get("certified_bound"),
    }
    first = told[0] if len(told) > 1 else whole
    later = told[1] if len(told) > 1 else {}
    return (
        found["case"],
        found["method"],
        found["setting"]["time_s"],
        status(found),
        rounded(percent(relative_gap(first.get("objective"), first.get("bound"))), 3),
        rounded(percent(relative_gap(first.get("objective"), first.get("certified_bound"))), 3),
        _people(later.get("objective"), later.get("bound")),
        _people(later.get("objective"), later.get("certified_bound")),
    )


def _people(objective: float | None, bound: float | None) -> int | None:
    """How many more there could be."""
    return None if objective is None or bound is None else round(bound - objective)


def write_page(ledger: Ledger, folder: Path) -> None:
    """certificates.md beside certificates.json."""
    if not ledger.records:
        return
    machine = in_words(next(reversed(ledger.records.values()))["machine"])
    said = (
        "*gap* by whatever proved most, a solver's word among it; *by certificate* what the",
        "verifier recomputes in whole numbers, sharing no code with engine or solvers. Of plans",
        "that serve tier after tier: the first tier's, and people (weighted) whom the next may",
        "still gain.",
    )
    text = page("Solvers and certificates", said, COLUMNS, ledger.rows(), ledger.command, machine)
    replace_file(folder / "certificates.md", text)
