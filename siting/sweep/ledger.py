"""The ledger of a sweep: one file a task, ``OUT/ledger/KEY.json``, always whole. It is the truth:
an executor may forget everything."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from siting.complete_files import complete_file, make_folder, restore
from siting.errors import InputError
from siting.notice import Hint, Notice, in_language, to_records
from siting.reproducible_files import timeless
from siting.sweep.task import Task
from siting.texts.words import Lang

State = Literal["waiting", "running", "done", "interrupted", "failed"]
FOLDERS = LEDGER, RESULTS, LOGS = "ledger", "results", "logs"


@dataclass(frozen=True)
class Entry:
    """What is known of a task."""

    key: str
    name: str
    variant: str | None
    state: State = "waiting"
    tries: int = 0
    reason: str = ""
    """Why it failed: ``memory``, ``time``, ``signal`` or ``exit_code``, or its own last words."""
    because: dict[str, Any] | None = None
    """The same as the ``key`` and ``values`` of a notice."""
    exit_code: int | None = None
    host: str = ""
    pid: int | None = None
    begun: float | None = None
    """Seconds since 1970, of the last try; told, never compared."""
    seconds: float | None = None
    """All tries together."""
    peak_bytes: int = 0
    result: str | None = None
    """Its folder, from the sweep's."""
    status: str | None = None
    limit: str | None = None
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None


SOLVER_DIED = ("solver.killed", "solver.crashed", "run.ended_early")
"""Notices of a result under which a solver died or gave up: another try may prove more."""


_PLACE_AND_TIME: dict[str, Any] = {
    "host": "",
    "pid": None,
    "begun": None,
    "seconds": None,
    "peak_bytes": 0,
}
"""Of an entry, what another run of the same has otherwise."""


def failed(entry: Entry, reason: Hint) -> Entry:
    """With the reason why a try ended; empty where there is none."""
    if not reason:
        return replace(entry, reason="", because=None)
    known = reason.key.partition("ended.")[2]
    return replace(entry, reason=known or str(reason), because=to_records([reason])[0])


def why(entry: Entry, lang: Lang) -> str:
    """Why a task failed, for people."""
    if entry.because is None:
        return entry.reason
    return in_language(Notice(entry.because["key"], **entry.because["values"]), lang)


class Ledger:
    """The entries of a sweep's tasks, on disk."""

    def __init__(self, out: Path):
        self.out = out
        for name in FOLDERS:
            make_folder(out / name)

    @staticmethod
    def has_work(out: Path) -> bool:
        """Whether a folder's sweep has something left to do so far as it was noted, or nobody has
        begun one; what has changed since is not looked at."""
        noted = list((out / LEDGER).glob("*.json"))
        return not noted or any(_state(file) != "done" for file in noted)

    def result_of(self, task: Task) -> Path:
        """Where a task's result folder is, or will be."""
        return self.out / RESULTS / task.folder

    def entry(self, task: Task) -> Entry:
        """What is known of a task; a done one is believed only where its result is whole and of
        the same inputs."""
        fresh = Entry(task.key, task.name, task.variant)
        try:
            told = json.loads(self._file(task.key).read_text(encoding="utf-8"))
            found = Entry(**told)
        except (OSError, ValueError, TypeError):
            found = fresh
        figures = self._figures(task)
        if found.state == "done" or (figures and found.state == "running"):
            # A sweep that was killed may not have noted what its child had finished.
            if figures is None:
                return replace(fresh, seconds=found.seconds)
            cut = figures["limit"] == "interrupt"
            cut = cut or (found.state == "running" and self.solver_died(task))
            state: State = "interrupted" if cut else "done"
            return replace(found, state=state, **figures)
        return found

    def write(self, entry: Entry) -> Entry:
        """Note it, whole or not at all; returns what was noted."""
        noted = replace(entry, **_PLACE_AND_TIME) if timeless() else entry
        with complete_file(self._file(entry.key)) as fresh:
            fresh.write_text(json.dumps(asdict(noted), ensure_ascii=False), encoding="utf-8")
        return noted

    def begin(self, task: Task, entry: Entry) -> Entry:
        """Note that a task is being tried here."""
        return self.write(
            replace(
                entry,
                state="running",
                tries=entry.tries + 1,
                reason="",
                because=None,
                host=platform.node(),
                pid=os.getpid(),
                begun=time.time(),
            )
        )

    def settle(self, task: Task, entry: Entry) -> Entry:
        """Note how a try ended, with the result's figures where there is one."""
        return self.write(replace(entry, **(self._figures(task) or {})))

    def whole(self, task: Task) -> bool:
        """Whether there is a whole result of the same inputs."""
        return self._figures(task) is not None

    def solver_died(self, task: Task) -> bool:
        """Whether a task's result tells that its solver died under it."""
        from siting.result.stored import read_record

        try:
            told = read_record(self.result_of(task)).get("notices", ())
        except InputError:
            return False
        return any(key in SOLVER_DIED for key in _keys(told))

    def entries(self, tasks: Iterable[Task]) -> list[Entry]:
        """Of each task."""
        return [self.entry(task) for task in tasks]

    def _file(self, key: str) -> Path:
        return self.out / LEDGER / f"{key}.json"

    def _figures(self, task: Task) -> dict[str, Any] | None:
        """Of a task's result; None where there is no whole one of the same inputs."""
        from siting.result.stored import read_record

        folder = self.result_of(task)
        restore(folder)
        try:
            record = read_record(folder)
        except InputError:
            return None
        if record.get("inputs") != dict(task.inputs):
            return None
        figures = {
            name: record.get(name) for name in ("status", "limit", "objective", "bound", "gap")
        }
        return {**figures, "result": folder.relative_to(self.out).as_posix()}


def _state(file: Path) -> str | None:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told.get("state") if isinstance(told, dict) else None


def _keys(told: Any) -> Iterator[str]:
    """The keys of stored notices, and of those that are values of theirs."""
    if isinstance(told, Mapping):
        if isinstance(told.get("key"), str):
            yield told["key"].removeprefix("notice.")
        told = list(told.values())
    if isinstance(told, Sequence) and not isinstance(told, str):
        for one in told:
            yield from _keys(one)
