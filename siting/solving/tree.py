"""Certificates for plans that an outside solver found: multipliers, and a tree of them.

An outside solver's own tree tells no multipliers, so that its word would have to be taken. Here
the linear relaxation is solved once more, with counts of outlets as further rows that a tree
parts; what its leaves' duals prove is recomputed in whole numbers by the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from threading import Event

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, vstack

from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import TIERS, Objective, Problem
from siting.problem.solution import Certificate, Solution, Split, Tree
from siting.problem.tiers import tiers_in_order, to_keep
from siting.progress import Stop
from siting.solvers.base import SearchTree, Settings, SolverOutcome
from siting.solvers.child import WarmSolver
from siting.solvers.highs_tree import BRANCH, ROOT_ALONE
from siting.solvers.program import Block, Program
from siting.verification.objectives import step_of
from siting.verification.own_bound import Relaxation, n_entries

Ints = NDArray[np.int64]
Worth = Callable[[Ints, str | None], Fraction | float]
MOST_ENTRIES = 300_000
"""Coefficients of a relaxation up to which a tree is tried."""
MOST_OF_A_ROOT = 1_500_000
"""The same up to which its root alone is solved, by an interior point."""
KEPT = 0.15
"""Of a run's time limit, for this."""
SMALLEST_PART = 2
"""Sites up to which a region is not halved again."""
LEAST_SECONDS = 0.5
"""A tree may always take so long, if the run's limit allows it."""
LEAST_OF_A_ROOT = 5.0
"""The same of a root by itself, where a tree did not get as far: some bound is better than none."""
SHARE = 0.5
"""Of the time that the run took before."""
LEFT = 0.9
"""At most, of a tier's part of what is left of the run's limit."""
NODES = 200
"""Instead of a time, where a work limit asks for the same answer each time."""


def certifiable(problem: Problem, spec: Objective) -> bool:
    """Whether multipliers of a linear relaxation can prove a bound of the model."""
    traits = traits_of(spec.model)
    return traits.certified and traits.counts == "reach" and not problem.respect_capacity


def kept_for_proof(problem: Problem, stop: Stop) -> float:
    """Seconds of a run that its method leaves to :func:`certified`; 0 where no tree is tried."""
    if stop.time_limit is None or stop.work_limit is not None:
        return 0.0
    return KEPT * stop.time_limit if n_entries(problem, None, None) <= MOST_ENTRIES else 0.0


def certified(
    problem: Problem,
    spec: Objective,
    solution: Solution,
    worth: Worth,
    solver: WarmSolver,
    stop: Stop,
) -> Solution:
    """The solution with a tree's certificate beside its own, of each tier where one is found.

    A later tier's holds what the earlier ones reach in this very plan, less the tolerance, at a
    price: the money and the floor that they need is not there twice.

    Args:
        worth: what some options win for a tier (None = all), in the model's unit.
        solver: a warm HiGHS.
        stop: of the whole run, whose time or work limits the tree too.
    """
    options = solution.options
    if options is None or stop.reached == "interrupt" or not certifiable(problem, spec):
        return solution
    found: list[Certificate] = []
    reached, died_before = Fraction(0), len(solver.deaths)
    tiers: tuple[str | None, ...] = tiers_in_order(problem, spec) or (None,)
    for number, tier in enumerate(tiers):
        value = Fraction(worth(options, tier))
        held = None
        if tier not in (None, TIERS[0]):
            kept = to_keep(spec, int(reached / problem.unit))
            held = kept if solution.held is None else solution.held
        reached += value
        left = LEFT * stop.seconds_left / (len(tiers) - number)
        if stop.work_limit is not None:
            limits = Settings(work_limit=NODES)
        elif left <= 0:
            break
        else:
            limits = Settings(time_limit=min(max(LEAST_SECONDS, SHARE * stop.seconds), left))
        if n_entries(problem, tier, held) > MOST_ENTRIES:
            continue
        # A bound below the next value that a plan could have is as good as the plan's own; half a
        # step of it is left to the rounding of the multipliers.
        step = step_of(problem, spec, tier)
        enough = value / problem.unit + (Fraction(0) if step is None else step / problem.unit / 2)
        one = _certificate(problem, tier, held, solver.attempt, limits, float(enough))
        if one is None and stop.work_limit is None and not stop.interrupt.is_set():
            left = LEFT * stop.seconds_left / (len(tiers) - number)
            limits = Settings(time_limit=min(max(LEAST_OF_A_ROOT, SHARE * stop.seconds), left))
            one = (
                _certificate(problem, tier, held, solver.attempt, limits, None)
                if left > 0
                else None
            )
        found += [] if one is None else [one]
    died = tuple(Notice("run.unproven", fault=one) for one in solver.deaths[died_before:])
    return replace(
        solution,
        certificates=(*solution.certificates, *found),
        notes=(*solution.notes, *died),
    )


def root(
    problem: Problem,
    tier: str | None,
    held: int | None,
    solver: WarmSolver,
    limits: Settings,
    stop: Stop,
    rest: Event | None = None,
    grace: float | None = None,
) -> Certificate | None:
    """Multipliers of a stage's relaxation that is too large to be parted; None where it is small
    enough for a tree, too large even for its root, or not solved within the limits.

    Args:
        stop: its interrupt ends the solver.
        rest: while it is set the solver waits.
        grace: seconds the solver has after an interrupt.
    """
    entries = n_entries(problem, tier, held)
    if not MOST_ENTRIES < entries <= MOST_OF_A_ROOT:
        return None
    ask = partial(solver.attempt, stop=stop, rest=rest, grace=grace)
    return _certificate(problem, tier, held, ask, limits, None)


def _certificate(
    problem: Problem,
    tier: str | None,
    held: int | None,
    ask: Callable[[Program, Settings], SolverOutcome],
    limits: Settings,
    enough: float | None,
) -> Certificate | None:
    """Multipliers that bound a tier.

    Args:
        ask: a warm HiGHS.
        enough: a bound, in ``Problem.unit``, below which a tree need not grow; None = no tree.
    """
    relaxation = Relaxation(problem, tier, held)
    if not relaxation.gain_of_all.any():
        return None
    counts = _counts(problem, relaxation.most[: problem.n_options] > 0)
    options: dict[str, float] = {ROOT_ALONE: True}
    if enough is not None:
        options = {"enough": -enough / relaxation.unit}
    linear = _Linear.of(relaxation, counts)
    settings = replace(limits, options=options)
    outcome = ask(linear.program, settings)
    return None if outcome.tree is None else _read(relaxation, counts, linear.row, outcome.tree)


@dataclass(frozen=True)
class _Linear:
    """The relaxation without what is nothing in it, and the counts as further rows."""

    program: Program
    row: Ints
    """Of the relaxation, of each row of the program but the counts."""

    @classmethod
    def of(cls, relaxation: Relaxation, counts: csr_array) -> _Linear:
        """min - gain x, with the counts as free rows of the block that the tree parts."""
        column = np.flatnonzero(relaxation.most)
        matrix = csr_array(relaxation.matrix[:, column])
        wide = (counts.data, counts.indices, counts.indptr)
        free = csr_array(wide, shape=(counts.shape[0], len(relaxation.most)))
        row = np.flatnonzero(np.diff(matrix.indptr))
        n, n_rows, n_counts = len(column), len(row), counts.shape[0]
        program = Program(
            "min",
            -relaxation.gain_of_all[column] / relaxation.unit,
            np.zeros(n),
            np.ones(n),
            np.zeros(n, bool),
            csr_array(vstack([matrix[row], free[:, column]])),
            np.concatenate([np.full(n_rows, -np.inf), np.zeros(n_counts)]),
            np.concatenate([relaxation.limit[row], np.full(n_counts, np.inf)]),
            (Block("x", 0, n),),
            (Block("rows", 0, n_rows), Block(BRANCH, n_rows, n_rows + n_counts)),
        )
        return cls(program, row)


def _counts(problem: Problem, able: NDArray[np.bool_]) -> csr_array:
    """Rows of whole numbers: outlets of each format in regions halved again and again, outlets of
    all formats and of each at each site, and each option by itself where a site has several of a
    format; shape (n_counts, n_options)."""
    o = problem.options
    groups = [
        part
        for format_ in np.unique(o.format[able])
        for part in _halved(problem, np.flatnonzero(able & (o.format == format_)))
    ]
    options = np.flatnonzero(able)
    for key in (o.site, o.site.astype(np.int64) * problem.n_formats + o.format):
        order = options[np.argsort(key[options], kind="stable")]
        ends = np.flatnonzero(np.diff(key[order])) + 1
        alike = np.split(order, ends) if len(order) else []
        groups += alike
    groups += [np.array([option]) for several in alike if len(several) > 1 for option in several]
    row = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    column = np.concatenate([np.zeros(0, np.int64), *groups])
    shape = (len(groups), problem.n_options)
    return csr_array(coo_array((np.ones(len(row)), (row, column)), shape=shape))


def _halved(problem: Problem, options: Ints) -> Iterator[Ints]:
    """Options of one format, then those of the western or southern half of their sites, …"""
    yield options
    sites = np.unique(problem.options.site[options])
    if problem.site_xy is None or len(sites) <= SMALLEST_PART:
        return
    at = problem.site_xy[sites]
    axis = int(np.ptp(at[:, 1]) > np.ptp(at[:, 0]))
    first = sites[np.argsort(at[:, axis], kind="stable")[: len(sites) // 2]]
    inside = np.isin(problem.options.site[options], first)
    yield from _halved(problem, options[inside])
    yield from _halved(problem, options[~inside])


def _read(relaxation: Relaxation, counts: csr_array, row_of: Ints, tree: SearchTree) -> Certificate:
    """The tree's leaves as multipliers of the problem; the root's own stand for the whole."""
    n_rows = len(row_of)
    leaves = []
    for leaf, way in enumerate([*_ways(tree), []]):
        part = slice(int(tree.leaf_start[leaf]), int(tree.leaf_start[leaf + 1]))
        dual = np.zeros(n_rows + counts.shape[0])
        dual[tree.leaf_row[part]] = tree.leaf_dual[part]
        price = np.zeros(relaxation.matrix.shape[0])
        price[row_of] = np.maximum(-dual[:n_rows], 0) * relaxation.unit
        leaves.append(relaxation.multipliers(price, _prices(dual[n_rows:], way) * relaxation.unit))
    root = leaves.pop()
    if not len(tree.splits):
        return root
    splits = tuple(
        Split(
            np.sort(counts.indices[counts.indptr[row] : counts.indptr[row + 1]]).astype(np.int64),
            at_most,
            below,
            above,
        )
        for row, at_most, below, above in tree.splits.tolist()
    )
    return replace(root, tree=Tree(splits, tuple(leaves)))


def _ways(tree: SearchTree) -> list[list[tuple[int, int]]]:
    """(row, side) of each split on the way to each leaf; side 0 below, 1 above."""
    ways: list[list[tuple[int, int]]] = [[] for _ in range(len(tree.leaf_start) - 2)]
    todo: list[tuple[int, list[tuple[int, int]]]] = [(0 if len(tree.splits) else ~0, [])]
    while todo:
        node, way = todo.pop()
        if node < 0:
            ways[~node] = way
            continue
        row, _, below, above = tree.splits[node].tolist()
        todo += [(below, [*way, (row, 0)]), (above, [*way, (row, 1)])]
    return ways


def _prices(dual: NDArray[np.float64], way: list[tuple[int, int]]) -> NDArray[np.float64]:
    """The price of each split: a count's dual belongs to the last that bounds it on its side."""
    price = np.zeros(len(way))
    last = {step: at for at, step in enumerate(way)}
    for (row, side), at in last.items():
        price[at] = max(dual[row] if side else -dual[row], 0.0)
    return price
