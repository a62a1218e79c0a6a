"""Where tasks run: on this machine, each in a process of its own, or on a Dask cluster's workers,
which start the same processes. Both forget everything; the ledger does not."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from siting.errors import Fault, InputError, SolverError, needing
from siting.notice import Notice
from siting.sweep.child import Outcome, run_task
from siting.sweep.task import Task
from siting.system.memory import free_bytes, resident_bytes

Heard = Callable[[Task, Mapping[str, Any]], None]
FIRST_BYTES = 1e9
"""What a task is thought to need before one has ended."""


class Executor(Protocol):
    """Runs tasks; all calls come from one thread."""

    def free(self) -> bool:
        """Whether another task may be started now."""

    def start(self, task: Task) -> None:
        """Begin a task."""

    def ended(self, seconds: float) -> list[tuple[Task, Outcome]]:
        """Tasks that have ended; waits so long for one."""

    def ask(self) -> None:
        """All that run shall end with their best plans."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; what still runs ends by itself."""


class Local:
    """A thread a running task, which watches the task's process: a process that is killed takes
    no other with it.

    No task is started beside others where memory would not do for what the largest has needed.
    """

    def __init__(self, out: Path, workers: int, heard: Heard, known_bytes: float = 0.0):
        self.out, self.workers, self.heard = out, workers, heard
        self._need = known_bytes or FIRST_BYTES
        self._asked = threading.Event()
        self._ended: queue.SimpleQueue[tuple[Task, Outcome]] = queue.SimpleQueue()
        self._running: dict[str, int] = {}
        """Process ids by the tasks' keys, 0 before one has started."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._asked.set()

    def free(self) -> bool:
        """Whether a worker is idle and there is memory for one more."""
        if not self._running:
            return True
        if len(self._running) >= self.workers:
            return False
        growing = sum(
            max(0.0, self._need - (resident_bytes(pid) if pid else 0))
            for pid in self._running.values()
        )
        return free_bytes() >= growing + self._need

    def start(self, task: Task) -> None:
        """Begin a task in a process of its own."""
        self._running[task.key] = 0
        threading.Thread(target=self._watch, args=(task,), daemon=True).start()

    def ended(self, seconds: float) -> list[tuple[Task, Outcome]]:
        """As of :class:`Executor`."""
        found = []
        try:
            found.append(self._ended.get(timeout=seconds))
            while True:
                found.append(self._ended.get_nowait())
        except queue.Empty:
            pass
        for task, outcome in found:
            self._running.pop(task.key, None)
            self._need = max(self._need if self._need != FIRST_BYTES else 0, outcome.peak_bytes)
            self._need = self._need or FIRST_BYTES
        return found

    def ask(self) -> None:
        """As of :class:`Executor`."""
        self._asked.set()

    def _watch(self, task: Task) -> None:
        def started(pid: int) -> None:
            if task.key in self._running:
                self._running[task.key] = pid

        try:
            outcome = run_task(
                task,
                *_places(self.out, task),
                lambda event: self.heard(task, event),
                self._asked.is_set,
                started,
            )
        except Exception as error:  # of this machine: no room, no process; the others go on
            outcome = Outcome("failed", None, " ".join(str(error).split()), 0.0, 0, True)
        self._ended.put((task, outcome))


TOPIC = "siting"
RETRIES = 2


class Dask:
    """A Dask cluster: every worker runs this same program and sees the same files.

    A worker that dies takes its task's process with it; the cluster gives the task to another,
    which goes on from the plan on the shared disk.
    """

    def __init__(self, address: str, out: Path, tasks: list[Task], heard: Heard):
        with needing("--dask", "dask"):
            distributed: Any = import_module("distributed")
        self.out, self.heard = out, heard
        self._tasks = {task.key: task for task in tasks}
        self._futures: dict[Any, Task] = {}
        try:
            self._client = distributed.Client(address)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(Fault("--dask", Notice("fault.scheduler"), str(error))) from error
        self._stop = distributed.Event(f"siting-stop-{id(self)}", client=self._client)
        self._name = self._stop.name
        self._refuse_strangers(tasks)
        self._client.subscribe_topic(TOPIC, self._hear)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.cancel(list(self._futures))
        self._client.close()

    def free(self) -> bool:
        """Whether some worker's thread has nothing to do."""
        return len(self._futures) < max(1, sum(self._client.nthreads().values()))

    def start(self, task: Task) -> None:
        """Hand a task to the cluster."""
        future = self._client.submit(
            on_worker,
            task.to_dict(),
            str(self.out.resolve()),
            self._name,
            pure=False,
            retries=RETRIES,
            key=f"siting-{task.key[:16]}-{id(task)}",
        )
        self._futures[future] = task

    def ended(self, seconds: float) -> list[tuple[Task, Outcome]]:
        """As of :class:`Executor`.

        Raises:
            SolverError: the scheduler is gone; what was done is in the ledger.
        """
        wait = _distributed().wait
        if not self._futures:
            return []
        try:
            done = wait(list(self._futures), timeout=seconds, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            done = set()
        except (OSError, RuntimeError) as error:
            raise SolverError(Notice("fault.scheduler_gone", why=str(error))) from error
        found = []
        for future in done:
            task = self._futures.pop(future)
            found.append((task, _outcome_of(future)))
        if not done and self._client.status != "running":
            raise SolverError(Notice("fault.scheduler_gone", why=self._client.status))
        return found

    def ask(self) -> None:
        """As of :class:`Executor`."""
        self._stop.set()

    def _hear(self, event: tuple[float, Mapping[str, Any]]) -> None:
        told = event[1]
        task = self._tasks.get(told.get("key", ""))
        if task is not None:
            self.heard(task, told["news"])

    def _refuse_strangers(self, tasks: list[Task]) -> None:
        """Raises InputError naming each worker that has another version or other files."""
        import siting

        files = [(task.scenario, task.inputs.get(Path(task.scenario).name)) for task in tasks]
        names = sorted({file for file, _ in files})
        told = self._client.run(probe, names, on_error="ignore")  # one that dies is none
        wanted = {file: digest for file, digest in files if digest is not None}
        faults = []
        for worker, (version, seen) in told.items():
            if version != siting.__version__:
                faults.append(Fault(worker, Notice("fault.same_version"), version))
            wrong = [file for file, digest in wanted.items() if seen.get(file) != digest]
            if wrong:
                faults.append(Fault(worker, Notice("fault.same_files"), wrong[0]))
        if not told:
            faults.append(Fault("--dask", Notice("fault.no_workers")))
        if faults:
            raise InputError(faults)


def probe(files: list[str]) -> tuple[str, dict[str, str]]:
    """On a worker: the program's version, and the sha256 of files so far as they are there."""
    from hashlib import sha256

    import siting

    seen = {}
    for file in files:
        if Path(file).is_file():
            seen[file] = sha256(Path(file).read_bytes()).hexdigest()
    return siting.__version__, seen


def on_worker(told: Mapping[str, Any], out: str, stop: str) -> Outcome:
    """On a worker: run a task's process to its end."""
    distributed = _distributed()
    task, worker = Task.from_dict(told), distributed.get_worker()
    event = distributed.Event(stop)

    def hear(news: Mapping[str, Any]) -> None:
        worker.log_event(TOPIC, {"key": task.key, "news": dict(news)})

    return run_task(task, *_places(Path(out), task), hear, event.is_set)


def _distributed() -> Any:
    return import_module("distributed")


def _outcome_of(future: Any) -> Outcome:
    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    error = future.exception() if future.status == "error" else None
    reason = " ".join(str(error or future.status).split())[:300]
    return Outcome("failed", None, reason, 0.0, 0, True)


def _places(out: Path, task: Task) -> tuple[Path, Path]:
    """A task's result folder and its log."""
    return out / "results" / task.folder, out / "logs" / f"{task.folder}.txt"
