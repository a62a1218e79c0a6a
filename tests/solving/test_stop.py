"""What ends a run, and what makes it wait."""

from __future__ import annotations

import threading
from threading import Event

from siting.progress import Linked, Stop


def test_a_linked_interrupt_hears_both() -> None:
    """Its own and the other's; alone says which."""
    other = Event()
    own = Linked(other)
    assert not own.is_set()
    own.set()
    assert own.is_set() and own.alone and not other.is_set()
    other.set()
    assert own.is_set() and not own.alone


def test_whoever_asks_while_somebody_else_has_the_core_waits() -> None:
    """Until the rest is over, the run is interrupted, or its time is up."""
    for ends in ("rest", "interrupt", "time"):
        rest = Event()
        rest.set()
        stop = Stop(time_limit=0.3 if ends == "time" else 60, rest=rest)
        if ends == "rest":
            threading.Timer(0.2, rest.clear).start()
        if ends == "interrupt":
            threading.Timer(0.2, stop.interrupt.set).start()
        assert stop() == (ends != "rest")
        assert not rest.is_set() or stop.interrupt.is_set() or stop.seconds >= 0.3
