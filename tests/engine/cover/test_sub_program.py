"""A part of a plan as a program: its optimum is the best of all plans alike elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from siting.engine.cover.sub_program import SubProgram, new_slots, sub_program
from siting.engine.shared.cover_state import CoverState, fill
from siting.engine.shared.instance import Instance
from siting.engine.shared.rows import Rows
from siting.problem import Objective, Problem
from siting.solvers.base import Settings
from tests.tools.depth import examples
from tests.tools.engine_draws import empty_state, in_process, packed, plans_of
from tests.tools.problems import OF_PARTS, problems

FAMILIES = OF_PARTS | {"add_on", "mobile", "stands_in"}
SEEDS = st.integers(0, 2**32 - 1)


@dataclass
class Drawn:
    """A feasible plan on a state, and options to decide anew."""

    instance: Instance
    rows: Rows
    state: CoverState
    plans: np.ndarray
    worth: np.ndarray
    plan: np.ndarray
    free: np.ndarray


def draw(problem: Problem, seed: int, *, prices: float = 0.0) -> Drawn:
    """Any feasible plan and any set of options."""
    problem = problem.replace(objective=Objective(order="weighted"))
    instance, rows = packed(problem)
    plans, worth = plans_of(problem, instance)
    assume(len(plans))
    rng = np.random.default_rng(seed)
    plan = plans[rng.integers(len(plans))]
    theta = rng.random(len(rows)) * prices
    state = empty_state(instance, rows, theta)
    fill(state, np.flatnonzero(plan))
    free = np.flatnonzero(rng.random(instance.n_options) < rng.choice([0.4, 1.0]))
    return Drawn(instance, rows, state, plans, worth, plan, free)


def alike(drawn: Drawn) -> np.ndarray:
    """The feasible plans that differ from the drawn one among the free options only."""
    fixed = np.ones(drawn.instance.n_options, np.bool_)
    fixed[drawn.free] = False
    return (drawn.plans[:, fixed] == drawn.plan[fixed]).all(axis=1)


def optimum(part: SubProgram) -> float:
    """Of the program, by an outside solver."""
    outcome = in_process().solve(part.program, Settings())
    assert outcome.status == "optimal" and outcome.objective is not None
    return outcome.objective


@examples(80)
@given(problems(among=FAMILIES), SEEDS)
def test_the_program_is_the_best_of_all_plans_alike_elsewhere(problem: Problem, seed: int) -> None:
    """With any options free, under any rules, by enumeration; what stays is the state's."""
    d = draw(problem, seed)
    part = sub_program(d.instance, d.rows, d.state, d.free, new_slots(d.state), priced=False)
    best = int(d.worth[alike(d)].max()) * float(problem.unit)
    assert np.isclose(d.state.total[0] + optimum(part), best)
    assert sorted(part.was) == sorted(d.free[d.plan[d.free]])
    assert not d.state.chosen[d.free].any()


@examples(60)
@given(problems(among=FAMILIES), SEEDS)
def test_prices_are_charged_beside_the_rows(problem: Problem, seed: int) -> None:
    """The same where rows have prices: the best of people less price, openings included."""
    d = draw(problem, seed, prices=3.0)
    values = []
    for plan in d.plans[alike(d)]:
        fill(d.state, np.flatnonzero(plan))
        values.append(d.state.total[0] - d.state.total[2])
    fill(d.state, np.flatnonzero(d.plan))
    part = sub_program(d.instance, d.rows, d.state, d.free, new_slots(d.state), priced=True)
    rest = d.state.total[0] - d.state.total[2]
    assert np.isclose(rest + optimum(part), max(values), atol=1e-4)


@examples(60)
@given(problems(among=FAMILIES - {"opening"}), SEEDS)
def test_it_begins_with_the_plan_that_stood_there(problem: Problem, seed: int) -> None:
    """The program's start keeps its rows and is worth what the free options were worth."""
    d = draw(problem, seed)
    part = sub_program(d.instance, d.rows, d.state, d.free, new_slots(d.state), priced=False)
    program = part.program
    x = program.start
    assert x is not None
    left = program.rows @ x
    assert (left <= program.row_upper + 1e-9).all()
    assert (left >= program.row_lower - 1e-9).all()
    assert np.isclose(program.objective @ x, part.value, atol=1e-4)


@examples(40)
@given(problems(among=FAMILIES), SEEDS)
def test_scratch_is_left_clean(problem: Problem, seed: int) -> None:
    """The same slots serve any number of programs."""
    d = draw(problem, seed)
    slots = new_slots(d.state)
    sub_program(d.instance, d.rows, d.state, d.free, slots, priced=False)
    assert (slots == -1).all()
