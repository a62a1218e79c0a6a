"""Yes or no: can a set of rules be kept at all? And by how much must one give way?

The questions go to HiGHS in one child process that stays warm; nobody is counted, so the programs
are as small as the rules allow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, hstack, vstack

from siting.models.traits import traits_of
from siting.problem import UNLIMITED, Objective, Problem, Rule, RuleKind
from siting.progress import Stop
from siting.solvers.base import Settings, broken_rows
from siting.solvers.child import WarmSolver
from siting.solvers.program import Block, Program
from siting.solving.run import formulation

ONE_NUMBER = (RuleKind.MAX_FORMATS_PER_SITE, RuleKind.HUB, RuleKind.FLOOR)
"""Kinds of rules whose rows all come from one number of the planner's."""


@dataclass(frozen=True)
class Slack:
    """How far the rows of one rule, or sites' floors, must give way."""

    total: int
    """Smallest possible, in the rows' own unit."""
    by_row: dict[str, int]
    """Rows (or sites) that give way, by label."""


class Feasibility:
    """Answers about variants of one problem; a context manager, as it keeps a child process."""

    def __init__(self, stop: Stop, seed: int = 0, threads: int = 1):
        self.stop, self.seed, self.threads = stop, seed, threads
        self.asked = 0
        self._solver = WarmSolver("highs")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._solver.close()

    def can_be_kept(self, problem: Problem) -> bool | None:
        """Whether some plan keeps every rule; None when the time was too short to tell."""
        return self.any_plan(problem)[1]

    def any_plan(self, problem: Problem) -> tuple[NDArray[np.int64] | None, bool | None]:
        """Options of some plan that keeps every rule, and what ``can_be_kept`` answers."""
        program = _indifferent(problem)
        outcome = self._run(program)
        if outcome.x is not None and broken_rows(program, outcome.x) is None:
            opened = outcome.x[program.column_block("open").slice] > 0.5
            return np.flatnonzero(opened), True
        return None, False if outcome.status == "infeasible" else None

    def least_slack(self, problem: Problem, rule: Rule) -> Slack | None:
        """The least by which one rule of the problem must give way, all else kept.

        A rule whose rows are one number's (``ONE_NUMBER``) gives way in all of them at once.
        None when nothing helps, or the time was too short.
        """
        program = _indifferent(problem)
        block = _block_of(program, rule)
        signs = np.full(rule.n_rows, -1.0 if rule.sense == "<=" else 1.0)
        alike = rule.kind in ONE_NUMBER
        columns = np.zeros(rule.n_rows, np.int64) if alike else np.arange(rule.n_rows)
        names = [""] if alike else row_labels(rule)
        return self._slack(program, block, signs, columns, names)

    def least_floor(self, problem: Problem) -> Slack | None:
        """The fewest m2 by which sites must be larger, all else kept; by site id."""
        program = _with_floors(problem)
        block = program.row_blocks[-1]
        n = block.end - block.begin
        names = [problem.site_id(int(str(s))) for s in block.labels or ()]
        return self._slack(program, block, np.full(n, -1.0), np.arange(n), names)

    def _slack(
        self,
        program: Program,
        block: Block,
        signs: NDArray[np.float64],
        columns: NDArray[np.int64],
        names: list[str],
    ) -> Slack | None:
        elastic, first = _elastic(program, block, signs, columns)
        outcome = self._run(elastic)
        if outcome.status != "optimal" or outcome.x is None:
            return None
        amount = np.round(outcome.x[first:]).astype(np.int64)
        return Slack(int(amount.sum()), {names[k]: int(amount[k]) for k in np.flatnonzero(amount)})

    def _run(self, program: Program) -> Any:
        self.asked += 1
        left = self.stop.seconds_left
        settings = Settings(
            None if left == float("inf") else max(left, 0.5), 0.0, self.seed, self.threads
        )
        return self._solver.attempt(program, settings, stop=self.stop)


def _indifferent(problem: Problem) -> Program:
    """The program of the problem's rules, every plan worth the same."""
    objective = problem.objective
    if not traits_of(objective.model).demanding:
        if not problem.min_coverage or not problem.respect_capacity:
            # Covered by anybody within the standard; served within capacity only where it counts.
            problem = problem.replace(respect_capacity=False)
        objective = replace(objective, model=Objective.model, times=None)
        nobody = tuple(replace(target, weight_micro=0) for target in problem.targets)
        problem = problem.replace(targets=nobody, objective=objective)
    program: Program = formulation(problem, objective).build(problem, objective)
    nothing = np.zeros(program.n_columns)
    return replace(program, objective=nothing, integral_objective=0.0, constant=0.0)


def row_labels(rule: Rule) -> list[str]:
    """One a row, all different: the rule's own, or numbers."""
    distinct = len(set(rule.labels)) == rule.n_rows
    return list(rule.labels) if distinct else [str(row) for row in range(rule.n_rows)]


def _block_of(program: Program, rule: Rule) -> Block:
    """The rows of a rule, found by kind and labels as siting.models.shared.opening gives them."""
    if rule.n_rows == 1:
        labels = [rule.name]
    else:
        parts = rule.labels or range(rule.n_rows)
        labels = [f"{rule.name},{part}" for part in parts]
    return next(
        b
        for b in program.row_blocks
        if b.name == rule.kind and b.labels is not None and list(b.labels) == labels
    )


def _elastic(
    program: Program, block: Block, signs: NDArray[np.float64], columns: NDArray[np.int64]
) -> tuple[Program, int]:
    """min Σ slack, with slack[columns[r]] times signs[r] added to row r of the block."""
    n = int(columns.max()) + 1 if len(columns) else 0
    entries: Any = (signs, (block.begin + np.arange(len(signs)), columns))
    extra = coo_array(entries, shape=(program.n_rows, n))
    first = program.n_columns
    none = np.zeros(n, np.bool_)
    implied = program.implied if program.implied is not None else np.zeros(first, np.bool_)
    elastic = replace(
        program,
        sense="min",
        objective=np.concatenate([np.zeros(first), np.ones(n)]),
        lower=np.concatenate([program.lower, np.zeros(n)]),
        upper=np.concatenate([program.upper, np.full(n, np.inf)]),
        integer=np.concatenate([program.integer, none]),
        implied=np.concatenate([implied, none]),
        rows=csr_array(hstack([program.rows, extra])),
        columns=(*program.columns, Block("slack", first, first + n)),
        start=None,
    )
    return elastic, first


def _with_floors(problem: Problem) -> Program:
    """The indifferent program with its floors as rows alone.

    Otherwise an option larger than its whole site is closed by its column's bound, which no slack
    opens.
    """
    o, area = problem.options, problem.site_area
    wanted = np.zeros(problem.n_sites, np.int64)
    np.add.at(wanted, o.site, np.minimum(o.area, 2**40))
    free = problem.replace(site_area=np.full(problem.n_sites, UNLIMITED, np.int64))
    program = _indifferent(free)
    sites = np.flatnonzero(wanted > area)
    row = np.full(problem.n_sites, -1)
    row[sites] = np.arange(len(sites))
    option = np.flatnonzero((row[o.site] >= 0) & (o.area > 0))
    entries: Any = (o.area[option].astype(np.float64), (row[o.site[option]], option))
    more = coo_array(entries, shape=(len(sites), program.n_columns))
    first = program.n_rows
    return replace(
        program,
        rows=csr_array(vstack([program.rows, more])),
        row_lower=np.concatenate([program.row_lower, np.full(len(sites), -np.inf)]),
        row_upper=np.concatenate([program.row_upper, area[sites].astype(np.float64)]),
        row_blocks=(*program.row_blocks, Block("floor", first, first + len(sites), list(sites))),
    )
