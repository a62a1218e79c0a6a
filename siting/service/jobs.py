"""Jobs: solves in processes of their own, one folder each, that outlive the page and the service.

A job's folder holds ``task.json`` (what was asked), ``job.json`` (its state), ``events.jsonl``
(news, see :mod:`siting.service.worker`), ``log.txt`` and ``result/``. The folder is the truth: the
service may forget everything and reads it again when it starts.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Literal

from siting.analysis.audit.packing import pack
from siting.complete_files import complete_file
from siting.errors import InputError
from siting.notice import Notice, plain
from siting.service.problems import RequestError, no_such, on_disk
from siting.service.studies import FOUND, kept
from siting.service.tail import Tail
from siting.service.worker import ANSWER, EVENTS, FRONTIER, OUTCOME, RESULT, TASK, failure
from siting.system import children
from siting.system.cores import cores
from siting.texts.words import Lang

log = logging.getLogger(__name__)
State = Literal["accepted", "running", "successful", "failed", "dismissed"]
ENDED: tuple[State, ...] = ("successful", "failed", "dismissed")
JOB, LOG, BUNDLE = "job.json", "log.txt", "bundle.zip"
MOST_QUEUED = 100
LONGEST_SECONDS = 3600.0
DEFAULT_SECONDS = 300.0
GRACE_SECONDS = 30.0
"""For ending with the best plan, verification and writing included."""
COMPILE_SECONDS = 120.0
"""For a machine's first run, which compiles before its clock begins."""
LOG_BYTES = 1 << 20
PING_SECONDS = 15.0
"""Of silence, after which a listener is told that there is nothing."""
_KINDS = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "gpkg": "application/geopackage+sqlite3",
    "png": "image/png",
    "svg": "image/svg+xml",
}
FILES = {
    "result.json": _KINDS["json"],
    "certificate.npz": "application/octet-stream",
    "sites.gpkg": _KINDS["gpkg"],
    **{f"report.{ending}": kind for ending, kind in _KINDS.items() if ending != "json"},
    **{f"progress.{name}": _KINDS[name] for name in ("docx", "xlsx", "html", "pdf", "json")},
}
"""What of a result, or of a job's documents, may be fetched, and its kind."""
KINDS = tuple(dict.fromkeys(kind.partition(";")[0] for kind in FILES.values()))
"""Of all of them."""


@dataclass(frozen=True)
class Job:
    """One job as the page and the API tell it."""

    id: str
    state: State
    process: str
    name: str
    created: str
    """Times are ISO 8601 in UTC."""
    started: str | None = None
    updated: str | None = None
    finished: str | None = None
    message: str = ""
    """A status, or why it failed; ``told`` has it in every language."""
    told: dict[str, str] | None = None
    time_limit: float = DEFAULT_SECONDS
    pid: int | None = None
    outcome: dict[str, Any] | None = None
    progress: int = 0
    """0..100, never back, 100 only at the end."""


class Jobs:
    """A queue with a fixed number of slots.

    Args:
        folder: where the jobs' folders are.
        slots: how many run at once; each gets its share of the cores.
    """

    def __init__(self, folder: Path, slots: int = 1):
        self.folder, self.slots = folder, slots
        folder.mkdir(parents=True, exist_ok=True)
        self._jobs: dict[str, Job] = {}
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._tails: dict[str, Tail] = {}
        self._change = Condition()
        self._closing = False
        self._read()
        self._threads = [Thread(target=self._work, daemon=True) for _ in range(slots)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        """Jobs of earlier runs; one that was running has ended with its service."""
        for file in self.folder.glob(f"*/{JOB}"):
            with suppress(OSError, ValueError, TypeError):
                job = Job(**json.loads(file.read_text(encoding="utf-8")))
                if job.state not in ENDED:
                    job = self._settled(job)
                self._jobs[job.id] = job
                self._write(job)

    def _settled(self, job: Job) -> Job:
        """A job whose service died: its worker was told by the end of its input, and has either
        left an outcome or not."""
        outcome = self._outcome(job.id)
        if outcome is not None:
            return _with_outcome(job, outcome)
        return replace(_with_outcome(job, failure(Notice("service.job_left"))), outcome=None)

    # -- what the API asks -----------------------------------------------------------------------

    def all(self) -> list[Job]:
        """Newest first."""
        with self._change:
            found = sorted(self._jobs.values(), key=lambda job: (job.created, job.id))
        return [self._fresh(job) for job in reversed(found)]

    def get(self, id: str) -> Job:
        """One job. Raises RequestError 404."""
        with self._change:
            job = self._jobs.get(id)
        if job is None:
            raise no_such("job", id)
        return self._fresh(job)

    def submit(self, process: str, name: str, task: dict[str, Any]) -> Job:
        """Queue a task. Raises RequestError 429 when too many wait, 400 for an impossible limit."""
        limit = float(task.get("time_limit") or DEFAULT_SECONDS)
        if not 0 < limit <= LONGEST_SECONDS:
            most = int(LONGEST_SECONDS)
            raise RequestError(400, Notice("service.time_limit", most=most, seconds=limit))
        job = Job(secrets.token_hex(8), "accepted", process, name, now(), time_limit=limit)
        job = replace(job, updated=job.created)
        folder = self.folder / job.id
        with self._change:
            self._room()
            threads = task.get("threads") or self._share()
            asked = {**task, "process": process, "time_limit": limit, "threads": threads}
            with on_disk():
                folder.mkdir()
                (folder / TASK).write_text(json.dumps(asked), encoding="utf-8")
            self._put(job)
        return job

    def stop(self, id: str) -> Job:
        """Ask a job to end with the best plan it has; one that waits is dismissed."""
        job = self.get(id)
        if job.state == "accepted":
            return self._dismissed(job)
        with self._change:
            child = self._children.get(id)
        if child is not None and child.stdin is not None:
            with suppress(OSError):
                child.stdin.close()
        return self.get(id)

    def dismiss(self, id: str) -> Job:
        """End a job that waits or runs, its process gone when this returns; take one that has
        ended away, folder and all."""
        job = self.get(id)
        if job.state in ENDED:
            with self._change:
                self._jobs.pop(id, None)
                self._tails.pop(id, None)
                shutil.rmtree(self.folder / id, ignore_errors=True)
                self._change.notify_all()
            return job
        job = self._dismissed(job)
        with self._change:
            child = self._children.get(id)
        if child is not None:
            children.kill(child)
        return job

    def _dismissed(self, job: Job) -> Job:
        job = replace(job, state="dismissed", finished=now(), updated=now(), message="dismissed")
        with self._change:
            self._put(job)
        return job

    def resume(self, id: str) -> Job:
        """Queue a job again that has failed, for instance with the service or by a kill. A solve
        goes on from the best plan that it had stored and ends no worse; its news go on too.

        Raises:
            RequestError: 409 for a job that has not failed, 429 when too many wait.
        """
        job = self.get(id)
        if job.state != "failed":
            raise RequestError(409, Notice("service.resume", state=job.state))
        with self._change:
            self._room()
            (self.folder / id / OUTCOME).unlink(missing_ok=True)
            fresh = replace(
                job,
                state="accepted",
                started=None,
                updated=now(),
                finished=None,
                message="",
                told=None,
                pid=None,
                outcome=None,
                progress=0,
            )
            self._put(fresh)
        return fresh

    def _room(self) -> None:
        if sum(job.state == "accepted" for job in self._jobs.values()) >= MOST_QUEUED:
            raise RequestError(429, Notice("service.waiting", n=MOST_QUEUED))

    def task(self, id: str) -> dict[str, Any]:
        """What was asked of a job. Raises RequestError 404."""
        file = self.folder / self.get(id).id / TASK
        asked: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return asked

    def knows(self, id: str) -> bool:
        """Whether there is such a job."""
        with self._change:
            return id in self._jobs

    def events(self, id: str, after: int = 0) -> list[dict[str, Any]]:
        """News of a job that is known, with a number above ``after``; none once it is gone."""
        return self._tail(id).after(after)

    def _tail(self, id: str) -> Tail:
        with self._change:
            if id not in self._jobs:  # gone: nothing is kept of it
                return Tail(self.folder / id / EVENTS)
            return self._tails.setdefault(id, Tail(self.folder / id / EVENTS))

    def file(self, id: str, name: str) -> tuple[Path, str]:
        """A file of the result and its kind. Raises RequestError 404 for any other name."""
        path = self.folder / self.get(id).id / RESULT / name
        if name not in FILES or not path.is_file():
            raise no_such("file", name)
        return path, FILES[name]

    def files(self, id: str) -> list[Path]:
        """What of a job may be fetched and is there. Raises RequestError 404."""
        folder = self.folder / self.get(id).id / RESULT
        return [file for name in FILES if (file := folder / name).is_file()]

    def found(self, id: str) -> Any:
        """What a study found, as data. Raises RequestError 404 before it has."""
        folder = self.folder / self.get(id).id
        if not (folder / FOUND).is_file():
            raise no_such("result", id)
        return kept(folder)

    def result_folder(self, id: str) -> Path:
        """Of a job that has a result. Raises RequestError 404."""
        folder = self.folder / self.get(id).id / RESULT
        if not (folder / "result.json").is_file():
            raise no_such("result", id)
        return folder

    def frontier(self, id: str) -> dict[str, Any]:
        """Points of a frontier's job. Raises RequestError 404 before it has any."""
        file = self.folder / self.get(id).id / FRONTIER
        if not file.is_file():
            raise no_such("frontier", id)
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found

    def answer(self, id: str) -> str:
        """What a study found, in words, or as JSON where it was asked for as data. Raises
        RequestError 404 before it has any."""
        for name in (ANSWER, FOUND):
            file = self.folder / self.get(id).id / name
            if file.is_file():
                return file.read_text(encoding="utf-8", errors="replace")
        raise no_such("result", id)

    def bundle(self, id: str) -> Path:
        """The result with its scenario and all files of it, in one zip, made when it is first asked
        for. Raises RequestError 404 for a job without a result, InputError where its inputs have
        changed since."""
        folder = self.result_folder(id)
        file = folder.with_name(BUNDLE)
        if not file.is_file():
            pack(folder, file)
        return file

    def log(self, id: str) -> str:
        """The end of what the process wrote."""
        file = self.folder / self.get(id).id / LOG
        return file.read_bytes()[-LOG_BYTES:].decode("utf-8", "replace") if file.exists() else ""

    def close(self, seconds: float = 10.0) -> None:
        """Ask what runs to end with its best plan, wait, and end what has not."""
        with self._change:
            self._closing = True
            self._change.notify_all()
            running = list(self._children.values())
        for child in running:
            with suppress(OSError):
                if child.stdin is not None:
                    child.stdin.close()
        ends = time.monotonic() + seconds
        for child in running:
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, ends - time.monotonic()))
            _end(child)
        for thread in self._threads:
            thread.join(5)

    # -- the slots -------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._closing and not (waiting := self._waiting()):
                    self._change.wait()
                if self._closing:
                    return
                job = replace(waiting[0], state="running", started=now(), updated=now())
                self._put(job)
            try:
                self._run(job)
            except OSError as error:  # no process, or no room for its log
                self._failed(job.id, plain(error.strerror or str(error)))

    def _failed(self, id: str, message: Notice) -> None:
        with self._change:
            child = self._children.pop(id, None)
            job = self._jobs.get(id)
            if job is not None and job.state == "running":
                self._put(_with_outcome(job, failure(message)))
        if child is not None:
            _end(child)

    def _waiting(self) -> list[Job]:
        found = [job for job in self._jobs.values() if job.state == "accepted"]
        return sorted(found, key=lambda job: job.created)

    def _run(self, job: Job) -> None:
        folder = self.folder / job.id
        with (folder / LOG).open("wb") as log:
            child = children.start(
                ["siting.service.worker", str(folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={"PYTHONUTF8": "1"},
            )
        with self._change:
            self._children[job.id] = child
            if self._jobs[job.id].state != "running":  # dismissed meanwhile
                children.kill(child)
            else:
                self._put(replace(job, pid=child.pid))
        overtime = job.time_limit * 1.5 + GRACE_SECONDS + COMPILE_SECONDS
        with suppress(subprocess.TimeoutExpired):
            child.wait(overtime)
        _end(child)
        with self._change:
            del self._children[job.id]
            job = self._jobs.get(job.id, job)
            if job.state == "running":
                died = failure(_died(child.returncode, overtime))
                outcome = self._outcome(job.id) or died
                self._put(_with_outcome(job, outcome))

    def _outcome(self, id: str) -> dict[str, Any] | None:
        with suppress(OSError, ValueError):
            found: dict[str, Any] = json.loads((self.folder / id / OUTCOME).read_text())
            return found
        return None

    def _share(self) -> int:
        """Cores of a job, so that all slots together have those of this process."""
        return max(1, cores() // self.slots)

    def _put(self, job: Job) -> None:
        self._jobs[job.id] = job
        self._write(job)
        self._change.notify_all()

    def _write(self, job: Job) -> None:
        """A disk that takes nothing ends no job: this service knows its state all the same."""
        try:
            with complete_file(self.folder / job.id / JOB) as fresh:
                fresh.write_text(json.dumps(asdict(job), ensure_ascii=False), encoding="utf-8")
        except (OSError, InputError) as error:
            log.warning("state of job %s: %s", job.id, error)

    def _fresh(self, job: Job) -> Job:
        """With how far it is, the larger of time used and gap closed; one that was told dead with
        its service may have ended well since, its process being left to write its result."""
        if job.state == "failed" and job.outcome is None:
            outcome = self._outcome(job.id)
            if outcome is not None:
                with self._change:
                    job = _with_outcome(job, outcome)
                    self._put(job)
            return job
        if job.state != "running" or job.started is None:
            return job
        elapsed = (datetime.now(UTC) - datetime.fromisoformat(job.started)).total_seconds()
        closed = self._tail(job.id).closed()
        share = min(99, int(100 * max(elapsed / job.time_limit, closed)))
        with self._change:
            current = self._jobs.get(job.id, job)
            if current.state == "running" and share > current.progress:
                current = self._jobs[job.id] = replace(current, progress=share)
        return current


class Following:
    """News and states of one job as they come; asked again and again, it never waits.

    Args:
        after: number of the last news that is known already.
    """

    def __init__(self, jobs: Jobs, id: str, after: int = 0):
        self._jobs, self._id, self._after = jobs, id, after
        self._state, self._told = "", time.monotonic()
        self.ended = False

    def news(self) -> list[tuple[str, dict[str, Any]]]:
        """``("progress" | "state" | "ping", record)`` since it was asked last. Raises RequestError
        404 once the job is gone."""
        job = self._jobs.get(self._id)
        found: list[tuple[str, dict[str, Any]]] = []
        for event in self._jobs.events(self._id, self._after):
            self._after = event["seq"]
            found.append(("progress", event))
        if job.state != self._state:
            self._state = job.state
            found.append(("state", asdict(job)))
        self.ended = job.state in ENDED
        now = time.monotonic()
        if not found and now - self._told > PING_SECONDS:
            found.append(("ping", {}))
        if found:
            self._told = now
        return found


def _with_outcome(job: Job, outcome: dict[str, Any]) -> Job:
    failed = "error" in outcome
    return replace(
        job,
        state="failed" if failed else "successful",
        finished=now(),
        updated=now(),
        message=outcome["error"] if failed else str(outcome.get("status", "")),
        told=outcome.get("told"),
        outcome=outcome,
        progress=100,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process that has not ended by itself, with what it started, and close its pipe. The
    number of one that has ended may be another's by now."""
    if child.poll() is None:
        children.kill(child)
    elif child.stdin is not None:
        with suppress(OSError):
            child.stdin.close()


def in_words(record: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """A job, or news of one, as it is told: what people read in their language."""
    said = record.get("told") or {}
    key = "message" if "message" in record else "note"
    return {name: value for name, value in record.items() if name != "told"} | {
        key: said.get(lang, record[key])
    }


def _died(code: int, overtime: float) -> Notice:
    if code < 0:
        return Notice("service.job_killed", signal=-code)
    return Notice("service.job_no_result", code=code, seconds=overtime)


def now() -> str:
    """UTC, to the microsecond, so that jobs keep their order."""
    return datetime.now(UTC).isoformat()
