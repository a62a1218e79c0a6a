"""On what a result was computed: enough to repeat a run and to read its timings."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

TOLD = ("numpy", "scipy", "numba", "highspy", "ortools", "pyscipopt", "pulp", "geopandas", "osmium")


def machine() -> dict[str, object]:
    """Operating system, processor, cores, Python and the versions of the libraries that matter."""
    versions = {}
    for name in TOLD:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": versions,
    }
