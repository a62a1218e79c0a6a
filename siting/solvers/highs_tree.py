"""A search tree over counts, with the duals of its leaves, by HiGHS as a linear solver.

HiGHS's own branch and bound tells no multipliers. Here rows of the block ``branch`` are counts
that are whole numbers in every plan; the tree parts them (at most k, at least k + 1), best bound
first, each node a few steps of the dual simplex from its parent. What a leaf's duals prove is for
the parent process to recompute in whole numbers, so no tolerance of a solver stands behind it.

Candidates are judged by what a few dual steps to either side cost (strong branching) and by what
they cost before (Achterberg, Koch and Martin, Operations Research Letters 33, 2005).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from siting.solvers.base import Float, SearchTree, Settings, SolverOutcome, Talk
from siting.solvers.program import Block, Program

BRANCH = "branch"
"""Rows of this block are parted; a program with such a block has no integer columns."""
ROOT_ALONE = "root_alone"
"""Option: solve the root by an interior point and part nothing. Its duals need no basis."""
CANDIDATES = 6
"""Counts tried at a node."""
TRIAL_STEPS = 60
"""Dual simplex steps a trial may take."""
RELIABLE = 4
"""Trials of a count after which what they cost on average is believed."""
FRACTION = 1e-6
MOST_NODES = 20_000


@dataclass
class _Node:
    """A part of all plans: bounds on counts, and what its relaxation proves."""

    number: int
    bounds: dict[int, tuple[float, float]]
    value: float
    x: Float
    price: tuple[Any, Float]
    """Rows with a dual, and the duals."""
    basis: Any


@dataclass
class _Grown:
    """The tree so far."""

    splits: list[list[int]] = field(default_factory=list)
    leaves: list[tuple[Any, Float]] = field(default_factory=list)
    root: tuple[Any, Float] = field(default_factory=lambda: (np.zeros(0, np.int64), np.zeros(0)))
    hangs: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Node number -> the split and side it hangs on."""

    def attach(self, number: int, child: int) -> None:
        if number in self.hangs:
            split, side = self.hangs.pop(number)
            self.splits[split][2 + side] = child

    def close(self, number: int, price: tuple[Any, Float]) -> None:
        """A node becomes a leaf."""
        self.attach(number, ~len(self.leaves))
        self.leaves.append(price)

    def tree(self) -> SearchTree:
        told = [*self.leaves, self.root]
        rows = [np.asarray(row, np.int64) for row, _ in told]
        start = np.cumsum([0, *map(len, rows)]).astype(np.int64)
        return SearchTree(
            np.array(self.splits, np.int64).reshape(-1, 4),
            start,
            np.concatenate([np.zeros(0, np.int64), *rows]),
            np.concatenate([np.zeros(0), *(price for _, price in told)]),
        )


def branching(program: Program) -> Block | None:
    """The rows to be parted, of a program that asks for a tree."""
    return next((block for block in program.row_blocks if block.name == BRANCH), None)


def solve(highs: Any, program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
    """Grow a tree until every leaf is at ``settings.options["enough"]`` or time is over.

    Args:
        highs: with the linear program, to be minimised, and no other options set.
    """
    enough = float(settings.options.get("enough", -np.inf))
    search = _Search(highs, program, enough)
    root = search.relaxed({}, None)
    if root is None:
        return SolverOutcome("no_solution", raw="no root")
    grown, open_, count = _Grown(root=root.price), [(root.value, 0, root)], 1
    most = MOST_NODES if settings.work_limit is None else settings.work_limit
    most = 0 if settings.options.get(ROOT_ALONE) else most
    while open_ and open_[0][0] < enough and count < most:
        if talk.interrupted() or (talk.seconds_left is not None and talk.seconds_left <= 0):
            break
        _, _, node = heapq.heappop(open_)
        row = search.choose(node)
        if row is None:
            grown.close(node.number, node.price)
            continue
        at = float(search.counts(node.x)[row])
        low, high = node.bounds.get(row, (0.0, np.inf))
        split = len(grown.splits)
        grown.attach(node.number, split)
        grown.splits.append([row, int(np.floor(at)), 0, 0])
        for side, bounds in enumerate(((low, np.floor(at)), (np.ceil(at), high))):
            grown.hangs[count] = (split, side)
            child = search.relaxed({**node.bounds, row: bounds}, node, count)
            if child is None or child.value >= enough:
                grown.close(count, search.last_price if child is None else child.price)
            else:
                heapq.heappush(open_, (child.value, count, child))
            count += 1
        talk.tell(None, open_[0][0] if open_ else enough)
    for _, _, node in open_:
        grown.close(node.number, node.price)
    bound = min((value for value, _, _ in open_), default=enough)
    status = "optimal" if bound >= enough else "feasible"
    return SolverOutcome(status, root.x, root.value, bound, work=count, tree=grown.tree())  # type: ignore[arg-type]


def _score(down: Float, up: Float) -> Float:
    """How much a count promises: both sides shall cost, the dearer one counts a little."""
    score: Float = np.minimum(down, up) + 0.1 * np.maximum(down, up)
    return score


class _Search:
    """Relaxations of nodes, one after the other in one HiGHS."""

    def __init__(self, highs: Any, program: Program, enough: float):
        block = branching(program)
        assert block is not None
        self.highs, self.program, self.enough = highs, program, enough
        self.first = block.begin
        self.rows = program.rows[block.begin : block.end]
        self.last_price: tuple[Any, Float] = (np.zeros(0, np.int64), np.zeros(0))
        self._set: dict[int, tuple[float, float]] = {}
        self._cost = np.ones((block.end - block.begin, 2))
        self._tried = np.zeros((block.end - block.begin, 2))

    def counts(self, x: Float) -> Float:
        """The counts of a point."""
        found: Float = self.rows @ x
        return found

    def counts_of(self, x: Float, row: int) -> float:
        """One count of a point."""
        part = slice(self.rows.indptr[row], self.rows.indptr[row + 1])
        return float(self.rows.data[part] @ x[self.rows.indices[part]])

    def relaxed(
        self, bounds: dict[int, tuple[float, float]], parent: _Node | None, number: int = 0
    ) -> _Node | None:
        """A node solved; None when it holds no plan (``last_price`` proves it is bad enough)."""
        self._bound(bounds)
        if parent is not None:
            self.highs.setBasis(parent.basis)
        self.highs.run()
        status = self.highs.getModelStatus().name
        solution = self.highs.getSolution()
        if status != "kOptimal":
            self.last_price = self._ray(parent)
            return None
        dual = np.array(solution.row_dual)
        used = np.flatnonzero(np.abs(dual) > 1e-12)
        return _Node(
            number,
            bounds,
            self.highs.getInfo().objective_function_value,
            np.array(solution.col_value),
            (used, dual[used]),
            self.highs.getBasis(),
        )

    def choose(self, node: _Node) -> int | None:
        """The count to part a node by; None when all are whole."""
        at = self.counts(node.x)
        part = at - np.floor(at)
        able = np.flatnonzero((part > FRACTION) & (part < 1 - FRACTION))
        if not len(able):
            return None
        part = part[able]
        cost = self._cost[able] / np.maximum(self._tried[able], 1)
        score = _score(part * cost[:, 0], (1 - part) * cost[:, 1])
        best, best_score = int(able[np.argmax(score)]), -1.0
        self._bound(node.bounds)
        for at in np.argsort(-score, kind="stable")[:CANDIDATES].tolist():
            row, told = int(able[at]), float(score[at])
            if self._tried[row].min() < RELIABLE:
                told = self._tried_out(node, row, float(part[at]))
            if told > best_score:
                best, best_score = row, told
        return best

    def _tried_out(self, node: _Node, row: int, part: float) -> float:
        """The score of a count by a few dual steps to either side, which are remembered."""
        low, high = node.bounds.get(row, (0.0, np.inf))
        down = float(np.floor(self.counts_of(node.x, row)))
        rises = []
        for side, limits in enumerate(((low, down), (down + 1, high))):
            rise = min(self._trial(node, row, limits), self.enough - node.value)
            self._cost[row, side] += rise / (part if side == 0 else 1 - part)
            self._tried[row, side] += 1
            rises.append(rise)
        self.highs.changeRowBounds(self.first + row, low, high)
        return float(_score(*map(np.array, rises)))

    def _trial(self, node: _Node, row: int, limits: tuple[float, float]) -> float:
        """By how much a few dual steps raise a node's value with one count bounded."""
        highs = self.highs
        highs.setBasis(node.basis)
        highs.changeRowBounds(self.first + row, *map(float, limits))
        highs.setOptionValue("simplex_iteration_limit", TRIAL_STEPS)
        highs.run()
        status = highs.getModelStatus().name
        value = highs.getInfo().objective_function_value
        highs.setOptionValue("simplex_iteration_limit", 2**31 - 1)
        if status == "kInfeasible":
            return float("inf")
        known = status in ("kOptimal", "kIterationLimit") and np.isfinite(value)
        return max(0.0, value - node.value) if known else 0.0

    def _bound(self, bounds: dict[int, tuple[float, float]]) -> None:
        for row in self._set.keys() - bounds.keys():
            self.highs.changeRowBounds(self.first + row, 0.0, np.inf)
        for row, limits in bounds.items():
            if self._set.get(row) != limits:
                self.highs.changeRowBounds(self.first + row, *map(float, limits))
        self._set = dict(bounds)

    def _ray(self, parent: _Node | None) -> tuple[Any, Float]:
        """Prices that prove a node without a plan bad enough: its parent's, and a ray of the dual
        as many times as it takes."""
        rows, price = (np.zeros(0, np.int64), np.zeros(0)) if parent is None else parent.price
        status, there, ray = self.highs.getDualRay()
        del status
        if not there:
            return rows, price
        ray = np.asarray(ray, np.float64)
        gained = self._worth(ray)
        if gained < 0:
            ray, gained = -ray, -gained
        if not gained > 1e-9:
            return rows, price
        short = self.enough - (0.0 if parent is None else parent.value)
        whole = np.zeros(self.program.n_rows)
        whole[rows] = price
        whole += ray * (2 * max(short, 1.0) / gained)
        used = np.flatnonzero(whole)
        return used, whole[used]

    def _worth(self, ray: Float) -> float:
        """What one unit of a ray of the dual adds to the bound."""
        lower, upper = self.program.row_lower.copy(), self.program.row_upper.copy()
        for row, (low, high) in self._set.items():
            lower[self.first + row], upper[self.first + row] = low, high
        with np.errstate(invalid="ignore"):
            sides = np.where(ray > 0, lower, upper)
            rows = float(np.where(ray == 0, 0.0, ray * sides).sum())
        left = -(self.program.rows.T @ ray)
        columns = np.where(left > 0, self.program.lower, self.program.upper)
        return rows + float((left * columns).sum())
