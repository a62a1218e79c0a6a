"""Does a run end when it should? ``python -m tests.tools.punctual [--limit 4] [--burning 2]``.

Each method solves what it cannot close in time, in a new process, with more threads asked for than
there are cores, while other processes use the processors. Told are the limit and when ``solve``
returned. A find is a run that came back late and did not say so, or later than twice its limit, or
one that has no plan although the greedy finds one in time. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

import siting
from siting.problem import Problem
from siting.system.cores import cores
from tests.tools.cities import small_city

CITY = (4000, 500, 4)
"""People points, premises and formats."""
PLACES = 2500
"""Of a problem of distances."""
TOLD = "the run took"
"""Begins the note of a run that was late."""


def _city() -> tuple[Problem, dict[str, Any]]:
    return small_city(*CITY), {}


def _within_capacity() -> tuple[Problem, dict[str, Any]]:
    problem = small_city(*CITY)
    room = np.random.default_rng(0).integers(200, 3000, problem.n_options).astype(np.int64)
    options = replace(problem.options, capacity=room)
    return problem.replace(options=options, respect_capacity=True), {}


def _distances(model: str) -> Callable[[], tuple[Problem, dict[str, Any]]]:
    def made() -> tuple[Problem, dict[str, Any]]:
        rng = np.random.default_rng(0)
        xy = rng.uniform(0, 5000, (PLACES, 2))
        problem = Problem.from_points(xy, xy, weights=rng.integers(1, 100, PLACES))
        return problem, {"model": model, "p": PLACES // 50}

    return made


CASES: dict[str, tuple[str, Callable[[], tuple[Problem, dict[str, Any]]]]] = {
    **{
        name: (name, _city)
        for name in (
            "auto", "city", "greedy", "highs", "scip", "benders", "cpsat", "pulp", "scipy",
        )
    },
    "auto, capacities": ("auto", _within_capacity),
    "city, capacities": ("city", _within_capacity),
    "auto, p_median": ("auto", _distances("p_median")),
    "highs, p_median": ("highs", _distances("p_median")),
    "auto, p_center": ("auto", _distances("p_center")),
}  # fmt: skip
"""Name: method and problem."""


def one(name: str, limit: float, threads: int) -> dict[str, Any]:
    """Solve a case here; what came of it."""
    method, made = CASES[name]
    problem, asked = made()
    begun = time.monotonic()
    result = siting.solve(problem, method=method, time_limit=limit, threads=threads, **asked)
    return {
        "seconds": time.monotonic() - begun,
        "status": result.status,
        "limit": result.limit,
        "gap": result.gap,
        "told": any(note.startswith(TOLD) for note in result.notes),
    }


@contextmanager
def burning(count: int) -> Iterator[None]:
    """So many processes beside that do nothing but use a processor each."""
    command = [sys.executable, "-c", "while True: pass"]
    beside = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield
    finally:
        for process in beside:
            process.kill()
            process.wait()


def finds(limit: float, told: dict[str, Any]) -> list[str]:
    """What is wrong with a run; empty when nothing is."""
    late, wrong = told["seconds"] - limit, []
    if late > max(1.0, 0.1 * limit) + 0.1 and not told["told"]:
        wrong.append("late, and does not say so")
    if late > limit:
        wrong.append("takes twice its limit")
    if told["status"] == "no_solution":
        wrong.append("no plan")
    return wrong


def main(arguments: list[str] | None = None) -> int:
    """Run all cases, print a line each; exit code 1 where one is late without a word."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--limit", type=float, default=4.0, help="seconds")
    parser.add_argument("--burning", type=int, default=2, help="processes beside")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--only", nargs="*", default=list(CASES), help=", ".join(CASES))
    parser.add_argument("--one", help="(a case, in this process)")
    given = parser.parse_args(arguments)
    if given.one:
        print(json.dumps(one(given.one, given.limit, given.threads)))
        return 0
    wrong = 0
    print(
        f"limit {given.limit:g} s, {given.burning} processes beside, {given.threads} threads asked "
        f"for, {cores()} cores, load average {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    with burning(given.burning):
        for name in given.only:
            command = [sys.executable, "-m", "tests.tools.punctual", "--one", name]
            command += ["--limit", str(given.limit), "--threads", str(given.threads)]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            if ran.returncode:
                print(f"{name:18} {ran.stderr.strip().splitlines()[-1:]}")
                wrong += 1
                continue
            told = json.loads(ran.stdout.splitlines()[-1])
            gap = "-" if told["gap"] is None else f"{told['gap']:.2%}"
            why = finds(given.limit, told)
            wrong += len(why)
            print(
                f"{name:18} {told['seconds']:6.1f} s  {told['status']:11} {told['limit']!s:6}"
                f" gap {gap:8} {'said so' if told['told'] else ''}",
                *why,
                flush=True,
            )
    print(f"{wrong} finds")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
