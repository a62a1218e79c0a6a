"""Ten points of a frontier against one solve: ``python -m benchmarks frontier``.

    python -m benchmarks frontier --cases helsinki,20k --time 120
    python -m benchmarks frontier --cases 5000x500x4 --time 30 --apart

First the case is solved once at its own budget, within ``--time``; the gap it ends with is the
target. Then the frontier (free plans only) runs until every point is within that gap of its own
best, or for as long as ten such solves would take: what is measured is the time of the whole
frontier over that of the one solve. ``--apart`` also solves every point by itself from nothing.
Writes results/frontier.json and .md.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from benchmarks.cases import ROOT, load, size
from benchmarks.commandline import missing, parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file
from benchmarks.measure import shower
from benchmarks.measured import Tell
from benchmarks.pages import page, percent, rounded
from benchmarks.watching import Limits, watch

COLUMNS = (
    "case", "points", "one solve s", "its gap %", "frontier s", "× one solve", "worst gap %",
    "within the gap", "every point apart s", "peak memory GB",
)  # fmt: skip
ROUNDING = 1e-9
TIMES = {"200k": 600.0, "1m": 1800.0}
GRACE_S = 120.0


def main(arguments: list[str]) -> int:
    """Measure, and write after every case."""
    options = parser("frontier", __doc__)
    options.add_argument("--cases", default="helsinki,20k,200k", help="names of cases.py")
    options.add_argument("--points", type=int, default=10)
    options.add_argument("--time", type=float, help="seconds of one solve (120; 200k: 600)")
    options.add_argument("--memory", type=float, help="GB; a child above it is killed")
    options.add_argument("--method", default="auto")
    options.add_argument("--apart", action="store_true", help="also every point by itself")
    given = options.parse_args(arguments)
    names = given.cases.split(",")
    wrong = [n for n in names if size(n) is None and not (ROOT / "scenarios" / n).is_dir()]
    if wrong:
        options.error(f"--cases must be cities or scenarios; got {', '.join(wrong)}")
    ledger = Ledger("frontier", COLUMNS, row, "python -m benchmarks frontier", given.out,
                    given.again, order=lambda record: record["sites"])  # fmt: skip
    for name in sorted(missing(ledger, names, given.threads, compile_first=True), key=names.index):
        time_s = given.time or TIMES.get(name, 120.0)
        asked = {
            "case": name, "points": given.points, "time_s": time_s, "method": given.method,
            "threads": given.threads, "seed": given.seed, "apart": given.apart,
        }  # fmt: skip
        turns = 1 + given.points * (2 if given.apart else 1)
        limits = Limits(turns * time_s, GRACE_S, memory_gb=given.memory)
        ending = watch("benchmarks.frontier:trace_case", asked, limits, shower())
        found = ending.last("result")
        if found is None:
            print(f"{name}: {ending.end}: {ending.complaint}")
            continue
        told = {k: v for k, v in found.items() if k not in ("event", "at")}
        ledger.put(name, {**asked, **told, "peak_memory_gb": round(ending.peak_memory_gb, 3)})
        write_page(ledger)
    if ledger.records:
        write_page(ledger)
        print((given.out / "frontier.md").read_text(encoding="utf-8"))
    return 0


def trace_case(
    tell: Tell, case: str, points: int, time_s: float, method: str, threads: int, seed: int,
    apart: bool,
) -> None:  # fmt: skip
    """In a child: one solve, the frontier to its gap, and every point apart where asked."""
    from siting.analysis.frontier import RULE, frontier
    from siting.analysis.study import Study
    from siting.solving import solve

    problem, _ = load(case)
    tell("begin", time_s=time_s)
    settings: dict[str, Any] = {"method": method, "seed": seed, "threads": threads}
    begun = time.monotonic()
    one = solve(problem, time_limit=time_s, **settings)
    one_s = time.monotonic() - begun
    target = 0.0 if one.gap is None else one.gap * (1 + ROUNDING)
    tell("one", seconds=round(one_s, 2), gap=one.gap)
    begun = time.monotonic()
    study = Study(time_limit=points * max(one_s, 1.0), gap=target, **settings)
    found = frontier(problem, points=points, nested=False, study=study)
    seconds = time.monotonic() - begun
    tell("frontier", seconds=round(seconds, 2))
    by_itself = None
    if apart:
        begun = time.monotonic()
        for point in found.points:
            changed = {"budget" if found.axis == "budget" else RULE[found.axis]: point.limit}
            each = solve(problem.replace(**changed), time_limit=time_s, gap=target, **settings)
            tell("apart", limit=point.limit, gap=each.gap)
        by_itself = round(time.monotonic() - begun, 2)
    tell(
        "result", status="done", sites=problem.n_sites, axis=found.axis, one_s=round(one_s, 2),
        one_gap=one.gap, one_status=one.status, seconds=round(seconds, 2), apart_s=by_itself,
        curve=[
            {
                "limit": p.limit, "objective": p.result.objective, "bound": p.bound, "gap": p.gap,
                "status": p.status, "seconds": round(p.seconds, 2),
            }
            for p in found.points
        ],
    )  # fmt: skip


def row(found: Record) -> Sequence[Any]:
    """The README row."""
    gaps = [point["gap"] for point in found["curve"]]
    known = [gap for gap in gaps if gap is not None]
    target = (found["one_gap"] or 0.0) * (1 + ROUNDING)
    return (
        found["case"], len(gaps), found["one_s"], rounded(percent(found["one_gap"]), 3),
        found["seconds"], rounded(found["seconds"] / max(found["one_s"], 0.01), 2),
        rounded(percent(max(known, default=None)), 3),
        f"{sum(gap is not None and gap <= target for gap in gaps)} of {len(gaps)}",
        found["apart_s"], rounded(found["peak_memory_gb"], 2),
    )  # fmt: skip


def write_page(ledger: Ledger) -> None:
    """frontier.md beside frontier.json."""
    said = (
        "One solve at the case's own budget ends with a gap; then ten budgets are solved as one",
        "frontier until each is within that gap (bounds recomputed from the certificates of all",
        "points together), for at most as long as ten such solves. Larger budgets are solved",
        "first; each plan without what gains least begins the next, and every proof is a line",
        "over all budgets. *Every point apart*: the same budgets to the same gap, from nothing.",
    )
    records = sorted(ledger.records.values(), key=ledger.order or (lambda record: 0))
    curves = [line for record in records for line in _curve(record)]
    text = page("Frontier: ten budgets against one", said, ledger.columns, ledger.rows(),
                ledger.command, in_words(records[-1]["machine"]), curves)  # fmt: skip
    replace_file(ledger.folder / "frontier.md", text)


def _curve(found: Record) -> list[str]:
    head = [f"## {found['case']}", "", f"| {found['axis']} | plan | bound | gap % | s |",
            "| ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    lines = [
        f"| {p['limit']:,} | {_shown(p['objective'])} | {_shown(p['bound'])} | "
        f"{_shown(percent(p['gap']), 3)} | {p['seconds']:.1f} |"
        for p in found["curve"]
    ]
    return [*head, *lines, ""]


def _shown(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
