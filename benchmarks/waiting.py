"""What a person waits for: ``python -m benchmarks waiting [BUILD_ENV]``.

Commands from start to end in processor seconds of all their processes, which other work on the
machine disturbs least; with ``BUILD_ENV`` those of another build in turn. First solves are those
of a new machine: an empty folder of kernels and of walks each time. Second commands find what one
before them has kept. A build of another day may not know every key of today's scenarios; then
``--scenarios`` names the folder of the same places as it knows them, to be read by it alone.
Writes results/waiting.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.against import python_of
from benchmarks.cases import ROOT, city_folder
from benchmarks.ledger import RESULTS, in_words, replace_file
from benchmarks.machine import describe
from benchmarks.pages import page

COLUMNS = ("command", "at most s", "this build s", "other build s", "ratio of medians")
FAULTY = "siting: 1\nnmae: a key that nobody knows\nbudget: much\n"
SCENARIOS = ROOT / "scenarios"
GAP = "0.1"


@dataclass(frozen=True)
class Wait:
    """One command."""

    name: str
    arguments: tuple[str, ...]
    most: str
    first: bool = False
    """On a new machine; otherwise after a run that is not counted."""
    code: int = 0
    """Exit code. Another build that ends otherwise, as it may not know a key, is not compared."""


def waits(seconds: float, folder: Path, scenarios: Path = SCENARIOS) -> list[Wait]:
    """The commands of the page.

    Args:
        seconds: time limit of a solve.
        folder: for what they read and write.
        scenarios: where helsinki and porto-alegre stand.
    """
    faulty = folder / "faulty.yaml"
    faulty.write_text(FAULTY, encoding="utf-8")
    helsinki, porto = scenarios / "helsinki", scenarios / "porto-alegre"
    solve = ("--time-limit", f"{seconds:g}", "--out", str(folder / "result"), "--force")
    demo = city_folder("500x60x4")
    return [
        Wait("--help", ("--help",), "0.4"),
        Wait("catalogue", ("catalogue",), "0.4"),
        Wait("check, a YAML with faults", ("check", str(faulty)), "0.4", code=2),
        Wait("check helsinki, again", ("check", str(helsinki)), "1.2"),
        Wait("check porto-alegre, again", ("check", str(porto)), "1.5"),
        Wait("gaps helsinki, again", ("gaps", str(helsinki)), "1.2"),
        Wait("solve helsinki, first", ("solve", str(helsinki), *solve), "1/3 of the other", True),
        Wait(
            f"solve porto-alegre --gap {GAP}, first",  # closed by no build: the clock would end it
            ("solve", str(porto), "--gap", GAP, *solve),
            "1/3 of the other",
            True,
        ),
        Wait("solve 500 x 60 x 4, first", ("solve", str(demo), *solve), "1/3 of the other", True),
        Wait("solve helsinki, again", ("solve", str(helsinki), *solve), "-"),
        Wait(
            "solve helsinki --method greedy, again",
            ("solve", str(helsinki), "--method", "greedy", *solve),
            "-",
        ),
    ]


def main(arguments: list[str]) -> int:
    """Measure, write waiting.md, print it."""
    options = argparse.ArgumentParser(prog="python -m benchmarks waiting", description=__doc__)
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument("build", metavar="BUILD_ENV", type=Path, nargs="?")
    options.add_argument("--times", type=int, default=3, help="of commands; first solves once")
    options.add_argument("--time", type=float, default=60.0, help="limit of a solve, seconds")
    options.add_argument(
        "--scenarios", type=Path, default=SCENARIOS, help="folder that the other build reads"
    )
    options.add_argument("--only", default="", help="commands whose name holds this")
    options.add_argument("--out", type=Path, default=RESULTS)
    given = options.parse_args(arguments)
    builds = [Path(sys.executable)]
    if given.build is not None:
        other = python_of(given.build)
        if other is None:
            print(f"{given.build}: must be an environment or a Python", file=sys.stderr)
            return 2
        builds.append(other)
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = waits(given.time, folder)
        theirs = waits(given.time, folder, given.scenarios)
        for wait, other_wait in zip(ours, theirs, strict=True):
            if given.only in wait.name:
                took = _in_turn((wait, other_wait), builds, given.times, folder)
                rows.append(_row(wait, took))
                print(*rows[-1], sep=" · ", file=sys.stderr, flush=True)
                text = _page(rows, given)
                replace_file(given.out / "waiting.md", text)  # what is measured stays measured
    print(text)
    return 0


def _page(rows: Sequence[Sequence[str]], given: argparse.Namespace) -> str:
    """The rows so far."""
    said = [
        "Processor seconds (user and system) of a command and its processes: minimum / median;",
        "a first solve is measured once. A ratio below 1 says that this build is faster.",
    ]
    command = f"python -m benchmarks waiting BUILD_ENV --times {given.times} --time {given.time:g}"
    if given.scenarios != SCENARIOS:
        said.append("Each build reads the scenarios of its own day, which are not wholly the same.")
        command += " --scenarios ITS_SCENARIOS"
    return page("What a person waits for", said, COLUMNS, rows, command, in_words(describe()))


def _in_turn(
    waits: Sequence[Wait], builds: Sequence[Path], times: int, folder: Path
) -> list[list[float]]:
    """Processor seconds of each build's runs of its own wait; none of another that cannot do it."""
    wait = waits[0]
    took: list[list[float]] = [[] for _ in builds]
    able = [True] * len(builds)
    for turn in range(1 if wait.first else 1 + times):
        for b, build in enumerate(builds):
            if not able[b]:
                continue
            with tempfile.TemporaryDirectory(dir=folder) as new:
                cache = Path(new) if wait.first else folder / f"kept-{b}"
                try:
                    seconds = processor_seconds(build, waits[b].arguments, cache, (wait.code,))
                except RuntimeError:
                    if b == 0:
                        raise
                    able[b] = False
                    continue
            if wait.first or turn > 0:
                took[b].append(seconds)
    return took


def processor_seconds(
    python: Path, arguments: Sequence[str], cache: Path, codes: Sequence[int] = (0, 2)
) -> float:
    """Of one command of ``siting`` and whatever it starts.

    Args:
        cache: folder of kernels and walks.
        codes: that it may end with.

    Raises:
        RuntimeError: it ended otherwise.
    """
    ours = {"NUMBA_CACHE_DIR": str(cache / "kernels"), "SITING_CACHE": str(cache)}
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    command = [str(python), "-P", "-m", "siting", *arguments]
    try:
        child = os.posix_spawn(command[0], command, {**kept, **ours}, file_actions=nowhere)
    except OSError as error:
        raise RuntimeError(f"{command[0]}: no exit code: {error.strerror}") from error
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in codes:
        raise RuntimeError(f"{' '.join(command)}: exit code {code}")
    return used.ru_utime + used.ru_stime


def _row(wait: Wait, took: Sequence[Sequence[float]]) -> list[str]:
    told = [_told(runs) for runs in took]
    both = len(took) > 1 and all(took)
    ratio = f"{median(took[0]) / median(took[1]):.2f}" if both else "-"
    return [wait.name, wait.most, *told, *["-"] * (2 - len(told)), ratio]


def _told(runs: Sequence[float]) -> str:
    """Minimum and median; one run is both."""
    if not runs:
        return "-"
    middle = f"{median(runs):.2f}"
    return middle if len(runs) == 1 else f"{min(runs):.2f} / {middle}"
