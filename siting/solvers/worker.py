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
import time
import traceback
from typing import Any, BinaryIO

from siting.errors import SitingError
from siting.solvers import wire
from siting.solvers.base import Float, News, Settings, Solver, Talk, load
from siting.system import children

REST_SECONDS = 0.02
"""Between two looks of a resting solver at whether it may go on."""


def main(name: str) -> None:
    """Serve jobs until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    solver = load(name)
    heard = _Heard()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, heard), daemon=True).start()
    while True:
        _, program, settings, sent = heard.jobs.get()
        heard.forget()
        # This clock is the whole machine's (Python 3.5 and later): what it took to start this
        # process, to send the program and to read it is part of the time limit.
        waited = max(0.0, time.monotonic() - sent)
        wire.write(answers, _answer(solver, program, settings, answers, heard, waited))


class _Heard:
    """What the parent said and the solver has not yet heeded."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self.interrupt = threading.Event()
        self.rest = threading.Event()
        self.plan: Float | None = None

    def forget(self) -> None:
        """What was said of the program before counts no more."""
        self.interrupt.clear()
        self.rest.clear()
        self.plan = None

    def interrupted(self) -> bool:
        """Whether the solver is to end; while it is to rest, the answer waits."""
        while self.rest.is_set() and not self.interrupt.is_set():
            time.sleep(REST_SECONDS)
        return self.interrupt.is_set()

    def offered(self) -> Float | None:
        """The newest plan, once."""
        plan, self.plan = self.plan, None
        return plan


def _listen(pipe: BinaryIO, heard: _Heard) -> None:
    while True:
        message = wire.read(pipe)
        match message:
            case None:
                children.end_all()
            case ("interrupt",):
                heard.interrupt.set()
            case ("rest", bool(rests)):
                (heard.rest.set if rests else heard.rest.clear)()
            case ("plan", plan):
                heard.plan = plan
            case _:
                heard.jobs.put(message)


def _answer(
    solver: Solver,
    program: Any,
    settings: Settings,
    answers: BinaryIO,
    heard: _Heard,
    waited: float,
) -> tuple[Any, ...]:
    def send(news: News) -> None:
        wire.write(answers, ("news", news))

    try:
        talk = Talk(send, heard.interrupted, settings, heard.offered, waited)
        outcome = solver.solve(program, settings, talk)
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
