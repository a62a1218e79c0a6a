"""A sweep's tasks on executors: of this machine, or of a Dask cluster that starts the same
processes. Both forget everything; the ledger does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from siting.executors.dask import Dask
from siting.executors.executor import Outcome
from siting.executors.local import Local
from siting.sweep.task import Task
from siting.sweep.workers import Workers
from siting.system.cores import cores

Heard = Callable[[Task, Mapping[str, Any]], None]


def tasks_at_once(threads: int) -> int:
    """How many tasks of so many threads this machine has cores for."""
    return max(1, cores() // threads)


def on_this_machine(
    hands: Workers, out: Path, workers: int, heard: Heard, known_bytes: float
) -> Local[Task]:
    """So many tasks at a time.

    Args:
        hands: who does them.
        out: the sweep's folder.
        known_bytes: what the largest task has needed before; 0 = nobody knows.
    """

    def run(task: Task, ask: Callable[[], bool], started: Callable[[int], None]) -> Outcome:
        return hands.run(task, *_places(out, task), lambda news: heard(task, news), ask, started)

    return Local(run, workers, known_bytes)


def on_cluster(address: str, out: Path, tasks: Sequence[Task], heard: Heard) -> Dask[Task]:
    """As many tasks as the cluster's workers have threads.

    Raises:
        InputError: no such scheduler, or a worker that sees other scenarios.
    """
    by_key = {task.key: task for task in tasks}

    def hear(key: str, news: Mapping[str, Any]) -> None:
        if key in by_key:
            heard(by_key[key], news)

    def told(task: Task) -> tuple[Mapping[str, Any], str]:
        return task.to_dict(), str(out.resolve())

    seen = [(task.scenario, task.inputs.get(Path(task.scenario).name)) for task in tasks]
    files = {file: digest for file, digest in seen if digest is not None}
    return Dask(address, on_worker, told, hear, files)


def on_worker(
    told: tuple[Mapping[str, Any], str],
    hear: Callable[[Mapping[str, Any]], None],
    ask: Callable[[], bool],
) -> Outcome:
    """On a cluster's worker: run a task's process to its end."""
    task = Task.from_dict(told[0])
    with Workers() as hands:
        return hands.run(task, *_places(Path(told[1]), task), hear, ask)


def _places(out: Path, task: Task) -> tuple[Path, Path]:
    """A task's result folder and its log."""
    return out / "results" / task.folder, out / "logs" / f"{task.folder}.txt"
