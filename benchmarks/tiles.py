"""One city at once and in tiles, one after the other: ``python -m benchmarks tiles``.

    python -m benchmarks tiles --size 20k
    python -m benchmarks tiles --size 1m --tiles 8 --time 900

A seeded synthetic city of ``siting demo``, solved by the whole-city engine and then in tiles, each
in a process of its own with the same time, threads and seed, so that both see the same machine.
Writes results/tiles.json and .md: the gap that ``verify`` recomputes (of tiles: tile by tile), and
the memory of a worker: of the whole city the solve's process with its solvers, of tiles the largest
of the tiles' processes with its solvers. Each of the two is written as soon as it is done: what was
interrupted goes on with what is missing; ``--again`` measures both anew. Neither outlives its time
by more than half of it and two minutes, reading the city not counted.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.cases import size
from benchmarks.commandline import missing, parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file
from benchmarks.measure import Setting, measure
from benchmarks.pages import page, percent, rounded

TIMES = {"20k": 120.0, "200k": 300.0, "1m": 900.0}
COLUMNS = (
    "points × sites × formats",
    "tiles",
    "time limit s",
    "gap at once %",
    "gap in tiles %",
    "points larger",
    "bound, tiles / at once",
    "plan, tiles / at once",
    "GB at once",
    "GB of a worker",
    "part",
    "GB of the master",
)


def main(arguments: list[str]) -> int:
    """Measure, and write."""
    options = parser("tiles", __doc__)
    options.add_argument("--size", default="20k", help="20k, 200k, 1m or like 5000x500x4")
    options.add_argument("--tiles", type=int, default=8)
    options.add_argument("--time", type=float, help="seconds of each (default 120, 300, 900)")
    given = options.parse_args(arguments)
    name = given.size.lower()
    if size(name) is None:
        options.error(f"--size must be 20k, 200k, 1m or like 5000x500x4; got {given.size}")
    ledger = Ledger(
        "tiles",
        COLUMNS,
        row,
        "python -m benchmarks tiles",
        given.out,
        given.again,
        order=lambda record: record["size"].get("points", 0),
    )
    time_s = given.time or TIMES.get(name, 120.0)
    setting = Setting(time_s, given.threads, given.seed, None, 120 + 0.5 * time_s)
    if missing(ledger, [name], given.threads, compile_first=True):
        ledger.put(name, {**measure(name, "city", setting), "tiles": given.tiles})
        write_page(ledger, given.out)
    whole = ledger.records[name]
    tiled = whole.get("tiled", {"status": "failed"})
    if whole["status"] != "failed" and (tiled["status"] == "failed" or given.again):
        # What a worker compiles on its first job is not the tiles' time.
        measure("2000x200x4", "tiles:2", Setting(20.0, given.threads, given.seed))
        told = replace(setting, time_s=whole["setting"]["time_s"])
        tiled = measure(name, f"tiles:{given.tiles}", told)
        ledger.put(name, {**whole, "tiles": given.tiles, "tiled": tiled})
    write_page(ledger, given.out)
    print((given.out / "tiles.md").read_text(encoding="utf-8"))
    return 0


def row(found: Record) -> tuple[Any, ...]:
    """A row of the page."""
    told, tiled = found["size"], found.get("tiled", {})
    worker = tiled.get("statistics", {}).get("largest_worker_bytes")
    gigabytes = None if worker is None else worker / 1e9
    gaps = percent(found.get("gap")), percent(tiled.get("gap"))
    more = None if None in gaps else gaps[1] - gaps[0]  # type: ignore[operator]
    part = None if gigabytes is None else gigabytes / found["peak_memory_gb"]
    return (
        " × ".join(f"{told.get(k, 0):,}" for k in ("points", "sites", "formats")),
        found["tiles"],
        found["setting"]["time_s"],
        rounded(gaps[0], 3),
        rounded(gaps[1], 3),
        rounded(more, 3),
        rounded(_ratio(tiled.get("bound"), found.get("bound")), 5),
        rounded(_ratio(tiled.get("objective"), found.get("objective")), 5),
        rounded(found["peak_memory_gb"], 2),
        rounded(gigabytes, 2),
        rounded(part, 2),
        rounded(tiled.get("process_peak_gb"), 2),
    )


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def write_page(ledger: Ledger, folder: Path) -> None:
    """tiles.md beside tiles.json."""
    if not ledger.records:
        return
    records = sorted(ledger.records.values(), key=ledger.order or (lambda record: 0))
    said = (
        "Seeded synthetic cities (`siting demo`, synthetic data): the whole-city engine and the",
        "same city in tiles, one after the other in one run, with the same time, threads and seed.",
        "Gap = (bound recomputed by `verify` in exact integers - plan) / plan; of tiles it is",
        "recomputed tile by tile. A worker's memory is that of the largest process with its",
        "solvers; the master holds the problem itself, which at once is part of the solve's",
        "process.",
    )
    text = page(
        "One city in tiles",
        said,
        ledger.columns,
        ledger.rows(),
        ledger.command,
        in_words(records[-1]["machine"]),
    )
    replace_file(folder / "tiles.md", text)
