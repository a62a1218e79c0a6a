"""p_center by thresholds: the longest walk is one of few numbers, and each is a set cover.

A plan in which nobody walks more than D exists exactly when the people can be covered within D
under the planner's rules. The smallest such D is found by halving the list of costs between a bound
and a plan (Minieka, SIAM Review 12 (1970); Elloumi, Labbé and Pochet, INFORMS J. Computing 16
(2004)); each question goes to HiGHS as a set cover, every plan found tightens the list by its own
longest walk. All rules of a problem are known. A unit of work is one question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from siting.engine.center.quick import Quick
from siting.engine.median.method import fits, limit_of
from siting.engine.shared.arrays import Floats, Ints
from siting.engine.shared.news import News
from siting.models import p_center
from siting.models.shared.allocating import Walks, walks
from siting.models.shared.covering import add_covered, people_of_minima
from siting.models.shared.measuring import Walkers, longest_walk, walkers
from siting.models.shared.opening import begin, read_open
from siting.models.shared.patterns import serving_options
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.progress import Listener, Stop
from siting.solvers.base import Settings, broken_rows
from siting.solvers.child import WarmSolver
from siting.solvers.program import Program


@dataclass
class _Search:
    """What is known of the longest walk."""

    problem: Problem
    every: Walks
    stop: Stop
    news: News
    everybody: list[Walkers]
    values: Floats
    """Every cost that the longest walk can be, ascending."""
    low: int
    """Position of the smallest value not ruled out."""
    high: int
    """Position of the best plan's longest walk; one past the end without a plan."""
    options: Ints | None = None

    def take(self, options: Ints) -> None:
        """Keep a plan if it is the best so far."""
        walk = longest_walk(self.problem, options, self.everybody)
        at = int(np.searchsorted(self.values, walk))
        if at < self.high:
            self.options, self.high = options, at
            self.tell(found=True)

    def tell(self, *, found: bool = False) -> None:
        """News in the unit of walking costs."""
        self.news.objective = None if self.options is None else float(self.values[self.high])
        self.news.bound = float(self.values[min(self.low, len(self.values) - 1)])
        self.news.plan = None if self.options is None else self._plan
        self.news.tell("solve", found=found)

    def _plan(self) -> Ints:
        assert self.options is not None
        return self.options


def solve_center(
    problem: Problem,
    objective: Objective,
    stop: Stop,
    seed: int,
    threads: int,
    begin_with: Ints | None,
    listener: Listener,
) -> Solution:
    """The plan with the shortest longest walk, and the bound that the questions proved."""
    every = walks(problem)
    nearest = np.full(len(every.point), np.inf)
    np.minimum.at(nearest, every.person, every.cost)
    values = np.unique(np.append(every.cost, 0.0 if not len(every.point) else nearest.max()))
    low = int(np.searchsorted(values, nearest.max(initial=0.0)))
    news = News(stop, listener, 1.0)
    search = _Search(problem, every, stop, news, walkers(problem), values, low, len(values))
    if begin_with is not None and _keeps_rules(problem, begin_with):
        search.take(begin_with)
    if fits(problem):
        _narrow(search)
    with WarmSolver("highs") as solver:
        if search.options is None and not stop():
            answer = _ask(search, solver, len(values) - 1, seed, threads)
            if answer is False:
                return Solution("infeasible", None)
        _relax(search, solver, seed, threads)
        while search.low < search.high and not stop(1):
            if _gap(search) <= stop.gap:
                break
            middle = (search.low + search.high - (search.options is not None)) // 2
            middle = min(middle, len(values) - 1)
            answer = _ask(search, solver, middle, seed, threads)
            if answer is None:
                break
            if not answer:
                search.low = middle + 1
            search.tell()
    bound = float(values[min(search.low, len(values) - 1)])
    if search.options is None:
        return Solution("no_solution", None, bound=bound, bound_proof="solver", limit=stop.reached)
    options = p_center.trim(problem, objective, search.options)
    walk = longest_walk(problem, options)
    done = search.low >= search.high
    return Solution(
        "optimal" if done else "feasible",
        options,
        walk,
        walk if done else bound,
        bound_proof="solver",
        limit=None if done else stop.reached or ("work" if solver.deaths else "gap"),
        notes=tuple(Notice("run.unhelped", fault=one) for one in dict.fromkeys(solver.deaths)),
    )


def _narrow(search: _Search) -> None:
    """Close in on the longest walk by plans and proofs that cost little, where only p limits."""
    quick = Quick.of(search.every, search.problem.n_sites, limit_of(search.problem))
    option_at = np.full(search.problem.n_sites, -1, np.int64)
    option_at[search.problem.options.site] = np.arange(search.problem.n_options)
    low, high = search.low, len(search.values) - 1
    while low < high and not search.stop():
        middle = (low + high) // 2
        if quick.impossible(float(search.values[middle])):
            low = middle + 1
        else:
            high = middle
    search.low, high = low, min(search.high, len(search.values))
    while low < high and not search.stop():
        middle = (low + high) // 2
        sites = quick.plan(float(search.values[min(middle, len(search.values) - 1)]))
        if sites is None:
            low = middle + 1
        else:
            search.take(np.sort(option_at[sites]))
            high = min(middle, search.high)
    if search.options is None:  # however short the time: one interchange, and a planner has a plan
        sites = quick.plan(float(search.values[-1]))
        if sites is not None:
            search.take(np.sort(option_at[sites]))
    search.tell()


def _relax(search: _Search, solver: WarmSolver, seed: int, threads: int) -> None:
    """Rule out what not even fractions of outlets can serve: cheap, and close to the truth."""
    low, high = search.low, min(search.high, len(search.values) - 1)
    while low < high and not search.stop(1):
        middle = (low + high) // 2
        answer = _ask(search, solver, middle, seed, threads, whole=False)
        if answer is None:
            return
        if answer:
            high = middle
        else:
            low = search.low = middle + 1
            search.tell()


def _gap(search: _Search) -> float:
    if search.options is None or search.low >= search.high:
        return np.inf
    plan, bound = float(search.values[search.high]), float(search.values[search.low])
    return (plan - bound) / plan if plan else 0.0


def _ask(
    search: _Search, solver: WarmSolver, at: int, seed: int, threads: int, *, whole: bool = True
) -> bool | None:
    """Whether everybody can be served within ``values[at]``; None when a limit came first.

    Args:
        whole: by whole outlets, which gives a plan; else by fractions, which only rules out.
    """
    program = within(search.problem, search.every, float(search.values[at]))
    if program is None:
        return False
    if not whole:
        program = replace(program, integer=np.zeros(program.n_columns, np.bool_))
    left = search.stop.seconds_left
    settings = Settings(None if np.isinf(left) else left, 0.0, seed, threads)
    ask = solver.solve if search.options is None else solver.attempt
    found = ask(program, settings, stop=search.stop)
    if found.status == "infeasible":
        return False
    if not whole and found.status == "optimal":
        return True
    if whole and found.x is not None and broken_rows(program, found.x) is None:
        search.take(read_open(program, found.x))
        return True
    search.stop.reached = search.stop.reached or found.limit
    return None


def within(problem: Problem, every: Walks, distance: float) -> Program | None:
    """Cover everybody within a distance, no further aim; None when somebody is out of all reach."""
    near = every.cost <= distance
    served = np.zeros(len(every.point), np.bool_)
    served[every.person[near & (every.site < 0)]] = True
    walk = np.flatnonzero(near & (every.site >= 0) & ~served[every.person])
    wanting = np.flatnonzero(~served)
    if len(np.unique(every.person[walk])) < len(wanting):
        return None
    frame = begin(problem, "min")
    add_covered(frame, people_of_minima(problem))
    rows = _distinct_rows(problem, every, walk)
    row, option = rows.tocoo().coords
    frame.builder.add_rows("cover", rows.shape[0], [(row, option, 1.0)], lower=1.0)
    return frame.builder.build(integral_objective=1.0)


def _distinct_rows(problem: Problem, every: Walks, walk: Ints) -> csr_array:
    """0/1 rows over options, one for each different set of options that somebody needs one of."""
    target = every.target[every.person[walk]]
    parts = []
    for t in np.unique(target):
        mine = walk[target == t]
        options = np.flatnonzero(serving_options(problem, int(t)))
        site_option = csr_array(
            (np.ones(len(options), np.int64), (problem.options.site[options], options)),
            shape=(problem.n_sites, problem.n_options),
        )
        person, row = np.unique(every.person[mine], return_inverse=True)
        reach = csr_array(
            (np.ones(len(mine), np.int64), (row, every.site[mine])),
            shape=(len(person), problem.n_sites),
        )
        parts.append(csr_array((reach @ site_option).astype(bool)))
    if not parts:
        return csr_array((0, problem.n_options), dtype=bool)
    seen: dict[bytes, Ints] = {}
    for part in parts:
        part.sort_indices()
        for r in range(part.shape[0]):
            columns = part.indices[part.indptr[r] : part.indptr[r + 1]]
            seen.setdefault(columns.tobytes(), columns.astype(np.int64))
    lengths = np.array([len(columns) for columns in seen.values()])
    column = np.concatenate(list(seen.values()))
    return csr_array(
        (np.ones(len(column), bool), (np.repeat(np.arange(len(lengths)), lengths), column)),
        shape=(len(lengths), problem.n_options),
    )


def _keeps_rules(problem: Problem, options: Ints) -> bool:
    """Whether a plan given from outside may be believed: it opens a feasible program."""
    from siting.solvers.relaxation import best_given

    frame = begin(problem, "min")
    add_covered(frame, people_of_minima(problem))
    return bool(np.isfinite(best_given(frame.builder.build(), options)))
