"""The cover columns of a program projected out: what branch-and-Benders-cut works on.

With the opened options x fixed, pattern j is covered to z[j] = min(1, Σ_{o in N(j)} x[o]). Wherever
the program counts people (its objective, a share, a held tier, a minimum) the sum Σ_j w[j] z[j]
is replaced by one column θ a block of patterns, and for every x* and C = {j: Σ_{N(j)} x* > 1}

    θ <= Σ_{j in C} w[j] + Σ_{j not in C} w[j] Σ_{o in N(j)} x[o]   is valid, tight at x*.

Reference: Cordeau, Furini and Ljubić, Benders decomposition for very large scale partial set
covering and maximal covering location problems, EJOR 275 (2019), sec. 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack

from siting.errors import SolverError
from siting.notice import Notice
from siting.solvers.program import Block, Program

Ints = NDArray[np.int64]
Float = NDArray[np.float64]
BLOCKS = 100
"""At most so many columns θ for each place where people are counted."""
LARGEST = 1e4
"""θ is counted in units that keep the sum of a place's weights at this: what an LP solver's
absolute tolerance of 1e-9 can tell apart."""


@dataclass(frozen=True)
class Worths:
    """The columns θ of the master, each Σ_j w[j] z[j] over a block of patterns.

    All blocks are kept as one matrix: a cut of every θ is one pass over its entries.
    """

    column: Ints
    """Position of each θ in the master, shape (n_theta,)."""
    theta: Ints
    """Which θ each member belongs to, shape (n_members,)."""
    links: csr_array
    """0/1, shape (n_members, n_master columns)."""
    weight: Float
    """In the unit of its θ, shape (n_members,)."""

    def __len__(self) -> int:
        return len(self.column)

    @cached_property
    def total(self) -> Float:
        """The most each θ can be."""
        return self._sums(self.weight)

    @cached_property
    def _member(self) -> Ints:
        """Member of each entry of ``links``."""
        return np.repeat(np.arange(len(self.theta)), np.diff(self.links.indptr))

    @cached_property
    def _terms(self) -> tuple[Ints, csr_array]:
        """(term of each entry of ``links``, the terms as a matrix of θ by column, to be filled)."""
        width = self.links.shape[1]
        key = self.theta[self._member] * width + self.links.indices
        terms, term = np.unique(key, return_inverse=True)
        row, column = np.divmod(terms, max(1, width))
        start = np.searchsorted(row, np.arange(len(self) + 1))
        return term, csr_array((np.zeros(len(terms)), column, start), shape=(len(self), width))

    def _sums(self, values: Float) -> Float:
        sums: Float = np.bincount(self.theta, values, minlength=len(self)).astype(np.float64)
        return sums

    def at(self, x: Float) -> Float:
        """What each θ is truly worth, shape (n_theta,)."""
        return self._sums(self.weight * np.minimum(1.0, self.links @ x))

    def cuts(self, x: Float) -> tuple[Float, Float, csr_array]:
        """(value at x, constant, coefficients) of each cut  θ <= constant + coefficients @ x."""
        reached = self.links @ x
        over = reached > 1.0
        constant = self._sums(np.where(over, self.weight, 0.0))
        linear = np.where(over, 0.0, self.weight)
        value = constant + self._sums(linear * reached)
        term, empty = self._terms
        coefficients = np.bincount(term, linear[self._member], minlength=empty.nnz)
        return (
            value,
            constant,
            csr_array((coefficients, empty.indices, empty.indptr), shape=empty.shape),
        )


@dataclass(frozen=True)
class Projection:
    """A program without its cover columns, and the way back."""

    master: Program
    """Columns: the kept ones, then the θ."""
    kept: Ints
    """Position in the program of each kept column."""
    worths: Worths
    lazy: csr_array
    """Rows that a program of set covering may leave out until they are broken: lazy @ x >= 1."""
    covered: Ints
    links: csr_array
    """0/1, shape (n_covered, n_master columns)."""

    def restore(self, program: Program, x: Float) -> Float:
        """A solution of the program from one of the master."""
        full = np.zeros(program.n_columns)
        full[self.kept] = x[: len(self.kept)]
        full[self.covered] = np.minimum(1.0, self.links @ x)
        return full

    def completed(self, x: Float) -> Float:
        """The same options with the θ that they are truly worth."""
        x = x.copy()
        x[self.worths.column] = self.worths.at(x)
        return x


def project(program: Program) -> Projection:
    """Take the blocks ``covered`` and ``link`` out of a program, and ``cover`` aside.

    Raises:
        SolverError: people are counted with a sign that the cuts do not hold for.
    """
    covered = _positions(program.columns, "covered")
    link, cover = _positions(program.row_blocks, "link"), _positions(program.row_blocks, "cover")
    is_covered = np.zeros(program.n_columns, np.bool_)
    is_covered[covered] = True
    kept = np.flatnonzero(~is_covered)
    other = np.setdiff1d(np.arange(program.n_rows), np.concatenate([link, cover]))
    links = -program.rows[link][:, kept]
    rows = program.rows[other]
    counts = rows[:, covered].tocsr()
    counting = np.flatnonzero(np.diff(counts.indptr))
    _check_signs(program, counts, counting, other, covered)

    block = _blocks(links)
    sums: list[tuple[int | None, Float]] = [
        (int(r), counts[[r]].toarray().ravel()) for r in counting
    ]
    if program.objective[covered].any():
        sums.append((None, program.objective[covered]))
    pieces: list[tuple[int, Ints, Float]] = []
    theta_upper: list[float] = []
    theta_objective: list[float] = []
    entries: list[tuple[int, int, float]] = []
    for row, weight in sums:
        unit = max(1.0, float(weight.sum()) / LARGEST)
        for number in range(int(block.max(initial=-1)) + 1):
            members = np.flatnonzero((block == number) & (weight > 0))
            if not len(members):
                continue
            at = len(kept) + len(pieces)
            pieces.append((at, members, weight[members] / unit))
            theta_upper.append(float(weight[members].sum()) / unit)
            theta_objective.append(unit if row is None else 0.0)
            if row is not None:
                entries.append((row, at - len(kept), unit))
    n_theta = len(pieces)
    theta_rows = csr_array(
        (
            [unit for _, _, unit in entries],
            ([row for row, _, _ in entries], [column for _, column, _ in entries]),
        ),
        shape=(len(other), n_theta),
    )
    wide = csr_array((len(covered), n_theta))
    full_links = csr_array(hstack([links, wide])) if len(covered) else csr_array((0, len(kept)))
    lazy = csr_array(hstack([program.rows[cover][:, kept], csr_array((len(cover), n_theta))]))

    def with_theta(values: Float, theta: list[float] | float) -> Float:
        return np.concatenate([values[kept], np.broadcast_to(np.asarray(theta), (n_theta,))])

    master = replace(
        program,
        objective=with_theta(program.objective, theta_objective),
        lower=with_theta(program.lower, 0.0),
        upper=with_theta(program.upper, theta_upper),
        integer=np.concatenate([program.integer[kept], np.zeros(n_theta, np.bool_)]),
        rows=csr_array(hstack([rows[:, kept], theta_rows])),
        row_lower=program.row_lower[other],
        row_upper=program.row_upper[other],
        columns=(Block("kept", 0, len(kept)), Block("theta", len(kept), len(kept) + n_theta)),
        row_blocks=(Block("row", 0, len(other)),),
        start=None,
        implied=None,
    )
    none = np.zeros(0, np.int64)
    member = np.concatenate([none, *(members for _, members, _ in pieces)])
    worths = Worths(
        np.array([at for at, _, _ in pieces], np.int64),
        np.repeat(np.arange(n_theta), [len(members) for _, members, _ in pieces]),
        csr_array(full_links[member]),
        np.concatenate([none.astype(np.float64), *(w for _, _, w in pieces)]),
    )
    return Projection(master, kept, worths, lazy, covered, full_links)


def with_cuts_at(projection: Projection, x: Float) -> Program:
    """The master with the cuts of every θ at a point as ordinary rows."""
    worths, program = projection.worths, projection.master
    if not len(worths):
        return program
    ones = csr_array(
        (np.ones(len(worths)), worths.column, np.arange(len(worths) + 1)),
        shape=(len(worths), program.n_columns),
    )
    _, constant, coefficients = worths.cuts(x)
    return replace(
        program,
        rows=csr_array(vstack([program.rows, ones - coefficients])),
        row_lower=np.concatenate([program.row_lower, np.full(len(worths), -np.inf)]),
        row_upper=np.concatenate([program.row_upper, constant]),
        row_blocks=(Block("row", 0, program.n_rows + len(worths)),),
    )


def _positions(blocks: tuple[Block, ...], name: str) -> Ints:
    found = [np.arange(b.begin, b.end) for b in blocks if b.name == name]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _check_signs(
    program: Program, counts: csr_array, counting: Ints, other: Ints, covered: Ints
) -> None:
    rows = other[counting]
    good = bool((counts.data > 0).all() and np.isposinf(program.row_upper[rows]).all())
    worth = program.objective[covered]
    good = good and not (worth.any() and (program.sense == "min" or bool((worth < 0).any())))
    if not good or program.integer[covered].any():
        raise SolverError(Notice("solver.benders_signs"))


def _blocks(links: csr_array) -> Ints:
    """A block for each pattern: patterns whose first options stand near each other in order."""
    if links.shape[0] == 0:
        return np.zeros(0, np.int64)
    links.sort_indices()
    first = links.indices[links.indptr[:-1]].astype(np.int64)
    distinct, rank = np.unique(first, return_inverse=True)
    return rank * min(BLOCKS, len(distinct)) // len(distinct)
