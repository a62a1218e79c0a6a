"""Ten points of a frontier against one solve: ``python -m benchmarks frontier``.

    python -m benchmarks frontier --cases helsinki,5000x500x4
    python -m benchmarks frontier --cases 200k

Three ways to the same gap, with the same settings: one solve at the case's own budget; the frontier
(free plans only); and every budget of the frontier solved by itself from nothing. Each may take
``--time`` seconds a point; that and the gap depend on the case where they are not given (GOALS).
Processor seconds, those of solvers in child processes included, tell more than the clock on a
machine that computes other things too. Writes results/frontier.json and .md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cases import ROOT, load, size
from benchmarks.commandline import missing, parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file
from benchmarks.measure import shower
from benchmarks.measured import Tell
from benchmarks.pages import page, percent, rounded
from benchmarks.watching import Limits, watch

COLUMNS = (
    "case",
    "gap asked %",
    "points",
    "one solve s",
    "frontier s",
    "points apart s",
    "× one solve",
    "of apart",
    "processor s: one",
    "frontier",
    "apart",
    "within the gap: frontier",
    "apart, of",
    "worst gap %",
    "peak memory GB",
)
ROUNDING = 1e-9
GOALS = {
    "helsinki": (0.0, 120.0),
    "20k": (0.01, 120.0),
    "200k": (0.015, 480.0),
    "1m": (0.02, 1800.0),
}
"""Relative gap and seconds a solve; (0.005, 120) elsewhere."""
TOO_LARGE = ("200k", "1m")
"""Not solved ten times apart, unless that is asked for."""
FRONTIER_TURNS = 1.25
"""Of one solve's time limit, for the whole frontier where the points are not solved apart."""
GRACE_S = 120.0


def main(arguments: list[str]) -> int:
    """Measure, and write after every case."""
    options = parser("frontier", __doc__)
    options.add_argument("--cases", default="helsinki,20k,200k", help="names of cases.py")
    options.add_argument("--points", type=int, default=10)
    options.add_argument("--time", type=float, help="seconds of one solve (120; 200k: 480)")
    options.add_argument(
        "--gap", type=float, help="relative gap to reach (0.005; 20k: 0.01; 200k: 0.015)"
    )
    options.add_argument("--memory", type=float, help="GB; a child above it is killed")
    options.add_argument("--method", default="auto")
    options.add_argument(
        "--apart",
        action=argparse.BooleanOptionalAction,
        help="every point by itself too (default: yes; 200k, 1m: no)",
    )
    given = options.parse_args(arguments)
    names = given.cases.split(",")
    wrong = [n for n in names if size(n) is None and not (ROOT / "scenarios" / n).is_dir()]
    if wrong:
        options.error(f"--cases must be cities or scenarios; got {', '.join(wrong)}")
    ledger = Ledger(
        "frontier",
        COLUMNS,
        row,
        "python -m benchmarks frontier",
        given.out,
        given.again,
        order=lambda record: record["sites"],
    )
    for name in sorted(missing(ledger, names, given.threads, compile_first=True), key=names.index):
        gap, time_s = GOALS.get(name, (0.005, 120.0))
        gap = gap if given.gap is None else given.gap
        time_s = given.time or time_s
        apart = name not in TOO_LARGE if given.apart is None else given.apart
        asked = {
            "case": name,
            "points": given.points,
            "gap": gap,
            "time_s": time_s,
            "method": given.method,
            "threads": given.threads,
            "seed": given.seed,
            "apart": apart,
        }
        turns = 1 + (2 * given.points if apart else FRONTIER_TURNS)
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


def processor_s() -> float:
    """User and system time of this process and its children that have ended."""
    import resource

    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


@dataclass
class Watch:
    """Seconds by the clock and of processors, of this process and the solvers it has ended."""

    begun: float = field(default_factory=time.monotonic)
    used: float = field(default_factory=processor_s)

    def told(self) -> dict[str, float]:
        """Both since the watch was made."""
        return {
            "s": round(time.monotonic() - self.begun, 2),
            "processor_s": round(processor_s() - self.used, 2),
        }


def trace_case(
    tell: Tell,
    case: str,
    points: int,
    gap: float,
    time_s: float,
    method: str,
    threads: int,
    seed: int,
    apart: bool,
) -> None:
    """In a child: one solve, the frontier, and every point apart where asked, all to one gap."""
    from siting.analysis.studies.frontier import frontier
    from siting.analysis.study import Study
    from siting.solving import solve

    problem, _ = load(case)
    tell("begin", time_s=time_s)
    settings: dict[str, Any] = {"method": method, "seed": seed, "threads": threads, "gap": gap}
    watch_ = Watch()
    one = solve(problem, time_limit=time_s, **settings)
    one_told = {**watch_.told(), "gap": one.gap, "status": one.status, "method": one.method}
    tell("one", **one_told)
    watch_ = Watch()
    study = Study(time_limit=time_s * (points if apart else FRONTIER_TURNS), **settings)
    found = frontier(problem, points=points, nested=False, study=study)
    del study  # ends its solvers' processes, whose seconds count once they have ended
    frontier_told = watch_.told()
    tell("frontier", **frontier_told)
    gaps: list[float | None] = []
    apart_told: dict[str, float] | None = None
    if apart:
        watch_ = Watch()
        for point in found.points:
            changed = {"budget" if found.axis == "budget" else "p": point.limit}
            gaps.append(solve(problem.replace(**changed), time_limit=time_s, **settings).gap)
            tell("apart", limit=point.limit, gap=gaps[-1])
        apart_told = watch_.told()
    tell(
        "result",
        status="done",
        sites=problem.n_sites,
        axis=found.axis,
        one=one_told,
        frontier=frontier_told,
        apart_took=apart_told,
        apart_gaps=gaps,
        curve=[
            {
                "limit": p.limit,
                "objective": p.result.objective,
                "bound": p.bound,
                "gap": p.gap,
                "status": p.status,
                "seconds": round(p.seconds, 2),
            }
            for p in found.points
        ],
    )


def row(found: Record) -> Sequence[Any]:
    """The README row."""
    one, whole, apart = found["one"], found["frontier"], found["apart_took"] or {}
    gaps = [point["gap"] for point in found["curve"]]

    def within(values: Sequence[float | None]) -> str | None:
        met = sum(gap is not None and gap <= found["gap"] + ROUNDING for gap in values)
        return f"{met} of {len(values)}" if values else None

    def ratio(other: float | None) -> float | None:
        return None if other is None else round(whole["s"] / max(other, 0.01), 2)

    return (
        found["case"],
        percent(found["gap"]),
        len(gaps),
        one["s"],
        whole["s"],
        apart.get("s"),
        ratio(one["s"]),
        ratio(apart.get("s")),
        one["processor_s"],
        whole["processor_s"],
        apart.get("processor_s"),
        within(gaps),
        within(found["apart_gaps"]),
        rounded(percent(max((gap for gap in gaps if gap is not None), default=None)), 3),
        rounded(found["peak_memory_gb"], 2),
    )


def write_page(ledger: Ledger) -> None:
    """frontier.md beside frontier.json."""
    said = (
        "Three ways to the same proven gap with the same settings: one solve at the case's own",
        "budget; ten budgets as one frontier (free plans only); the same ten budgets solved apart,",
        "each from nothing. A way that does not reach the gap ends with its time. *Processor s*",
        "counts every core and the solvers' processes, and holds on a busy machine where the clock",
        "does not; points side by side save clock, not processors. The frontier's bounds are",
        "recomputed from the certificates of all its points together.",
    )
    records = sorted(ledger.records.values(), key=ledger.order or (lambda record: 0))
    curves = [line for record in records for line in _curve(record)]
    text = page(
        "Frontier: ten budgets against one",
        said,
        ledger.columns,
        ledger.rows(),
        ledger.command,
        in_words(records[-1]["machine"]),
        curves,
    )
    replace_file(ledger.folder / "frontier.md", text)


def _curve(found: Record) -> list[str]:
    head = [
        f"## {found['case']}",
        "",
        f"| {found['axis']} | plan | bound | gap % | s |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    lines = [
        f"| {p['limit']:,} | {_shown(p['objective'])} | {_shown(p['bound'])} | "
        f"{_shown(percent(p['gap']), 3)} | {p['seconds']:.1f} |"
        for p in found["curve"]
    ]
    return [*head, *lines, ""]


def _shown(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"
