"""What the measuring commands share on their command lines."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from benchmarks.ledger import RESULTS, Ledger
from benchmarks.watching import Limits, watch


def parser(name: str, told: str | None) -> argparse.ArgumentParser:
    """A parser with ``--threads``, ``--seed``, ``--again`` and ``--out``."""
    made = argparse.ArgumentParser(
        prog=f"python -m benchmarks {name}",
        description=told,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--threads", type=int, default=2)
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--again", action="store_true", help="measure what is recorded again")
    made.add_argument("--out", type=Path, default=RESULTS, help="folder of results")
    return made


def missing(ledger: Ledger, keys: Iterable[str], threads: int, *, compile_first: bool) -> set[str]:
    """Keys that must be measured; the others are told. What a first run compiles is compiled."""
    wanted = {key for key in keys if not ledger.has(key)}
    for key in keys:
        if key not in wanted:
            print(f"{key}: recorded already; --again measures it anew")
    if wanted and compile_first:
        watch("benchmarks.tasks:warm_up", {"threads": threads}, Limits(240, 600))
    return wanted
