"""Two people who compute the same thing get the same folder, to the last byte."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from pathlib import Path

import pytest

from siting.cli import main as siting
from tests.tools.town import SCENARIO, write_town

EVERY = ("--format", "html,docx,xlsx,gpkg,pdf")


def hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder, by its way from there."""
    return {
        file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def planned(home: Path, monkeypatch: pytest.MonkeyPatch, shift: float) -> dict[str, str]:
    """All that is written from one scenario, at another hour and in another folder."""
    now = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now() + shift)
        file = write_town(home / "town", SCENARIO + CIRCLES)
        out = str(home / "r")
        assert (
            siting(["solve", str(file), "--method", "highs", "--out", out, "--reproducible"]) == 0
        )
        assert siting(["report", out, *EVERY, "--reproducible"]) == 0
        per = ["--per", "circle", "--format", "html,docx,xlsx,pdf"]
        assert siting(["report", out, *per, "--reproducible"]) == 0
        ledger = str(home / "r" / "ledger.xlsx")
        assert siting(["ledger", out, "--out", ledger, "--reproducible"]) == 0
        quarter = ["--ledger", ledger, "--quarter", "2026Q3", "--today", "2026-10-05"]
        asked = ["progress", out, *quarter, "--format", "docx,xlsx,html,pdf"]
        assert siting([*asked, "--out", str(home / "q"), "--reproducible"]) == 0
        assert siting(["pack", out, "--out", str(home / "r.zip")]) == 0
    return hashes(home)


CIRCLES = """\
circles:
  - {district: east, responsible_unit: East Office}
"""


@pytest.mark.slow
def test_two_runs_are_alike_to_the_last_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Result folder, reports in every format, one paper a circle, ledger, quarterly report and
    bundle: the same sha256 of every file, a day apart and elsewhere; verify takes them."""
    first = planned(tmp_path / "one", monkeypatch, 0)
    time.sleep(1.1)  # what formats write for themselves is to the second
    second = planned(tmp_path / "other", monkeypatch, 86_400)
    assert first == second
    assert len(first) > 20
    assert siting(["verify", str(tmp_path / "one" / "r"), "--sample", "0"]) == 0
    record = json.loads((tmp_path / "one" / "r" / "result.json").read_text("utf-8"))
    assert record["timings"] == {} and record["machine"] == {} and record["threads"] == 1


@pytest.mark.slow
def test_every_command_that_writes_can_leave_times_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep's ledger, tables, pages and results, drawings and tables of studies: the same bytes
    a day apart and elsewhere."""
    now = time.time
    told = []
    for home, shift in ((tmp_path / "one", 0), (tmp_path / "further" / "away", 86_400)):
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda shift=shift: now() + shift)
            town, r = str(write_town(home / "town")), str(home / "r")
            solved = ["--method", "highs", "--reproducible", "--out"]
            assert siting(["solve", town, *solved, r]) == 0
            for command in (
                ["frontier", town, "--points", "2", *solved, str(home / "frontier")],
                ["frontier", town, "--tiers", *solved, str(home / "tiers")],
                ["compare", town, r, "--methods", "highs", *solved[2:], str(home / "c")],
                ["alternatives", town, "--within", "20%", "--count", "2", *solved, str(home / "a")],
                ["replan", r, "--forbid", "000", *solved, str(home / "re")],
                ["sweep", town, *solved, str(home / "sweep")],
            ):
                assert siting(command) == 0, command
        told.append(hashes(home))
    assert told[0] == told[1]
    assert {"frontier/frontier.svg", "tiers/frontier.csv", "sweep/sweep.csv"} <= set(told[0])


def test_without_it_runs_tell_their_times(tmp_path: Path) -> None:
    """The option alone leaves anything out, and only of its own run."""
    file = write_town(tmp_path)
    asked = ["solve", str(file), "--method", "greedy", "--out", str(tmp_path / "r"), "--force"]
    assert siting([*asked, "--reproducible"]) == 0 == siting(asked)
    record = json.loads((tmp_path / "r" / "result.json").read_text("utf-8"))
    assert record["timings"]["total"] > 0 and record["machine"]["python"]


def test_what_chance_ended_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A clock ends two runs at two plans, which no option can mend."""
    file = write_town(tmp_path)
    asked = ["solve", str(file), "--method", "highs", "--out", str(tmp_path / "r")]
    assert siting([*asked, "--time-limit", "0.001", "--reproducible"]) in (0, 4)
    assert "a limit ended this run (time)" in capsys.readouterr().err


def test_a_quarterly_report_needs_its_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How late it is follows from the day, which must then be said."""
    asked = ["progress", str(tmp_path), "--ledger", "l.csv", "--quarter", "2026Q3"]
    assert siting([*asked, "--reproducible"]) == 2
    assert "--today" in capsys.readouterr().err


def test_persons_rounded_away_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fractions below half a thousandth count as nobody; how many they were is said."""
    file = write_town(tmp_path)
    people = file.parent / "people.csv"
    text = people.read_text("utf-8").replace(",100,20,", ",0.0004,0,")
    text = text.replace(",110,21,", ",0.0004,0,")
    people.write_text(text, encoding="utf-8")
    assert siting(["check", str(file)]) == 0
    told = capsys.readouterr()
    assert "0.0008 persons in 'everybody' are lost in 2 rows" in told.out + told.err
