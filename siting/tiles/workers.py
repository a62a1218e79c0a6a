"""Who does a tile's jobs: processes that stay for many, of this machine or of a cluster."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from siting.errors import SolverError
from siting.executors.executor import MEMORY, TIME, Executor, Outcome, how_it_ended
from siting.notice import Notice, plain
from siting.progress import Stop
from siting.system import children
from siting.system.dialogue import INTERRUPT, Dialogue
from siting.system.memory import oom_kills, processor_seconds, resident_bytes
from siting.tiles.jobs import load
from siting.tiles.worker import answer_of

MOST_TRIES = 3
POLL_SECONDS, LOOK_SECONDS = 0.05, 0.5
LATE_SECONDS, IDLE_SECONDS = 120.0, 120.0
"""A job that is so late, and later by as long as it had, is ended once it has done nothing for so
long: on a machine that others use a job may be late and at work, and begun anew it would be later.
"""
LATEST_TIMES, LATEST_SECONDS = 10.0, 1800.0
"""In any case it is ended at so many times its time and so many seconds."""
WORDS = 300


@dataclass(frozen=True)
class TileJob:
    """A job in a file."""

    key: str
    path: Path
    seconds: float
    """It is to take; its process is given longer."""
    memory_limit: int | None = None
    """Bytes that its process, with all that it starts, may hold; None = any."""


class Workers:
    """Idle processes of this machine, each for the next job that comes."""

    def __init__(self) -> None:
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()

    def close(self) -> None:
        """End those that are idle."""
        while not self._idle.empty():
            self._idle.get().close()

    def run(self, job: TileJob, ask: Callable[[], bool], started: Callable[[int], None]) -> Outcome:
        """One job, by an idle process or a new one."""
        try:
            worker = self._idle.get_nowait()
        except queue.Empty:
            worker = _Worker()
        started(worker.pid)
        outcome = worker.run(job, ask)
        if outcome.state == "failed":
            worker.close()
        else:
            self._idle.put(worker)
        return outcome


class _Worker(Dialogue):
    """One process."""

    def __init__(self) -> None:
        self._kills = oom_kills()
        super().__init__("siting.tiles.worker")

    def run(self, job: TileJob, ask: Callable[[], bool]) -> Outcome:
        """Hand a job over and wait for its answer."""
        begun = time.monotonic()
        peak, look_at, asked = 0, 0.0, False
        worked, idle_since = 0.0, begun
        try:
            self.say(str(job.path))
            while True:
                now = time.monotonic()
                if now >= look_at:
                    look_at = now + LOOK_SECONDS
                    peak = max(peak, resident_bytes(self.pid))
                    if job.memory_limit is not None and peak > job.memory_limit:
                        return Outcome("failed", None, MEMORY, now - begun, peak)
                    at_work = processor_seconds(self.pid)
                    if at_work > worked or not at_work:
                        worked, idle_since = at_work, now
                if not asked and ask():
                    asked = True
                    self.say(INTERRUPT)
                late = now - begun > 2 * job.seconds + LATE_SECONDS
                if (late and now - idle_since > IDLE_SECONDS) or (
                    now - begun > LATEST_TIMES * job.seconds + LATEST_SECONDS
                ):
                    return Outcome("failed", None, TIME, now - begun, peak, again=True)
                try:
                    line = self.lines.get(timeout=POLL_SECONDS)
                except queue.Empty:
                    continue
                break
        except OSError:  # Windows calls a broken pipe an invalid argument
            line = None
        seconds = time.monotonic() - begun
        if line is None:
            return Outcome("failed", None, self._last_words(), seconds, peak, again=True)
        told = json.loads(line)
        if not told["done"]:
            return Outcome("failed", None, plain(told["why"]), seconds, peak)
        return Outcome("interrupted" if asked else "done", 0, "", seconds, peak)

    def _last_words(self) -> Notice:
        code = self.wait()
        if code == -children.KILLED and oom_kills() > self._kills:
            return MEMORY
        self.complaints.seek(0)
        lines = self.complaints.read().decode("utf-8", "replace").strip().splitlines()
        return plain(lines[-1][:WORDS]) if lines else how_it_ended(code)


def on_worker(
    told: tuple[str, str, float, int | None],
    hear: Callable[[Mapping[str, Any]], None],
    ask: Callable[[], bool],
) -> Outcome:
    """On a cluster's worker: one job in a process of its own."""
    workers = Workers()
    try:
        key, path, seconds, memory = told
        return workers.run(TileJob(key, Path(path), seconds, memory), ask, lambda pid: None)
    finally:
        workers.close()


def as_told(job: TileJob) -> tuple[str, str, float, int | None]:
    """A job as a cluster's worker is told of it."""
    return job.key, str(job.path.resolve()), job.seconds, job.memory_limit


@dataclass
class Hands:
    """An executor, and what its jobs have needed."""

    executor: Executor[TileJob]
    stop: Stop
    memory_limit: int | None = None
    """Bytes that one of its processes may hold; None = any."""
    peak_bytes: int = 0
    """Of the largest process so far, with all that it started."""
    deaths: int = 0
    """Tries that ended without an answer and were made again."""

    def do(self, jobs: Sequence[TileJob]) -> list[Any]:
        """The jobs' answers, in their order; once the run is to stop, those that run end early and
        the others are answered by None. A job that memory does not do for stops the run, which says
        so.

        Raises:
            SolverError: a job failed, or died again and again.
        """
        waiting, running = list(reversed(jobs)), 0
        tries = {job.key: 0 for job in jobs}
        done: set[str] = set()
        while waiting or running:
            if self.stop.interrupt.is_set():
                waiting = []
                self.executor.ask()
            while waiting and self.executor.free():
                job = waiting.pop()
                tries[job.key] += 1
                running += 1
                self.executor.start(replace(job, memory_limit=self.memory_limit))
            for job, outcome in self.executor.ended(POLL_SECONDS):
                running -= 1
                self.peak_bytes = max(self.peak_bytes, outcome.peak_bytes)
                if outcome.state != "failed":
                    done.add(job.key)
                elif outcome.again and tries[job.key] < MOST_TRIES:
                    self.deaths += 1
                    waiting.append(job)
                elif outcome.reason == MEMORY:
                    self.stop.reached = self.stop.reached or "memory"
                    self.stop.interrupt.set()
                else:
                    raise SolverError(Notice("fault.tile_died", why=outcome.reason))
        return [load(answer_of(job.path)) if job.key in done else None for job in jobs]
