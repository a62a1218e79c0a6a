"""One task as a child: ``siting solve`` in a process of its own, watched until it ends.

The child goes on from the plan of an earlier try, tells its news as JSON, and ends when whoever
started it is gone. What is watched: an end that is asked for (it ends with its best plan), the time
limit, the memory.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Literal, cast

from siting.errors import InputError
from siting.executors.executor import MEMORY, TIME, Outcome, how_it_ended
from siting.notice import Hint, plain
from siting.result import Result
from siting.sweep.task import Task
from siting.system import children
from siting.system.memory import oom_kills, resident_bytes

News = Callable[[Mapping[str, Any]], None]
POLL_SECONDS, MEMORY_SECONDS = 0.1, 0.5
ASK_AFTER, KILL_TIMES, KILL_AFTER = 2.0, 1.5, 30.0
"""A run is asked to end so many seconds after its limit, and killed at so many times the limit and
so many seconds; then the plan it had stored is what the next try begins with."""
GRACE_SECONDS = 30.0
"""For an end that was asked for: a verification, and a folder."""
LOG_BYTES = 1_000_000
WORDS = 300
"""Characters of a child's last words that are kept."""
ENDED = (0, 3, 4)
"""Exit codes of a run that came to its end: a plan, none possible, none found."""
NO_TRY = (2,)
"""Exit codes that another try gives again."""


def run_task(
    task: Task,
    out: Path,
    log: Path,
    news: News,
    ask: Callable[[], bool],
    started: Callable[[int], None] = lambda pid: None,
) -> Outcome:
    """Run a task's child to its end.

    Args:
        out: the result folder.
        log: file for what the child says on standard error; its end is kept.
        news: called with each line of the child's progress.
        ask: whether it shall end with the best it has; asked often.
        started: called with the child's process id.
    """
    begun = time.monotonic()
    arguments = ["solve", *task.arguments(), "--out", str(out), "--progress", "json"]
    kills = oom_kills()
    with log.open("w+b") as complaints:
        process = children.start(
            ["siting", "--with-parent", *arguments, *_begin_with(out)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        started(process.pid)
        watch = _Watch(task, process, ask)
        try:
            watch.until_the_end(news)
        finally:
            children.kill(process)
        words = _last_words(complaints)
    code = process.returncode
    seconds = time.monotonic() - begun
    if watch.ended_for:
        again = watch.ended_for != MEMORY
        return Outcome("failed", code, watch.ended_for, seconds, watch.peak, again)
    if code in ENDED:
        if task.settings.reproducible:
            log.unlink(missing_ok=True)  # it tells of places and times
        state = "interrupted" if watch.asked and watch.for_us else "done"
        return Outcome(cast(Literal["done", "interrupted"], state), code, "", seconds, watch.peak)
    if watch.asked and watch.for_us:
        return Outcome("interrupted", code, "", seconds, watch.peak)
    if code == -children.KILLED and oom_kills() > kills:
        return Outcome("failed", code, MEMORY, seconds, watch.peak, True)
    died = plain(words) if code >= 0 and words else how_it_ended(code)
    return Outcome("failed", code, died, seconds, watch.peak, code not in NO_TRY)


def _begin_with(out: Path) -> list[str]:
    """The plan of an interrupted try's result, or that which a killed one left. What is there but
    is no result makes room."""
    if not (out / "result.json").exists():
        return ["--resume"]
    try:
        Result.load(out)
    except InputError:
        return ["--resume", "--force"]
    return ["--start", str(out), "--force"]


class _Watch:
    """The loop beside a running child."""

    def __init__(self, task: Task, process: subprocess.Popen[bytes], ask: Callable[[], bool]):
        self.task, self.process, self.ask = task, process, ask
        self.asked = 0.0
        """When the child was asked to end."""
        self.for_us = False
        """Whether it was asked because the sweep is to end, not for its time."""
        self.ended_for: Hint = ""
        self.peak = 0
        self._solving_since = 0.0
        self._memory_at = 0.0
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=_pump, args=(process.stdout, self._lines), daemon=True).start()

    def until_the_end(self, news: News) -> None:
        """Hand on the child's news until it ends, by itself or by us."""
        while True:
            try:
                line = self._lines.get(timeout=POLL_SECONDS)
            except queue.Empty:
                line = b""
            if line is None:
                self.process.wait()
                return
            event = _event(line)
            if event is not None:
                if event.get("stage") != "reach" and not self._solving_since:
                    self._solving_since = time.monotonic()
                news(event)
            if not self._may_go_on():
                return

    def _may_go_on(self) -> bool:
        now = time.monotonic()
        if now >= self._memory_at:
            self._memory_at = now + MEMORY_SECONDS
            self.peak = max(self.peak, resident_bytes(self.process.pid))
            most = self.task.settings.memory_limit
            if most is not None and self.peak > most * 1e9:
                self.ended_for = MEMORY
                return False
        if not self.asked and self.ask():
            self._ask(now)
            self.for_us = True
        if self.for_us:
            return now - self.asked < GRACE_SECONDS
        limit = self.task.settings.time_limit
        if limit is None or not self._solving_since:
            return True
        spent = now - self._solving_since
        if not self.asked and spent > limit + ASK_AFTER:
            self._ask(now)
        if spent > KILL_TIMES * limit + KILL_AFTER:
            self.ended_for = TIME
            return False
        return True

    def _ask(self, now: float) -> None:
        self.asked = now
        children.ask_to_end(self.process)


def _pump(pipe: IO[bytes] | None, lines: queue.SimpleQueue[bytes | None]) -> None:
    assert pipe is not None
    try:
        for line in pipe:
            lines.put(line)
    except (OSError, ValueError):
        pass
    lines.put(None)


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _last_words(log: IO[bytes]) -> str:
    """The last line a child said; the log keeps no more than its end."""
    size = log.seek(0, 2)
    if size > LOG_BYTES:
        log.seek(size - LOG_BYTES)
        kept = log.read()
        log.seek(0)
        log.truncate()
        log.write(kept)
    log.seek(max(0, log.tell() - (1 << 14)) if size > LOG_BYTES else max(0, size - (1 << 14)))
    lines = log.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:WORDS] if lines else ""
