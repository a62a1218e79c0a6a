"""The same problem by every method, side by side: ``python -m benchmarks peers``.

    python -m benchmarks peers --case 20k,sf60,ny50 --time 120
    python -m benchmarks peers --case 200k --methods city,greedy,highs --time 600

Every method gets the same time, threads and memory, one after another, in a process of its own;
whoever overruns is killed and keeps what it told. Objectives are recomputed by siting from the plan
alone. Methods are those of :mod:`benchmarks.methods`. Writes results/peers.json and .md after every
run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.commandline import missing, parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file, status
from benchmarks.measure import Setting, best_plan, measure, stands
from benchmarks.methods import known_methods
from benchmarks.pages import page, percent, rounded

METHODS = (
    "city",
    "greedy",
    "highs",
    "highs+greedy",
    "cpsat",
    "cpsat+greedy",
    "scip",
    "scip+greedy",
    "pulp",
    "spopt-model",
    "spopt",
)
COLUMNS = (
    "case",
    "method",
    "time s",
    "objective",
    "below best plan %",
    "bound",
    "gap %",
    "peak memory GB",
    "status",
)


def main(arguments: list[str]) -> int:
    """Measure, and write after every run."""
    options = parser("peers", __doc__)
    options.add_argument("--case", default="ny50,sf60,20k", help="see benchmarks/cases.py")
    options.add_argument("--time", type=float, default=60.0, help="seconds a method, for solving")
    options.add_argument("--methods", default=",".join(METHODS))
    options.add_argument("--memory", type=float, default=14.0, help="GB a method")
    given = options.parse_args(arguments)
    methods = known_methods(options, given.methods)
    ledger = Ledger(
        "peers",
        COLUMNS,
        row,
        "python -m benchmarks peers --case CASE --time S",
        given.out,
        given.again,
    )
    setting = Setting(given.time, given.threads, given.seed, given.memory)
    keys = [
        (c, m, f"{c}/{m}/{given.time:g}/{given.seed}")
        for c in given.case.split(",")
        for m in methods
    ]
    wanted = missing(ledger, [key for _, _, key in keys], given.threads, compile_first=True)
    for case, name, key in keys:
        if key not in wanted:
            continue
        found = measure(case, name, setting)
        ledger.records[key] = found  # compared with its peers before it is written
        compare(ledger.records)
        ledger.put(key, found)
        write_page(ledger, given.out)
    write_page(ledger, given.out)
    print((given.out / "peers.md").read_text(encoding="utf-8"))
    return 0


def compare(records: Mapping[str, Record]) -> None:
    """How far each plan is below the best of the same case and time: ``below_best``, a share."""
    groups: dict[tuple[str, float], list[Record]] = {}
    for record in records.values():
        groups.setdefault(_group(record), []).append(record)
    for peers in groups.values():
        best = best_plan(peers)
        for p in peers:
            if best is None or not stands(p):
                p["below_best"] = None
            else:
                p["below_best"] = abs(best - p["objective"]) / (abs(best) or 1.0)


def _group(record: Record) -> tuple[str, float]:
    return record["case"], record["setting"]["time_s"]


def row(found: Record) -> Sequence[Any]:
    """The README row."""
    notes = found.get("notes") or [""]
    told = status(found)
    if found.get("status") in ("refused", "failed", "no_solution") and notes[0]:
        told += f": {notes[0]}"
    objective, bound = found.get("objective"), found.get("bound")
    return (
        f"{found['case']}, {found['setting']['time_s']:g} s",
        found["method"],
        rounded(found.get("seconds", found["seconds_in_all"]), 1),
        None if objective is None else round(objective),
        rounded(percent(found.get("below_best")), 2),
        None if bound is None else round(bound),
        rounded(percent(found.get("gap")), 2),
        rounded(found["peak_memory_gb"], 2),
        told[:160],
    )


def findings(records: Mapping[str, Record]) -> list[str]:
    """In words, a case each: how the city engine stands against the best of its peers."""
    groups: dict[tuple[str, float], dict[str, Record]] = {}
    for record in records.values():
        groups.setdefault(_group(record), {})[record["method"]] = record
    lines = []
    for (case, time_s), by in sorted(groups.items()):
        ours = by.get("city")
        if ours is None or not stands(ours):
            continue
        told = []
        others = {m: r for m, r in by.items() if m != "city" and stands(r)}
        sign = -1 if ours["sense"] == "min" else 1
        better = [m for m, r in others.items() if sign * (r["objective"] - ours["objective"]) > 0]
        if better:
            told.append(f"**better plans than city: {', '.join(better)}**")
        gaps = {m: r["gap"] for m, r in by.items() if r.get("gap") is not None}
        tighter = [m for m, g in gaps.items() if m != "city" and g < gaps.get("city", g)]
        if tighter:
            told.append(f"**smaller gaps than city: {', '.join(tighter)}**")
        for m, r in sorted(others.items(), key=lambda item: -item[1]["objective"]):
            ahead = sign * (ours["objective"] - r["objective"]) / abs(r["objective"] or 1)
            told.append(f"{100 * ahead:+.2f} % on {m}" if ahead else f"equal to {m}")
        nothing = [m for m, r in by.items() if r.get("objective") is None]
        if nothing:
            told.append(f"no plan by {', '.join(nothing)}")
        lines.append(f"- {case}, {time_s:g} s: {'; '.join(told)}.")
    return lines


def write_page(ledger: Ledger, folder: Path) -> None:
    """peers.md beside peers.json."""
    if not ledger.records:
        return
    machine = in_words(next(reversed(ledger.records.values()))["machine"])
    said = (
        "Equal time, threads and memory, one after another; the time covers building the model",
        "and solving it. highs, scip, cpsat and pulp (CBC) solve siting's program, in which people",
        "whom the same sites cover are one column; `+greedy`: begun with siting's greedy plan.",
        "`spopt-model` is CBC on one binary and one row for each demand point, as spopt and",
        "allagash write it; `spopt` is spopt itself. Each has as many workers as threads; cpsat",
        "has `linearization_level=2` and `interleave_search`, as siting's own method gives",
        "them; all else is as the solvers come. Objectives are recomputed from the plans;",
        "bounds other than city's are the solvers' word.",
    )
    after = (
        "City's plan against the others', as a share of theirs; where a peer wins is in bold:",
        "",
        *findings(ledger.records),
    )
    text = page(
        "City engine and its peers",
        said,
        ledger.columns,
        ledger.rows(),
        ledger.command,
        machine,
        after,
    )
    replace_file(folder / "peers.md", text)
