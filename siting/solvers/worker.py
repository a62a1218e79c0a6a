"""The child process that holds one outside solver: ``python -m siting.solvers.worker NAME``.

It reads jobs from standard input and answers on standard output (:mod:`siting.solvers.wire`);
whatever a solver prints goes to standard error. It ends when its parent does, with whatever the
solver has started. Ctrl-C is the parent's business: the child is asked to stop, or killed.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import traceback
from typing import Any, BinaryIO

from siting.errors import SitingError
from siting.solvers import wire
from siting.solvers.base import News, Settings, Solver, Talk, load
from siting.system import children


def main(name: str) -> None:
    """Serve jobs until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    solver = load(name)
    jobs: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
    interrupted = threading.Event()
    threading.Thread(
        target=_listen, args=(sys.stdin.buffer, jobs, interrupted), daemon=True
    ).start()
    while True:
        _, program, settings = jobs.get()
        interrupted.clear()
        wire.write(answers, _answer(solver, program, settings, answers, interrupted))


def _listen(
    pipe: BinaryIO, jobs: queue.SimpleQueue[tuple[Any, ...]], interrupted: threading.Event
) -> None:
    while True:
        message = wire.read(pipe)
        if message is None:
            children.end_all()
        if message[0] == "interrupt":
            interrupted.set()
        else:
            jobs.put(message)


def _answer(
    solver: Solver,
    program: Any,
    settings: Settings,
    answers: BinaryIO,
    interrupted: threading.Event,
) -> tuple[Any, ...]:
    def send(news: News) -> None:
        wire.write(answers, ("news", news))

    try:
        outcome = solver.solve(program, settings, Talk(send, interrupted.is_set, settings))
    except SitingError as error:
        return ("error", str(error))
    except MemoryError:
        return ("memory",)
    except ImportError as error:
        return ("error", f"the solver is not installed: {error}")
    except Exception:
        return ("error", traceback.format_exc(limit=-3))
    return ("done", outcome)


if __name__ == "__main__":
    main(sys.argv[1])
