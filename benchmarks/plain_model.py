"""max_cover with one binary and one row for each demand point, as spopt and allagash write it.

    max  Σ w[i,t] z[i,t]
    z[i,t] <= Σ_{o in N(i,t)} open[o]        for each point and target with people to win
    open, z binary, and the rows of siting.models.shared.opening (budgets, floors, counts, spacing)

References: Church and ReVelle (1974); spopt.locate.MCLP, allagash.MCLP.
"""

from __future__ import annotations

import numpy as np

from siting.models.shared.opening import begin
from siting.problem import Problem
from siting.solvers.program import Program


def plain_cover(problem: Problem) -> Program:
    """The program; patterns are not merged and covered people are binaries."""
    frame = begin(problem, "max")
    for t in range(problem.n_targets):
        _add_target(problem, frame, t)
    return frame.builder.build()


def _add_target(problem: Problem, frame, t: int) -> None:  # type: ignore[no-untyped-def]
    o, reach = problem.options, problem.reach
    end = reach.prefix_end(problem.targets[t].limit)
    serving = np.flatnonzero(problem.serves[problem.kind, t])
    begin_at = reach.start[o.site[serving]]
    width = end[o.site[serving]] - begin_at
    take = np.repeat(begin_at - np.cumsum(width) + width, width) + np.arange(width.sum())
    point, option = reach.point[take], np.repeat(serving, width)
    wanted = problem.value[:, t] > 0
    keep = wanted[point]
    point, option = point[keep], option[keep]
    reached = np.unique(point)
    number = np.full(problem.n_points, -1, np.int64)
    number[reached] = np.arange(len(reached))
    z = frame.builder.add_columns(
        f"covered{t}",
        len(reached),
        integer=True,
        objective=problem.value[reached, t] * float(problem.unit),
    )
    rows = np.arange(len(reached))
    frame.builder.add_rows(
        f"link{t}",
        len(reached),
        [(rows, z.begin + rows, 1.0), (number[point], option.astype(np.int64), -1.0)],
        upper=0.0,
    )
