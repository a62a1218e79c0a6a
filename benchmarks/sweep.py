"""Thirty scenarios times four variants, singly and as a sweep: ``python -m benchmarks sweep``.

    python -m benchmarks sweep
    python -m benchmarks sweep --phase killed --again

Small synthetic cities (`siting demo`) drawn by seed, each with three other budgets as variants, all
solved to the optimum, so that whoever solves them ends with the same figures. *single*: every task
as a ``siting solve`` of its own, one after the other. *sweep*: ``siting sweep`` with two workers.
*killed*: the same on a new folder, SIGKILLed three times at seeded moments and run again each time;
the time is that of all four runs together. Passes where the sweep takes no more than 1.15 times
half of what the single solves take in all, before and after the kills, with the same table.
Each phase is written to results/sweep.json as soon as it is done, and kept unless ``--again``.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.cases import CACHE
from benchmarks.commandline import parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file
from benchmarks.pages import page, rounded
from siting.demo import make_city

PHASES = ("single", "sweep", "killed")
WORKERS, KILLS, GOAL = 2, 3, 1.15
BUDGETS = {"poor": 0.5, "modest": 0.75, "rich": 1.5}
"""Variants: shares of the scenario's own budget."""
ASK = ("--method", "highs", "--threads", "1", "--time-limit", "120")
FIGURES = ("status", "objective", "bound")
COLUMNS = ("phase", "tasks", "wall s", "to single / 2", "goal", "same results")


def main(arguments: list[str]) -> int:
    """Measure what is missing, and write; 1 where results differ."""
    options = parser("sweep", __doc__)
    options.add_argument("--scenarios", type=int, default=30)
    options.add_argument("--phase", choices=PHASES, action="append", help="default: all")
    given = options.parse_args(arguments)
    folder = drawn(given.scenarios, given.seed)
    ledger = Ledger(
        "sweep",
        COLUMNS,
        lambda record: row(record, ledger),
        "python -m benchmarks sweep",
        given.out,
        given.again,
        order=lambda record: PHASES.index(record["phase"]),
    )
    for phase in given.phase or PHASES:
        if ledger.has(phase):
            print(f"{phase}: recorded already; --again measures it anew")
            continue
        print(f"{phase} ...", file=sys.stderr, flush=True)
        ledger.put(phase, {"phase": phase, **measured(phase, folder, given.seed)})
        print(f"{phase}: {ledger.records[phase]['wall_s']:.1f} s", file=sys.stderr, flush=True)
    ledger.write()
    write_page(ledger, given.out)
    print((given.out / "sweep.md").read_text(encoding="utf-8"))
    return int(any(same(record, ledger) is False for record in ledger.records.values()))


def drawn(count: int, seed: int) -> Path:
    """A folder of so many cities with their variants."""
    home = CACHE / f"sweep-{count}-{seed}"
    if (home / "complete").exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    draw = random.Random(seed)
    for number in range(count):
        points, sites, formats = draw.randint(150, 400), draw.randint(20, 40), draw.randint(2, 4)
        file = make_city(
            points, sites, formats, out=home / f"city-{number:02}", seed=1000 * seed + number
        )
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
        settings["variants"] = {
            name: {"budget": round(settings["budget"] * part)} for name, part in BUDGETS.items()
        }
        text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
        file.write_text(text, encoding="utf-8")
    (home / "complete").touch()
    return home


def measured(phase: str, folder: Path, seed: int) -> dict[str, Any]:
    """A phase's seconds, and the figures of every task."""
    out = CACHE / f"sweep-{phase}"
    shutil.rmtree(out, ignore_errors=True)
    begun = time.monotonic()
    if phase == "single":
        found = singly(folder, out)
    else:
        runs = killed(folder, out, seed) if phase == "killed" else 0
        swept(folder, out)
        found = table(out)
        assert phase == "sweep" or runs == KILLS, f"only {runs} of {KILLS} kills met a sweep"
    wall = time.monotonic() - begun
    shutil.rmtree(out)
    return {"wall_s": wall, "tasks": len(found), "found": found}


def singly(folder: Path, out: Path) -> dict[str, dict[str, Any]]:
    """One ``siting solve`` after the other."""
    found = {}
    for city in sorted(folder.iterdir()):
        for variant in ("", *BUDGETS) if city.is_dir() else ():
            place = out / f"{city.name}-{variant}"
            ask = ["--variant", variant] if variant else []
            siting("solve", city, *ASK, *ask, "--out", place)
            record = json.loads((place / "result.json").read_text(encoding="utf-8"))
            found[f"{city.name} {variant}"] = {name: record[name] for name in FIGURES}
    return found


def siting(*arguments: object) -> None:
    """A command as a process; its words where it fails."""
    command = [sys.executable, "-m", "siting", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-2000:])


def sweeping(folder: Path, out: Path) -> Sequence[str]:
    """The sweep's arguments."""
    return (
        "sweep", str(folder), "--variants", "all", *ASK, "--workers", str(WORKERS),
        "--out", str(out),
    )  # fmt: skip


def swept(folder: Path, out: Path) -> None:
    """To the end."""
    siting(*sweeping(folder, out))


def killed(folder: Path, out: Path, seed: int) -> int:
    """Begin a sweep three times and kill it; each goes on from what the last one left. How many
    were killed at work."""
    draw, met = random.Random(seed), 0
    n = len(BUDGETS) + 1
    tasks = n * sum(city.is_dir() for city in folder.iterdir())
    for number in range(KILLS):
        # Killed when about so many tasks are done, of which the last few are half done.
        until = int(tasks * (number + draw.uniform(0.3, 1.0)) / (KILLS + 1))
        process = subprocess.Popen(
            [sys.executable, "-m", "siting", *sweeping(folder, out)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while process.poll() is None and done(out) < until:
            time.sleep(0.2)
        time.sleep(draw.uniform(0.0, 2.0))
        met += process.poll() is None
        process.kill()
        process.wait()
    return met


def done(out: Path) -> int:
    """Results that are there."""
    return len(list(out.glob("results/*/result.json")))


def table(out: Path) -> dict[str, dict[str, Any]]:
    """The figures of sweep.csv."""
    import pandas as pd

    frame = pd.read_csv(out / "sweep.csv", keep_default_na=False)
    return {
        f"{line['scenario']} {line['variant']}": {name: line[name] for name in FIGURES}
        for line in frame.to_dict("records")
    }


def same(record: Record, ledger: Ledger) -> bool | None:
    """Whether a phase's figures are those of the single solves; None where those are not there."""
    single = ledger.records.get("single")
    if single is None or record["phase"] == "single":
        return None
    found, wanted = record["found"], single["found"]
    return found.keys() == wanted.keys() and all(
        found[task]["status"] == wanted[task]["status"]
        and abs(found[task][name] - wanted[task][name]) <= 1e-9 * abs(wanted[task][name])
        for task in found
        for name in ("objective", "bound")
    )


def row(record: Record, ledger: Ledger) -> tuple[Any, ...]:
    """A row of the page."""
    single = ledger.records.get("single")
    ratio, agree = None, same(record, ledger)
    if single is not None and record["phase"] != "single":
        ratio = record["wall_s"] / (single["wall_s"] / WORKERS)
    return (
        record["phase"],
        record["tasks"],
        rounded(record["wall_s"], 1),
        rounded(ratio, 3),
        None if ratio is None else f"≤ {GOAL}",
        None if agree is None else "yes" if agree else "NO",
    )


def write_page(ledger: Ledger, folder: Path) -> None:
    """sweep.md beside sweep.json."""
    if not ledger.records:
        return
    said = (
        "Small synthetic cities drawn by seed (`siting demo`, synthetic data), each with three",
        "other budgets as variants, all solved to the optimum. *single*: each task as a",
        "`siting solve` of its own, one after the other; *sweep*: `siting sweep` with two workers;",
        f"*killed*: the same, SIGKILLed {KILLS} times at seeded moments and run again; all runs'",
        "time together. The same results: status, objective and bound of every task are those of",
        "the single solve.",
    )
    machine = in_words(list(ledger.records.values())[-1]["machine"])
    text = page(
        "A sweep against single solves",
        said,
        ledger.columns,
        ledger.rows(),
        ledger.command,
        machine,
    )
    replace_file(folder / "sweep.md", text)
