"""What may happen around a run: the clock is set back, an input changes while it works."""

from __future__ import annotations

import errno
import json
import os
import time
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from siting.cli import main as siting
from siting.scenario import Scenario
from siting.sweep.workers import Workers
from siting.system.memory import children_of
from tests.tools.town import SCENARIO, write_town


def test_a_clock_that_is_set_back_ends_and_delays_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour back at every look: limits and durations are those of a clock that only goes on."""
    start, looks = time.time(), count()
    monkeypatch.setattr(time, "time", lambda: start - 3600.0 * next(looks))
    file, out = str(write_town(tmp_path / "town")), tmp_path / "r"
    asked = ["solve", file, "--method", "greedy", "--threads", "1", "--out", str(out)]
    assert siting([*asked, "--time-limit", "60"]) == 0
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert record["limit"] != "time"
    assert 0 <= record["timings"]["total"] < 3600
    sweep = ["sweep", file, "--method", "greedy", "--workers", "1", "--out", str(tmp_path / "s")]
    assert siting(sweep) == 0 == siting(sweep)


@pytest.mark.parametrize("name", ["people.csv", "premises.csv", "scenario.yaml"])
def test_an_input_that_changes_while_a_run_works_is_named(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The result is of what was read and says so; verify then tells a difference by the file."""
    file, out = write_town(tmp_path / "town"), tmp_path / "r"
    problem = Scenario.problem

    def changed(self: Scenario) -> object:
        built = problem(self)
        path = file.parent / name
        path.write_bytes(path.read_bytes() + b"\n")
        return built

    monkeypatch.setattr(Scenario, "problem", changed)
    asked = ["solve", str(file), "--method", "greedy", "--threads", "1", "--out", str(out)]
    assert siting(asked) == 0
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert any(name in text and "changed" in text for text in record["warnings"])
    monkeypatch.undo()
    capsys.readouterr()
    assert siting(["verify", str(out), "--sample", "0"]) == 1
    assert name in capsys.readouterr().out


@pytest.mark.slow
def test_an_input_that_changes_while_a_sweep_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Between the look at the task and its solve: what was solved is not what was asked for, and
    that is told; run again, the sweep solves what is there now."""
    file = write_town(tmp_path / "town")
    asked = ["sweep", str(file), "--method", "greedy", "--workers", "1", "--out"]
    asked.append(str(tmp_path / "s"))
    run = Workers.run

    def changed(self: Workers, *given: Any) -> Any:
        people = file.parent / "people.csv"
        people.write_bytes(people.read_bytes() + b"\n")
        return run(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Workers, "run", changed)
        assert siting(asked) == 5
    assert "changed" in capsys.readouterr().out
    assert siting(asked) == 0


@pytest.mark.slow
def test_a_full_disk_takes_no_tile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Jobs of tiles are files: where they cannot be written the run ends with one line, and nothing
    is left of its processes."""
    weighted = SCENARIO.replace("budget:", "objective: {order: weighted}\nbudget:", 1)
    file, out = write_town(tmp_path / "town", weighted), tmp_path / "r"
    others = set(children_of(os.getpid()))

    def full(*given: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "job"))

    monkeypatch.setattr("siting.tiles.bounding.save", full)
    asked = ["solve", str(file), "--tiles", "2", "--time-limit", "6", "--out", str(out)]
    assert siting(asked) != 0
    (line,) = capsys.readouterr().err.strip().splitlines()[-1:]
    assert "No space left on device" in line and "internal" not in line
    assert not out.exists()
    end = time.monotonic() + 10
    while (left := set(children_of(os.getpid())) - others) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left
