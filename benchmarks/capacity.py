"""Covered = served within capacity, at any size: ``python -m benchmarks capacity``.

    python -m benchmarks capacity --cases helsinki,20k
    python -m benchmarks capacity --cases 200k --time 600

Helsinki exactly by HiGHS and by the large-scale method side by side; synthetic cities of
``siting demo`` (synthetic data) by the large-scale method, their catalogue capacities respected.
The time runs from the scenario's files to the verified result. Writes results/capacity.json and
.md; a case that is recorded is kept unless ``--again`` is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.cases import SERVED, load
from benchmarks.commandline import missing, parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file
from benchmarks.measure import Setting, measure
from benchmarks.measured import Tell
from benchmarks.methods import Budget, method
from benchmarks.pages import page, percent, rounded
from benchmarks.watching import Limits, watch

CASES = {
    "helsinki": {"auto": 60.0, "highs": 60.0, "city": 60.0},
    "20k": {"city": 120.0},
    "200k": {"city": 300.0},
}
"""Methods of each case with their seconds."""
OTHERS = {"city": 120.0}
"""The same for other cases."""
COLUMNS = (
    "case",
    "points × sites × formats",
    "options",
    "method",
    "time limit s",
    "total s",
    "people served",
    "bound",
    "gap %",
    "proof",
    "outlets",
    "peak memory GB",
)


def main(arguments: list[str]) -> int:
    """Measure, and write after every run."""
    options = parser("capacity", __doc__)
    options.add_argument("--cases", default="helsinki,20k,200k", help="names of cases.py")
    options.add_argument("--time", type=float, help="seconds a run (default: see CASES)")
    options.add_argument("--memory", type=float, help="GB; a child above it is killed")
    given = options.parse_args(arguments)
    ledger = Ledger(
        "capacity",
        COLUMNS,
        row,
        "python -m benchmarks capacity",
        given.out,
        given.again,
        order=lambda record: record["size"].get("points", 0),
    )
    asked = [
        (f"{name} {how}", name, how)
        for name in given.cases.split(",")
        for how in CASES.get(name, OTHERS)
    ]
    wanted = missing(ledger, [key for key, *_ in asked], given.threads, compile_first=False)
    if wanted:
        watch("benchmarks.capacity:warm_up", {"threads": given.threads}, Limits(240, 600))
    for key, name, how in asked:
        if key not in wanted:
            continue
        time_s = given.time or CASES.get(name, OTHERS)[how]
        setting = Setting(
            time_s, given.threads, given.seed, given.memory, 60 + 0.5 * time_s, reading_counts=True
        )
        ledger.put(key, measure(SERVED + name, how, setting))
        write_page(ledger, given.out)
    write_page(ledger, given.out)
    print((given.out / "capacity.md").read_text(encoding="utf-8"))
    return 0


def warm_up(tell: Tell, threads: int = 2) -> None:
    """Compile (and cache on disk) what a first run would compile."""
    tell("begin")
    problem, _ = load(SERVED + "400x60x4")
    method("city")(problem, Budget(4.0, threads), lambda news: None)
    tell("result")


def row(found: Record) -> Sequence[Any]:
    """One line of the table."""
    told = found["size"]
    seconds = found.get("seconds")
    total = None if seconds is None else (found.get("loaded_s") or 0.0) + seconds
    return (
        found["case"].removeprefix(SERVED),
        " × ".join(f"{told.get(k, 0):,}" for k in ("points", "sites", "formats")),
        told.get("options"),
        found["method"],
        found["setting"]["time_s"],
        rounded(total, 1),
        rounded(found.get("objective"), 0),
        rounded(found.get("bound"), 0),
        rounded(percent(found.get("gap")), 3),
        found.get("bound_proof"),
        found.get("outlets"),
        rounded(found["peak_memory_gb"], 2),
    )


def write_page(ledger: Ledger, folder: Path) -> None:
    """capacity.md beside capacity.json."""
    if not ledger.records:
        return
    records = list(ledger.records.values())
    said = (
        "Covered = served within every outlet's capacity; people may be split among outlets. The",
        "time runs from the scenario's files to the verified result; gap = (bound - plan) / plan.",
        "A bound by certificate is recomputed by `verify` in exact integers; a solver's is its",
        "word. With tiers objective and bound are sums over the tiers.",
    )
    after = [f"- {r['case']} by {r['method']}: {_tiers(r)}" for r in records if r.get("tiers")]
    after = ["By tier:", "", *after] if after else []
    text = page(
        "Capacities at city size",
        said,
        ledger.columns,
        ledger.rows(),
        ledger.command,
        in_words(records[-1]["machine"]),
        after,
    )
    replace_file(folder / "capacity.md", text)


def _tiers(found: Record) -> str:
    return ", ".join(
        f"{tier} {told['objective']:,.0f} of at most {told['bound']:,.0f}"
        for tier, told in found["tiers"].items()
        if told["bound"] is not None
    )
