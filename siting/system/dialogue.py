"""A child that stays for many commands and is talked to in lines: each command a line on its
standard input, its answers lines of its standard output."""

from __future__ import annotations

import queue
import subprocess
import tempfile
import threading
from contextlib import suppress
from typing import IO, BinaryIO, cast

from siting.system import children

INTERRUPT, ENDED = "interrupt", "ended"
"""The line that is Ctrl-C for the command told last; the stage of the answer that ends one."""


class Dialogue:
    """One child and what it says.

    Attributes:
        pid: of the child.
        lines: what it answers, as it comes; None at its end.
        complaints: its standard error, from its start on.
    """

    def __init__(self, module: str):
        """Start ``python -m module``."""
        self.complaints = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
        self._process = children.start(
            [module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
        )
        self.pid = self._process.pid
        assert self._process.stdout is not None
        self.lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=_pump, args=(self._process.stdout, self.lines), daemon=True).start()

    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def say(self, line: str) -> None:
        """One line to it.

        Raises:
            OSError: it has died.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait()

    def close(self) -> None:
        """End it at once."""
        children.kill(self._process)
        self.complaints.close()


def _pump(pipe: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    with suppress(OSError, ValueError):
        for line in pipe:
            lines.put(line)
    lines.put(None)
