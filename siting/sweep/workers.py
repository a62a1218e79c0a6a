"""Who does a sweep's tasks: processes of this machine that run ``siting solve`` for one after the
other, each watched until it ends.

A solve goes on from the plan of an earlier try, tells its news as JSON, and ends when whoever
started its process is gone. What is watched: an end that is asked for (it ends with its best plan),
the time limit, the memory.
"""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Literal

from siting.errors import InputError
from siting.executors.executor import MEMORY, TIME, Outcome, how_it_ended
from siting.notice import Hint, plain
from siting.sweep.task import Task
from siting.system import children
from siting.system.dialogue import ENDED, INTERRUPT, Dialogue
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
FINISHED = (0, 3, 4)
"""Exit codes of a run that came to its end: a plan, none possible, none found."""
NO_TRY = (2,)
"""Exit codes that another try gives again."""
After = Literal["whole", "gone", "silent"]
"""A process that may have another task; one that ended with it; one that ended and had told
nothing of it."""
KEPT_BYTES = 1_000_000_000
"""A process that still holds so much after a task is not kept for another."""


class Workers:
    """Idle processes of this machine, each for the next task that comes."""

    def __init__(self) -> None:
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._closed = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def prepare(self, n: int) -> None:
        """Start so many, which load what they need while others look what there is to do."""
        for _ in range(n):
            self._idle.put(_Worker())

    def close(self) -> None:
        """End those that are idle; those at work end with their tasks."""
        self._closed = True
        while (worker := self._one()) is not None:
            worker.close()

    def run(
        self,
        task: Task,
        out: Path,
        log: Path,
        news: News,
        ask: Callable[[], bool],
        started: Callable[[int], None] = lambda pid: None,
    ) -> Outcome:
        """A task to its end, by an idle process or a new one.

        Args:
            out: the result folder.
            log: file for what the solve says on standard error; its end is kept.
            news: called with each line of the solve's progress.
            ask: whether it shall end with the best it has; asked often.
            started: called with the process's id.
        """
        log.write_bytes(b"")
        # What an earlier task has left in a process would count against the limit.
        alone = task.settings.memory_limit is not None
        waited = None if alone else self._one()
        worker = waited or _Worker()
        started(worker.pid)
        after: After = "gone"
        try:
            outcome, after = worker.run(task, out, log, news, ask)
        finally:
            if after == "whole" and not alone and resident_bytes(worker.pid) < KEPT_BYTES:
                self._idle.put(worker)
                if self._closed:
                    self.close()
            else:
                worker.close()
        if after == "silent" and waited is not None:  # killed while it waited: no try of the task
            return self.run(task, out, log, news, ask, started)
        if outcome.state == "done" and task.settings.reproducible:
            log.unlink(missing_ok=True)  # it tells of places and times
        return outcome

    def _one(self) -> _Worker | None:
        """One that is idle and lives."""
        with suppress(queue.Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker.lives():
                    return worker
                worker.close()
        return None


class _Worker(Dialogue):
    """One process."""

    def __init__(self) -> None:
        super().__init__("siting.standing")

    def run(
        self, task: Task, out: Path, log: Path, news: News, ask: Callable[[], bool]
    ) -> tuple[Outcome, After]:
        """A task to its end; also how that leaves the process."""
        begun = time.monotonic()
        kills = oom_kills()
        told = ["solve", *task.arguments(), "--out", str(out), "--progress", "json"]
        line = json.dumps({"arguments": [*told, *_begin_with(out)], "log": str(log)})
        watch = _Watch(task, self.pid, self.lines, ask, lambda: self._tell(INTERRUPT))
        self._tell(line)
        code = watch.until_the_end(news)
        after: After = "whole" if code is not None else "gone"
        if code is None and not (watch.heard or watch.given_up):
            after = "silent"
        if code is None:
            code = -children.KILLED if watch.given_up else self.wait()
        seconds = time.monotonic() - begun
        if watch.ended_for:
            again = watch.ended_for != MEMORY
            return Outcome("failed", code, watch.ended_for, seconds, watch.peak, again), after
        with log.open("r+b") as complaints:
            words = _last_words(complaints)
        if code != 0 and not words:
            words = _last_words(self.complaints)
        if watch.for_us:
            return Outcome("interrupted", code, "", seconds, watch.peak), after
        if code in FINISHED:
            return Outcome("done", code, "", seconds, watch.peak), after
        if code == -children.KILLED and oom_kills() > kills:
            return Outcome("failed", code, MEMORY, seconds, watch.peak, True), after
        died = plain(words) if code >= 0 and words else how_it_ended(code)
        return Outcome("failed", code, died, seconds, watch.peak, code not in NO_TRY), after

    def _tell(self, line: str) -> None:
        with suppress(OSError):  # it has died, which its answers tell
            self.say(line)


def _begin_with(out: Path) -> list[str]:
    """The plan of an interrupted try's result, or that which a killed one left. What is there but
    is no result makes room."""
    if not (out / "result.json").exists():
        return ["--resume"]
    from siting.result import Result

    try:
        Result.load(out)
    except InputError:
        return ["--resume", "--force"]
    return ["--start", str(out), "--force"]


class _Watch:
    """The loop beside a running task."""

    def __init__(
        self,
        task: Task,
        pid: int,
        lines: queue.SimpleQueue[bytes | None],
        ask: Callable[[], bool],
        interrupt: Callable[[], None],
    ):
        self.task, self.ask = task, ask
        self.asked = 0.0
        """When the solve was asked to end."""
        self.for_us = False
        """Whether it was asked because the sweep is to end, not for its time."""
        self.given_up = False
        """Whether its process is to be ended now."""
        self.heard = False
        """Whether the task has told anything."""
        self.ended_for: Hint = ""
        self.peak = 0
        self._pid, self._lines, self._interrupt = pid, lines, interrupt
        self._solving_since = 0.0
        self._memory_at = 0.0

    def until_the_end(self, news: News) -> int | None:
        """Hand on the solve's news until it ends; its exit code, None where its process has ended
        with it or is to."""
        while True:
            try:
                line = self._lines.get(timeout=POLL_SECONDS)
            except queue.Empty:
                line = b""
            if line is None:
                return None
            event = _event(line)
            if event is not None:
                self.heard = True
                if event.get("stage") == ENDED:
                    return int(event["code"])
                if event.get("stage") != "reach" and not self._solving_since:
                    self._solving_since = time.monotonic()
                news(event)
            if not self._may_go_on():
                self.given_up = True
                return None

    def _may_go_on(self) -> bool:
        now = time.monotonic()
        if now >= self._memory_at:
            self._memory_at = now + MEMORY_SECONDS
            self.peak = max(self.peak, resident_bytes(self._pid))
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
        self._interrupt()


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
