"""Standard output and error as they are: in another encoding, closed, full, or a terminal that
obeys what is printed.

Names come from files of anybody. A control character among them could move a terminal's cursor,
rename its window or turn the reading order: it is shown by its number instead.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from siting.notice import Notice

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]"
)
"""C0 and C1 but tab and newline, marks of writing direction (Boucher and Anderson, Trojan Source,
2021), separators of lines, and what is no character."""


STANDARD_INPUT, STANDARD_ERROR = 0, 2
"""Numbers of files that libraries in C read and write without asking."""


class StreamError(OSError):
    """Standard output or error took no more; what was computed is not touched by that."""

    @property
    def notice(self) -> str:
        """What is wrong, to be told in a language."""
        return str(self.args[0]) if not isinstance(self.args[0], str) else self.args[0]


class CleanStream(io.TextIOBase):
    """A stream without control characters; characters its encoding lacks become escapes."""

    def __init__(self, plain: TextIO):
        self.plain = plain
        """The stream itself, for what draws on a terminal on purpose."""

    def write(self, text: str) -> int:
        """Raises StreamError where the stream takes no more, BrokenPipeError where nobody reads."""
        clean = _CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", text)
        encoding = getattr(self.plain, "encoding", None) or "utf-8"
        clean = clean.encode(encoding, "backslashreplace").decode(encoding)
        self._ask(self.plain.write, clean)
        return len(text)

    def flush(self) -> None:
        """As :meth:`write`."""
        self._ask(self.plain.flush)

    def close(self) -> None:
        """Nothing: the stream is another's, who may have closed it already. (Python 3.13 closes a
        forgotten stream aloud: what its last flush meets is printed behind all else.)"""

    def fileno(self) -> int:
        return self.plain.fileno()

    def isatty(self) -> bool:
        return self.plain.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.plain.encoding

    def _ask(self, method: Any, *given: str) -> None:
        try:
            method(*given)
        except BrokenPipeError:
            raise
        except OSError as error:
            told = Notice("fault.output", why=error.strerror or str(error))
            raise StreamError(told) from error


@contextmanager
def clean_streams() -> Iterator[None]:
    """``sys.stdout`` and ``sys.stderr`` as clean streams; those that are closed go nowhere."""
    _take_closed()
    before = sys.stdout, sys.stderr
    opened = [_open(stream) for stream in before]
    sys.stdout, sys.stderr = (CleanStream(stream) for stream, _ in opened)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream, ours in opened:
            if ours:
                stream.close()


def _take_closed() -> None:
    """Standard input, output and error that are closed become the null device, for this process and
    its children: the next file that is opened would take such a number, and whatever a library
    writes to standard output would stand in a result."""
    for number in range(STANDARD_INPUT, STANDARD_ERROR + 1):
        try:
            os.fstat(number)
        except OSError:
            # the lowest number that is free, which is this one
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _open(stream: TextIO | None) -> tuple[TextIO, bool]:
    """A stream that can be written, and whether it was opened here."""
    if stream is None or stream.closed:
        return open(os.devnull, "w", encoding="utf-8"), True  # noqa: PTH123
    if isinstance(stream, io.TextIOWrapper):  # what draws on a terminal writes past us
        stream.reconfigure(errors="backslashreplace")
    return stream, False
