"""On what a result was computed: enough to repeat a run and to read its timings."""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

TOLD = ("numpy", "scipy", "numba", "highspy", "ortools", "pyscipopt", "pulp", "geopandas", "osmium")


def machine() -> dict[str, object]:
    """Operating system, processor, cores, Python and the versions of the libraries that matter."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": dict(_versions()),
    }


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Read once: a record is written twice a run."""
    versions = []
    for name in TOLD:
        try:
            versions.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return tuple(versions)
