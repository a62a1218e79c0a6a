"""What ``auto`` loses by not being another method: ``python -m benchmarks regret``.

    python -m benchmarks regret --count 8 --seed 1 --time 20
    python -m benchmarks regret --kind outlets --count 8 --time 60 --methods auto,city
    python -m benchmarks regret --case outlets:4200:40:70:3,helsinki --time 60

Instances are drawn anew by seed (:mod:`benchmarks.drawn`); every method gets the same time and
threads, one after another, in a process of its own. The regret of a plan is how much less it wins
than the best method's, as a share of that; the regret of a gap is how many points it is above the
smallest gap of any method. Writes results/regret.json and .md after every run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.commandline import missing, parser
from benchmarks.drawn import KINDS, draw
from benchmarks.ledger import Ledger, Record, in_words, replace_file
from benchmarks.measure import Setting, best_plan, measure, stands
from benchmarks.methods import known_methods
from benchmarks.pages import page, percent, rounded

METHODS = ("auto", "city", "highs", "scip", "cpsat", "greedy")
COLUMNS = (
    "instance",
    "time s",
    "auto",
    "best plan",
    "by",
    "regret of the plan %",
    "auto's gap %",
    "smallest gap %",
    "of",
    "regret of the gap, points",
)
RECORDED = ("instance", "time s", "method", "objective", "gap %")


def main(arguments: list[str]) -> int:
    """Measure, and write after every run."""
    options = parser("regret", __doc__)
    options.add_argument("--count", type=int, default=8, help="instances to draw")
    options.add_argument("--kind", choices=KINDS, help="of one kind only, instead of both in turn")
    options.add_argument("--case", default="", help="these instead of drawn ones")
    options.add_argument("--time", type=float, default=30.0, help="seconds a method")
    options.add_argument("--methods", default=",".join(METHODS))
    options.add_argument("--memory", type=float, default=10.0, help="GB a method")
    given = options.parse_args(arguments)
    methods = known_methods(options, given.methods)
    if "auto" not in methods:
        options.error("--methods: auto is what is measured")
    ledger = Ledger(
        "regret",
        RECORDED,
        row,
        "python -m benchmarks regret --count N --seed S --time T",
        given.out,
        given.again,
    )
    setting = Setting(given.time, given.threads, 0, given.memory)
    kinds = KINDS if given.kind is None else (given.kind,)
    cases = given.case.split(",") if given.case else draw(given.count, given.seed, kinds)
    keys = [(c, m, f"{c}/{m}/{given.time:g}") for c in cases for m in methods]
    wanted = missing(ledger, [key for _, _, key in keys], given.threads, compile_first=True)
    for case, name, key in keys:
        if key in wanted:
            ledger.put(key, measure(case, name, setting))
            write_page(ledger, given.out)
    write_page(ledger, given.out)
    print((given.out / "regret.md").read_text(encoding="utf-8"))
    return 0


def row(found: Record) -> Sequence[Any]:
    """A method's line of an instance."""
    case, gap = found["case"], rounded(percent(found.get("gap")), 3)
    return case, found["setting"]["time_s"], found["method"], found.get("objective"), gap


def regrets(case: str, time_s: float, records: Mapping[str, Record]) -> Sequence[Any]:
    """The row of a case: auto beside the best plan and the smallest gap of all methods."""
    by = {
        record["method"]: record
        for record in records.values()
        if (record["case"], record["setting"]["time_s"]) == (case, time_s) and stands(record)
    }
    auto, best = by.get("auto"), best_plan(by.values())
    gaps = {name: record["gap"] for name, record in by.items() if record["gap"] is not None}
    least = min(gaps, key=lambda name: (gaps[name], name != "auto"), default=None)
    first = [name for name, record in by.items() if record["objective"] == best]
    winner = "auto" if "auto" in first else next(iter(first), None)
    plan = gap = None
    if auto is not None and best is not None:
        plan = abs(best - auto["objective"]) / (abs(best) or 1.0)
    if auto is not None and least is not None and auto["gap"] is not None:
        gap = auto["gap"] - gaps[least]
    return (
        case,
        time_s,
        None if auto is None else round(auto["objective"]),
        None if best is None else round(best),
        winner,
        rounded(percent(plan), 3),
        None if auto is None else rounded(percent(auto["gap"]), 3),
        None if least is None else rounded(percent(gaps[least]), 3),
        least,
        rounded(percent(gap), 3),
    )


def write_page(ledger: Ledger, folder: Path) -> None:
    """regret.md beside regret.json: a row an instance, the worst of them in words."""
    if not ledger.records:
        return
    machine = in_words(next(reversed(ledger.records.values()))["machine"])
    asked = dict.fromkeys((r["case"], r["setting"]["time_s"]) for r in ledger.records.values())
    rows = [regrets(case, time_s, ledger.records) for case, time_s in asked]
    told = [row for row in rows if row[5] is not None and row[9] is not None]
    said = [
        "``auto`` and each method with the same time and threads, one after another, on instances",
        "drawn by seed (`benchmarks/drawn.py`). Plans are recomputed by siting; bounds of outside",
        "solvers are their word.",
    ]
    if told:
        plan, gap = max(row[5] for row in told), max(row[9] for row in told)
        said.append(
            f"**Worst regret of {len(told)} instances: {plan:g} % of the plan, {gap:g} points of "
            "the gap.**"
        )
    text = page("What auto loses", said, COLUMNS, rows, ledger.command, machine, _each(ledger))
    replace_file(folder / "regret.md", text)


def _each(ledger: Ledger) -> list[str]:
    """Every method's plan and gap, a line an instance."""
    lines = ["Every method: objective (gap)", ""]
    cases: dict[tuple[str, float], list[str]] = {}
    for record in ledger.records.values():
        value, gap = record.get("objective"), record.get("gap")
        told = "no plan" if value is None else f"{value:,.0f}"
        told += "" if gap is None else f" ({100 * gap:.3f} %)"
        told += "" if not record.get("violations") else " refused"
        at = (record["case"], record["setting"]["time_s"])
        cases.setdefault(at, []).append(f"{record['method']} {told}")
    return [*lines, *(f"- {case}: {'; '.join(each)}" for (case, _), each in cases.items())]
