"""Standard output in another encoding, closed, full or obedient: a result is never lost to it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from siting.streams import CleanStream, StreamError, clean_streams
from tests.tools.town import write_town


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1", "utf-8"])
def test_any_encoding_takes_any_name(encoding: str) -> None:
    """A character that the encoding lacks is escaped, not a crash after the solve."""
    raw = io.BytesIO()
    stream = CleanStream(io.TextIOWrapper(raw, encoding))
    print("老街 Ω 🏪", file=stream, flush=True)
    assert raw.getvalue().decode(encoding).startswith("老街" if encoding[0] in "gu" else "\\u8001")


def test_no_name_reaches_the_terminal_raw() -> None:
    """Escape sequences, carriage returns and marks of direction are shown, not obeyed."""
    raw = io.StringIO()
    print("a\x1b]0;owned\x07b\rc\u202ed\x9be\tf\u061c\u2028g\ufffe", file=CleanStream(raw))
    assert raw.getvalue() == "a\\x1b]0;owned\\x07b\\x0dc\\x202ed\\x9be\tf\\x61c\\x2028g\\xfffe\n"


def test_a_full_stream_is_a_fault_of_its_own() -> None:
    """What cannot be told is no internal error."""

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(StreamError, match="standard output cannot be written: No space left"):
        CleanStream(Full()).write("x")


def test_a_forgotten_stream_neither_closes_nor_flushes_what_is_not_its_own() -> None:
    """Its owner may have closed it by then; Python 3.13 prints what such a flush raises."""

    class Owned(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    owned = Owned()
    stream = CleanStream(owned)
    print("a", file=stream)
    del stream
    assert (owned.flushed, owned.closed, owned.getvalue()) == (0, False, "a\n")


def test_closed_streams_go_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under a service without any."""
    monkeypatch.setattr(sys, "stdout", None)
    with clean_streams():
        print("nobody reads this")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_output_does_not_take_the_result(tmp_path: Path) -> None:
    """siting solve > /dev/full: exit 1 and one line, and the folder is complete."""
    town = write_town(tmp_path / "town")
    out = tmp_path / "out"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "siting", "solve", town, "--out", out, "--method", "highs"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ},
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "standard output cannot be written: No space left on device"
    )
    names = {"result.json", "certificate.npz", "sites.gpkg", "report.html"}
    assert {file.name for file in out.iterdir()} == names


@pytest.mark.parametrize("encoding", ["gbk", "cp1252"])
def test_chinese_goes_into_a_file_of_any_console(encoding: str, tmp_path: Path) -> None:
    """siting catalogue --lang zh > file: what the encoding lacks is escaped, nothing fails."""
    with (tmp_path / "told").open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "siting", "catalogue", "--lang", "zh"],
            stdout=file,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")
    told = (tmp_path / "told").read_bytes().decode(encoding)
    assert ("便利店" if encoding == "gbk" else "\\u4fbf\\u5229\\u5e97") in told
