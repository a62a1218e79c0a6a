"""Branch-and-Benders-cut for cover models, as a constraint handler of SCIP.

The master knows the options only; a cut a block of patterns tells what they are worth
(:mod:`siting.solvers.projection`). Separation is combinatorial, at fractional and at whole points;
rows of a set cover are added when they are broken. A plan is submitted with its true worth.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from siting.solvers.base import Features, Settings, SolverOutcome, Talk
from siting.solvers.program import Program
from siting.solvers.projection import Float, Projection, project, with_cuts_at
from siting.solvers.rounding import Rounding
from siting.solvers.scip import configure, listen, outcome, read_model

FEATURES = Features(
    warm_start=True, seed=True, news=True, interrupt=True, lazy_rows=True,
    work_limit="branch-and-bound nodes", projects=True,
)  # fmt: skip

FEW_COLUMNS = 200
"""With so few columns the tree has a dozen nodes, and SCIP's aggregated cuts take three quarters of
the time for none of them (a million customers, p = 10: 1.8 s with, 0.6 s without; Manhattan p=60,
with 2,700 columns, gains by them: 67 s with, more than 100 s without)."""
_VIOLATION = 1e-7
"""Of a cut, relative to the people of its block."""
_LAZY_AT_ONCE = 200
"""Broken rows of a set cover added at a time, worst first."""


def solve(program: Program, settings: Settings, talk: Talk) -> SolverOutcome:
    """Solve in this process."""
    from dataclasses import replace

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
    cuts = _include(model, variables, projection)
    if program.start is not None:
        x = np.zeros(master.n_columns)
        x[: len(projection.kept)] = np.where(
            program.integer[projection.kept], np.round(program.start[projection.kept]), 0.0
        )
        cuts.pending.append(projection.completed(x))
    full = _Restoring(talk, projection, program)
    listen(model, variables, full, program.constant)
    model.optimizeNogil()
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


def _include(model: Any, variables: list[Any], projection: Projection) -> Any:
    """The constraint handler and the heuristic that submits plans at their true worth."""
    import pyscipopt
    from pyscipopt.scip import PY_SCIP_HEURTIMING as timing  # noqa: N811
    from pyscipopt.scip import PY_SCIP_LPSOLSTAT as LP
    from pyscipopt.scip import PY_SCIP_RESULT as RESULT

    lazy, worths = projection.lazy, projection.worths
    n_kept = len(projection.kept)
    rounding = Rounding.of(projection)
    tolerance = _VIOLATION * worths.total

    class Cuts(pyscipopt.Conshdlr):
        """θ is at most what the options are worth; every set-cover row holds."""

        pending: list[Float]
        proposed: set[bytes]

        @cached_property
        def inside(self) -> list[Any]:
            """The variables as SCIP works on them."""
            return [self.model.getTransformedVar(v) for v in variables]

        def values(self, solution: Any) -> Float:
            return np.array([self.model.getSolVal(solution, v) for v in variables])

        def broken(self, x: Float) -> bool:
            if lazy.shape[0] and (lazy @ x < 1.0 - 1e-6).any():
                return True
            return bool((x[worths.column] > worths.at(x) + tolerance).any())

        def separate(self, x: Float) -> tuple[int, bool]:
            """(rows added, whether the node is thereby infeasible)."""
            added, dead = 0, False
            value, constant, coefficients = worths.cuts(x)
            for k in np.flatnonzero(x[worths.column] > value + tolerance):
                low, high = coefficients.indptr[k], coefficients.indptr[k + 1]
                used = zip(coefficients.indices[low:high], coefficients.data[low:high], strict=True)
                terms = [(int(j), -float(a)) for j, a in used if a]
                dead |= self.add([(int(worths.column[k]), 1.0), *terms], None, float(constant[k]))
                added += 1
            if lazy.shape[0]:
                slack = lazy @ x - 1.0
                worst = np.argsort(slack, kind="stable")[:_LAZY_AT_ONCE]
                for row in worst[slack[worst] < -1e-6]:
                    columns = lazy.indices[lazy.indptr[row] : lazy.indptr[row + 1]]
                    dead |= self.add([(int(j), 1.0) for j in columns], 1.0, None)
                    added += 1
            return added, dead

        def add(
            self, terms: list[tuple[int, float]], lower: float | None, upper: float | None
        ) -> bool:
            row = self.model.createEmptyRowUnspec(lhs=lower, rhs=upper, local=False, removable=True)
            self.model.cacheRowExtensions(row)
            for j, value in terms:
                self.model.addVarToRow(row, self.inside[j], value)
            self.model.flushRowExtensions(row)
            dead = self.model.addCut(row, forcecut=True)
            self.model.releaseRow(row)
            return bool(dead)

        def answered(self, x: Float, otherwise: Any) -> dict[str, Any]:
            added, dead = self.separate(x)
            if dead:
                return {"result": RESULT.CUTOFF}
            return {"result": RESULT.SEPARATED if added else otherwise}

        def conssepalp(self, constraints: Any, nusefulconss: int) -> dict[str, Any]:
            return self.answered(self.values(None), RESULT.DIDNOTFIND)

        def consenfolp(
            self, constraints: Any, nusefulconss: int, solinfeasible: bool
        ) -> dict[str, Any]:
            x = self.values(None)
            self.propose(x)
            return self.answered(x, RESULT.FEASIBLE)

        def consenfops(
            self, constraints: Any, nusefulconss: int, solinfeasible: bool, objinfeasible: bool
        ) -> dict[str, Any]:
            broken = self.broken(self.values(None))
            return {"result": RESULT.SOLVELP if broken else RESULT.FEASIBLE}

        def conscheck(
            self,
            constraints: Any,
            solution: Any,
            checkintegrality: bool,
            checklprows: bool,
            printreason: bool,
            completely: bool,
        ) -> dict[str, Any]:
            x = self.values(solution)
            if not self.broken(x):
                return {"result": RESULT.FEASIBLE}
            self.propose(x)
            return {"result": RESULT.INFEASIBLE}

        def conslock(self, constraint: Any, locktype: int, nlockspos: int, nlocksneg: int) -> None:
            # A greater θ or fewer open options may break a cut.
            for j, variable in enumerate(variables):
                if j < len(projection.kept):
                    self.model.addVarLocksType(variable, locktype, nlockspos, nlocksneg)
                else:
                    self.model.addVarLocksType(variable, locktype, nlocksneg, nlockspos)

        def propose(self, x: Float) -> None:
            """Keep whole options for the heuristic, which may add solutions; each but once."""
            kept = x[: len(projection.kept)]
            whole = projection.master.integer[: len(kept)]
            if np.abs(kept[whole] - np.round(kept[whole])).max(initial=0.0) > 1e-6:
                return
            plan = projection.completed(
                np.concatenate([np.where(whole, np.round(kept), kept), x[len(kept) :]])
            )
            known = plan.tobytes()
            if known not in self.proposed and not self.broken(plan):
                self.proposed.add(known)
                self.pending.append(plan)

    class Submit(pyscipopt.Heur):
        """Submits what the constraint handler has put aside, and each node's plan rounded."""

        def round(self, rounding: Rounding) -> None:
            upper = np.array([v.getUbLocal() for v in cuts.inside[:n_kept]])
            x = np.zeros(len(variables))
            x[:n_kept] = rounding.plan(cuts.values(None)[:n_kept], upper)
            cuts.propose(x)

        def heurexec(self, heurtiming: Any, nodeinfeasible: bool) -> dict[str, Any]:
            found = False
            after = heurtiming & (timing.AFTERLPNODE | timing.AFTERLPPLUNGE)
            if rounding is not None and after and self.model.getLPSolstat() == LP.OPTIMAL:
                self.round(rounding)
            while cuts.pending:
                x = cuts.pending.pop()
                solution = self.model.createSol(self)
                for variable, value in zip(variables, x, strict=True):
                    self.model.setSolVal(solution, variable, float(value))
                found |= bool(self.model.trySol(solution))
            return {"result": RESULT.FOUNDSOL if found else RESULT.DIDNOTFIND}

    cuts = Cuts()
    cuts.pending = []
    cuts.proposed = set()
    model.includeConshdlr(
        cuts, "siting_cuts", "cuts that tell what options are worth",
        sepapriority=100, enfopriority=-10, chckpriority=-5_000_000, sepafreq=1,
        eagerfreq=1, maxprerounds=0, needscons=False,
    )  # fmt: skip
    model.includeHeur(
        Submit(), "siting_submit", "plans at their true worth", "!", priority=1_000_000,
        timingmask=timing.BEFORENODE | timing.DURINGLPLOOP | timing.AFTERLPLOOP
        | timing.AFTERLPNODE | timing.AFTERPSEUDONODE,
    )  # fmt: skip
    return cuts
