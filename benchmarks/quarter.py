"""How long the quarterly report of a city takes: ``python -m benchmarks quarter``.

A demo city of 40 circles, a greedy plan of 1,000 outlets, a ledger of which half has opened, ten
further outlets outside the plan: then ``siting progress`` with docx, xlsx and html, as a command
of its own, from start to end (the scenario is read and everybody is walked to what stands).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

import siting
from benchmarks.ledger import RESULTS, in_words, replace_file
from benchmarks.machine import describe
from siting.demo import make_city
from siting.demo.people import PEOPLE_PER_DISTRICT
from siting.execution.ledger import ledger
from siting.execution.ledger_rows import Entry
from siting.execution.writing import write_ledger
from siting.report import folder


@dataclass(frozen=True)
class Row:
    """One city; seconds of the whole command."""

    points: int
    circles: int
    planned: int
    """Outlets in the plan."""
    beside: int
    """Outlets opened outside it."""
    wall_s: float
    processor_s: float


def main(arguments: list[str]) -> int:
    """Measure, write quarter.md, print it."""
    given = argparse.ArgumentParser(prog="python -m benchmarks quarter", description=__doc__)
    given.add_argument("--points", type=int, default=20_000)
    given.add_argument("--circles", type=int, default=40)
    given.add_argument("--outlets", type=int, default=1000)
    asked = given.parse_args(arguments)
    with TemporaryDirectory() as place:
        row = measured(Path(place), asked.points, asked.circles, asked.outlets)
    page = f"# The quarterly report\n\n{__doc__}\n{in_words(describe())}\n\n{table(row)}"
    replace_file(RESULTS / "quarter.md", page)
    replace_file(RESULTS / "quarter.json", json.dumps(asdict(row), indent=1) + "\n")
    print(page)
    return 0


def table(row: Row) -> str:
    """The row as Markdown."""
    heads = [field.name for field in fields(Row)]
    told = [
        f"{value:.1f}" if isinstance(value, float) else f"{value:,}"
        for value in asdict(row).values()
    ]
    return (
        "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ["---:"] * len(heads), told))
        + "\n"
    )


def measured(place: Path, points: int, circles: int, outlets: int) -> Row:
    """Prepare everything but the report, then time it."""
    file = make_city(
        points, 3 * outlets, 8, out=place / "city", residents=circles * PEOPLE_PER_DISTRICT
    )
    with_circles(file)
    scenario = siting.load(file)
    problem = scenario.problem().replace(rules=())
    plan = siting.solve(problem, method="greedy", p=outlets, time_limit=None)
    result = folder.write(plan, place / "result", scenario=scenario)
    n = filled(result, place / "ledger.xlsx")
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "siting",
            "progress",
            str(result),
            "--ledger",
            str(place / "ledger.xlsx"),
            "--quarter",
            "2026Q3",
            "--format",
            "docx,xlsx,html",
            "--lang",
            "zh",
            "--out",
            str(place / "report"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    wall, after = time.perf_counter() - began, os.times()
    print(done.stdout)
    processor = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    told = json.loads((place / "report" / "progress.json").read_text(encoding="utf-8"))
    n_circles = len(scenario.settings.circles)
    return Row(points, n_circles, told["actions"]["planned"], n, wall, processor)


def with_circles(file: Path) -> None:
    """Every district a circle of its own, with who answers for it, and two phases."""
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    districts = sorted({*siting.load(file).demand["district"]})
    settings["circles"] = [
        {"district": name, "name": f"{name}生活圈", "responsible_unit": f"{name}街道办"}
        for name in districts
    ]
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    file.write_text(text, encoding="utf-8")


def filled(result: Path, file: Path) -> int:
    """A ledger of which every second action has opened; returns how many opened outside it."""
    made = ledger(result, file, "zh").renewal.ledger
    entries = [
        Entry(0, {**entry.values, "status": "open", "opened_on": date(2026, 8, 1), "paid": 1000})
        if at % 2
        else entry
        for at, entry in enumerate(made)
    ]
    beside = [
        Entry(0, {**entry.values, "site": f"new {at}", "status": "open", "origin": "outside"})
        for at, entry in enumerate(made.entries[:10])
    ]
    kept = type(made)(made.wording, (*entries, *beside), made.heads)
    file.unlink()
    write_ledger(kept, file)
    return len(beside)
