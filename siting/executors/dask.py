"""Jobs on a Dask cluster, whose workers run this same program and see the same files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self

from siting.errors import Fault, InputError, SolverError, needing
from siting.executors.executor import J, Outcome
from siting.notice import Notice, plain

TOPIC = "siting"
RETRIES = 2

Call = Callable[[Any, Callable[[Mapping[str, Any]], None], Callable[[], bool]], Outcome]
"""On a worker: runs what was told of a job to its end; hears its news, asks whether to end. A
function of a module, which a worker finds by its name."""


class Dask(Generic[J]):
    """A worker that dies takes its job's process with it; the cluster gives the job to another,
    which goes on from what is on the shared disk.
    """

    def __init__(
        self,
        address: str,
        call: Call,
        told: Callable[[J], Any],
        heard: Callable[[str, Mapping[str, Any]], None],
        files: Mapping[str, str],
    ):
        """Connect, and refuse workers that are others.

        Args:
            address: of the scheduler.
            told: of a job, all that ``call`` needs on a worker.
            heard: called with a job's key and its news.
            files: sha256 of what every worker must see, by path.

        Raises:
            InputError: there is no such scheduler, or a worker has another version or other files.
        """
        with needing("--dask", "dask"):
            distributed: Any = import_module("distributed")
        # What its client raises, and what it meets when it looks for a scheduler that is gone, it
        # also logs, with all its calls: it is told by whoever catches it.
        for name in ("distributed.utils", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._call, self._told, self._heard = call, told, heard
        self._futures: dict[Any, J] = {}
        try:
            self._client = distributed.Client(address)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(Fault("--dask", Notice("fault.scheduler"), str(error))) from error
        self._stop = distributed.Event(f"siting-stop-{id(self)}", client=self._client)
        self._name = self._stop.name
        self._refuse_strangers(files)
        self._client.subscribe_topic(TOPIC, self._hear)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(*GONE):
            self._client.cancel(list(self._futures))
        with suppress(*GONE):
            self._client.close()

    def free(self) -> bool:
        """Whether some worker's thread has nothing to do."""
        with _reaching():
            return len(self._futures) < max(1, sum(self._client.nthreads().values()))

    def start(self, job: J) -> None:
        """Hand a job to the cluster."""
        with _reaching():
            future = self._client.submit(
                on_worker,
                self._call,
                self._told(job),
                job.key,
                self._name,
                pure=False,
                retries=RETRIES,
                key=f"siting-{job.key[:16]}-{id(job)}",
            )
        self._futures[future] = job

    def ended(self, seconds: float) -> list[tuple[J, Outcome]]:
        """As of :class:`Executor`.

        Raises:
            SolverError: the scheduler is gone; what was done is on disk.
        """
        wait = import_module("distributed").wait
        if not self._futures:
            return []
        with _reaching():
            try:
                done = wait(
                    list(self._futures), timeout=seconds, return_when="FIRST_COMPLETED"
                ).done
            except TimeoutError:
                done = set()
        found = []
        for future in done:
            found.append((self._futures.pop(future), _outcome_of(future)))
        if not done and self._client.status != "running":
            raise SolverError(Notice("fault.scheduler_gone", why=self._client.status))
        return found

    def ask(self) -> None:
        """As of :class:`Executor`."""
        with _reaching():
            self._stop.set()

    def _hear(self, event: tuple[float, Mapping[str, Any]]) -> None:
        told = event[1]
        self._heard(told.get("key", ""), told["news"])

    def _refuse_strangers(self, files: Mapping[str, str]) -> None:
        """Raises InputError naming each worker that has another version or other files."""
        import siting

        told = self._client.run(probe, sorted(files), on_error="ignore")  # one that dies is none
        faults = []
        for worker, (version, seen) in told.items():
            if version != siting.__version__:
                faults.append(Fault(worker, Notice("fault.same_version"), version))
            wrong = [file for file, digest in files.items() if seen.get(file) != digest]
            if wrong:
                faults.append(Fault(worker, Notice("fault.same_files"), wrong[0]))
        if not told:
            faults.append(Fault("--dask", Notice("fault.no_workers")))
        if faults:
            raise InputError(faults)


GONE = (OSError, RuntimeError, CancelledError)
"""What the client's calls raise once its scheduler is gone."""


@contextmanager
def _reaching() -> Iterator[None]:
    """Raises SolverError where the scheduler is gone; what was done is on disk."""
    try:
        yield
    except GONE as error:
        raise SolverError(Notice("fault.scheduler_gone", why=str(error))) from error


def probe(files: list[str]) -> tuple[str, dict[str, str]]:
    """On a worker: the program's version, and the sha256 of files so far as they are there."""
    from hashlib import sha256

    import siting

    seen = {}
    for file in files:
        if Path(file).is_file():
            seen[file] = sha256(Path(file).read_bytes()).hexdigest()
    return siting.__version__, seen


def on_worker(call: Call, told: Any, key: str, stop: str) -> Outcome:
    """On a worker: run a job's process to its end."""
    distributed: Any = import_module("distributed")
    worker, event = distributed.get_worker(), distributed.Event(stop)

    def hear(news: Mapping[str, Any]) -> None:
        worker.log_event(TOPIC, {"key": key, "news": dict(news)})

    return call(told, hear, event.is_set)


def _outcome_of(future: Any) -> Outcome:
    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    error = future.exception() if future.status == "error" else None
    reason = " ".join(str(error or future.status).split())[:300]
    return Outcome("failed", None, plain(reason), 0.0, 0, True)
