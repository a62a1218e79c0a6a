"""Is anything lost to a kill? ``python -m tests.fuzz.kills --count 50 [--seed S]``.

A sweep over three towns and their variants runs in a process of its own; after a seeded while the
sweep, or the process of one of its tasks, or that task's own child, is killed (SIGKILL). A find is:
a process that is left, or a sweep that, run again undisturbed, ends otherwise than one that never
was disturbed. Every fifth run is left as it is for the next, which begins on its folder. Linux.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pandas as pd

from siting.cli import main as siting
from siting.system.memory import children_of
from tests.fuzz.samples import run
from tests.system.test_children import gone
from tests.tools.town import write_town

WHOM = ("sweep", "task", "child")
LONGEST = 8.0
"""Seconds that a run may go on before it is disturbed."""
ASK = ("--method", "highs", "--variants", "all", "--workers", "2")
KEPT = ["scenario", "variant", "key", "state", "status", "objective", "bound"]


def _table(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "sweep.csv")[KEPT]


def _disturbed(home: Path, out: Path, wait: float, whom: str) -> str:
    """Run and kill; what was killed, or ``done`` where it had ended. Raises where one is left."""
    command = [sys.executable, "-m", "siting", "sweep", str(home), *ASK, "--out", str(out)]
    sweep = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end, below = time.monotonic() + wait, []
    while time.monotonic() < end and sweep.poll() is None:
        tasks = children_of(sweep.pid)
        below = [*tasks, *(inner for task in tasks for inner in children_of(task))]
        time.sleep(0.05)
    tasks = children_of(sweep.pid)
    inner = [one for task in tasks for one in children_of(task)]
    victims = {"sweep": [sweep.pid], "task": tasks, "child": inner}[whom]
    ended = "done" if sweep.poll() is not None or not victims else whom
    if ended != "done":
        subprocess.run(["kill", "-9", str(victims[0])], check=False)
    sweep.wait(timeout=600)
    if not gone([*below, *tasks, *inner]):
        raise AssertionError("a process is left")
    return ended


def main(arguments: list[str] | None = None) -> int:
    """Disturb so many runs; exit code 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    told: Counter[str] = Counter()
    finds: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "towns"
        for name in ("a", "b", "c"):
            write_town(home / name)
        assert run(home, ("sweep", "@", *ASK, "--out", str(home.parent / "right")))[0] == 0
        right = _table(home.parent / "right")
        for number in range(given.seed, given.seed + given.count):
            draw, out = random.Random(number), home.parent / "out"
            try:
                told[_disturbed(home, out, draw.uniform(0, LONGEST), draw.choice(WHOM))] += 1
                if number % 5 == 4:
                    continue
                code = siting(["sweep", str(home), *ASK, "--retry-failed", "--out", str(out)])
                if code or not _table(out).equals(right):
                    finds.append(f"{number}: ended with {code} and another table")
            except (AssertionError, subprocess.TimeoutExpired) as error:
                finds.append(f"{number}: {error}")
            shutil.rmtree(out, ignore_errors=True)
    print(f"{given.count} runs disturbed:", ", ".join(f"{n} {what}" for what, n in told.items()))
    print(f"{len(finds)} finds", *finds, sep="\n")
    return int(bool(finds))


if __name__ == "__main__":
    sys.exit(main())
