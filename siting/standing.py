"""One process for many commands: ``python -m siting.standing``.

It reads what to do from standard input, a line of JSON each: ``arguments`` of ``siting``, and the
file that takes what the command says on standard error (``log``). What the command prints goes to
standard output, and behind it a line of JSON of the stage ``ended`` with its exit code. The line
``interrupt`` is Ctrl-C for the command that was told last. The end of the input ends the process,
whatever it does.

What a process has loaded serves all its commands: a new one loads for two seconds of a processor,
longer than many a small solve takes. It loads while it waits for its first.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import TextIO

from siting.cli import INTERRUPTED, main
from siting.system import children
from siting.system.dialogue import ENDED, INTERRUPT
from siting.system.memory import give_back

USUAL = (
    "pandas",
    "pyogrio",
    "scipy.optimize",
    "numba",
    "siting.commands.solve",
    "siting.solving",
    "siting.report.folder",
    "siting.report.html",
    "siting.report.gpkg",
)
"""What most solves load; what is not installed they do without."""


@dataclass(frozen=True)
class Command:
    """One line of the input."""

    arguments: list[str]
    log: Path


class Commands:
    """What is to be done, told by the thread that listens, done by the main one."""

    def __init__(self) -> None:
        self._told: SimpleQueue[tuple[int, Command]] = SimpleQueue()
        self._lock = threading.Lock()
        self._last = self._asked = self._at = 0
        """Numbers of commands: that told last, that asked to end, that at work."""
        self._working = False

    def tell(self, command: Command) -> None:
        """One more; the one before has been answered."""
        self._last += 1
        self._told.put((self._last, command))

    def interrupt(self) -> None:
        """That told last shall end, whether it has begun or not; one that has ended does not
        care."""
        with self._lock:
            self._asked = self._last
            if self._at == self._last:
                children.interrupt_self()

    def heard(self, number: int, frame: FrameType | None) -> None:
        """SIGINT, where the command has no answer of its own to it: it ends; between two it means
        nobody."""
        if self._working:
            raise KeyboardInterrupt

    def next(self) -> int:
        """Do the next; returns its exit code."""
        number, command = self._told.get()
        with self._lock:
            self._at = number
        code: int | None = None
        try:
            with command.log.open("ab") as log:
                os.dup2(log.fileno(), 2)
            self._working = True
            if self._asked == number:
                raise KeyboardInterrupt
            code = main(command.arguments)
        except KeyboardInterrupt:
            code = INTERRUPTED if code is None else code
        finally:
            self._working = False
            with self._lock:
                self._at = 0
        return code


def serve() -> None:
    """Do commands until the parent closes the pipe."""
    commands = Commands()
    signal.signal(signal.SIGINT, commands.heard)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    threading.Thread(target=_listen, args=(sys.stdin, commands), daemon=True).start()
    for module in USUAL:
        with suppress(ImportError):
            import_module(module)
    gc.freeze()  # what is loaded stays, and need not be looked through after each command
    while True:
        code = commands.next()
        # The next would be beside what this one has left behind, and the largest count twice.
        gc.collect()
        give_back()
        answers.write(json.dumps({"stage": ENDED, "code": code}) + "\n")
        answers.flush()


def _listen(pipe: TextIO, commands: Commands) -> None:
    for line in pipe:
        if line.strip() == INTERRUPT:
            commands.interrupt()
        else:
            told = json.loads(line)
            commands.tell(Command(told["arguments"], Path(told["log"])))
    children.end_all()


if __name__ == "__main__":
    serve()
