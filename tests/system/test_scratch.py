"""Temporary folders are gone with their process, however it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from siting.system import scratch as room
from siting.system.scratch import PREFIX, scratch, scratch_of_process

HOLDS = """
import os, signal, sys
from siting.system.scratch import scratch_of_process
place = scratch_of_process()
(place / "file").write_text("x")
print(place, flush=True)
sys.stdin.read()
if sys.argv[1] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, for this process and its children."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def holder(how: str) -> tuple[subprocess.Popen[str], Path]:
    """A process that holds a folder until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing ends a process so here")
def test_nothing_outlives_its_process(temporary: Path) -> None:
    """What ends by itself removes its own; what a killed one left goes with the next folder that
    anybody makes; what is still held stays."""
    (ends, gone), (killed, left), (lives, held) = map(holder, ("end", "kill", "end"))
    for process in (ends, killed):
        process.communicate()
    assert not gone.exists() and left.exists() and held.exists()
    with scratch() as place:
        assert not left.exists() and (held / "file").read_text() == "x"
        assert place.is_dir() and not [*place.iterdir()]
        assert place.parent.stat().st_mode & 0o077 == 0, "nobody else's"
    lives.communicate()
    assert [*temporary.iterdir()] == []


def test_a_context_that_fails_leaves_nothing(temporary: Path) -> None:
    """Also where what was written is a folder."""
    with pytest.raises(ZeroDivisionError), scratch() as place:
        (place / "deep").mkdir()
        _ = 1 / 0
    assert [*temporary.iterdir()] == []


def test_only_what_was_made_here_is_swept(temporary: Path) -> None:
    """Links are not followed, pipes not waited for, names of others left alone."""
    other = temporary / "mine"
    other.mkdir()
    (other / "lock").write_text("")
    (temporary / f"{PREFIX}link").symlink_to(other)
    (temporary / f"{PREFIX}empty").mkdir()
    pipe = temporary / f"{PREFIX}pipe"
    pipe.mkdir()
    os.mkfifo(pipe / "lock")
    with scratch():
        pass
    left = {file.name for file in temporary.iterdir()}
    assert {"mine", f"{PREFIX}link"} <= left and (other / "lock").exists()
    assert f"{PREFIX}empty" not in left


def test_without_locks_nothing_of_others_is_removed(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There nobody knows who still needs what."""
    place = scratch_of_process()
    monkeypatch.setattr(room, "lock", lambda handle: True)
    with scratch():
        assert place.exists()
