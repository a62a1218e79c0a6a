"""What every solver file offers, declared before anything is built."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError, SolverError
from siting.notice import Notice
from siting.progress import Limit
from siting.solvers import SOLVERS
from siting.solvers.program import Program

Float = NDArray[np.float64]
OutcomeStatus = Literal["optimal", "feasible", "infeasible", "no_solution"]


@dataclass(frozen=True)
class Features:
    """What a solver can do."""

    integer_data_only: bool = False
    """Every column must be integer (or implied to be) and every coefficient a whole number."""
    warm_start: bool = False
    """Takes ``Program.start``."""
    threads: bool = False
    """Uses more than one."""
    seed: bool = False
    news: bool = False
    """Tells incumbents and bounds while it runs."""
    interrupt: bool = False
    """Ends by itself when asked; others are killed."""
    rests: bool = False
    """Waits while asked to, and goes on where it was."""
    takes_plans: bool = False
    """Hears of better plans while it runs."""
    work_limit: str = ""
    """What one unit of work is; empty when there is no such limit."""
    lazy_rows: bool = False
    """Generates rows while it runs."""
    projects: bool = False
    """Puts cuts in the place of people, so takes only formulations whose people can be projected
    out (``Traits.projectable``)."""


@dataclass(frozen=True)
class Settings:
    """Limits of one run in the child."""

    time_limit: float | None = None
    """Seconds."""
    gap: float = 0.0
    """Relative; stop when it is reached."""
    seed: int = 0
    threads: int = 1
    work_limit: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """The solver's own options by their own names; one that it refuses is an error."""


@dataclass(frozen=True)
class News:
    """What a running solver tells: any part may be missing."""

    objective: float | None = None
    bound: float | None = None
    x: Float | None = None
    """The new incumbent."""
    note: str = ""


@dataclass(frozen=True)
class SolverOutcome:
    """How a run ended. A bound is kept even without a plan."""

    status: OutcomeStatus
    x: Float | None = None
    objective: float | None = None
    bound: float | None = None
    limit: Limit | None = None
    raw: str = ""
    """The solver's own word for how it ended."""
    work: int = 0
    """Units of work done, in the solver's own unit."""
    solver: str = ""
    """The solver that ran, where a library chooses among several."""
    tree: SearchTree | None = None
    """Of a program that asks for one."""


@dataclass(frozen=True)
class SearchTree:
    """A tree that parts whole-numbered rows of a program, with its leaves' duals."""

    splits: NDArray[np.int64]
    """(row within the block ``branch``, k, below, above), shape (n_splits, 4): rows <= k go on at
    ``below``, >= k + 1 at ``above``; a split's number, or ~j for leaf j."""
    leaf_start: NDArray[np.int64]
    """Shape (n_leaves + 2,): behind the last leaf stand the duals of the root."""
    leaf_row: NDArray[np.int64]
    """Rows of the program with a dual, leaf by leaf."""
    leaf_dual: Float
    """Of a minimum: < 0 where an upper limit is priced, > 0 where a lower one is."""


class Talk:
    """The solver's line to its parent: tell news, ask whether to stop, hear of others' plans."""

    def __init__(
        self,
        send: Callable[[News], None] = lambda news: None,
        interrupted: Callable[[], bool] = lambda: False,
        settings: Settings | None = None,
        offered: Callable[[], Float | None] = lambda: None,
        waited: float = 0.0,
    ):
        """With ``waited``: seconds of the time limit that have gone by already."""
        self.send = send
        self.interrupted = interrupted
        self.offered = offered
        """Gives a plan that somebody else found, once; None when there is nothing new."""
        self.begun = time.monotonic() - waited
        self.time_limit = None if settings is None else settings.time_limit
        self._last: tuple[float | None, float | None] = (None, None)

    @property
    def seconds_left(self) -> float | None:
        """Of the time limit; None without one. What a solver is given as its own limit when its
        model stands, since making that took time too."""
        if self.time_limit is None:
            return None
        return max(0.0, self.time_limit - (time.monotonic() - self.begun))

    def tell(self, objective: float | None, bound: float | None, x: Float | None = None) -> None:
        """Send what is new; infinite values count as unknown."""
        objective, bound = finite(objective), finite(bound)
        if x is None and (objective, bound) == self._last:
            return
        self._last = (objective, bound)
        self.send(News(objective, bound, x))


class Solver(Protocol):
    """A solver module."""

    FEATURES: Features

    def solve(self, program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
        """Solve in this process."""


def load(name: str) -> Solver:
    """The solver module of that name; its library is not imported yet."""
    if name not in SOLVERS:
        raise ArgumentError(Notice("fault.one_of_solvers", solvers=SOLVERS, name=name))
    return cast(Solver, import_module(f"siting.solvers.{name}"))


def refuse(name: str, features: Features, program: Program) -> None:
    """Raise when a solver cannot take a program, before it is sent anywhere."""
    if features.integer_data_only:
        odd = not_whole(program)
        if odd is not None:
            raise ArgumentError(Notice("solver.whole_numbers", solver=name, odd=odd))
        most = _largest_sum(program)
        if most >= MOST_WHOLE:
            raise ArgumentError(Notice("fault.whole_steps", name=name, most=most))


MOST_WHOLE = 2.0**53
"""Whole numbers below this are exact as the floats that a program's coefficients are."""


def _largest_sum(program: Program) -> float:
    """Of the objective's steps with every column as large as it may be."""
    far = np.maximum(np.abs(program.lower), np.abs(program.upper))
    used = np.flatnonzero(program.objective)
    steps = np.abs(program.objective[used]) / (program.integral_objective or 1.0)
    return float(np.sum(steps * far[used]))


def not_whole(program: Program) -> Notice | None:
    """The first thing in a program that is not a whole number, or None.

    Objective coefficients count in steps of ``integral_objective``.
    """
    implied = program.implied if program.implied is not None else np.zeros_like(program.integer)
    loose = np.flatnonzero(~(program.integer | implied))
    if len(loose):
        return Notice("solver.continuous", block=_block_of(program, int(loose[0])))
    for value in program.rows.data[program.rows.data != np.round(program.rows.data)][:1]:
        return Notice("solver.in_a_row", value=value)
    step = program.integral_objective or 1.0
    steps = program.objective / step
    odd = np.flatnonzero(np.abs(steps - np.round(steps)) > 1e-6)
    if len(odd):
        return Notice("solver.in_objective", value=program.objective[odd[0]])
    return None


def _block_of(program: Program, column: int) -> str:
    return next(b.name for b in program.columns if b.begin <= column < b.end)


def finite(value: float | None) -> float | None:
    """The value, or None when it says nothing (infinite as the solvers write it)."""
    if value is None or not np.isfinite(value) or abs(value) >= 1e19:
        return None
    return float(value)


def unknown_status(name: str, raw: object) -> SolverError:
    """For a status that no table lists."""
    return SolverError(Notice("fault.status_unknown", name=name, raw=raw))


def broken_rows(program: Program, x: Float, tolerance: float = 1e-6) -> str | None:
    """The name of a row or column that a solution breaks, or None.

    Integer columns are rounded first; a row over integer columns with whole coefficients is then
    checked exactly, any other row or bound within ``tolerance`` of its own size.
    """
    x = np.where(program.integer, np.round(x), x)
    least = program.lower - tolerance * np.maximum(1.0, np.abs(program.lower))
    most = program.upper + tolerance * np.maximum(1.0, np.abs(program.upper))
    if (x < least).any() or (x > most).any():
        return "bounds of columns"
    used = program.rows @ x
    size = abs(program.rows) @ np.abs(x) + 1.0
    slack = np.where(_exact_rows(program), 0.25, tolerance * size)
    broken = (used < program.row_lower - slack) | (used > program.row_upper + slack)
    if not broken.any():
        return None
    row = int(np.flatnonzero(broken)[0])
    block = next(b for b in program.row_blocks if b.begin <= row < b.end)
    return block.names()[row - block.begin]


def _exact_rows(program: Program) -> NDArray[np.bool_]:
    """Rows over integer columns with whole coefficients: their sums are whole numbers."""
    rows = program.rows
    loose = ~program.integer[rows.indices] | (rows.data != np.round(rows.data))
    number = np.repeat(np.arange(program.n_rows), np.diff(rows.indptr))
    return np.bincount(number[loose], minlength=program.n_rows) == 0
