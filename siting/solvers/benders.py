"""Branch-and-Benders-cut for cover models, as a constraint handler of SCIP
(:mod:`siting.solvers.benders_scip`).

The master knows the options only; a cut a block of patterns tells what they are worth
(:mod:`siting.solvers.projection`). Separation is combinatorial, at fractional and at whole points;
rows of a set cover are added when they are broken. A plan is submitted with its true worth.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.solvers.base import Features, Settings, SolverOutcome, Talk
from siting.solvers.program import Program
from siting.solvers.projection import Float, Projection, project, with_cuts_at
from siting.solvers.scip import configure, listen, optimize, outcome, read_model

FEATURES = Features(
    warm_start=True,
    seed=True,
    news=True,
    interrupt=True,
    lazy_rows=True,
    work_limit="branch-and-bound nodes",
    projects=True,
)

FEW_COLUMNS = 200
"""With so few columns the tree has a dozen nodes, and SCIP's aggregated cuts take three quarters of
the time for none of them (a million customers, p = 10: 1.8 s with, 0.6 s without; Manhattan p=60,
with 2,700 columns, gains by them: 67 s with, more than 100 s without)."""


def solve(program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
    """Solve in this process."""
    from siting.solvers.benders_scip import include

    projection = project(program)
    master = with_cuts_at(projection, np.zeros(projection.master.n_columns))
    model, variables = read_model(master)
    configure(model, master, settings)
    for name, value in {
        "numerics/feastol": 1e-9,
        "misc/allowstrongdualreds": False,
        "separating/maxroundsroot": -1,
        "separating/maxstallroundsroot": -1,
        "presolving/maxrestarts": 0,
    }.items():
        model.setParam(name, value)
    if len(projection.kept) <= FEW_COLUMNS:
        model.setParam("separating/aggregation/freq", -1)
    cuts = include(model, variables, projection)
    if program.start is not None:
        x = np.zeros(master.n_columns)
        x[: len(projection.kept)] = np.where(
            program.integer[projection.kept], np.round(program.start[projection.kept]), 0.0
        )
        cuts.pending.append(projection.completed(x))
    full = _Restoring(talk, projection, program)
    listen(model, variables, full, program.constant)
    optimize(model, talk)
    ended = outcome(model, variables, replace(master, constant=program.constant))
    if ended.x is None:
        return ended
    return replace(ended, x=projection.restore(program, np.round(ended.x, 9)))


class _Restoring(Talk):
    """Passes news on with the incumbent in the program's own columns."""

    def __init__(self, talk: Talk, projection: Projection, program: Program):
        super().__init__(talk.send, talk.interrupted)
        self.projection = projection
        self.program = program

    def tell(self, objective: float | None, bound: float | None, x: Float | None = None) -> None:
        super().tell(
            objective, bound, None if x is None else self.projection.restore(self.program, x)
        )
