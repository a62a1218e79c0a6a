"""Files appear complete or not at all, and what cannot be written is said before long work."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from siting import complete_files
from siting.cli import main
from siting.complete_files import (
    claimed,
    complete_file,
    complete_folder,
    guarded,
    restore,
    unguarded,
    write_table,
)
from siting.errors import InputError
from tests.tools.town import SCENARIO, write_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Smallville's scenario file."""
    return write_town(tmp_path_factory.mktemp("town"))


def test_what_was_there_stays_until_all_is_written(tmp_path: Path) -> None:
    """A failure half-way leaves the earlier file and nothing beside it."""
    file = tmp_path / "deep" / "table.csv"
    write_table(pd.DataFrame({"a": [1]}), file)
    before = file.read_bytes()
    assert before.startswith(b"\xef\xbb\xbfa")
    with pytest.raises(RuntimeError), complete_file(file) as fresh:
        fresh.write_text("half")
        assert fresh.suffix == ".csv"
        assert file.read_bytes() == before
        raise RuntimeError
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_full_disk_is_told_with_its_place(tmp_path: Path) -> None:
    """A write that fails does not say which file it was for."""
    for write in (complete_file, complete_folder):
        with pytest.raises(OSError) as told, write(tmp_path / "out"):
            raise OSError(28, "No space left on device")
        assert told.value.filename == str(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_or_a_way_through_a_file_is_refused(tmp_path: Path) -> None:
    """With the place and what was found there."""
    (tmp_path / "file").touch()
    for place, told in ((tmp_path, "must name a file"), (tmp_path / "file" / "x.csv", "folder")):
        with pytest.raises(InputError, match=told), complete_file(place):
            raise AssertionError


@pytest.mark.parametrize("command", ["robustness", "fair", "gaps", "frontier", "alternatives"])
def test_long_work_asks_first(
    town: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    """2, and nothing was solved."""

    def solve(*_: object, **__: object) -> None:
        raise AssertionError("solved before the file was looked at")

    monkeypatch.setattr("siting.analysis.study.solve", solve)
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "x.csv"
    assert main([command, str(town), "--out", str(place)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert str(place.parent) in told.err


def test_what_fair_cannot_do_is_said_before_it_solves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A town whose people have no district."""
    town = write_town(tmp_path, SCENARIO.replace("  district: district\n", "", 1))
    monkeypatch.setattr("siting.analysis.study.solve", None)
    assert main(["fair", str(town)]) == 2
    assert "districts with people" in capsys.readouterr().err


CLAIM = """
import sys, time
from pathlib import Path
from siting.complete_files import claimed
with claimed(Path(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(60)
"""


def test_one_run_at_a_time_has_a_place(tmp_path: Path) -> None:
    """A second run is refused before it works; one that was killed blocks nobody."""
    out = tmp_path / "out"
    other = subprocess.Popen([sys.executable, "-c", CLAIM, out], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "mine\n"
    with pytest.raises(InputError, match="got another run writes it"), claimed(out):
        pass
    other.kill()
    other.wait()
    other.stdout.close()
    with claimed(out):
        assert not out.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("last", ["new", "old"])
def test_what_a_killed_exchange_left_is_put_right(tmp_path: Path, last: str) -> None:
    """Killed between its two moves, a run leaves no folder at its place: the new one, complete by
    then, takes it; without one the earlier comes back. Nothing else is left."""
    out = tmp_path / "out"
    for end in {"new", "old"} if last == "new" else {"old"}:
        folder = tmp_path / f".out.4711.{end}"
        folder.mkdir()
        (folder / "result.json").write_text(end)
    restore(out)
    assert (out / "result.json").read_text() == last
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_half_written_folder_is_litter(tmp_path: Path) -> None:
    """Killed before any move, a run leaves the earlier folder, and its own is swept away."""
    (tmp_path / "out").mkdir()
    (tmp_path / ".out.4711.new").mkdir()
    with claimed(tmp_path / "out"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_is_replaced_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    """In one step where the system can, else in two: the new files and none of the old."""
    if not exchange:
        monkeypatch.setattr("siting.complete_files._exchanged", lambda *_: False)
    out = tmp_path / "out"
    for name in ("a", "b"):
        with complete_folder(out) as fresh:
            (fresh / name).write_text(name)
    assert [path.name for path in out.iterdir()] == ["b"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_impossible_place_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name too long and a full disk are faults of one line, not the end of a finished solve."""
    with pytest.raises(InputError, match="File name too long"), claimed(tmp_path / ("x" * 300)):
        pass

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="got No space left on"), claimed(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-2", "@SUM(A1)", "\tx", "\r=1"])
def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path, cell: str) -> None:
    """An id that a spreadsheet would run is written as text, and read back as it was."""
    write_table(pd.DataFrame({"site": [cell], "cost": [-5]}), tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_bytes().decode("utf-8-sig").splitlines()[1]
    assert text.lstrip('"').startswith("'")
    write_table(pd.DataFrame({cell: [1]}), tmp_path / "b.csv")  # columns are named by anybody
    assert (tmp_path / "b.csv").read_bytes().decode("utf-8-sig").lstrip('"').startswith("'")
    assert guarded(-5) == -5
    assert guarded("plain") == "plain" == unguarded("plain")
    assert unguarded(guarded(cell)) == cell
    assert unguarded("'quoted'") == "'quoted'"


def test_a_folder_that_is_there_is_not_taken_for_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the new folder has its place, a flush of the folder above that fails changes nothing."""
    flush = complete_files._flush

    def full(path: Path) -> None:
        if path == tmp_path:
            raise OSError(28, "No space left on device")
        flush(path)

    monkeypatch.setattr(complete_files, "_flush", full)
    for name in ("a", "b"):
        with complete_folder(tmp_path / "out") as fresh:
            (fresh / name).write_text(name)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b"]


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A pipe, like a device, would be one no longer; behind a link, what it names is replaced."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="a named pipe"):
        write_table(pd.DataFrame({"a": [1]}), pipe)
    assert pipe.is_fifo()
    there, link = tmp_path / "there.csv", tmp_path / "link.csv"
    there.write_text("before")
    link.symlink_to(there)
    write_table(pd.DataFrame({"a": [1]}), link)
    assert link.is_symlink() and there.read_text("utf-8-sig") == "a\n1\n"


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the file, not the temporary one; the earlier file is as it was."""
    file = tmp_path / "table.csv"
    file.write_text("before")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OSError, match=r"No space left.*/table\.csv"):
        write_table(pd.DataFrame({"a": [1]}), file)
    assert file.read_text() == "before" and list(tmp_path.iterdir()) == [file]
