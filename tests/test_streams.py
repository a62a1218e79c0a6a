"""Standard output in another encoding, closed, full or obedient: a result is never lost to it."""

from __future__ import annotations

import io
import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

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


HELD = """
import os, sys
for number in range(3):
    os.close(number)
from siting.streams import clean_streams
with clean_streams():
    with open(sys.argv[1], "w") as result:
        kept = os.dup(result.fileno())
        for number in range(3):
            os.write(number, b"a library's own words")
        os.write(kept, b"a result")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="closes files by their numbers")
def test_no_file_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    """What a library in C prints to file 1 does not stand in the result that was opened next."""
    done = subprocess.run([sys.executable, "-c", HELD, tmp_path / "result"], check=False)
    assert done.returncode == 0
    assert (tmp_path / "result").read_bytes() == b"a result"


CLOSED = "<&- >&- 2>&-"
"""As a shell closes standard input, output and error."""


def _siting(*arguments: str | Path) -> int:
    words = shlex.join(map(str, (sys.executable, "-m", "siting", *arguments)))
    done = subprocess.run(["sh", "-c", f"exec {words} {CLOSED}"], capture_output=True, check=False)
    assert b"Traceback" not in done.stderr and b"internal error" not in done.stderr
    return done.returncode


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_closed_streams_lose_no_plan(tmp_path: Path) -> None:
    """A solver in a process of its own, a whole folder, an audit of it, a scenario at fault."""
    town = write_town(tmp_path / "town")
    out = tmp_path / "out"
    assert _siting("solve", town, "--method", "pulp", "--out", out) == 0
    names = {"result.json", "certificate.npz", "sites.gpkg", "report.html"}
    assert {file.name for file in out.iterdir()} == names
    assert _siting("verify", out) == 0
    assert _siting("catalogue") == 0
    (town.parent / "people.csv").unlink()
    assert _siting("check", town) == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
def test_a_desk_serves_without_streams(tmp_path: Path) -> None:
    """As a service started by something that gives it none: it answers, and ends when asked to."""
    town = write_town(tmp_path / "town")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["siting", "serve", str(town), "--no-open", "--port", str(port)]
    command = shlex.join([sys.executable, "-m", *words, "--data", str(tmp_path / "data")])
    desk = subprocess.Popen(["sh", "-c", f"exec {command} {CLOSED}"])
    try:
        end, answered = time.monotonic() + 60.0, False
        while not answered and time.monotonic() < end and desk.poll() is None:
            try:
                urlopen(f"http://127.0.0.1:{port}/conformance", timeout=5).close()
                answered = True
            except HTTPError as error:  # it wants the token that nobody could read
                error.close()
                answered = True
            except OSError:
                time.sleep(0.05)
        assert answered
        desk.terminate()
        assert desk.wait(30) == 0
    finally:
        desk.kill()
        desk.wait()


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
