"""The planning desk: ``python -m benchmarks desk``.

What-if beside a whole score of the same plan, on demo cities: how long a desk takes to build, one
change, undo, the gains of all options and the next purchases, and ``siting.score`` of the same
plan, all in processor seconds of one run in one process, after everything is compiled. Changes are
drawn by seed, half of them closings, and the last desk is checked against the judge. Then the page
in a browser (:mod:`benchmarks.desk_page`) and the what-if inside report.html
(:mod:`benchmarks.desk_report`). ``--large`` adds a city of a million places. Parts that are not
measured again stay as they were, in desk.json, and the page tells when each was measured.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

import siting
from benchmarks import desk_page, desk_report
from benchmarks.ledger import RESULTS, in_words, replace_file
from benchmarks.machine import describe
from siting.demo import make_city
from siting.problem import Problem

T = TypeVar("T")
CITIES, LARGE = ("20000:2000:8", "100000:10000:10"), "1000000:50000:20"
"""Points, sites and formats."""
GREEDY_PAIRS = 20_000_000
"""Pairs up to which the plan is a greedy one; beyond, options are drawn by seed: what a
change costs hangs on what is near, not on whether the plan is good."""


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
    """Measure, write desk.json and desk.md, print it."""
    given = argparse.ArgumentParser(prog="python -m benchmarks desk", description=__doc__)
    given.add_argument("--cities", default=",".join(CITIES), help="POINTS:SITES:FORMATS, … or none")
    given.add_argument("--large", action="store_true", help=f"{LARGE} too")
    given.add_argument("--page", default=CITIES[-1], help="the page's city, or none")
    given.add_argument("--reports", default=",".join(desk_report.SCENARIOS), help="or none")
    given.add_argument("--clicks", type=int, default=200)
    given.add_argument("--changes", type=int, default=2000)
    given.add_argument("--seed", type=int, default=0)
    given.add_argument("--out", type=Path, default=RESULTS)
    asked = given.parse_args(arguments)
    file = asked.out / "desk.json"
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    cities = [c for c in asked.cities.split(",") if c != "none"] + [LARGE] * asked.large
    begun = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    runs = known.setdefault("runs", {})
    if cities:
        measure(demo("500:50:3", asked.seed), 50, asked.seed)  # compiles
    for city in cities:
        row = asdict(measure(demo(city, asked.seed), asked.changes, asked.seed))
        known.setdefault("cities", {})[city] = row | {"changes": asked.changes}
        runs[city] = begun
    if asked.page != "none":
        known["page"] = {"city": asked.page, **desk_page.measure_city(asked.page, asked.clicks)}
        runs["the page"] = begun
    for scenario in asked.reports.split(",") if asked.reports != "none" else ():
        known.setdefault("reports", {})[scenario] = desk_report.measure(scenario)
        runs[f"the report of {scenario}"] = begun
    known["machine"] = in_words(describe())
    replace_file(file, json.dumps(known, indent=1) + "\n")
    text = page(known)
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
    if problem.reach.n_pairs <= GREEDY_PAIRS:
        plan = siting.solve(problem, method="greedy", seed=seed, time_limit=None).options
    else:
        plan = drawn(problem, seed)
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
    times_scored = 3 if problem.reach.n_pairs <= GREEDY_PAIRS else 1
    scored = min(spent(lambda: siting.score(problem, desk.options))[0] for _ in range(times_scored))
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


def drawn(problem: Problem, seed: int) -> NDArray[np.int64]:
    """An option each at a fifth of the sites, drawn by seed."""
    rng = np.random.default_rng(seed)
    first = problem.site_options[:-1]
    offers = np.flatnonzero(problem.site_options[1:] > first)
    sites = rng.choice(offers, len(offers) // 5, replace=False)
    many = problem.site_options[sites + 1] - first[sites]
    return np.sort(first[sites] + (rng.random(len(sites)) * many).astype(np.int64))


def spent(work: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds of this process, and what the work gave."""
    begun = time.process_time()
    found = work()
    return time.process_time() - begun, found


def page(known: dict[str, Any]) -> str:
    """desk.md."""
    names = [field.name for field in fields(Row)]
    by_run: dict[str, list[str]] = {}
    for part, run in known.get("runs", {}).items():
        by_run.setdefault(run, []).append(part)
    told = "; ".join(f"{', '.join(parts)}: {run} UTC" for run, parts in sorted(by_run.items()))
    runs = "All of it in one run." if len(by_run) == 1 else f"Runs that began at: {told}."
    lines = [
        "# The planning desk",
        "",
        f"`python -m benchmarks desk --large`; {known['machine']}. {runs}",
        "",
        "## What-if",
        "",
        "Changes of a greedy plan (of the largest city: of one drawn by seed), processor time.",
        "",
        "| " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "|" + "---:|" * len(names),
    ]
    for row in sorted(known.get("cities", {}).values(), key=lambda row: row["points"]):
        lines.append("| " + " | ".join(_told(row[name]) for name in names) + " |")
    if "page" in known:
        lines += ["", *desk_page.section(known["page"])]
    if "reports" in known:
        lines += ["", *desk_report.section(known["reports"])]
    return "\n".join(lines) + "\n"


def _told(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
