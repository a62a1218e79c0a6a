"""A task is watched: its time, its memory, an end that is asked for. Each is told as what it is,
and nothing is left of its process; one that ends as it should serves the next task."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from siting.executors.executor import MEMORY, TIME, Outcome, how_it_ended
from siting.sweep import workers
from siting.sweep.task import Settings, Task
from siting.sweep.workers import Workers
from siting.system import children
from tests.system.test_children import alive, gone, needs_proc
from tests.tools.town import write_town

BEGUN = """
import os, signal, sys, time
sys.stdin.readline()
print('{"stage": "solve"}', flush=True)
"""
DEAF = BEGUN + "time.sleep(60)\n"
ENDS = 'print(\'{"stage": "ended", "code": 0}\', flush=True)\ntime.sleep(60)\n'
HEEDS = BEGUN + "assert sys.stdin.readline().strip() == 'interrupt'\n" + ENDS
DIES = BEGUN + "os.kill(os.getpid(), signal.SIGTERM)\n"
SHOT = BEGUN + "os.kill(os.getpid(), 9)\n"
Run = Callable[..., Outcome]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A task by a process with another program; nothing of it is left afterwards."""
    for name, value in (("ASK_AFTER", 0.05), ("KILL_TIMES", 1.0), ("KILL_AFTER", 0.2)):
        monkeypatch.setattr(workers, name, value)

    def ended(program: str, *, ask: bool = False, **settings: Any) -> Outcome:
        def start(arguments: list[str], **pipes: Any) -> subprocess.Popen[bytes]:
            code = [sys.executable, "-c", program]
            return subprocess.Popen(code, start_new_session=True, **pipes)

        monkeypatch.setattr(children, "start", start)
        task = Task("a", str(tmp_path / "a.yaml"), None, (), Settings(**settings), {})
        pids: list[int] = []
        heard: list[Any] = []
        with Workers() as hands:
            outcome = hands.run(
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
    monkeypatch.setattr(workers, "oom_kills", lambda: next(counts))
    assert run(SHOT).reason == MEMORY


@needs_proc
@pytest.mark.slow
def test_one_process_for_many_tasks(tmp_path: Path) -> None:
    """A process that has ended a task does the next, with the next one's own log and exit code, and
    an end asked for between two is none of the next; one that was killed while it waited is not
    asked, and one that has its own limit of memory begins anew. All are gone in the end."""
    town = write_town(tmp_path / "town")
    pids: list[int] = []

    def told(name: str, *changes: str, **settings: Any) -> tuple[int | None, str]:
        task = Task(name, str(town), None, changes, Settings(method="greedy", **settings), {}, name)
        log = tmp_path / f"{name}.txt"
        outcome = hands.run(
            task, tmp_path / name, log, lambda news: None, lambda: False, pids.append
        )
        return outcome.exit_code, str(outcome.reason) + log.read_text("utf-8")

    with Workers() as hands:
        hands.prepare(1)
        assert told("first")[0] == 0
        code, words = told("wrong", "budget=-1")
        assert code == 2 and "budget=-1" in words
        assert "budget=-1" not in (tmp_path / "first.txt").read_text("utf-8")
        assert told("second")[0] == 0
        assert len(set(pids)) == 1
        subprocess.run(["kill", "-9", str(pids[0])], check=True)
        assert gone(pids)
        assert told("third")[0] == 0
        assert told("limited", memory_limit=8.0)[0] == 0
        assert len(set(pids)) == 3 and alive(pids[-2]) and not alive(pids[-1])
    assert gone(pids)
    objectives = [
        json.loads((tmp_path / name / "result.json").read_text("utf-8"))["objective"]
        for name in ("first", "second", "third", "limited")
    ]
    assert len(set(objectives)) == 1
