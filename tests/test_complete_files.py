"""Files appear complete or not at all, and what cannot be written is said before long work."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from siting.cli import main
from siting.complete_files import complete_file, write_table
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


def test_a_folder_or_a_way_through_a_file_is_refused(tmp_path: Path) -> None:
    """With the place and what was found there."""
    (tmp_path / "file").touch()
    for place, told in ((tmp_path, "must name a file"), (tmp_path / "file" / "x.csv", "folder")):
        with pytest.raises(InputError, match=told), complete_file(place):
            raise AssertionError


@pytest.mark.parametrize("command", ["robustness", "fair", "gaps", "frontier", "alternatives"])
def test_long_work_asks_first(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:  # fmt: skip
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
