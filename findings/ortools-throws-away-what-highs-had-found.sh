#!/usr/bin/env bash
# ortools 9.15.6755 (HiGHS 1.12.0 inside): a maximum coverage program that HiGHS cannot end within the
# time limit. Through MathOpt the answer is FEASIBLE with plan and bound; through model_builder it is
# UNKNOWN_STATUS without either, and through pywraplp status 99 (unknown), with the value 0 and
# the bound 0, though the plan had been found just the same. SCIP through model_builder keeps its plan.
# Expected: FEASIBLE wherever there is a plan. Way out: MathOpt for HiGHS.
# Seen: MathOpt FEASIBLE 241,386 of at most 250,141; model_builder UNKNOWN_STATUS; pywraplp 99, 0, 0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q ortools==9.15.6755 numpy==2.4.6
cd "$work"
"$work/env/bin/python" - <<'PY'
from datetime import timedelta

import numpy as np
import ortools
from ortools.linear_solver import pywraplp
from ortools.linear_solver.python import model_builder
from ortools.math_opt.python import mathopt

rng = np.random.default_rng(1)
homes, premises = rng.uniform(0, 10, (6000, 2)), rng.uniform(0, 10, (600, 2))
people, cost = rng.integers(1, 100, 6000).tolist(), rng.integers(10, 30, 600).tolist()
near = ((homes[:, None] - premises[None]) ** 2).sum(2) < 0.45**2
reach = [np.flatnonzero(row).tolist() for row in near]
seconds = 12


def build(opened, served, add, maximize):
    add(sum(c * x for c, x in zip(cost, opened)) <= sum(cost) // 5)
    for point, sites in enumerate(reach):
        add(served[point] <= sum(opened[site] for site in sites))
    maximize(sum(w * y for w, y in zip(people, served)))


model = mathopt.Model()
x = [model.add_binary_variable() for _ in cost]
y = [model.add_variable(lb=0, ub=1) for _ in people]
build(x, y, model.add_linear_constraint, model.maximize)
limits = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds))
by_mathopt = mathopt.solve(model, mathopt.SolverType.HIGHS, params=limits)
reason = by_mathopt.termination.reason.name
print("ortools", ortools.__version__, "MathOpt:", reason, by_mathopt.termination.objective_bounds)

model = model_builder.Model()
x = [model.new_bool_var(f"x{site}") for site in range(600)]
y = [model.new_num_var(0, 1, f"y{point}") for point in range(6000)]
build(x, y, model.add, model.maximize)
solver = model_builder.Solver("HIGHS")
solver.set_time_limit_in_seconds(seconds)
by_builder = solver.solve(model).name
print("model_builder:", by_builder, solver.objective_value)

solver = pywraplp.Solver.CreateSolver("HIGHS")
x = [solver.BoolVar("") for _ in cost]
y = [solver.NumVar(0, 1, "") for _ in people]
build(x, y, solver.Add, solver.Maximize)
solver.SetTimeLimit(1000 * seconds)
by_wrapper = solver.Solve()
print("pywraplp:", by_wrapper)
assert reason == "FEASIBLE"
assert by_builder == "UNKNOWN_STATUS" and by_wrapper not in (
    pywraplp.Solver.OPTIMAL,
    pywraplp.Solver.FEASIBLE,
), "plans at the time limit are kept now"
PY
