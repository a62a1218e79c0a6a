"""What may be opened: the columns and rows every formulation shares.

    open[o]      1 if option o is taken                                       binary
    opening[s,k] 1 if site s first opens in phase k (only where it costs)     binary

    choice       Σ_{o of format f at site s} open[o] <= 1                     a site, a format
    floor        Σ_{o at s} a[o] open[o] <= A[s]                              a site
    first        open[o] <= Σ_{j <= k} opening[s,j]                           an option, its phase k
    only         opening[s,k] <= Σ_{o at s, phase k} open[o]                  a site, a phase
    once         Σ_k opening[s,k] <= 1                                        a site
    <kind>       Σ a[o] open[o] + Σ b[s,k] opening[s,k]  <= or >=  rhs        a row of a Rule

together with the rows of :mod:`siting.models.shared.spacing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from siting.models.shared.spacing import add_spacing
from siting.problem import UNLIMITED, Key, Problem, Rule, RuleKind
from siting.problem.rules import at_most
from siting.solvers.program import Block, Program, ProgramBuilder

Ints = NDArray[np.int64]


class Tuples(Sequence[str]):
    """Labels such as ``3,1`` from parallel arrays, made only when asked for."""

    def __init__(self, *columns: NDArray[np.integer]):
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return Tuples(*(column[index] for column in self.columns))
        return ",".join(str(column[index]) for column in self.columns)


@dataclass(frozen=True)
class Frame:
    """A program in the making with its opening columns."""

    problem: Problem
    builder: ProgramBuilder
    open: Block
    opening: Block | None


def begin(problem: Problem, sense: Literal["max", "min"], *, pay_openings: bool = False) -> Frame:
    """Columns ``open`` and, where opening costs count, ``opening``, with all rows among them.

    Args:
        pay_openings: the objective itself counts opening costs.
    """
    builder = ProgramBuilder(sense)
    o = problem.options
    open_ = builder.add_columns(
        "open",
        len(o),
        upper=(o.area <= problem.site_area[o.site]).astype(np.float64),
        integer=True,
        labels=Tuples(o.site, o.format, o.size, o.phase),
    )
    priced = any(rule.openings is not None for rule in problem.rules)
    opening = None
    if priced or (pay_openings and problem.opening_cost.any()):
        site, phase = np.divmod(np.arange(problem.n_sites * problem.n_phases), problem.n_phases)
        opening = builder.add_columns(
            "opening", len(site), integer=True, labels=Tuples(site, phase)
        )
    frame = Frame(problem, builder, open_, opening)
    _choice(frame)
    _floor(frame)
    _site_openings(frame)
    for rule in problem.rules:
        _rule(frame, rule)
    stated = any(rule.about.key is Key.P for rule in problem.rules)
    if problem.objective.p is not None and not stated:
        _rule(frame, at_most(problem, problem.objective.p))
    add_spacing(frame.problem, builder, open_)
    return frame


def read_open(program: Program, x: NDArray[np.float64]) -> Ints:
    """Positions of the options taken in a solution, ascending."""
    return np.flatnonzero(x[program.column_block("open").slice] > 0.5)


def usable(problem: Problem) -> NDArray[np.bool_]:
    """Options that fit their site's floor and that no ``forbid`` rule closes, shape (n_options,).

    Who is within reach of none of these cannot be covered, whatever is spent.
    """
    o = problem.options
    good = o.area <= problem.site_area[o.site]
    for rule in problem.rules:
        if rule.kind is RuleKind.FORBID:
            good[rule.options.tocoo().col] = False
    return good


def price(problem: Problem) -> tuple[Ints, Ints]:
    """(cost of each option, of each opening) as set_cover and partial_cover count them.

    Money where anything costs money; otherwise the number of outlets.
    """
    if problem.priced:
        return problem.options.cost, problem.opening_cost
    return np.ones(problem.n_options, np.int64), problem.opening_cost


def add_price(frame: Frame) -> int:
    """Make the price the objective; returns the step its values come in."""
    cost, opening = price(frame.problem)
    frame.builder.add_objective(np.arange(frame.open.begin, frame.open.end), cost)
    if frame.opening is not None:
        columns = np.arange(frame.opening.begin, frame.opening.end)
        frame.builder.add_objective(columns, np.repeat(opening, frame.problem.n_phases))
    return int(np.gcd.reduce(np.concatenate([cost, opening]))) or 1


def site_format(problem: Problem) -> Ints:
    """One number a (site, format), shape (n_options,)."""
    return problem.options.site.astype(np.int64) * problem.n_formats + problem.options.format


def _choice(frame: Frame) -> None:
    keys, row, count = np.unique(
        site_format(frame.problem), return_inverse=True, return_counts=True
    )
    several = count > 1
    option = np.flatnonzero(several[row])
    numbers = np.cumsum(several) - 1
    site, format_ = np.divmod(keys[several], frame.problem.n_formats)
    if len(option):
        frame.builder.add_rows(
            "choice",
            len(site),
            [(numbers[row[option]], option, 1.0)],
            upper=1.0,
            labels=Tuples(site, format_),
        )


def _floor(frame: Frame) -> None:
    o, area = frame.problem.options, frame.problem.site_area
    wanted = np.zeros(frame.problem.n_sites, np.int64)
    # An option larger than the whole floor is closed by its bound already.
    fits = o.area <= area[o.site]
    np.add.at(wanted, o.site[fits], np.minimum(o.area[fits], UNLIMITED // max(1, len(o))))
    sites = np.flatnonzero((wanted > area) & (area < UNLIMITED))
    row = np.full(frame.problem.n_sites, -1, np.int64)
    row[sites] = np.arange(len(sites))
    option = np.flatnonzero((row[o.site] >= 0) & (o.area > 0) & fits)
    if len(option):
        frame.builder.add_rows(
            "floor",
            len(sites),
            [(row[o.site[option]], option, o.area[option])],
            upper=area[sites].astype(np.float64),
            labels=list(sites),
        )


def _site_openings(frame: Frame) -> None:
    if frame.opening is None:
        return
    o, n_phases = frame.problem.options, frame.problem.n_phases
    n_options = len(o)
    site, phase = o.site.astype(np.int64), o.phase.astype(np.int64)
    # An option of phase k stands in the row with opening[s, 0 .. k].
    width = phase + 1
    row = np.repeat(np.arange(n_options), width)
    earlier = np.arange(len(row)) - np.repeat(np.cumsum(width) - width, width)
    first = frame.opening.begin
    frame.builder.add_rows(
        "first",
        n_options,
        [
            (np.arange(n_options), np.arange(n_options), 1.0),
            (row, first + np.repeat(site * n_phases, width) + earlier, -1.0),
        ],
        upper=0.0,
        labels=Tuples(np.arange(n_options)),
    )
    cells = frame.problem.n_sites * n_phases
    frame.builder.add_rows(
        "only",
        cells,
        [
            (np.arange(cells), first + np.arange(cells), 1.0),
            (site * n_phases + phase, np.arange(n_options), -1.0),
        ],
        upper=0.0,
        labels=Tuples(*np.divmod(np.arange(cells), n_phases)),
    )
    if n_phases > 1:
        frame.builder.add_rows(
            "once",
            frame.problem.n_sites,
            [(np.arange(cells) // n_phases, first + np.arange(cells), 1.0)],
            upper=1.0,
        )


def _rule(frame: Frame, rule: Rule) -> None:
    rows = rule.options.tocoo()
    entries = [(rows.row, rows.col, rows.data)]
    if rule.openings is not None and frame.opening is not None:
        more = rule.openings.tocoo()
        entries.append((more.row, more.col + frame.opening.begin, more.data))
    if rule.n_rows == 1:
        labels = [rule.name]
    else:
        labels = [f"{rule.name},{rule.labels[r] if rule.labels else r}" for r in range(rule.n_rows)]
    endless = rule.rhs >= UNLIMITED if rule.sense == "<=" else rule.rhs <= -UNLIMITED
    rhs = np.where(endless, np.inf if rule.sense == "<=" else -np.inf, rule.rhs.astype(np.float64))
    frame.builder.add_rows(
        rule.kind,
        rule.n_rows,
        entries,
        lower=rhs if rule.sense == ">=" else -np.inf,
        upper=rhs if rule.sense == "<=" else np.inf,
        labels=labels,
    )
