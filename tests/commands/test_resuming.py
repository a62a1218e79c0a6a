"""A run that is killed loses nothing that it has told; bundles are verified anywhere."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from siting.cli import main
from siting.result.checkpoint import FILE, place_of
from tests.tools.depth import seeds
from tests.tools.town import write_town

Output = pytest.CaptureFixture[str]


def run(*arguments: object) -> int:
    """One command in this process."""
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city whose proof takes longer than the tests let it."""
    folder = tmp_path_factory.mktemp("city") / "city"
    assert run("demo", "--people", 3000, "--sites", 600, "--formats", 8, "--out", folder) == 0
    return folder


def killed_after_a_plan(city: Path, out: Path, wait: float) -> tuple[float, list[dict[str, Any]]]:
    """SIGKILL some time after the first plan; the last objective told, and all events."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "siting",
            "solve",
            city,
            "--method",
            "city",
            "--threads",
            "1",
            "--time-limit",
            "none",
            "--out",
            out,
            "--progress",
            "json",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    events: list[dict[str, Any]] = []
    end = float("inf")
    for line in process.stdout:
        events.append(json.loads(line))
        if end == float("inf") and events[-1].get("objective"):
            end = time.monotonic() + wait
        if time.monotonic() >= end:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    told = [event["objective"] for event in events if event.get("objective") is not None]
    return told[-1], events


def check_resumed(city: Path, out: Path, wait: float) -> None:
    """Killed, resumed: no worse than what was last told, and verified."""
    last, _ = killed_after_a_plan(city, out, wait)
    left = json.loads((place_of(out) / FILE).read_text(encoding="utf-8"))
    assert left["objective"] >= last * (1 - 1e-9)
    code = run(
        "solve",
        city,
        "--method",
        "city",
        "--threads",
        1,
        "--time-limit",
        3,
        "--out",
        out,
        "--resume",
    )
    assert code == 0
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert record["objective"] >= last * (1 - 1e-9)
    assert not place_of(out).exists()
    assert run("verify", out) == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.slow
def test_killed_and_resumed(city: Path, tmp_path: Path) -> None:
    """SIGKILL after the first plan: the plan is on disk, and the resumed run ends no worse."""
    check_resumed(city, tmp_path / "out", 1.5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(6))
def test_killed_at_any_time(city: Path, tmp_path: Path, seed: int) -> None:
    """The same at seeded times."""
    check_resumed(city, tmp_path / "out", random.Random(seed).uniform(0, 8))


def test_resume_of_what_is_done_does_nothing(tmp_path: Path, capsys: Output) -> None:
    """A loop may call --resume until it is done: the result stays as it is; without --resume it
    is refused as ever; of other inputs too."""
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    ask = ("solve", town, "--method", "highs", "--threads", 1, "--out", out)
    assert run(*ask, "--resume") == 0
    assert "begun anew" in capsys.readouterr().err
    before = (out / "result.json").read_bytes()
    assert run(*ask, "--resume", "--json") == 0
    told = capsys.readouterr()
    assert "already" in told.err and json.loads(told.out)["objective"] == 1346.0
    assert (out / "result.json").read_bytes() == before
    assert run(*ask) == 2
    assert run(*ask, "--resume", "--variant", "lean") == 2


def test_a_plan_left_is_told_and_gone_on_from(tmp_path: Path, capsys: Output) -> None:
    """Without --resume it is told; with it, what no longer exists is told and the rest kept."""
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    place_of(out).mkdir()
    rows = [
        {"site": "003", "format": "shop", "size": "standard", "action": "open", "phase": ""},
        {"site": "gone", "format": "shop", "size": "standard", "action": "open", "phase": ""},
    ]
    left: dict[str, Any] = {
        "objective": 1.0,
        "bound": None,
        "tier": None,
        "seconds": 1.0,
        "inputs": {},
        "plan": rows,
    }
    (place_of(out) / FILE).write_text(json.dumps(left))
    ask = ("solve", town, "--method", "highs", "--threads", 1)
    assert run(*ask, "--out", out, "--resume") == 0
    told = capsys.readouterr().err
    assert "going on from the plan" in told and "gone" in told and "people.csv" in told
    assert not place_of(out).exists()
    other = tmp_path / "other"
    place_of(other).mkdir()
    (place_of(other) / FILE).write_text(json.dumps(left))
    assert run(*ask, "--out", other) == 0
    assert "--resume" in capsys.readouterr().err


def test_progress_as_json_lines(tmp_path: Path, capsys: Output) -> None:
    """Every line of standard output is JSON, numbered, ASCII; the last has status and result."""
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    assert run("solve", town, "--method", "highs", "--out", out, "--progress", "json") == 0
    lines = capsys.readouterr().out
    events = [json.loads(line) for line in lines.splitlines()]
    assert lines.isascii()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["stage"] == "reach" and events[-1]["stage"] == "done"
    assert (events[-1]["status"], events[-1]["objective"]) == ("optimal", 1346.0)


def test_version(capsys: Output) -> None:
    """One line."""
    import siting

    assert run("--version") == 0
    assert capsys.readouterr().out == f"siting {siting.__version__}\n"


def test_a_bundle_is_verified_anywhere(tmp_path: Path, capsys: Output) -> None:
    """Scenario and result are gone, the bundle is elsewhere: verified, also unpacked by hand; a
    changed layer in it is found."""
    town, out, away = write_town(tmp_path / "a" / "town"), tmp_path / "a" / "out", tmp_path / "b"
    assert run("solve", town, "--method", "highs", "--variant", "lean", "--out", out) == 0
    bundle = away / "x.zip"
    assert run("pack", out, "--out", bundle) == 0
    first = bundle.read_bytes()
    assert run("pack", out, "--out", bundle) == 0
    assert bundle.read_bytes() == first
    shutil.rmtree(tmp_path / "a")
    capsys.readouterr()
    assert run("verify", bundle) == 0
    assert run("kpis", bundle) == 0
    again = away / "again.zip"
    with ZipFile(bundle) as archive, ZipFile(again, "w") as other:
        archive.extractall(away / "by-hand")
        for member in archive.infolist():  # as some tools of Windows write them
            other.writestr(member.filename.replace("/", "\\"), archive.read(member))
    assert run("verify", again) == 0
    assert run("verify", away / "by-hand" / "result") == 0
    people = away / "by-hand" / "scenario" / "people.csv"
    people.write_text(people.read_text().replace("p3,", "p3x,"))
    assert run("verify", away / "by-hand" / "result") == 1


def test_a_bundle_without_room_to_unpack_it(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine on which nobody may write: one line with the cure, not that it is no bundle; the
    same where the disk is full half way. Unpacked by hand it needs no room of its own."""
    town, out, bundle = write_town(tmp_path / "town"), tmp_path / "out", tmp_path / "x.zip"
    assert run("solve", town, "--method", "greedy", "--threads", 1, "--out", out) == 0
    assert run("pack", out, "--out", bundle) == 0

    def nowhere(*given: object, **named: object) -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    def full(*given: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for where, name, fails, why in (
        (tempfile, "mkdtemp", nowhere, "No usable temporary directory found"),
        (ZipFile, "extractall", full, "No space left on device"),
    ):
        capsys.readouterr()
        with monkeypatch.context() as patched:
            patched.setattr(where, name, fails)
            assert run("verify", bundle) == 2
            (line,) = capsys.readouterr().err.splitlines()
            assert why in line and "TMPDIR" in line
            assert run("verify", out, "--sample", 0) == 0
    assert run("verify", bundle, "--sample", 0) == 0


def test_what_cannot_be_packed_is_told(tmp_path: Path, capsys: Output) -> None:
    """An input that has changed since, and a zip that is no bundle or would leave its folder."""
    town, out = write_town(tmp_path / "town"), tmp_path / "out"
    assert run("solve", town, "--method", "highs", "--out", out) == 0
    people = town.parent / "people.csv"
    people.write_text(people.read_text() + "\n")
    assert run("pack", out, "--out", tmp_path / "x.zip") == 2
    assert "changed since" in capsys.readouterr().err
    wrong = tmp_path / "wrong.zip"
    for names in (["other.txt"], ["bundle.json", "../out.txt"]):
        with ZipFile(wrong, "w") as archive:
            for name in names:
                archive.writestr(name, "{}")
        os.utime(wrong, ns=(len(names), len(names)))
        assert run("verify", wrong) == 2
        assert "must be a bundle" in capsys.readouterr().err
    assert not (tmp_path.parent / "out.txt").exists()
