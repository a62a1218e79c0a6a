"""How many cores this process may use: those it may run on, and no more than its quota of them.

A container often sees every core of its machine and may use two: threads beyond its quota take
turns, wait for one another and end long after the clock (Linux, cgroups 1 and 2, "CPU bandwidth").
A quota holds for a group and for all groups within it: a service of systemd (``CPUQuota=``) or a
job of a cluster has one without being a container.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def cores(root: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """At least 1.

    Args:
        root: where the system shows its control groups.
        membership: where it says to which of them this process belongs.
    """
    mine = getattr(os, "sched_getaffinity", None)
    seen = len(mine(0)) if mine else os.cpu_count() or 1
    quotas = filter(None, map(_quota, _groups(root, membership)))
    return max(1, min([seen, *map(ceil, quotas)]))


def _groups(root: Path, membership: Path) -> Iterator[Path]:
    """Folders of this process's group and of those around it, where the system shows them.

    A line of the membership is "0::/system.slice/a.service" (version 2) or
    "4:cpu,cpuacct:/docker/1f" (version 1). A container sees its own group as the root.
    """
    yield from (root, root / "cpu")
    for line in _text(membership).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        inner = PurePosixPath(path.lstrip("/"))
        if ".." in inner.parts or (controllers and "cpu" not in controllers.split(",")):
            continue
        top = root / "cpu" if controllers else root
        yield from (top / part for part in (inner, *inner.parents))


def _quota(group: Path) -> float | None:
    """Cores that a control group may use in all; None without a quota."""
    both = _text(group / "cpu.max").split()  # version 2: "max 100000" or "150000 100000"
    if len(both) != 2:
        both = [_text(group / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
    try:
        quota, period = map(int, both)
    except ValueError:
        return None
    return quota / period if quota > 0 and period > 0 else None


def _text(file: Path) -> str:
    """Empty where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
