"""Do all solvers agree? Every model by every method that claims it, on the same small problems,
against plain enumeration: ``python -m tests.tools.conformance``.

Prints the table and writes it between the markers of models/README.md; test_conformance.py holds
the README to it, cell by cell.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import isclose
from pathlib import Path

import numpy as np

from siting import solve
from siting.errors import ArgumentError
from siting.models import MODELS
from siting.models.traits import formulated, traits_of
from siting.problem import Model, Objective, Problem
from siting.problem.solution import Solution
from siting.result import Result
from siting.solvers import SOLVERS
from siting.solvers.base import load
from siting.solvers.child import WarmSolver
from siting.solving.exact import solve_exact
from siting.solving.run import takes
from siting.verification.judge import verify
from tests.tools.brute import Best, brute_best
from tests.tools.examples import random_case

README = Path(__file__).parents[2] / "models" / "README.md"
BLOCK = re.compile(
    r"(<!-- conformance: python -m tests.tools.conformance -->\n)(.*?)(<!-- /conformance -->)",
    re.DOTALL,
)
CASES = 8
"""Random problems of each model, with random combinations of all rules."""
CITY = "city"
METHODS = (*SOLVERS, CITY)
CITY_SECONDS = 10.0
Warm = Callable[[str], WarmSolver]


@dataclass
class Tally:
    """How one method did on the problems of one model."""

    agreed: int = 0
    refused: int = 0
    """Cases that the method says it cannot take."""
    faults: list[str] = field(default_factory=list)

    @property
    def cell(self) -> str:
        """As the table shows it."""
        tried = self.agreed + len(self.faults)
        told = f"{self.agreed} of {tried}" if self.faults else str(self.agreed)
        return told + (f" (refuses {self.refused})" if self.refused else "")


def claims(method: str, model: Model) -> bool:
    """Whether a method says it solves a model."""
    if method == CITY:
        return traits_of(model).engine is not None
    return takes(load(method).FEATURES, model)


def agreement(model: Model, method: str, warm: Warm) -> Tally:
    """Solve the model's problems by one method and compare with plain enumeration."""
    tally = Tally()
    for seed in range(CASES):
        problem = case(model, method, seed)
        found = _by_city(problem) if method == CITY else _by_solver(problem, method, warm)
        if found is None:
            tally.refused += 1
            continue
        fault = difference(problem, found, brute_best(problem))
        if fault is None:
            tally.agreed += 1
        else:
            tally.faults.append(f"{model} by {method}, case {seed}: {fault}")
    return tally


def case(model: Model, method: str, seed: int) -> Problem:
    """A problem with random rules; the roads for walks at size take the literature's kind only."""
    if method != CITY or not traits_of(model).walks:
        problem = random_case(model, seed)
        if method == CITY and problem.objective.p == 0:
            # The public road, which city is tried on, asks for p >= 1.
            problem = problem.under(replace(problem.objective, p=1))
        return problem
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 12)), int(rng.integers(1, 8))
    walks = rng.integers(0, 9, (n, m)).astype(np.float64)
    walks[rng.random((n, m)) < 0.2] = np.inf
    problem = Problem.from_matrix(walks, weights=rng.integers(0, 5, n))
    return problem.under(Objective(model, p=int(rng.integers(1, m + 1))))


def _by_solver(problem: Problem, method: str, warm: Warm) -> Solution | None:
    solver = warm(method)
    if not takes(solver.features, formulated(problem, problem.objective)):
        return None
    try:
        return solve_exact(problem, problem.objective, method, solver=solver)
    except ArgumentError:
        return None


def _by_city(problem: Problem) -> Result | None:
    try:
        return solve(problem, method=CITY, time_limit=CITY_SECONDS, threads=1)
    except ArgumentError:
        return None


def difference(problem: Problem, found: Solution | Result, best: Best) -> str | None:
    """What contradicts the enumerated optimum; None where nothing does.

    A method that stops before it has proven anything (``city``) need not find the optimum: its
    plan and its bound must have it between them. Every plan goes through verification.
    """
    if best.objective is None:
        told = found.status in ("infeasible", "no_solution")
        return None if told else f"{found.status}, but no plan keeps the rules"
    wanted = in_model_units(problem, best.objective)
    if found.status not in ("optimal", "feasible") or found.objective is None:
        return f"{found.status}, but the optimum is {wanted:g}"
    checked = verify(problem, found)
    if not checked.ok:
        return f"refused by verification: {checked.violations[0]}"
    if checked.objective is None or not isclose(checked.objective, found.objective, abs_tol=1e-6):
        return f"claims {found.objective:g}, verified {checked.objective}"
    if found.bound is None:
        return "no bound"
    sign = -1.0 if traits_of(problem.objective.model).minimised else 1.0
    if sign * found.objective > sign * wanted + 1e-6 or sign * found.bound < sign * wanted - 1e-6:
        return f"{found.objective:g} with bound {found.bound:g}; the optimum is {wanted:g}"
    if found.status == "optimal" and not isclose(found.objective, wanted, abs_tol=1e-6):
        return f"calls {found.objective:g} optimal; the optimum is {wanted:g}"
    if found.status == "feasible" and not isinstance(found, Result):
        return f"stopped at {found.objective:g} without a proof"
    return None


def in_model_units(problem: Problem, value: int | Fraction) -> float:
    """An enumerated value in the unit that results are told in."""
    if problem.objective.model in ("max_cover", "capacitated_cover", "backup_cover", "p_median"):
        return float(value * problem.unit)
    if problem.objective.model == "complete_circle":
        return float(value / problem.person_units)
    return float(value)


def table(cells: dict[tuple[str, str], str]) -> str:
    """(model, method) -> cell, as Markdown."""
    lines = [("model", *METHODS), ("---",) * (len(METHODS) + 1)]
    lines += [(model, *(cells.get((model, m), "–") for m in METHODS)) for model in MODELS]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def written(readme: str) -> dict[tuple[str, str], str]:
    """The cells that README shows."""
    match = BLOCK.search(readme)
    if match is None:
        raise ValueError("models/README.md must hold the markers of the conformance table")
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in match[2].splitlines()
        if line.startswith("|")
    ]
    return {
        (row[0], method): cell
        for row in rows[2:]
        for method, cell in zip(rows[0][1:], row[1:], strict=True)
    }


def main() -> int:
    """Solve everything, print and write the table; exit code 1 when anybody disagrees."""
    running: dict[str, WarmSolver] = {}

    def warm(name: str) -> WarmSolver:
        if name not in running:
            running[name] = WarmSolver(name)
        return running[name]

    faults: list[str] = []
    cells: dict[tuple[str, str], str] = {}
    try:
        for model in MODELS:
            for method in METHODS:
                if claims(method, model):
                    tally = agreement(model, method, warm)
                    cells[model, method] = tally.cell
                    faults += tally.faults
    finally:
        for solver in running.values():
            solver.close()
    text = README.read_text(encoding="utf-8")
    README.write_text(
        BLOCK.sub(lambda match: match[1] + table(cells) + match[3], text), encoding="utf-8"
    )
    print(table(cells), end="")
    for fault in faults:
        print(fault, file=sys.stderr)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
