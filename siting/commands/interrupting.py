"""Ctrl-C: once asks for the best plan so far, twice ends the run.

While a command reads there is nothing to give: Ctrl-C ends it with exit code 130. From the first
solve to the last file written, the first Ctrl-C only asks the solves to end; what was found until
then is verified, told and written as ever.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic
from types import FrameType

from siting.commands.language import spoken
from siting.texts.words import Words

SAME_PRESS_SECONDS = 0.5
"""A signal so soon after the first is the same key press: wrappers (timeout, uv, a shell script)
pass on what the terminal has already sent to the whole group."""


@contextmanager
def interruptible() -> Iterator[Event]:
    """The event that Ctrl-C (or a polite kill) sets; a second one raises KeyboardInterrupt.

    Belongs around all that follows the first solve, writing included: a plan is not lost because
    the run had just come to its end by itself.
    """
    asked = Event()
    first = 0.0
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    ending = Words.of(spoken(), "progress")["ask_end"] + "\n"
    told = ending.encode(encoding, "backslashreplace")

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if not asked.is_set():
            asked.set()
            first = monotonic()
            # Not print: the signal may have come in the middle of one.
            os.write(2, told)
        elif monotonic() - first >= SAME_PRESS_SECONDS:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, ask) for number in _polite()}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _polite() -> list[signal.Signals]:
    """Signals that ask for an end; Windows has one more (Ctrl-Break, what a parent can send)."""
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]
