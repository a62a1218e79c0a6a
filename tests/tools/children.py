"""Tasks for the tests of the watching: run in a child process."""

from __future__ import annotations

import time

from benchmarks.measured import Tell


def quick(tell: Tell, number: int) -> None:
    """Ends by itself."""
    tell("begin")
    tell("result", status="optimal", objective=number)


def sleeper(tell: Tell) -> None:
    """Tells something, then overruns."""
    tell("begin")
    tell("progress", seconds=0.1, stage="solve", objective=3.0, bound=5.0)
    time.sleep(60)


def hungry(tell: Tell) -> None:
    """Takes 300 MB and keeps them."""
    tell("begin")
    kept = bytearray(300_000_000)
    kept[::4096] = b"x" * len(kept[::4096])
    time.sleep(60)


def broken(tell: Tell) -> None:
    """Fails."""
    tell("begin")
    raise ValueError("out of luck")
