"""A city in tiles by processes that die: the result stands, and nobody is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from unittest import mock

import pytest

import siting
from siting.problem import Problem
from siting.progress import Stop
from siting.system.memory import children_of
from siting.tiles.method import solve_tiles
from siting.tiles.tiling import Tiling
from siting.verification.judge import verify
from tests.system.test_children import gone, needs_proc
from tests.tiles.test_tiles import town_of_many, weighted
from tests.tools.town import SCENARIO, write_town


def kill_one() -> None:
    """SIGKILL of a process that works on a tile, as soon as there is one."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for pid in children_of(os.getpid()):
            if b"siting.tiles.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                time.sleep(0.3)
                os.kill(pid, signal.SIGKILL)
                return
        time.sleep(0.02)


@needs_proc
@pytest.mark.slow
def test_a_worker_is_killed() -> None:
    """Its job is done by another; plan and bound are verified as ever."""
    problem: Problem = weighted(town_of_many())
    killer = threading.Thread(target=kill_one)
    killer.start()
    found = solve_tiles(problem, problem.objective, Stop(time_limit=20.0), Tiling(2), threads=2)
    killer.join()
    assert found.statistics["deaths"] >= 1
    checked = verify(problem, found)
    assert checked.violations == () and checked.bound_proof == "certificate"
    assert found.objective and found.bound and found.objective > 0.9 * found.bound


@needs_proc
@pytest.mark.slow
def test_a_worker_that_grows_over_the_limit() -> None:
    """It is ended and the run says why; the plan to begin with is kept."""
    problem = weighted(town_of_many())
    begin = siting.solve(problem, method="greedy").options
    with mock.patch("siting.tiles.method.refused", lambda needed, stop: None):
        found = solve_tiles(
            problem,
            problem.objective,
            Stop(time_limit=20.0, memory_limit=50_000_000),
            Tiling(2),
            start=begin,
        )
    assert found.limit == "memory" and found.bound is None
    assert found.options is not None and found.statistics["deaths"] == 0


@needs_proc
@pytest.mark.slow
def test_no_worker_outlives_the_run(tmp_path: Path) -> None:
    """SIGKILL of the run: its workers and what they have started end within five seconds."""
    weights = SCENARIO.replace("budget:", "objective: {order: weighted}\nbudget:", 1)
    town = write_town(tmp_path / "town", weights)
    ask = ["--tiles", "2", "--threads", "2", "--time-limit", "60", "--out", str(tmp_path / "out")]
    run = subprocess.Popen(
        [sys.executable, "-m", "siting", "solve", str(town), *ask],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end, below = time.monotonic() + 60, list[int]()
    while not below and run.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
        below = children_of(run.pid)
    assert below
    time.sleep(0.5)
    below += [inner for pid in below for inner in children_of(pid)]
    run.kill()
    run.wait()
    assert gone(below)
