"""The large-scale engine at growing sizes: ``python -m benchmarks city``.

    python -m benchmarks city --sizes 20k,200k,1m
    python -m benchmarks city --sizes 20k --time 120
    python -m benchmarks city --classic --customers 1000000,20000000

Seeded synthetic cities of ``siting demo``, each solved in a process of its own; the time is that
from the scenario's files to the verified result. Writes results/city.json, .md and .png: gap
against time, passes over the pairs, time for each pair and pass, peak memory, and the bound that
``verify`` recomputed. A size that is recorded is kept unless ``--again`` is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import size
from benchmarks.commandline import missing, parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file, status
from benchmarks.measure import Setting, measure
from benchmarks.pages import page, percent, rounded

TIMES = {"20k": 120.0, "200k": 600.0, "1m": 1800.0}
COLUMNS = (
    "points × sites × formats",
    "options",
    "pairs",
    "time limit s",
    "total s",
    "status",
    "certified gap %",
    "passes",
    "ns a pair and pass",
    "with the rest of the bound",
    "peak memory GB",
)


def main(arguments: list[str]) -> int:
    """Measure, and write after every size."""
    options = parser("city", __doc__)
    options.add_argument("--sizes", default="20k,200k,1m", help="names, or like 5000x500x4")
    options.add_argument("--time", type=float, help="seconds a size (default 120, 600, 1800)")
    options.add_argument("--memory", type=float, help="GB; a child above it is killed")
    options.add_argument("--classic", action="store_true", help="the random recipe instead")
    options.add_argument("--customers", default="1000000,20000000", help="with --classic")
    options.add_argument(
        "--radii",
        default="10:5.5",
        help="with --classic: BUDGET:RADIUS (or set:RADIUS, share0.6:RADIUS), or all",
    )
    options.add_argument("--methods", default="auto", help="with --classic")
    given = options.parse_args(arguments)
    if given.classic:
        from benchmarks.classic import run_classic

        return run_classic(given)
    names = given.sizes.split(",")
    wrong = [name for name in names if size(name) is None]
    if wrong:
        options.error(f"--sizes must be 20k, 200k, 1m or like 5000x500x4; got {', '.join(wrong)}")
    ledger = Ledger(
        "city",
        COLUMNS,
        row,
        "python -m benchmarks city",
        given.out,
        given.again,
        order=lambda record: record["size"].get("points", 0),
    )
    wanted = missing(ledger, names, given.threads, compile_first=True)
    for name in (name for name in names if name in wanted):
        time_s = given.time or TIMES.get(name, 120.0)
        setting = Setting(
            time_s, given.threads, given.seed, given.memory, 60 + 0.2 * time_s, reading_counts=True
        )
        ledger.put(name, measured(name, setting))
        write_page(ledger, given.out)
    write_page(ledger, given.out)
    print((given.out / "city.md").read_text(encoding="utf-8"))
    return 0


def measured(name: str, setting: Setting) -> Record:
    """A record with the figures of the bound's passes."""
    found = measure(name, "city", setting)
    statistics, timings = found.get("statistics", {}), found.get("timings", {})
    passes, pairs = statistics.get("passes"), statistics.get("pairs")
    for figure, seconds in (
        ("ns_per_pair_and_pass", statistics.get("pass_seconds")),
        ("ns_with_the_rest", timings.get("bound")),
    ):
        if passes and pairs and seconds:
            found[figure] = seconds / (passes * pairs) * 1e9
    found["from_scenario_s"] = rounded(_total(found), 2)
    return found


def _total(found: Record) -> float | None:
    """Seconds from the scenario's files to the result that verification accepted."""
    if found.get("seconds") is None or found.get("loaded_s") is None:
        return None
    total: float = found["loaded_s"] + found["seconds"]
    return total


def row(found: Record) -> Sequence[Any]:
    """The README row."""
    told = found["size"]
    shape = " × ".join(f"{told.get(k, 0):,}" for k in ("points", "sites", "formats"))
    passes = found.get("statistics", {}).get("passes")
    return (
        shape,
        told.get("options"),
        found.get("statistics", {}).get("pairs"),
        found["setting"]["time_s"],
        rounded(found.get("from_scenario_s"), 1),
        status(found),
        rounded(percent(found.get("gap")), 3),
        None if passes is None else round(passes),
        rounded(found.get("ns_per_pair_and_pass"), 3),
        rounded(found.get("ns_with_the_rest"), 3),
        rounded(found["peak_memory_gb"], 2),
    )


def write_page(ledger: Ledger, folder: Path) -> None:
    """city.md and city.png beside city.json."""
    from benchmarks.plots import gap_curves

    if not ledger.records:
        return
    gap_curves(ledger.records, folder / "city.png")
    records = sorted(ledger.records.values(), key=ledger.order or (lambda record: 0))
    stages = [f"- {r['case']}: {_stages(r)}" for r in records]
    said = (
        "Seeded synthetic cities (`siting demo`, synthetic data), every format sharing one budget",
        "and each premises' floor. The time runs from the scenario's files to the verified result;",
        "gap = (bound recomputed by `verify` in exact integers - plan) / plan. A pass goes once",
        "over all pairs (site, people point) for all formats; the rest of the bound are steps over",
        "people and options alone, projections and evaluations. Memory is that of the process with",
        "its solvers.",
    )
    after = ("![gap against time](city.png)", "", "Seconds by stage:", "", *stages)
    text = page(
        "City engine: gap against time",
        said,
        ledger.columns,
        ledger.rows(),
        ledger.command,
        in_words(records[-1]["machine"]),
        after,
    )
    replace_file(folder / "city.md", text)


def _stages(found: Record) -> str:
    told = {**found.get("loading", {}), **found.get("timings", {}), "check": found.get("verify_s")}
    told.pop("make", None)
    return ", ".join(f"{name} {s:.1f}" for name, s in told.items() if s is not None)
