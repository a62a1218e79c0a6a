"""The child of :mod:`benchmarks.watching`: runs one task and tells its news as lines of JSON."""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

BEGUN = time.monotonic()


class Tell(Protocol):
    """Writes one event at once, so that a killed child loses nothing."""

    def __call__(self, event: str, /, **values: Any) -> None: ...


def serve(order: str) -> None:
    """Run the task that ``order`` names."""
    asked = json.loads(order)
    with Path(asked["news"]).open("a", encoding="utf-8") as news:

        def tell(event: str, /, **values: Any) -> None:
            at = round(time.monotonic() - BEGUN, 4)
            news.write(json.dumps({"event": event, "at": at, **values}) + "\n")
            news.flush()

        module, _, function = asked["task"].partition(":")
        getattr(import_module(module), function)(tell, **asked["arguments"])
        tell("memory", peak_memory_gb=peak_memory_gb())


def peak_memory_gb() -> float:
    """Largest resident memory of this process in 10^9 bytes.

    ``ru_maxrss`` of a process that was started from a large one tells of that one on Linux, so the
    system's own figure is preferred.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e9
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


if __name__ == "__main__":
    serve(sys.argv[1])
