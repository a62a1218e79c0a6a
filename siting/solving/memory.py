"""Whether a formulation would fit into memory, estimated before anything of it is allocated."""

from __future__ import annotations

from siting.models.shared.covering import people_to_cover
from siting.models.shared.patterns import merged_entries, serving_options
from siting.models.traits import traits_of
from siting.problem import Objective, Problem
from siting.solvers.program import Program
from siting.system.memory import physical_bytes

_BUILD = 150
"""Bytes a coefficient while a program is put together and sent."""
_SOLVE, _SOLVE_LINE = 600, 2000
"""Bytes a coefficient, and a row or column, in a branch-and-cut solver: HiGHS, SCIP and CP-SAT on
San Francisco p=60 (327,310 coefficients) and on pmed11 took 0.05 to 0.4 GB."""
_BASE = 100_000_000


def program_gb(program: Program) -> float:
    """Memory of a branch-and-cut solver for a program, in 10^9 bytes."""
    lines = program.n_rows + program.n_columns
    return (_SOLVE * program.rows.nnz + _SOLVE_LINE * lines + _BASE) / 1e9


def least_gb(problem: Problem, objective: Objective, enough: float) -> float:
    """Memory that a formulation needs for sure, in 10^9 bytes.

    Args:
        enough: stop estimating when it is clear that no more than this is needed.
    """
    apart = traits_of(objective.model).coefficients
    rough = unmerged_gb(problem) * (apart or 1)
    if rough <= enough or apart is not None:
        return rough
    return merged_entries(problem, people_to_cover(problem)) * (_BUILD + _SOLVE) / 1e9


def unmerged_gb(problem: Problem) -> float:
    """The same for a program with one coefficient a pair (option, point), in 10^9 bytes."""
    return pairs_within(problem) * (_BUILD + _SOLVE) / 1e9


def pairs_within(problem: Problem) -> int:
    """(option, point) pairs within the standard over all counted targets."""
    reach, total = problem.reach, 0
    for t, target in enumerate(problem.targets):
        if target.weight_micro > 0:
            length = reach.prefix_end(target.limit) - reach.start[:-1]
            total += int(length[problem.options.site[serving_options(problem, t)]].sum())
    return total


def physical_gb() -> float:
    """Memory of this machine, in 10^9 bytes; infinite where the system does not tell."""
    return physical_bytes() / 1e9
