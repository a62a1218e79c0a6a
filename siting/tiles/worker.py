"""The process that works on tiles: ``python -m siting.tiles.worker``.

It reads paths of jobs from standard input, a line each, and answers each with a line of JSON once
the answer's file is there. ``interrupt`` ends the running job with what it has; the end of the
input ends the process, whatever it does.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from queue import SimpleQueue
from typing import TextIO

from siting.progress import Stop
from siting.system import children
from siting.system.dialogue import INTERRUPT
from siting.system.memory import give_back
from siting.tiles.jobs import load, save


def answer_of(job: Path) -> Path:
    """Where a job's answer is."""
    return job.with_suffix(".answer")


def main() -> None:
    """Serve jobs until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    jobs: SimpleQueue[Path] = SimpleQueue()
    interrupted = threading.Event()
    threading.Thread(target=_listen, args=(sys.stdin, jobs, interrupted), daemon=True).start()
    while True:
        told = _answered(jobs.get(), interrupted)
        # The next tile would be beside what this one has left behind, and the largest count twice.
        gc.collect()
        give_back()
        answers.write(json.dumps(told) + "\n")
        answers.flush()


def _answered(path: Path, interrupted: threading.Event) -> dict[str, object]:
    """Do a job; what the parent is told of it."""
    try:
        job = load(path)
        stop = Stop(time_limit=job.seconds, interrupt=interrupted)
        save(job.run(stop), answer_of(path))
    except Exception as error:
        traceback.print_exc()
        return {"done": False, "why": f"{type(error).__name__}: {error}"}
    return {"done": True}


def _listen(pipe: TextIO, jobs: SimpleQueue[Path], interrupted: threading.Event) -> None:
    for line in pipe:
        if line.strip() == INTERRUPT:
            interrupted.set()
        else:
            jobs.put(Path(line.rstrip("\n")))
    children.end_all()


if __name__ == "__main__":
    main()
