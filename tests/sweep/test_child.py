"""A task's child is watched: its time, its memory, an end that is asked for. Each is told as what
it is, and nothing is left of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from siting.executors.executor import MEMORY, TIME, Outcome, how_it_ended
from siting.sweep import child
from siting.sweep.task import Settings, Task
from siting.system import children
from tests.system.test_children import gone, needs_proc

BEGUN = 'import os, signal, sys, time\nprint(\'{"stage": "solve"}\', flush=True)\n'
DEAF = "signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + BEGUN + "time.sleep(60)\n"
HEEDS = "signal.signal(signal.SIGINT, lambda *_: os._exit(0))\n" + BEGUN + "time.sleep(60)\n"
DIES = BEGUN + f"os.kill(os.getpid(), {int(signal.SIGTERM)})\n"
SHOT = BEGUN + "os.kill(os.getpid(), 9)\n"
Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run_task`` of a child with another program; nothing of it is left afterwards."""
    for name, value in (("ASK_AFTER", 0.05), ("KILL_TIMES", 1.0), ("KILL_AFTER", 0.2)):
        monkeypatch.setattr(child, name, value)

    def ended(program: str, *, ask: bool = False, **settings: Any) -> Outcome:
        def start(arguments: list[str], **pipes: Any) -> subprocess.Popen[bytes]:
            code = [sys.executable, "-c", "import os, signal\n" + program]
            return subprocess.Popen(code, start_new_session=True, **pipes)

        monkeypatch.setattr(children, "start", start)
        task = Task("a", str(tmp_path / "a.yaml"), None, (), Settings(**settings), {})
        pids: list[int] = []
        heard: list[Any] = []
        outcome = child.run_task(
            task,
            tmp_path / "out",
            tmp_path / "log",
            heard.append,
            lambda: ask and bool(heard),
            pids.append,
        )
        assert gone(pids)
        return outcome

    return ended


@needs_proc
def test_how_a_try_ends(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deaf to the clock: ended, told as ``time``, tried again from its stored plan. Too large:
    ``memory``, not again. Asked: interrupted. Killed by somebody: by name, again; by the kernel for
    want of memory: ``memory``."""
    late = run(DEAF, time_limit=0.1)
    assert (late.state, late.reason, late.again) == ("failed", TIME, True)
    large = run(DEAF, time_limit=None, memory_limit=1e-6)
    assert (large.state, large.reason, large.again) == ("failed", MEMORY, False)
    assert run(HEEDS, ask=True).state == "interrupted"
    died = run(DIES)
    assert (died.state, died.reason, died.again) == ("failed", how_it_ended(-15), True)
    counts = iter([3, 4])
    monkeypatch.setattr(child, "oom_kills", lambda: next(counts))
    assert run(SHOT).reason == MEMORY
