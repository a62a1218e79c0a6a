"""Is a finished plan ever lost? Every write of a result folder fails once, the disk is full from
there on, and the process is killed there: ``python -m tests.tools.io_faults [--every N]``.

A result is stored over an earlier one and, again, where none was. The n-th call that writes (an
opening to write, a write, a flush to disk, a move, a new folder) is made to fail, for every n:

* ``once``: it raises "No space left on device", later calls work;
* ``full``: it and every later call on that disk does;
* ``kill``: the process ends there as by SIGKILL.

Afterwards the new result must be read back whole, from its place or from the one that is named;
a run refused before its work, or killed before its plan was stored, must leave the earlier result.
"""

from __future__ import annotations

import argparse
import builtins
import contextlib
import errno
import io
import logging
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from siting.errors import InputError
from siting.problem import Problem
from siting.report import folder
from siting.result import Result
from siting.scenario import Scenario, load
from siting.solving import solve
from tests.tools.town import write_town

MODES = ("once", "full", "kill")
KILLED = 9
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Disk:
    """Counts calls that write below a folder and spoils the n-th."""

    def __init__(self, root: Path, mode: str = "", number: int = 0):
        self.root, self.mode, self.number = str(root.resolve()), mode, number
        self.calls = 0

    def _concerns(self, path: Any) -> bool:
        named = isinstance(path, str | os.PathLike)
        return named and os.path.abspath(os.fspath(path)).startswith(self.root)  # noqa: PTH100

    def spoil(self) -> None:
        """Count a call; raises or ends the process where it is the one."""
        self.calls += 1
        if self.calls == self.number and self.mode == "kill":
            os._exit(KILLED)
        if self.calls == self.number or (self.mode == "full" and self.calls > self.number > 0):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _path_call(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def spoiled(path: Any, *rest: Any, **named: Any) -> Any:
            if self._concerns(path):
                self.spoil()
            return call(path, *rest, **named)

        return spoiled

    def _opened(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def spoiled(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
            if not (self._concerns(file) and set(mode) & set("wxa+")):
                return call(file, mode, *rest, **named)
            self.spoil()
            return _Written(call(file, mode, *rest, **named), self)

        return spoiled

    def _low_opened(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def spoiled(path: Any, flags: int, *rest: Any, **named: Any) -> Any:
            if self._concerns(path) and flags & _WRITES:
                self.spoil()
            return call(path, flags, *rest, **named)

        return spoiled

    def _flushed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def spoiled(handle: int) -> None:
            if self._concerns(os.readlink(f"/proc/self/fd/{handle}")):  # noqa: PTH115
                self.spoil()
            call(handle)

        return spoiled

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Disk]:
        """The calls of Python's own library, spoiled while the block runs."""
        opened = self._opened(io.open)
        with contextlib.ExitStack() as stack:
            for module in (builtins, io):
                stack.enter_context(mock.patch.object(module, "open", opened))
            stack.enter_context(mock.patch.object(os, "open", self._low_opened(os.open)))
            stack.enter_context(mock.patch.object(os, "fsync", self._flushed(os.fsync)))
            for name in ("rename", "replace", "mkdir"):
                call = self._path_call(getattr(os, name))
                stack.enter_context(mock.patch.object(os, name, call))
            yield self


class _Written:
    """A file whose every write counts."""

    def __init__(self, file: Any, disk: Disk):
        self._file, self._disk = file, disk

    def write(self, data: Any) -> Any:
        self._disk.spoil()
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _Written:
        self._file.__enter__()
        return self

    def __exit__(self, *ended: Any) -> Any:
        return self._file.__exit__(*ended)


class Trial:
    """One solved town, stored again and again."""

    def __init__(self, root: Path):
        self.root = root
        self.scenario: Scenario = load(write_town(root / "town"))
        self.problem: Problem = self.scenario.problem()
        self.earlier = solve(self.problem, method="greedy", threads=1)
        self.result = solve(self.problem, method="highs", threads=1)

    def store(self, out: Path) -> Path:
        """As ``siting solve`` does."""
        return folder.write(
            self.result, out, problem=self.problem, scenario=self.scenario, force=True
        )

    def disk(self, before: bool, number: int) -> Path:
        """A folder of its own, with an earlier result at ``out`` or none."""
        disk = self.root / f"disk-{number}"
        shutil.rmtree(disk, ignore_errors=True)
        disk.mkdir()
        if before:
            folder.write(self.earlier, disk / "out", scenario=self.scenario)
        return disk

    def calls(self, before: bool) -> int:
        """How many calls write when nothing fails."""
        disk = self.disk(before, 0)
        with Disk(disk).at_work() as counted:
            self.store(disk / "out")
        return counted.calls

    def spoiled(self, before: bool, mode: str, number: int) -> str:
        """How it ended: ``stored``, ``elsewhere``, ``refused``, ``earlier``; else what was lost."""
        disk = self.disk(before, number)
        out = disk / "out"
        try:
            if mode == "kill":
                return self._after_kill(out, before, number)
            with Disk(disk, mode, number).at_work():
                stored = self.store(out)
            if not self._is(stored, self.result):
                return "LOST: another result"
            if stored != out:
                kept = self._has(out, before, new=False)
                shutil.rmtree(stored.parent, ignore_errors=True)
                return "elsewhere" if kept else "LOST the earlier"
            return "stored" if mode == "full" or not self._litter(disk) else "LITTER"
        except InputError as error:
            kept = self._has(out, before, new=False)
            return "refused" if kept else f"LOST the earlier: {error}"
        except Exception as error:
            return f"LOST: {type(error).__name__}: {error}"
        finally:
            shutil.rmtree(disk, ignore_errors=True)

    def _after_kill(self, out: Path, before: bool, number: int) -> str:
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException), Disk(out.parent, "kill", number).at_work():
                self.store(out)
            os._exit(0)
        os.waitpid(child, 0)
        if self._has(out, before, new=True):
            return "stored"
        return "earlier" if self._has(out, before, new=False) else "LOST the earlier"

    def _has(self, out: Path, before: bool, *, new: bool) -> bool:
        """Whether the place has the new result whole, or else what it had before."""
        if new:
            return self._is(out, self.result)
        return self._is(out, self.earlier) if before else not (out / "result.json").exists()

    def _is(self, out: Path, wanted: Result) -> bool:
        try:
            found = Result.load(out)
        except InputError:
            return False
        return found.method == wanted.method and found.objective == wanted.objective

    def _litter(self, disk: Path) -> list[str]:
        hidden = [path.name for path in disk.rglob(".*")]
        return hidden + [path.name for path in disk.iterdir() if path.name != "out"]


def main(arguments: list[str] | None = None) -> int:
    """Try every fault, print how they ended; exit code 1 where a plan was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--every", type=int, default=1, help="only every n-th call")
    every = parser.parse_args(arguments).every
    logging.disable(logging.WARNING)
    told: dict[tuple[bool, str], Counter[str]] = {}
    lost: list[str] = []
    with tempfile.TemporaryDirectory() as folder_:
        trial = Trial(Path(folder_))
        for before in (True, False):
            calls = trial.calls(before)
            for mode in MODES:
                ends = told.setdefault((before, mode), Counter())
                for number in range(1, calls + 1, every):
                    end = trial.spoiled(before, mode, number)
                    ends[re.split(r"[: ]", end)[0]] += 1
                    if end.isupper() or end.startswith(("LOST", "LITTER")):
                        lost.append(f"{mode} at {number}, {'over one' if before else 'new'}: {end}")
    total = sum(sum(ends.values()) for ends in told.values())
    for (before, mode), ends in told.items():
        where = "over an earlier result" if before else "where none was"
        print(f"{mode:5} {where:24}", ", ".join(f"{n} {end}" for end, n in sorted(ends.items())))
    print(f"{total} faults, {len(lost)} finds")
    print(*lost, sep="\n", end="\n" if lost else "")
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main())
