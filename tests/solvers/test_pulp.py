"""What PuLP and the solvers behind it tell, in either version."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pulp
import pytest

from siting.solvers.base import Settings
from siting.solvers.child import WarmSolver
from siting.solvers.pulp import _End, _ended, _failed, _outcome, _printed
from tests.tools.programs import impossible, knapsack

GUROBI = (
    "Model too large for size-limited license; visit https://gurobi.com/unrestricted for more "
    "information"
)
CPLEX = "CPLEX Error  1016: Community Edition. Problem size limits exceeded."


@pytest.mark.parametrize("words", [GUROBI, CPLEX, "No Gurobi license found"])
def test_a_refusal_is_told_as_one(words: str) -> None:
    """Sold solvers refuse what their licence does not take: that, the solver's own words and what
    to do stand in one line."""
    told = str(_failed("GUROBI", RuntimeError(words)))
    assert told.startswith("GUROBI (behind PuLP) refuses: ")
    assert "name another solver" in told
    assert "\n" not in told


def test_another_failure_is_no_refusal() -> None:
    """What has nothing to do with a licence is a failure, in one line."""
    told = str(_failed("COIN_CMD", RuntimeError("Error while executing\n  cbc")))
    assert told == "COIN_CMD (behind PuLP) failed: Error while executing cbc"


@pytest.mark.parametrize("solver", ["HiGHS", "SCIP_PY"])
def test_any_solver_pulp_finds_can_be_asked(solver: str) -> None:
    """Optimum and infeasibility come back the same, and the outcome says who ran."""
    with WarmSolver("pulp") as warm:
        found = warm.solve(knapsack(), Settings(options={"solver": solver}))
        assert (found.status, found.objective, found.solver) == ("optimal", 8.0, solver)
        assert found.x is not None
        assert np.round(found.x).tolist() == [1, 0, 1]
        none = warm.solve(impossible(), Settings(options={"solver": solver}))
        assert none.status == "infeasible"


@pytest.mark.parametrize("solver", ["HiGHS", "SCIP_PY"])
def test_a_gap_without_a_bound_is_not_optimal(solver: str) -> None:
    """A solver that tells no bound and was allowed a gap has not proven its plan optimal."""
    with WarmSolver("pulp") as warm:
        found = warm.solve(knapsack(), Settings(gap=0.5, options={"solver": solver}))
    if found.bound is None:
        assert (found.status, found.limit) == ("feasible", "gap")


class _Problem:
    status, sol_status = -3, -3


def test_an_undefined_end_is_infeasible_only_where_the_solver_says_so() -> None:
    """CBC's presolve calls programs without a plan unbounded or infeasible; PuLP: undefined."""
    assert _ended(_Problem(), None, "Problem is infeasible - 0.01 seconds").infeasible
    assert not _ended(_Problem(), None, "Stopped on time").infeasible


@pytest.mark.parametrize(
    ("word", "means"),
    [("-1.03085e+07", -10308520.5843601), ("2.667", 8 / 3), ("-7e+06", -7_000_004.0), ("12", 12.0)],
)
def test_a_bound_is_no_better_than_its_digits(word: str, means: float) -> None:
    """CBC prints three places or six digits; what PuLP read with more of them is taken where both
    mean the same, not where they are of different moments."""
    bound, coarse = _printed(word)
    assert abs(bound - means) <= coarse <= 5e-6 * abs(means) + 5e-4
    told = SimpleNamespace(status=SimpleNamespace(name="TimeLimit"), has_solution=True)
    for best, expected in ((None, bound), (means, means), (bound + 3 * coarse, bound)):
        told.best_bound = best
        assert _ended(_Problem(), told, f"Lower bound:    {word}\n").bound == expected


def test_a_printed_bound_leaves_room_for_what_it_hides() -> None:
    """Of a run that the clock ended it is widened; a plan that the digits do not tell from it is
    still what the solver called it, optimal."""
    program = replace(knapsack(), objective=knapsack().objective * 1.3e6)
    variables = [SimpleNamespace(value=lambda x=x: x) for x in (1.0, 0.0, 1.0)]
    end = _End(False, True, False, "time", -1.03999e7, "", 50.0)
    stopped = _outcome(program, variables, end, 0.0)
    assert (stopped.status, stopped.objective, stopped.bound) == ("feasible", 10.4e6, 10_399_950.0)
    done = _outcome(program, variables, replace(end, limit="gap", bound=-1.03999e7 - 50), 0.0)
    assert (done.status, done.bound) == ("optimal", 10.4e6)


def test_the_version_is_one_we_know() -> None:
    """PuLP 3 and 4 are tried; a fifth has to be looked at."""
    assert pulp.__version__.split(".")[0] in ("2", "3", "4")
