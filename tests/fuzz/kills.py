"""Is anything lost to a kill? ``python -m tests.fuzz.kills --count 50 [--seed S] [--dask]``.

A sweep over two towns runs in a process of its own; after a seeded share of the time that an
undisturbed one takes, the sweep, or the process of one of its tasks, or that task's own child, is
killed (SIGKILL). With ``--dask`` it runs on a cluster of two workers, and the cluster's scheduler
or one of its workers may be the one. A find is: a process that is left, or a sweep that, run again
undisturbed, ends otherwise than one that never was disturbed. Every fifth run is left as it is for
the next, which begins on its folder. Same seed, same kills, at about the same places. Linux.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from siting.system.memory import children_of
from tests.fuzz.samples import run
from tests.system.test_children import alive, gone
from tests.tools.town import SCENARIO, write_town

HERE, THERE = ("sweep", "task", "child"), ("sweep", "task", "child", "worker", "scheduler")
"""Who may be killed, on this machine and on a cluster."""
ASK = ("--method", "highs")
KEPT = ["scenario", "variant", "key", "state", "status", "objective", "bound"]
LOOK_SECONDS = 0.1
LONGEST = 600.0
"""Seconds until a sweep that was left alone is called one that does not end."""


class Cluster:
    """A scheduler of Dask and two workers, each a process that nobody watches."""

    def __init__(self, home: Path):
        self.file = home / "scheduler.json"
        self.file.unlink(missing_ok=True)
        place = ("--scheduler-file", str(self.file))
        self.scheduler = _dask("scheduler", *place, "--host", "127.0.0.1", "--port", "0")
        alone = ("--no-nanny", "--nthreads", "1", "--death-timeout", "30")
        self.workers = [_dask("worker", *place, *alone) for _ in range(2)]

    @property
    def whole(self) -> bool:
        """Whether nobody of it has died."""
        return all(one.poll() is None for one in (self.scheduler, *self.workers))

    @property
    def address(self) -> str:
        """Of the scheduler; waits for it to be told."""
        end = time.monotonic() + LONGEST
        while not self.file.exists() and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        return str(json.loads(self.file.read_text("utf-8"))["address"])

    def end(self) -> None:
        """End whoever is left of it."""
        for one in (*self.workers, self.scheduler):
            one.kill()
            one.wait()


def _dask(what: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments, "--no-dashboard"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Sweep:
    """One sweep as a process, on this machine or on a cluster."""

    def __init__(self, home: Path, out: Path, where: tuple[str, ...], cluster: Cluster | None):
        command = [sys.executable, "-m", "siting", "sweep", str(home), *ASK, *where]
        self.cluster = cluster
        self.process = subprocess.Popen(
            [*command, "--retry-failed", "--out", str(out)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.seen: set[int] = set()
        """Every process that was met below."""

    def below(self) -> dict[str, list[int]]:
        """Ids of who may be killed, by what they are."""
        above = self.cluster.workers if self.cluster else [self.process]
        tasks = [pid for one in above for pid in children_of(one.pid)]
        inner = [pid for task in tasks for pid in children_of(task)]
        self.seen.update(tasks, inner)
        found = {"sweep": [self.process.pid], "task": tasks, "child": inner}
        if self.cluster:
            found["worker"] = [one.pid for one in self.cluster.workers]
            found["scheduler"] = [self.cluster.scheduler.pid]
        return found

    def disturb(self, wait: float, whom: str) -> str:
        """Kill the first of them that there is after so many seconds; what was killed, or ``done``
        where the sweep had ended before."""
        begun = time.monotonic()
        while self.process.poll() is None:
            victims = self.below()[whom]
            if time.monotonic() - begun >= wait and victims and alive(victims[0]):
                subprocess.run(["kill", f"-{int(signal.SIGKILL)}", str(victims[0])], check=False)
                return whom
            time.sleep(LOOK_SECONDS)
        return "done"

    def to_the_end(self) -> str:
        """Wait for it; what is wrong then, empty when nothing is."""
        end = time.monotonic() + LONGEST
        while self.process.poll() is None and time.monotonic() < end:
            self.below()
            time.sleep(LOOK_SECONDS)
        if self.process.poll() is None:
            self.process.kill()
            return "does not end"
        return "" if gone(sorted(self.seen)) else "a process is left"


def _table(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "sweep.csv")[KEPT]


@contextmanager
def _towns() -> Iterator[Path]:
    """Two towns, a task each: what a task costs is mostly what a new Python loads."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "towns"
        write_town(home / "a")
        write_town(home / "b", SCENARIO.replace("budget: 95000", "budget: 63000"))
        yield home


def main(arguments: list[str] | None = None) -> int:
    """Disturb so many sweeps; exit code 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end after so many")
    parser.add_argument("--dask", action="store_true", help="on a cluster (extra dask)")
    given = parser.parse_args(arguments)
    told: Counter[str] = Counter()
    finds: list[str] = []
    local = ("--workers", "2")
    with _towns() as home:
        right, out = home.parent / "right", home.parent / "out"
        begun = time.monotonic()
        calm = Sweep(home, right, local, None)
        assert not calm.to_the_end() and calm.process.returncode == 0
        span, wanted = time.monotonic() - begun, _table(right)
        print(f"undisturbed: {span:.1f} s", flush=True)
        cluster = Cluster(home.parent) if given.dask else None
        try:
            for number in range(given.seed, given.seed + given.count):
                if time.monotonic() - begun > 60 * given.minutes:
                    break
                draw = random.Random(number)
                wait, whom = draw.uniform(0, span), draw.choice(THERE if given.dask else HERE)
                if cluster and not cluster.whole:
                    cluster.end()
                    cluster = Cluster(home.parent)
                where = ("--dask", cluster.address) if cluster else local
                sweep, started = Sweep(home, out, where, cluster), time.monotonic()
                what = sweep.disturb(wait, whom)
                told[what] += 1
                if what == "done":  # the next shall not come too late as well
                    span = min(span, time.monotonic() - started)
                wrong = sweep.to_the_end()
                if not wrong and number % 5 != 4:
                    code, _, said = run(home, ("sweep", "@", *ASK, *local, "--retry-failed",
                                               "--out", str(out)))  # fmt: skip
                    if code or not _table(out).equals(wanted):
                        last = said.strip().splitlines()[-1:]
                        wrong = f"run again: exit code {code}, or another table; {last}"
                    shutil.rmtree(out, ignore_errors=True)
                if wrong:
                    finds.append(f"seed {number}, {what} killed: {wrong}")
                    shutil.rmtree(out, ignore_errors=True)
                print(f"seed {number}: {what} after {wait:.1f} s  {wrong}", flush=True)
        finally:
            if cluster:
                cluster.end()
    print(f"{told.total()} sweeps:", ", ".join(f"{n} {what}" for what, n in told.items()))
    print(f"{len(finds)} finds", *finds, sep="\n")
    return int(bool(finds))


if __name__ == "__main__":
    sys.exit(main())
