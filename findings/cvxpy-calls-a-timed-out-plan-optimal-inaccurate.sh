#!/usr/bin/env bash
# cvxpy 1.9.3 with PySCIPOpt 6.3.0 and SciPy 1.17.1: a maximum coverage program that is cut short
# by its time limit, with some plan at hand, is told as "optimal_inaccurate" by SCIP and by SciPy's
# milp, however far from the bound the plan is (SCIP: a fifth of the people of the plan that HiGHS
# finds meanwhile, or less). The same with highspy 1.16.0 is told as "user_limit".
# "optimal_inaccurate" is documented for answers that miss a tolerance, not for a search half done.
# Expected: one word for a time limit. Way out: read the solver's own status and gap in
# problem.solver_stats.extra_stats.
# Seen: SCIP optimal_inaccurate 24,744; SCIPY optimal_inaccurate 243,051; HIGHS user_limit 236,077
# (7 s each; plans vary with the machine, words do not).
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q cvxpy==1.9.3 highspy==1.16.0 pyscipopt==6.3.0 scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/env/bin/python" - <<'PY'
import warnings

import cvxpy
import numpy as np

warnings.simplefilter("ignore")
rng = np.random.default_rng(1)
homes, premises = rng.uniform(0, 10, (6000, 2)), rng.uniform(0, 10, (600, 2))
people, cost = rng.integers(1, 100, 6000), rng.integers(10, 30, 600)
near = (((homes[:, None] - premises[None]) ** 2).sum(2) < 0.45**2).astype(float)
seconds = 7
ways = {
    "SCIP": {"scip_params": {"limits/time": seconds}},
    "SCIPY": {"scipy_options": {"time_limit": seconds}},
    "HIGHS": {"time_limit": seconds},
}
told = {}
for solver, options in ways.items():
    opened, served = cvxpy.Variable(600, boolean=True), cvxpy.Variable(6000)
    rules = [cost @ opened <= cost.sum() // 5, served <= near @ opened, served <= 1, served >= 0]
    problem = cvxpy.Problem(cvxpy.Maximize(people @ served), rules)
    problem.solve(solver=solver, **options)
    told[solver] = problem.status
    print("cvxpy", cvxpy.__version__, solver, problem.status, round(problem.value))
assert told == {
    "SCIP": "optimal_inaccurate",
    "SCIPY": "optimal_inaccurate",
    "HIGHS": "user_limit",
}, "a time limit has other words now"
PY
