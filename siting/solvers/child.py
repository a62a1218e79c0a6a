"""The parent's side of a solver in a child process: started, watched, stopped, survived."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from siting.errors import NoAnswerError, SolverDiedError, SolverError
from siting.notice import Notice
from siting.progress import Limit, Stop
from siting.solvers import wire
from siting.solvers.base import Features, Float, News, Settings, SolverOutcome, load
from siting.solvers.magnitude import beyond_floats, fitted, unscaled
from siting.solvers.program import Block, Program
from siting.system import children
from siting.system.memory import oom_kills, resident_bytes

_POLL_SECONDS = 0.05
_MEMORY_EVERY_SECONDS = 0.5


class WarmSolver:
    """One solver in a child process that stays for many programs.

    The child starts with the first program and again after it had to be killed.
    Use as a context manager, or call :meth:`close`.
    """

    def __init__(self, name: str, *, memory_gb: float | None = None):
        self.name = name
        self.features: Features = load(name).FEATURES
        self.memory_gb = memory_gb
        self._process: subprocess.Popen[bytes] | None = None
        self._messages: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._complaints: BinaryIO | None = None
        self._oom_kills = 0
        self.deaths: list[Notice] = []
        """How children died without an answer, where the run went on."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the child if none runs, so that the first program need not wait for it."""
        if self._process is not None and self._process.poll() is None:
            return
        self._complaints = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
        self._oom_kills = oom_kills()
        self._process = children.start(
            ["siting.solvers.worker", self.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        self._messages = queue.SimpleQueue()
        threading.Thread(
            target=_pump, args=(self._process.stdout, self._messages), daemon=True
        ).start()

    def close(self) -> None:
        """End the child, kindly if it is idle."""
        process, self._process = self._process, None
        if process is not None:
            children.kill(process)
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None

    def solve(
        self,
        program: Program,
        settings: Settings | None = None,
        *,
        stop: Stop | None = None,
        listener: Callable[[News], None] = lambda news: None,
        rest: threading.Event | None = None,
        offered: Callable[[], Float | None] = lambda: None,
        grace: float | None = None,
    ) -> SolverOutcome:
        """Solve one program; whatever the child told before its end is kept.

        Args:
            stop: its interrupt ends the child.
            listener: called with what the child tells.
            rest: while it is set the child waits, where the solver can (``Features.rests``).
            offered: gives a plan found elsewhere, a value a column, once; asked often. Heeded by a
                solver that ``takes_plans``.
            grace: seconds that it may take to end after an interrupt before it is killed; None = by
                the time limit.

        Raises:
            NoAnswerError: the child crashed without a plan, or its floats cannot hold the program.
            SolverError: the solver is missing or confused.
        """
        settings = settings or Settings()
        beyond = beyond_floats(program)
        if beyond is not None:
            raise NoAnswerError(Notice("fault.solver_says", name=self.name, text=beyond))
        factor = None
        if not self.features.integer_data_only:
            program, factor = fitted(program)
        self.start()
        assert self._process is not None and self._process.stdin is not None
        begun = time.monotonic()
        best = _Best(program, listener)
        try:
            job = ("solve", bare(program), settings, begun)
            wire.write(cast(BinaryIO, self._process.stdin), job)
        except OSError:  # Windows calls a broken pipe an invalid argument
            return self._crashed(best)
        watch = _Watch(settings, stop, self.memory_gb, self._process.pid, begun)
        if grace is not None:
            watch.grace = grace
        said = _Said(cast(BinaryIO, self._process.stdin), self.features, rest, offered)
        while True:
            try:
                message = self._messages.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                message = ("nothing",)
            if message is None:
                return self._crashed(best)
            match message:
                case ("news", news):
                    best.hear(news)
                case ("done", outcome):
                    if factor is not None and outcome.tree is not None:
                        outcome = replace(outcome, tree=unscaled(outcome.tree, factor))
                    return best.merged(outcome)
                case ("error", text):
                    raise SolverError(Notice("fault.solver_says", name=self.name, text=text))
                case ("memory",):
                    self.close()
                    return best.ended("memory", "out of memory")
            said.keep_up()
            if watch.wants_end() and not watch.asked:
                watch.asked = time.monotonic()
                if not self.features.interrupt:
                    self.close()
                    return best.ended(watch.limit, "killed")
                with contextlib.suppress(OSError):
                    wire.write(cast(BinaryIO, self._process.stdin), ("interrupt",))
            if watch.out_of_patience():
                self.close()
                return best.ended(watch.limit, "killed")

    def attempt(
        self,
        program: Program,
        settings: Settings | None = None,
        *,
        stop: Stop | None = None,
        rest: threading.Event | None = None,
        grace: float | None = None,
    ) -> SolverOutcome:
        """The same where a run has more than this answer: none at all is noted in ``deaths``."""
        try:
            return self.solve(program, settings, stop=stop, rest=rest, grace=grace)
        except NoAnswerError as error:
            self.deaths.append(error.notice)
            return SolverOutcome("no_solution", raw=str(error.notice))

    def _crashed(self, best: _Best) -> SolverOutcome:
        """The child is gone: out of memory, or a fault of the solver."""
        assert self._process is not None and self._complaints is not None
        code = self._process.wait()
        self._complaints.seek(0)
        words = self._complaints.read()[-2000:].decode(errors="replace").strip()
        self.close()
        if code == -children.KILLED and oom_kills() > self._oom_kills:
            return best.ended("memory", "killed by the system, which was out of memory")
        signal = children.signal_name(-code) if code < 0 else ""
        if best.x is not None:
            return best.ended(None, f"was killed by {signal}" if signal else f"exit code {code}")
        told = {"solver": self.name, "words": words}
        if signal:
            raise SolverDiedError(Notice("solver.killed", signal=signal, **told))
        raise SolverDiedError(Notice("solver.crashed", code=code, **told))


class _Said:
    """What the child is told while it runs, beside that it shall end."""

    def __init__(
        self,
        pipe: BinaryIO,
        features: Features,
        rest: threading.Event | None,
        offered: Callable[[], Float | None],
    ):
        self.pipe, self.features, self.rest, self.offered = pipe, features, rest, offered
        self.resting = False

    def keep_up(self) -> None:
        """Tell what has changed."""
        if self.rest is not None and self.features.rests and self.rest.is_set() != self.resting:
            self.resting = not self.resting
            self._tell("rest", self.resting)
        plan = self.offered() if self.features.takes_plans else None
        if plan is not None:
            self._tell("plan", plan)

    def _tell(self, *message: Any) -> None:
        with contextlib.suppress(OSError):  # a child that is gone is noticed by its silence
            wire.write(self.pipe, message)


class _Best:
    """What the child has told so far."""

    def __init__(self, program: Program, listener: Callable[[News], None]):
        self.sign = 1.0 if program.sense == "max" else -1.0
        self.listener = listener
        self.x: Any = None
        self.objective: float | None = None
        self.bound: float | None = None

    def hear(self, news: News) -> None:
        better = news.objective is not None and (
            self.objective is None or self.sign * news.objective > self.sign * self.objective
        )
        if news.x is not None and (better or self.x is None):
            self.x = news.x
            self.objective = news.objective
        self._tighten(news.bound)
        self.listener(news)

    def _tighten(self, bound: float | None) -> None:
        if bound is not None and (self.bound is None or self.sign * bound < self.sign * self.bound):
            self.bound = bound

    def merged(self, outcome: SolverOutcome) -> SolverOutcome:
        """The child's last word, with a better incumbent or bound it told before."""
        if outcome.status == "infeasible":
            return outcome
        self._tighten(outcome.bound)
        x, objective, status = outcome.x, outcome.objective, outcome.status
        if x is None and self.x is not None:
            x, objective, status = self.x, self.objective, "feasible"
        return replace(outcome, x=x, objective=objective, status=status, bound=self.bound)

    def ended(self, limit: Limit | None, raw: str) -> SolverOutcome:
        """The outcome of a child that was killed or crashed."""
        status = "no_solution" if self.x is None else "feasible"
        return SolverOutcome(status, self.x, self.objective, self.bound, limit, raw)  # type: ignore[arg-type]


class _Watch:
    """When to ask the child to end, and when to stop waiting for it."""

    def __init__(
        self,
        settings: Settings,
        stop: Stop | None,
        memory_gb: float | None,
        pid: int,
        begun: float,
    ):
        limit = settings.time_limit
        self.grace = 2.0 if limit is None else min(10.0, 1.0 + 0.05 * limit)
        self.overdue = float("inf") if limit is None else begun + limit + self.grace
        self.stop = stop
        self.memory_gb = memory_gb
        self.pid = pid
        self.asked = 0.0
        self.limit: Limit | None = None
        self._memory_at = begun

    def wants_end(self) -> bool:
        now = time.monotonic()
        if self.stop is not None and self.stop.interrupt.is_set():
            self.limit = "interrupt"
        elif now > self.overdue:
            self.limit = "time"
        elif self.memory_gb is not None and now >= self._memory_at:
            self._memory_at = now + _MEMORY_EVERY_SECONDS
            if resident_bytes(self.pid) > self.memory_gb * 1e9:
                self.limit = "memory"
        return self.limit is not None

    def out_of_patience(self) -> bool:
        # Overdue and out of memory are killed at once; an interrupt gets its grace.
        if self.limit in ("time", "memory"):
            return True
        return bool(self.asked) and time.monotonic() > self.asked + self.grace


def bare(program: Program) -> Program:
    """Without labels: the child needs none and starts faster without the modules they come from."""

    def strip(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(Block(b.name, b.begin, b.end) for b in blocks)

    return replace(program, columns=strip(program.columns), row_blocks=strip(program.row_blocks))


def _pump(pipe: BinaryIO, messages: queue.SimpleQueue[tuple[Any, ...] | None]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while (message := wire.read(pipe)) is not None:
            messages.put(message)
    messages.put(None)
