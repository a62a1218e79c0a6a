"""A city in tiles by the workers of a cluster, some of which die."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from siting.cli import main
from siting.demo import make_city
from siting.result.checkpoint import FILE, place_of
from tests.system.test_children import needs_proc
from tests.tools.cluster import cluster, kill

Event = dict[str, Any]


def until(events: Iterator[Event], wanted: Callable[[Event], bool]) -> list[Event]:
    """What is told until then, that included."""
    heard = []
    for event in events:
        heard.append(event)
        if wanted(event):
            return heard
    raise AssertionError(f"the run has ended before: {heard[-1:]}")


@needs_proc
@pytest.mark.slow
def test_tiles_on_a_scheduler_of_its_own(tmp_path: Path) -> None:
    """``siting solve --tiles --dask tcp://…`` with workers as processes. One that is killed with
    its nanny takes nothing with it: another does its tile, and a plan follows. A scheduler that is
    killed ends the run with one line and exit code 5; the plan last told is on disk, and
    ``--resume`` goes on from it on this machine, ends no worse, and is verified tile by tile."""
    pytest.importorskip("distributed")
    city, out = make_city(1500, 150, 3, out=tmp_path / "city"), tmp_path / "out"
    command = [sys.executable, "-m", "siting", "solve", str(city), "--tiles", "3"]
    with cluster(tmp_path, 2) as at:
        ask = ["--dask", at.address, "--time-limit", "600", "--progress", "json"]
        run = subprocess.Popen(
            [*command, *ask, "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert run.stdout is not None and run.stderr is not None
        events = map(json.loads, run.stdout)
        heard = until(events, lambda event: event["stage"] == "bound")
        kill(at.workers[0])
        heard += until(events, lambda event: event.get("objective") is not None)
        kill(at.scheduler)
        heard += events
        assert run.wait(timeout=60) == 5
        words = run.stderr.read().decode().splitlines()
        run.stdout.close()
        run.stderr.close()
    assert len(words) == 1 and "scheduler" in words[0], words
    last = [event["objective"] for event in heard if event.get("objective") is not None][-1]
    left = json.loads((place_of(out) / FILE).read_text(encoding="utf-8"))
    assert left["objective"] >= last * (1 - 1e-9)
    again = ["solve", str(city), "--tiles", "3", "--threads", "2", "--time-limit", "6"]
    assert main([*again, "--resume", "--out", str(out)]) == 0
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert record["objective"] >= last * (1 - 1e-9) and len(record["tiles"]) == 3
    assert main(["verify", str(out)]) == 0
