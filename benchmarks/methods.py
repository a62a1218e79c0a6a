"""Methods that benchmarks compare, each a function of (problem, limits) -> what it claims.

    city, greedy, auto        siting.solve
    tiles:8                   the same city in so many tiles
    benders                   siting's branch-and-Benders-cut on SCIP
    highs, scip, cpsat, scipy the outside solver on siting's program, with nothing to begin with
    pulp                      the same through PuLP and CBC
    highs+greedy, ...         the same, begun with siting's greedy plan
    spopt-model               CBC on the model as spopt and allagash write it: one binary and one
                              row for each demand point, nothing merged
    spopt                     spopt itself, for one format and p outlets

The outside solvers' programs have people whom the same sites cover merged, which helps them;
``spopt-model`` and ``spopt`` do not.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.problem import Key

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.progress import Listener, Stop

OUTSIDE = ("highs", "scip", "cpsat", "pulp", "scipy")
SITING = ("auto", "city", "greedy", "benders")
TILES = "tiles:"
SPOPT_CELLS = 60_000_000
"""Larger dense matrices are not handed to spopt: its model holds a term a cell."""


class RefusedError(ValueError):
    """A method that cannot take the problem."""


@dataclass(frozen=True)
class Budget:
    """What a method may use. The clock runs from the making of this object's ``Stop``."""

    time_s: float | None
    threads: int = 2
    seed: int = 0
    memory_gb: float | None = None
    gap: float = 0.0
    options: Mapping[str, Any] | None = None
    """The method's own, as ``siting.solve`` takes them."""


@dataclass(frozen=True)
class Claim:
    """What a method claims; the plan is judged by siting, the bound as ``bound_proof`` says."""

    status: str
    options: NDArray[np.int64] | None
    bound: float | None = None
    bound_proof: str | None = None
    limit: str | None = None
    notes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    statistics: dict[str, float] = field(default_factory=dict)
    result: Any = None
    """siting's own result, for ``verify``."""


Method = Callable[["Problem", Budget, "Listener"], Claim]


def known_methods(options: ArgumentParser, names: str) -> list[str]:
    """The methods of ``--methods``; ends the program where one is none."""
    methods = names.split(",")
    for name in methods:
        try:
            method(name)
        except RefusedError as error:
            options.error(f"--methods: {error}")
    return methods


def method(name: str) -> Method:
    """The method of that name.

    Raises:
        RefusedError: an unknown name.
    """
    base, _, start = name.partition("+")
    if name in SITING:
        return lambda *a: by_siting(name, None, *a)
    if name.startswith(TILES) and name.removeprefix(TILES).isdigit():
        return lambda *a: by_siting("city", int(name.removeprefix(TILES)), *a)
    if base in (*OUTSIDE, "benders") and start in ("", "greedy"):
        return lambda *a: by_outside(base, bool(start), *a)
    if name == "spopt-model":
        return by_spopt_model
    if name == "spopt":
        return by_spopt
    raise RefusedError(f"no method is called {name!r}")


def by_siting(
    name: str, tiles: int | None, problem: Problem, budget: Budget, listener: Listener
) -> Claim:
    """``siting.solve``."""
    import siting

    result = siting.solve(
        problem,
        method=name,
        time_limit=budget.time_s,
        gap=budget.gap,
        seed=budget.seed,
        threads=budget.threads,
        memory_limit=budget.memory_gb,
        listener=listener,
        options=budget.options,
        tiles=tiles,
    )
    return Claim(
        result.status,
        result.options,
        result.bound,
        result.bound_proof,
        result.limit,
        (*result.warnings, *result.notes),
        result.timings,
        result.statistics,
        result,
    )


def by_outside(
    name: str, begin: bool, problem: Problem, budget: Budget, listener: Listener
) -> Claim:
    """An outside solver on siting's program; the time covers building it."""
    from siting.solving.exact import solve_exact

    stop = _stop(budget)
    start = None
    if begin:
        from siting.engine.cover.greedy import solve_greedy

        greedy = solve_greedy(problem, problem.objective, stop, budget.seed, budget.threads)
        start = greedy.options
    solution = solve_exact(
        problem,
        problem.objective,
        name,
        stop,
        budget.seed,
        budget.threads,
        start,
        listener,
        memory_gb=budget.memory_gb,
    )
    options = solution.options
    if options is None and start is not None and solution.status == "no_solution":
        options = start
    limit = solution.limit or (stop.reached if solution.status != "optimal" else None)
    return Claim(
        "feasible" if solution.options is None and options is not None else solution.status,
        options,
        solution.bound,
        "solver",
        limit,
        solution.notes,
        {**solution.timings, "total": stop.seconds},
        solution.statistics,
    )


def by_spopt_model(problem: Problem, budget: Budget, listener: Listener) -> Claim:
    """CBC through PuLP on one binary and one row for each demand point and target."""
    from benchmarks.plain_model import plain_cover
    from siting.models.shared.opening import read_open
    from siting.progress import Progress
    from siting.solvers.base import Settings
    from siting.solvers.child import WarmSolver

    if problem.objective.model != "max_cover" or problem.min_coverage:
        raise RefusedError("spopt-model has max_cover without minimum coverages only")
    stop = _stop(budget)
    listener(Progress(stop.seconds, "build"))
    program = plain_cover(problem)
    built = stop.seconds
    listener(Progress(built, "solve"))
    left = None if budget.time_s is None else max(1.0, stop.seconds_left)
    with WarmSolver("pulp", memory_gb=budget.memory_gb) as solver:
        outcome = solver.solve(
            program, Settings(left, budget.gap, budget.seed, budget.threads), stop=stop
        )
    options = None if outcome.x is None else read_open(program, outcome.x)
    return Claim(
        outcome.status,
        options,
        outcome.bound,
        "solver",
        outcome.limit,
        (outcome.raw,),
        {"build": built, "total": stop.seconds},
        {"rows": program.n_rows, "columns": program.n_columns, "nonzeros": program.rows.nnz},
    )


def by_spopt(problem: Problem, budget: Budget, listener: Listener) -> Claim:
    """spopt's own MCLP with CBC; it wants a dense matrix and takes no budget of money."""
    import pulp
    from spopt.locate import MCLP

    from siting.progress import Progress
    from siting.solvers.pulp import CBC

    p = problem.objective.p
    cells = problem.n_points * problem.n_sites
    one_each = problem.n_formats == 1 and problem.n_options == problem.n_sites
    others = [rule for rule in problem.rules if rule.about.key is not Key.P]
    if not one_each or p is None or others or problem.objective.model != "max_cover":
        raise RefusedError("spopt has one format and p outlets only")
    if cells > SPOPT_CELLS:
        raise RefusedError(f"spopt holds a term a cell of its matrix: {cells:,} are too many")
    begun = time.monotonic()
    listener(Progress(0.0, "build"))
    reach, limit = problem.reach, problem.targets[0].limit
    near = np.full((problem.n_points, problem.n_sites), 2.0)
    site = np.repeat(np.arange(reach.n_places), np.diff(reach.start))
    within = np.ones(reach.n_pairs, np.bool_) if not reach.has_cost else reach.cost <= limit
    near[reach.point[within], site[within]] = 1.0
    weight = problem.value[:, 0] * float(problem.unit)
    model = MCLP.from_cost_matrix(near, weight, 1.0, p_facilities=p)
    built = time.monotonic() - begun
    listener(Progress(built, "solve"))
    # PuLP writes the model to a file before CBC's clock starts, in about a tenth of this time.
    left = None if budget.time_s is None else max(1.0, budget.time_s - 1.1 * built)
    cbc = next((name for name in CBC if name in pulp.listSolvers(onlyAvailable=True)), CBC[0])
    solver = pulp.getSolver(cbc, msg=False, timeLimit=left, threads=budget.threads)
    model = model.solve(solver, results=False)
    chosen = np.array([v.value() is not None and v.value() > 0.5 for v in model.fac_vars])
    seconds = time.monotonic() - begun
    found = model.problem.sol_status in (1, 2)
    proven = model.problem.sol_status == 1 and model.problem.status == 1
    return Claim(
        "optimal" if proven else "feasible" if found else "no_solution",
        np.flatnonzero(chosen) if found else None,
        None,
        None,
        None if proven else "time",
        (),
        {"build": built, "total": seconds},
    )


def _stop(budget: Budget) -> Stop:
    from siting.solving.arguments import stop_of

    return stop_of(budget.time_s, None, budget.memory_gb, budget.gap, None)
