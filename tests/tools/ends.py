"""Does a child outlive its parent? ``python -m tests.tools.ends [--command NAME] [--way NAME]``.

Each command that starts processes is ended in each way, while its processes are at work: by itself
at its time limit, by an exception, ``os._exit``, SIGINT, SIGTERM, SIGHUP, SIGKILL, and by its
terminal, which is closed. A find is a process that is left five seconds after its parent, or, of a
job of the desk, which ends with its best plan, half a minute after it. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from siting.cli import main as siting
from siting.system.memory import children_of
from tests.system.test_children import alive

PARENT = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the terminal is its own, as a shell would give it
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it,
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and one behind nohup this one
from siting.cli import main
def fail(*given):
    raise RuntimeError("told to fail")
signal.signal(signal.SIGUSR1, fail)
signal.signal(signal.SIGUSR2, lambda *given: os._exit(3))
sys.exit(main(sys.argv[1:]))
"""
WAYS: dict[str, int | None] = {
    "time limit": None,
    "exception": signal.SIGUSR1,
    "os._exit": signal.SIGUSR2,
    "SIGINT": signal.SIGINT,
    "SIGTERM": signal.SIGTERM,
    "SIGHUP": signal.SIGHUP,
    "SIGKILL": signal.SIGKILL,
    "terminal": None,
}
"""How a parent ends, and the signal that makes it."""
LIMIT = ("--time-limit", "60", "--threads", "2")
COMMANDS: dict[str, tuple[str, ...]] = {
    **{
        f"solve {method}": ("solve", "CITY", "--method", method, *LIMIT, "--out", "OUT")
        for method in ("highs", "cpsat", "scip", "pulp", "benders", "city", "auto")
    },
    "solve tiles": ("solve", "CITY", "--tiles", "3", *LIMIT, "--out", "OUT"),
    "compare": ("compare", "CITY", "--methods", "highs,scip", *LIMIT),
    "frontier": ("frontier", "CITY", "--method", "highs", "--points", "3", *LIMIT),
    "sweep": (
        "sweep", "CITY", "--method", "highs", "--time-limit", "60", "--workers", "1", "--out", "OUT"
    ),
    "serve": ("serve", "CITY", "--no-open", "--data", "OUT"),
}  # fmt: skip
"""Arguments, in which CITY and OUT stand for places."""
SHORT = "3"
"""Seconds of a command that shall end by itself; a sweep's is that of each solve."""
START_SECONDS, END_SECONDS = 240.0, 60.0
GRACE_SECONDS, JOB_SECONDS = 5.0, 35.0


@dataclass(frozen=True)
class End:
    """What was seen."""

    children: int
    left: tuple[int, ...]
    """Processes that did not end in time."""
    parent_seconds: float
    """Until the parent had ended."""
    seconds: float
    """From its end to that of the last child."""


def write_city(folder: Path) -> Path:
    """A city that no method closes in a minute."""
    ask = ["--people", "1500", "--sites", "300", "--formats", "4", "--out", str(folder)]
    assert siting(["demo", *ask]) == 0
    return folder


def ended(command: str, way: str, city: Path, out: Path) -> End:
    """End a command in a way, with its processes at work."""
    places = {"CITY": str(city), "OUT": str(out)}
    arguments = [places.get(word, word) for word in COMMANDS[command]]
    if way == "time limit":
        arguments = [SHORT if word == "60" else word for word in arguments]
    master, slave = pty.openpty()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *arguments],
        stdin=slave,
        stdout=subprocess.PIPE if command == "serve" else slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    os.close(slave)
    try:
        if command == "serve":
            _ask_for_a_job(parent)
        seen = _at_work(parent, master, wanted=command not in ("solve city",))
        begun = time.monotonic()
        number = WAYS[way]
        if way == "terminal":
            os.close(master)
            master = -1
        elif number is not None:
            parent.send_signal(number)
        elif command == "serve":
            parent.send_signal(signal.SIGINT)  # a desk has no limit of its own
        while parent.poll() is None and time.monotonic() - begun < END_SECONDS:
            seen |= _below(parent.pid)
            _drain(master)
        assert parent.poll() is not None, f"{command} does not end by {way}"
        left_at = time.monotonic()
        allowed = JOB_SECONDS if command == "serve" else GRACE_SECONDS
        while (left := list(filter(alive, seen))) and time.monotonic() - left_at < allowed:
            time.sleep(0.02)
        return End(len(seen), tuple(left), left_at - begun, time.monotonic() - left_at)
    finally:
        parent.kill()
        parent.wait()
        if parent.stdout is not None:
            parent.stdout.close()
        if master >= 0:
            os.close(master)


def _drain(master: int) -> None:
    """Read what the parent says, which would wait for a reader; sleeps where it says nothing."""
    time.sleep(0.02)
    if master < 0:
        return
    os.set_blocking(master, False)
    with suppress(OSError):
        os.read(master, 1 << 16)


def _below(pid: int) -> set[int]:
    below = set(children_of(pid))
    return below.union(*map(_below, below)) if below else below


def _at_work(parent: subprocess.Popen[bytes], master: int, wanted: bool) -> set[int]:
    """The processes of a parent once there are some and have worked for a moment."""
    end, seen, since = time.monotonic() + START_SECONDS, set[int](), 0.0
    while time.monotonic() < end and parent.poll() is None:
        _drain(master)
        seen |= _below(parent.pid)
        if seen and not since:
            since = time.monotonic()
        if since and time.monotonic() - since > 1.0:
            return seen
        if not wanted and not since:
            since = time.monotonic() + 3.0
    assert seen or not wanted, f"no child of {parent.args!r}"
    return seen


def _ask_for_a_job(parent: subprocess.Popen[bytes]) -> None:
    assert parent.stdout is not None
    address, token = parent.stdout.readline().decode().strip().split("/?token=")
    heads = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    heads["prefer"] = "respond-async"
    with urlopen(Request(f"{address}/api/scenarios", headers=heads), timeout=60) as answer:
        (scenario,) = json.load(answer)["scenarios"]
    inputs = {"scenario": f"siting:scenarios/{scenario['id']}", "time_limit": 300}
    body = json.dumps({"inputs": inputs}).encode()
    request = Request(f"{address}/processes/solve/execution", body, heads)
    with urlopen(request, timeout=60) as answer:
        answer.read()


def main(arguments: Sequence[str] | None = None) -> int:
    """The table; exit code 1 where a process was left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--command", choices=COMMANDS, action="append", help="default: all")
    parser.add_argument("--way", choices=WAYS, action="append", help="default: all")
    given = parser.parse_args(arguments)
    ways = given.way or list(WAYS)
    print("| command |", " | ".join(ways), "|")
    print("|---|" + "--:|" * len(ways), flush=True)
    finds = 0
    with tempfile.TemporaryDirectory() as home:
        city = write_city(Path(home) / "city")
        for command in given.command or COMMANDS:
            cells = []
            for way in ways:
                out = Path(home) / f"{command}-{way}".replace(" ", "-")
                end = ended(command, way, city, out)
                finds += bool(end.left)
                told = f"{len(end.left)} LEFT" if end.left else f"{end.seconds:.1f}"
                cells.append(f"{told} ({end.children})")
            print(f"| `{command}` |", " | ".join(cells), "|", flush=True)
    print(f"\n{finds} finds")
    return int(finds > 0)


if __name__ == "__main__":
    sys.exit(main())
