"""Memory of this machine, memory and work of processes, so far as the system tells."""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
TICKS = 100.0
"""A second, in /proc (USER_HZ of Linux on all machines that Python runs on)."""


def physical_bytes() -> float:
    """Memory of this machine; infinite where the system does not tell."""
    told = _meminfo("MemTotal")
    if told is not None:
        return told
    import os

    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return inf


def free_bytes() -> float:
    """What may still be taken without pushing others out; infinite where nobody tells."""
    told = _meminfo("MemAvailable")
    return inf if told is None else told


def resident_bytes(pid: int) -> int:
    """Memory of a process and of all that it started; 0 where the system does not tell."""
    try:
        own = int((_PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return own * mmap.PAGESIZE + sum(resident_bytes(child) for child in children_of(pid))


def processor_seconds(pid: int) -> float:
    """What a process and all that it started, and what of that has ended, have worked so far; 0
    where the system does not tell."""
    try:
        told = (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
        # Behind the name, which may hold anything: utime, stime, and of those that were waited for.
        ticks = sum(map(int, told.rpartition(")")[2].split()[11:15]))
    except (OSError, ValueError):
        return 0.0
    return ticks / TICKS + sum(processor_seconds(child) for child in children_of(pid))


def children_of(pid: int) -> list[int]:
    """Processes that a process, whichever of its threads, has started; none where nobody tells."""
    found: list[int] = []
    try:
        for task in (_PROC / str(pid) / "task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    except (OSError, ValueError):
        pass
    return found


def oom_kills() -> int:
    """Processes that the kernel has ended for want of memory so far; 0 where it does not tell."""
    try:
        told = (_PROC / "vmstat").read_text(encoding="ascii").split()
        return int(told[told.index("oom_kill") + 1])
    except (OSError, ValueError, IndexError):
        return 0


def give_back() -> None:
    """What this process has freed and still holds; takes some milliseconds.

    glibc keeps what threads have freed, each thread's apart, for these threads to use again.
    Threads that made the blocks of a reach and are gone keep as much as the reach itself takes (a
    million points and 50,000 sites: 0.7 GB), which nothing else can then have. Other C libraries
    are not asked.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], Any] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        trim: Callable[[int], Any] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return None
    return trim


def _meminfo(name: str) -> float | None:
    """A line of /proc/meminfo, in bytes."""
    try:
        lines = (_PROC / "meminfo").read_text(encoding="ascii").splitlines()
        found = next(line for line in lines if line.startswith(f"{name}:"))
        return 1024.0 * int(found.split()[1])
    except (OSError, ValueError, StopIteration, IndexError):
        return None
