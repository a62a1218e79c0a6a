"""This build beside another one: ``python -m benchmarks against BUILD_ENV``.

``BUILD_ENV`` is an environment (or its Python) where another build of Siting is installed. Each
case is solved by both in turn, three times each after one that compiles, in processes of their
own, and compared by processor time (all threads), which other work on the machine disturbs least:
the ratio of the minima and of the medians. Three ways to end are measured:

``work``   so much work and no more: the same seed must give the same plan and bound
``gap``    until a gap is proven: how long a bound of a given quality takes
``time``   a time limit: how good the plan and the bound are then
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.cases import ROOT, city_folder, size
from benchmarks.ledger import RESULTS, in_words, replace_file
from benchmarks.machine import describe
from benchmarks.pages import page

SCRIPT = Path(__file__).with_name("one_solve.py")
ENDS = {"work": "work_limit", "gap": "gap", "time": "time_limit"}
"""How a solve ends: the keyword of ``siting.solve`` that says so."""
COLUMNS = (
    "case",
    "ends at",
    "build",
    "load s (min, median)",
    "solve s (min, median)",
    "objective",
    "bound",
    "peak GB",
    "solve ratio (min, median)",
    "same plan and bound",
)
Run = Mapping[str, Any]


def main(arguments: list[str]) -> int:
    """Measure, write against.md, print it."""
    given = argparse.ArgumentParser(prog="python -m benchmarks against", description=__doc__)
    given.formatter_class = argparse.RawDescriptionHelpFormatter
    given.add_argument("build", metavar="BUILD_ENV", type=Path, help="environment, or its Python")
    given.add_argument("--cases", default="20k,helsinki", help="as cases.py names them")
    given.add_argument("--end", default="work:2000,gap:0.01", help="work:N, gap:SHARE, time:S, …")
    given.add_argument("--method", default="city")
    given.add_argument("--threads", type=int, default=1)
    given.add_argument("--times", type=int, default=3)
    given.add_argument("--out", type=Path, default=RESULTS)
    asked = given.parse_args(arguments)
    other = python_of(asked.build)
    if other is None:
        print(f"{asked.build}: must be an environment or a Python; no bin/python", file=sys.stderr)
        return 2
    rows: list[list[str]] = []
    for case in asked.cases.split(","):
        for end in asked.end.split(","):
            settings = {
                "scenario": str(scenario_of(case)),
                "method": asked.method,
                "threads": asked.threads,
                "seed": 0,
                **ending(end),
            }
            ours, theirs = in_turn(
                partial(run, Path(sys.executable), settings),
                partial(run, other, settings),
                asked.times,
            )
            rows += compared(case, end, ours, theirs)
            print(*rows[-2:], sep="\n", file=sys.stderr, flush=True)
    command = (
        f"python -m benchmarks against BUILD_ENV --cases {asked.cases} --end {asked.end} "
        f"--method {asked.method} --threads {asked.threads} --times {asked.times}"
    )
    text = written(rows, command)
    replace_file(asked.out / "against.md", text)
    print(text)
    return 0


def python_of(build: Path) -> Path | None:
    """The Python of an environment; it is left as it is named, for links lead out of it."""
    if build.is_file():
        return build.absolute()
    for name in ("bin/python", "Scripts/python.exe"):
        if (build / name).exists():
            return (build / name).absolute()
    return None


def scenario_of(case: str) -> Path:
    """The folder that both builds read."""
    return city_folder(case) if size(case) is not None else ROOT / "scenarios" / case


def ending(end: str) -> dict[str, float | int | None]:
    """Keywords of ``siting.solve`` that end a solve there and nowhere else."""
    kind, _, value = end.partition(":")
    number = int(value) if kind == "work" else float(value)
    return {"time_limit": None, ENDS[kind]: number}


def in_turn(
    ours: Callable[[], Run], theirs: Callable[[], Run], times: int
) -> tuple[list[Run], list[Run]]:
    """Both, one after the other, after one run each that compiles and is not counted."""
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(times)]
    return [mine for mine, _ in pairs], [other for _, other in pairs]


def run(python: Path, settings: Mapping[str, Any]) -> Run:
    """One solve in a process of its own.

    Raises:
        RuntimeError: it failed; with the last line of its complaint.
    """
    # Safe path (-P): nothing of the folder that it is called from or stands in is imported.
    command = [str(python), "-P", str(SCRIPT), json.dumps(settings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT.parent)
    if done.returncode:
        raise RuntimeError(f"{python}: {''.join(done.stderr.strip().splitlines()[-1:])}")
    told: Run = json.loads(done.stdout.splitlines()[-1])
    return told


def compared(case: str, end: str, ours: Sequence[Run], theirs: Sequence[Run]) -> list[list[str]]:
    """Two rows, the other build's first; the ratios stand in ours."""
    first = {(told["plan"], told["objective"], told["bound"]) for told in (*ours, *theirs)}
    (fast, usual), (their_fast, their_usual) = least(ours), least(theirs)
    ratios = both(fast / their_fast, usual / their_usual, 3)
    rows = []
    for runs, ratio, same in ((theirs, "", ""), (ours, ratios, "yes" if len(first) == 1 else "no")):
        last = runs[-1]
        rows.append(
            [
                case,
                end,
                last["build"],
                both(*least(runs, "load_s")),
                both(*least(runs)),
                f"{last['objective']:,.3f}" if last["objective"] is not None else "-",
                f"{last['bound']:,.3f}" if last["bound"] is not None else "-",
                f"{max(told['peak_gb'] for told in runs):.2f}",
                ratio,
                same,
            ]
        )
    return rows


def least(runs: Sequence[Run], key: str = "solve_s") -> tuple[float, float]:
    """Minimum and median."""
    values = [told[key] for told in runs]
    return min(values), median(values)


def both(one: float, other: float, digits: int = 2) -> str:
    """Two figures of a cell."""
    return f"{one:.{digits}f}, {other:.{digits}f}"


def written(rows: Sequence[Sequence[str]], command: str) -> str:
    """The page."""
    said = (
        "Two builds in turn, processes of their own, processor seconds of all threads; the other",
        "build's row stands above this one's. A ratio below 1 says that this build is faster.",
        "Solves that end at a gap or a time may differ in their plans; at the same work they may",
        "not, unless the method itself was changed between the two.",
    )
    return page("Against another build", said, COLUMNS, rows, command, in_words(describe()))
