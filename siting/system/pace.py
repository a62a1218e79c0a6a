"""How much longer things take because others use the same cores (Linux; elsewhere nobody tells)."""

from __future__ import annotations

from pathlib import Path

SCHEDSTAT = Path("/proc/thread-self/schedstat")
"""Nanoseconds at work, and ready for work without a core (Linux, Documentation/scheduler)."""
MOST = 10.0


def stretch(file: Path = SCHEDSTAT) -> float:
    """Seconds on the clock for a second of work of the calling thread until now, 1 to ``MOST``; 1
    on a core of its own, or where the system does not tell.

    Args:
        file: where the system tells.
    """
    try:
        worked, waited = map(int, file.read_text(encoding="ascii").split()[:2])
    except (OSError, ValueError):
        return 1.0
    return min(MOST, 1.0 + max(0, waited) / max(1, worked))
