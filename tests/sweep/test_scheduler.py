"""Which tasks are begun, in which order, and which again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

import pytest

from siting.executors.executor import Outcome, how_it_ended
from siting.notice import Notice, to_records
from siting.sweep import ledger as ledgers
from siting.sweep.ledger import Entry, Ledger, why
from siting.sweep.scheduler import MOST_TRIES, sweep
from siting.sweep.task import Settings, Task

DONE = Outcome("done", 0, "", 1.0, 0)
DIED = Outcome("failed", -9, how_it_ended(-9), 1.0, 0, again=True)


@pytest.fixture(autouse=True)
def results(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of tasks that leave no result."""
    without: set[str] = set()
    monkeypatch.setattr(Ledger, "whole", lambda self, task: task.name not in without)
    return without


class Executor:
    """Ends each task at once, by what it is told of the task's tries."""

    def __init__(self, outcome: Callable[[Task, int], Outcome]):
        self.outcome = outcome
        self.begun: list[str] = []
        self._running: list[Task] = []

    def free(self) -> bool:
        return not self._running

    def start(self, job: Task) -> None:
        self.begun.append(job.name)
        self._running.append(job)

    def ended(self, seconds: float) -> list[tuple[Task, Outcome]]:
        found = [(job, self.outcome(job, self.begun.count(job.name))) for job in self._running]
        self._running = []
        return found

    def ask(self) -> None:
        """Nothing runs."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


def tasks_of(folder: Path) -> list[Task]:
    """A small one, a large one, and one of no size known."""
    sizes, tasks = {"small": 10, "large": 1000, "none": 0}, []
    for name, size in sizes.items():
        (folder / f"{name}.csv").write_bytes(b"x" * size)
        inputs = {f"{name}.csv": "0"} if size else {}
        tasks.append(Task(name, str(folder / "a.yaml"), None, (), Settings(), inputs, name))
    return tasks


def done(folder: Path, executor: Executor) -> tuple[list[Entry], Ledger]:
    """A sweep's entries in the end."""
    tasks, ledger = tasks_of(folder), Ledger(folder / "out")
    told = ledger.entries(tasks)
    return sweep(tasks, told, ledger, executor, lambda task, entry: None, Event()), ledger


def test_the_largest_comes_first(tmp_path: Path) -> None:
    """So that no long one is left alone in the end; entries stay in the tasks' order."""
    executor = Executor(lambda task, tries: DONE)
    entries, _ = done(tmp_path, executor)
    assert executor.begun == ["large", "small", "none"]
    assert [(e.key, e.state, e.tries) for e in entries] == [
        ("small", "done", 1),
        ("large", "done", 1),
        ("none", "done", 1),
    ]


def test_one_that_always_dies_leaves_the_others(tmp_path: Path) -> None:
    """It has three tries and has failed; the others are done."""
    executor = Executor(lambda task, tries: DIED if task.name == "small" else DONE)
    entries, _ = done(tmp_path, executor)
    assert executor.begun.count("small") == MOST_TRIES == 3
    assert [entry.state for entry in entries] == ["failed", "done", "done"]


def test_a_plan_that_a_dead_solver_left_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed solver leaves a plan and no proof: the task goes on from it, as after any kill;
    where the solver dies each time, the plan is the result."""
    executor = Executor(lambda task, tries: DONE)

    def died(self: Ledger, task: Task) -> bool:
        tries = executor.begun.count(task.name)
        return task.name == "small" or (task.name == "large" and tries < 2)

    monkeypatch.setattr(Ledger, "solver_died", died)
    entries, _ = done(tmp_path, executor)
    assert [executor.begun.count(entry.key) for entry in entries] == [3, 2, 1]
    assert [entry.state for entry in entries] == ["done"] * 3


def test_a_task_without_a_result_of_its_files_has_failed(tmp_path: Path, results: set[str]) -> None:
    """Whatever its exit code says: a row without figures is no solve that is done."""
    results.add("large")
    entries, _ = done(tmp_path, Executor(lambda task, tries: DONE))
    assert [entry.state for entry in entries] == ["done", "failed", "done"]
    assert entries[1].reason == "no_result" and "changed" in why(entries[1], "en")


def test_how_a_result_tells_that_its_solver_died() -> None:
    """By the key of a note, or of one within it."""
    killed = Notice("solver.killed", solver="HiGHS", signal="SIGKILL", words="")
    for note in (killed, Notice("run.failed", fault=killed)):
        assert set(ledgers._keys(to_records([note]))) & set(ledgers.SOLVER_DIED)
    calm = Notice("run.ran", solver="HiGHS", backend="1.9")
    assert not set(ledgers._keys(to_records([calm]))) & set(ledgers.SOLVER_DIED)
