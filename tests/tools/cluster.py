"""A Dask cluster of this machine as an office runs one: a scheduler and workers as processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 120


@dataclass(frozen=True)
class Cluster:
    """Processes that lead groups of their own, so that a worker goes with its nanny."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL of a process and of all that it has started in its group, unless that was done."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def cluster(folder: Path, n: int) -> Iterator[Cluster]:
    """``dask scheduler`` and so many ``dask worker``, of one thread each, until the end."""
    import distributed

    connect: Any = distributed.Client  # typed nowhere, and absent where the extra is not installed
    file = folder / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1"]
    apart: dict[str, Any] = {
        "start_new_session": True,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    dask = [sys.executable, "-m", "dask"]
    made = [subprocess.Popen([*dask, "scheduler", "--port", "0", *common], **apart)]
    try:
        for k in range(n):
            own = ["--nthreads", "1", "--local-directory", str(folder / f"worker-{k}")]
            made.append(subprocess.Popen([*dask, "worker", *common, *own], **apart))
        with connect(scheduler_file=str(file)) as client:
            client.wait_for_workers(n, timeout=START_SECONDS)
            address: str = client.scheduler.address
        yield Cluster(address, made[0], tuple(made[1:]))
    finally:
        for process in made:
            kill(process)
