"""A what-if beside a whole score of the same plan: ``python -m benchmarks desk``.

For demo cities of each size: how long a desk takes to build, one change, undo, the gains of all
options and the next purchases, and ``siting.score`` of the same plan, all in processor seconds of
one run in one process, after everything is compiled. The plan is a greedy one; changes are drawn
by seed, half of them closings, and the last desk is checked against the judge.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

import siting
from benchmarks.ledger import RESULTS, in_words, replace_file
from benchmarks.machine import describe
from siting.demo import make_city
from siting.problem import Problem

T = TypeVar("T")
CITIES = ("20000:2000:8", "100000:10000:10")
"""Points, sites and formats measured by default; 1000000:50000:20 takes a quarter of an hour."""


@dataclass(frozen=True)
class Row:
    """One city; processor seconds unless a unit is named."""

    points: int
    sites: int
    formats: int
    options: int
    pairs: int
    plan: int
    """Outlets in the plan."""
    build_s: float
    change_median_ms: float
    change_p95_ms: float
    undo_p95_ms: float
    gains_s: float
    next_s: float
    score_s: float
    score_by_change: float
    """How many changes (median) cost as much as one score."""
    bytes_per_point_and_target: float
    """Memory of the desk's own arrays."""


def main(arguments: list[str]) -> int:
    """Measure, write desk.md, print it."""
    given = argparse.ArgumentParser(prog="python -m benchmarks desk", description=__doc__)
    given.add_argument("--cities", default=",".join(CITIES), help="POINTS:SITES:FORMATS, …")
    given.add_argument("--changes", type=int, default=2000)
    given.add_argument("--seed", type=int, default=0)
    given.add_argument("--out", type=Path, default=RESULTS)
    asked = given.parse_args(arguments)
    measure(demo("500:50:3", asked.seed), 50, asked.seed)  # compiles
    rows = [
        measure(demo(c, asked.seed), asked.changes, asked.seed) for c in asked.cities.split(",")
    ]
    text = page(rows, asked.changes)
    replace_file(asked.out / "desk.md", text)
    print(text)
    return 0


def demo(city: str, seed: int) -> Problem:
    """The problem of a demo city ``POINTS:SITES:FORMATS``."""
    points, sites, formats = map(int, city.split(":"))
    with TemporaryDirectory() as folder:
        return siting.load(
            make_city(points, sites, formats, out=Path(folder) / "city", seed=seed)
        ).problem()


def measure(problem: Problem, changes: int, seed: int) -> Row:
    """One city's figures."""
    plan = siting.solve(problem, method="greedy", seed=seed, time_limit=None).options
    build, desk = spent(lambda: siting.WhatIf(problem, plan=plan))
    rng = np.random.default_rng(seed)
    open_now = desk.options
    options = np.where(
        rng.random(changes) < 0.5,
        rng.choice(open_now, changes),
        rng.integers(0, problem.n_options, changes),
    )
    times, undone = [], []
    for option in options.tolist():
        times.append(spent(lambda: desk.toggle(option))[0])  # noqa: B023 - called at once
        undone.append(spent(desk.undo)[0])
        desk.redo()
    gains = min(spent(desk.gains)[0] for _ in range(5))
    following = min(spent(desk.next)[0] for _ in range(3))
    scored = min(spent(lambda: siting.score(problem, desk.options))[0] for _ in range(3))
    desk.check()
    median = float(np.median(times))
    own = sum(
        array.nbytes
        for array in vars(desk._coverage).values()
        if isinstance(array, np.ndarray) and array.size >= problem.n_points * problem.n_targets
    )
    return Row(
        problem.n_points,
        problem.n_sites,
        problem.n_formats,
        problem.n_options,
        problem.reach.n_pairs,
        len(open_now),
        build,
        1e3 * median,
        1e3 * float(np.quantile(times, 0.95)),
        1e3 * float(np.quantile(undone, 0.95)),
        gains,
        following,
        scored,
        scored / median,
        own / (problem.n_points * problem.n_targets),
    )


def spent(work: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds of this process, and what the work gave."""
    begun = time.process_time()
    found = work()
    return time.process_time() - begun, found


def page(rows: list[Row], changes: int) -> str:
    """desk.md."""
    names = [field.name for field in fields(Row)]
    lines = [
        "# What-if",
        "",
        f"`python -m benchmarks desk`: {changes} changes of a greedy plan each, processor time;",
        f"{in_words(describe())}.",
        "",
        "| " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "|" + "---:|" * len(names),
    ]
    lines += ["| " + " | ".join(_told(v) for v in asdict(row).values()) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _told(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
