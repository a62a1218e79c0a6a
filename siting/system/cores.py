"""How many cores this process may use: those it may run on, and no more than its quota of them.

A container often sees every core of its machine and may use two: threads beyond its quota take
turns, wait for one another and end long after the clock (Linux, cgroups 1 and 2, "CPU bandwidth").
"""

from __future__ import annotations

import os
from math import ceil
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def cores(root: Path = CGROUPS) -> int:
    """At least 1.

    Args:
        root: where the system shows its control groups.
    """
    mine = getattr(os, "sched_getaffinity", None)
    seen = len(mine(0)) if mine else os.cpu_count() or 1
    quota = _quota(root)
    return seen if quota is None else max(1, min(seen, ceil(quota)))


def _quota(root: Path) -> float | None:
    """Cores that the control group may use in all; None without a quota."""
    both = _words(root / "cpu.max")  # version 2: "max 100000" or "150000 100000"
    if len(both) != 2:
        both = _words(root / "cpu/cpu.cfs_quota_us") + _words(root / "cpu/cpu.cfs_period_us")
    try:
        quota, period = map(int, both)
    except ValueError:
        return None
    return quota / period if quota > 0 and period > 0 else None


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return []
