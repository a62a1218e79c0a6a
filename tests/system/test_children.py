"""Children end when they are told to, and when whoever started them is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from siting.system import children
from siting.system.locks import lock
from siting.system.memory import (
    children_of,
    free_bytes,
    physical_bytes,
    processor_seconds,
    resident_bytes,
)

WAIT_SECONDS = 5.0
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc here")


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be asked does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(pids: list[int]) -> bool:
    """Whether all have ended within the time that an orphan is given."""
    end = time.monotonic() + WAIT_SECONDS
    while any(alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(alive(pid) for pid in pids)


PARENT = """
import subprocess, sys, time
from siting.system import children
child = children.start(["tests.tools.lingering"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print(child.stdout.readline().decode().strip(), flush=True)
time.sleep(60)
"""


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_no_child_outlives_its_parent(number: signal.Signals) -> None:
    """Whatever ends the parent, its child and what that has started end within five seconds."""
    root = str(Path(__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2 and all(map(alive, pids))
    parent.send_signal(number)
    parent.wait()
    assert gone(pids)
    parent.stdout.close()


@needs_proc
def test_kill_takes_all_that_a_child_has_started() -> None:
    """The whole group goes at once."""
    child = children.start(["tests.tools.lingering"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    pids = [int(word) for word in child.stdout.readline().split()]
    assert children_of(child.pid) == pids[1:]
    assert resident_bytes(child.pid) > 10_000_000
    children.kill(child)
    assert child.returncode == -children.KILLED
    assert gone(pids)


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    """Free again once its file is closed."""
    handles = [os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR) for _ in range(2)]
    assert [lock(handle) for handle in handles] == [True, False]
    os.close(handles[0])
    assert lock(handles[1])
    os.close(handles[1])


@needs_proc
def test_work_is_told() -> None:
    """No less than the clock of this process says; nothing of one that is not."""
    before = processor_seconds(os.getpid())
    own = time.process_time()
    while time.process_time() - own < 0.2:
        pass
    assert processor_seconds(os.getpid()) - before >= 0.15
    # Children that still run are counted too, as they are not by the clock.
    ended = sum(os.times()[:4])
    assert processor_seconds(os.getpid()) >= ended - 0.1
    assert processor_seconds(2**30) == 0.0


def test_memory_is_told() -> None:
    """There is some, and no more is free than there is."""
    assert 1e8 < free_bytes() <= physical_bytes()
