"""What Branch-and-Benders-cut hangs into SCIP: a constraint handler and a heuristic.

Imported when SCIP runs: :mod:`siting.solvers.benders` says what it can do without the library.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pyscipopt
from pyscipopt.scip import PY_SCIP_HEURTIMING as timing  # noqa: N811
from pyscipopt.scip import PY_SCIP_LPSOLSTAT as LP
from pyscipopt.scip import PY_SCIP_RESULT as RESULT

from siting.solvers.projection import Float, Projection
from siting.solvers.rounding import Rounding

_VIOLATION = 1e-7
"""Of a cut, relative to the people of its block."""
_LAZY_AT_ONCE = 200
"""Broken rows of a set cover added at a time, worst first."""


def include(model: Any, variables: list[Any], projection: Projection) -> Cuts:
    """The constraint handler and the heuristic that submits plans at their true worth."""
    cuts = Cuts(projection, variables)
    model.includeConshdlr(
        cuts,
        "siting_cuts",
        "cuts that tell what options are worth",
        sepapriority=100,
        enfopriority=-10,
        chckpriority=-5_000_000,
        sepafreq=1,
        eagerfreq=1,
        maxprerounds=0,
        needscons=False,
    )
    model.includeHeur(
        Submit(cuts),
        "siting_submit",
        "plans at their true worth",
        "!",
        priority=1_000_000,
        timingmask=timing.BEFORENODE
        | timing.DURINGLPLOOP
        | timing.AFTERLPLOOP
        | timing.AFTERLPNODE
        | timing.AFTERPSEUDONODE,
    )
    return cuts


class Cuts(pyscipopt.Conshdlr):
    """θ is at most what the options are worth; every set-cover row holds."""

    def __init__(self, projection: Projection, variables: list[Any]):
        self.projection = projection
        self.variables = variables
        self.tolerance = _VIOLATION * projection.worths.total
        self.pending: list[Float] = []
        """Plans to be submitted."""
        self.proposed: set[bytes] = set()
        """Plans that were submitted or wait for it."""

    @cached_property
    def inside(self) -> list[Any]:
        """The variables as SCIP works on them."""
        return [self.model.getTransformedVar(v) for v in self.variables]

    def values(self, solution: Any) -> Float:
        """Of a solution; None = the linear program's."""
        return np.array([self.model.getSolVal(solution, v) for v in self.variables])

    def broken(self, x: Float) -> bool:
        """Whether a point breaks a set-cover row or claims more than its options are worth."""
        lazy, worths = self.projection.lazy, self.projection.worths
        if lazy.shape[0] and (lazy @ x < 1.0 - 1e-6).any():
            return True
        return bool((x[worths.column] > worths.at(x) + self.tolerance).any())

    def separate(self, x: Float) -> tuple[int, bool]:
        """(rows added, whether the node is thereby infeasible)."""
        lazy, worths = self.projection.lazy, self.projection.worths
        added, dead = 0, False
        value, constant, coefficients = worths.cuts(x)
        for k in np.flatnonzero(x[worths.column] > value + self.tolerance):
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

    def add(self, terms: list[tuple[int, float]], lower: float | None, upper: float | None) -> bool:
        """Add a cut; whether the node is thereby infeasible."""
        row = self.model.createEmptyRowUnspec(lhs=lower, rhs=upper, local=False, removable=True)
        self.model.cacheRowExtensions(row)
        for j, value in terms:
            self.model.addVarToRow(row, self.inside[j], value)
        self.model.flushRowExtensions(row)
        dead = self.model.addCut(row, forcecut=True)
        self.model.releaseRow(row)
        return bool(dead)

    def answered(self, x: Float, otherwise: Any) -> dict[str, Any]:
        """What SCIP is told after separation; ``otherwise`` where nothing was cut off."""
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
        for j, variable in enumerate(self.variables):
            if j < len(self.projection.kept):
                self.model.addVarLocksType(variable, locktype, nlockspos, nlocksneg)
            else:
                self.model.addVarLocksType(variable, locktype, nlocksneg, nlockspos)

    def propose(self, x: Float) -> None:
        """Keep whole options for the heuristic, which may add solutions; each but once."""
        kept = x[: len(self.projection.kept)]
        whole = self.projection.master.integer[: len(kept)]
        if np.abs(kept[whole] - np.round(kept[whole])).max(initial=0.0) > 1e-6:
            return
        plan = self.projection.completed(
            np.concatenate([np.where(whole, np.round(kept), kept), x[len(kept) :]])
        )
        known = plan.tobytes()
        if known not in self.proposed and not self.broken(plan):
            self.proposed.add(known)
            self.pending.append(plan)


class Submit(pyscipopt.Heur):
    """Submits what the constraint handler has put aside, and each node's plan rounded."""

    def __init__(self, cuts: Cuts):
        self.cuts = cuts
        self.rounding = Rounding.of(cuts.projection)

    def round(self, rounding: Rounding) -> None:
        """Propose the node's plan rounded."""
        n_kept = len(self.cuts.projection.kept)
        upper = np.array([v.getUbLocal() for v in self.cuts.inside[:n_kept]])
        x = np.zeros(len(self.cuts.variables))
        x[:n_kept] = rounding.plan(self.cuts.values(None)[:n_kept], upper)
        self.cuts.propose(x)

    def heurexec(self, heurtiming: Any, nodeinfeasible: bool) -> dict[str, Any]:
        found = False
        after = heurtiming & (timing.AFTERLPNODE | timing.AFTERLPPLUNGE)
        if self.rounding is not None and after and self.model.getLPSolstat() == LP.OPTIMAL:
            self.round(self.rounding)
        while self.cuts.pending:
            x = self.cuts.pending.pop()
            solution = self.model.createSol(self)
            for variable, value in zip(self.cuts.variables, x, strict=True):
                self.model.setSolVal(solution, variable, float(value))
            found |= bool(self.model.trySol(solution))
        return {"result": RESULT.FOUNDSOL if found else RESULT.DIDNOTFIND}
