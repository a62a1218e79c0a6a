"""One solve as a program of its own: what ``benchmarks against`` runs in each of two environments.

Only names of the public contract are used, so that builds of other days can run it too. It reads
its arguments as JSON from the command line and prints one line of JSON; ``siting`` is the package
of the environment whose Python runs it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any


def processor_s() -> float:
    """Processor seconds of this process, its threads and its children that have ended."""
    return sum(os.times()[:4])


def peak_gb() -> float:
    """The largest resident memory of this process so far; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def measured(given: dict[str, Any]) -> dict[str, Any]:
    """Read a scenario, solve it, tell what both took and what came out.

    Args:
        given: ``scenario`` (a folder), ``method``, and keywords of ``siting.solve``: ``gap``,
            ``time_limit``, ``work_limit``, ``threads``, ``seed``.
    """
    import siting

    scenario, method = given.pop("scenario"), given.pop("method")
    begun = processor_s()
    problem = siting.load(scenario).problem()
    loaded = processor_s()
    result = siting.solve(problem, method=method, **given)
    solved = processor_s()
    options = b"" if result.options is None else result.options.tobytes()
    return {
        "build": build(Path(siting.__file__).parent),
        "load_s": round(loaded - begun, 3),
        "solve_s": round(solved - loaded, 3),
        "peak_gb": round(peak_gb(), 3),
        "status": result.status,
        "limit": result.limit,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "plan": sha256(options).hexdigest()[:12],
    }


def build(package: Path) -> str:
    """The commit that a package stands in, or its version."""
    asked = ["git", "-C", str(package), "rev-parse", "--short", "HEAD"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        from importlib.metadata import version

        return version("siting")
    return found.stdout.strip()


if __name__ == "__main__":
    print(json.dumps(measured(json.loads(sys.argv[1]))))
