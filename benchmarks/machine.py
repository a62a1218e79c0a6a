"""What a measurement was made on: a figure without its machine says little."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("numpy", "scipy", "numba", "highspy", "ortools", "pyscipopt", "pulp")


def _cpu() -> str:
    """Model name, as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return None


def describe(*libraries: str) -> dict[str, object]:
    """CPU, cores, memory, system, and the versions of Python, Siting and the libraries named.

    Args:
        libraries: beside those that always count; what is not installed is told as None.
    """
    versions: dict[str, str | None] = {"python": platform.python_version()}
    for name in dict.fromkeys(("siting", *LIBRARIES, *libraries)):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": versions,
    }
