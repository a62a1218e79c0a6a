"""Is any plan, bound or "infeasible" wrong? ``python -m tests.fuzz.truths --count N [--seed S]``.

Every second draw is a scenario written to files (:mod:`tests.tools.standing_draws`), judged by a
model that reads the contract's words and shares nothing with the program; the others are problems
with any of the rule families of :mod:`tests.tools.problems`, every second of them with people and
money near what floats and 64 bits hold (:mod:`tests.tools.vast`), judged by trying every plan. Each
is solved by one method. A find is: an exception; "optimal" that is not the best; a plan
better than the best or refused by its judge; a bound that the best beats; "infeasible" where a plan
is, or a plan where none is; a result that ``verify`` does not confirm. Same seed, same draws.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import siting
from siting.errors import ArgumentError
from siting.problem import Problem
from siting.result import Result
from siting.solvers.pool import SolverPool
from siting.verification.evaluation import evaluate
from tests.tools.brute import brute_best
from tests.tools.problems import FAMILIES, build
from tests.tools.standing_compare import differences, problem_of, told_worth
from tests.tools.standing_draws import draw_town
from tests.tools.standing_plans import Judge
from tests.tools.standing_search import best
from tests.tools.vast import vast

METHODS = ("highs", "city", "greedy", "auto", "city", "scip", "highs", "cpsat")
MOST_PLANS = 2000
"""That are tried of a scenario."""
WORK = {"city": 60}
"""Units of work for the method that ends by a limit alone."""
FLOAT = 2.0**-49
"""Relative: of a sum that is told as a float."""
REFUSALS = frozenset({"fault.whole_steps", "solver.whole_numbers"})
"""What a method may say of numbers that it cannot hold."""


def _solved(problem: Problem, method: str, pool: SolverPool, seconds: float = 120.0) -> Result:
    return siting.solve(
        problem,
        method=method,
        time_limit=None if method in WORK else seconds,
        work_limit=WORK.get(method),
        threads=1,
        solvers=pool,
    )


def town(number: int, method: str, pool: SolverPool) -> list[str]:
    """A scenario of its own, against the best of every plan by the contract's words."""
    drawn = draw_town(number, MOST_PLANS)
    judge = Judge(drawn)
    found, problem = best(judge), problem_of(drawn)
    result = _solved(problem, method, pool)
    if found is None:
        return [] if result.plan is None else ["a plan where there is none"]
    if result.plan is None:
        return _none_is_right(result)
    told = told_worth(drawn, result)
    finds = [f"by the town's rules: {one}" for one in differences(drawn, result, judge)]
    if told > found[0]:
        finds.append(f"plan worth {told}, the best is worth {found[0]}")
    if result.status == "optimal" and told != found[0]:
        finds.append(f"optimal at {told}, the best is worth {found[0]}")
    if result.bound is not None and float(sum(found[0])) > result.bound:
        finds.append(f"bound {result.bound}, the best is worth {sum(found[0])}")
    return finds + _unconfirmed(problem, result)


def rules(number: int, method: str, pool: SolverPool) -> list[str]:
    """A problem with up to six families of rules, against the best of every plan."""
    rng = np.random.default_rng(number)
    among = sorted(FAMILIES)
    on = frozenset(rng.choice(among, rng.integers(0, 7), replace=False).tolist())
    if rng.random() < 0.3:
        on |= {"capacity"}
    sizes = (int(rng.integers(1, 6)), int(rng.integers(1, 10)), int(rng.integers(1, 4)))
    two = {"tiers", "stands_in", "together", "max_formats", "add_on"} & on
    n_formats = max(sizes[2], 2) if two else sizes[2]
    dtype = (np.uint16, np.int32, np.float64)[int(rng.integers(3))]
    problem = build(on, sizes[0], sizes[1], n_formats, 10, dtype, rng)
    return against_all_plans(problem, method, pool)


def huge(number: int, method: str, pool: SolverPool) -> list[str]:
    """The same with numbers of any size."""
    rng = np.random.default_rng(number)
    return against_all_plans(vast(rng, capacity=rng.random() < 0.3), method, pool)


def against_all_plans(
    problem: Problem, method: str, pool: SolverPool, seconds: float = 120.0
) -> list[str]:
    """What is wrong with a method's answer, by the best of every plan; empty when nothing is. A
    method that a clock ends gets so many seconds."""
    if method in ("greedy", "cpsat") and problem.respect_capacity:
        method = "city"  # the one knows no capacities, the other no service in parts
    truth = brute_best(problem)
    try:
        result = _solved(problem, method, pool, seconds)
    except ArgumentError as error:
        if error.notice.key in REFUSALS:
            return []
        raise
    if truth.options is None:
        return [] if result.plan is None else ["a plan where there is none"]
    if result.plan is None:
        return _none_is_right(result)
    judged = evaluate(problem, result.plan.options, problem.objective)
    top = evaluate(problem, truth.options, problem.objective)
    finds = [f"by the rules: {one}" for one in judged.violations]
    mine, theirs = ([e.tiers[t] for t in sorted(e.tiers)] or [e.exact] for e in (judged, top))
    if mine > theirs:
        finds.append(f"plan worth {mine}, the best is worth {theirs}")
    # Where steps are finer than the floats that results tell, two that are told alike are one.
    if result.status == "optimal" and [*map(told, mine)] != [*map(told, theirs)]:
        finds.append(f"optimal at {mine}, the best is worth {theirs}")
    if result.bound is not None and float(top.exact) > result.bound * (1 + FLOAT):
        finds.append(f"bound {result.bound}, the best is worth {float(top.exact)}")
    return finds + _unconfirmed(problem, result)


def told(value: Fraction) -> float:
    """A sum as a result tells it, without the last bits that the order of adding may change."""
    return float(f"{float(value):.14g}")


def _none_is_right(result: Result) -> list[str]:
    """No plan, where there is one: a limit may be the reason, a proof may not."""
    if result.status == "infeasible":
        return ["infeasible, yet there is a plan"]
    return [] if result.limit else ["no plan, and no limit that says why"]


def _unconfirmed(problem: Problem, result: Result) -> list[str]:
    checked = siting.verify(problem, result)
    finds = [f"verify: {one}" for one in checked.violations]
    if result.status == "feasible" and result.limit is None:
        finds.append("feasible without a limit")
    return finds


DRAWS = (town, rules, town, huge)


def tried(number: int, pool: SolverPool) -> dict[str, Any]:
    """One draw: what it was, and the finds."""
    draw, method = DRAWS[number % 4], Random(number).choice(METHODS)
    try:
        finds = draw(number, method, pool)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        finds = [f"{type(error).__name__} at {where}: {error}"]
    return {"seed": number, "draw": draw.__name__, "method": method, "finds": finds}


def main(arguments: list[str] | None = None) -> int:
    """Try all draws, print the finds; exit code 1 where there are any."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end after so many")
    parser.add_argument("--log", type=Path, help="append a line of JSON a draw")
    given = parser.parse_args(arguments)
    begun, done = time.monotonic(), 0
    finds: list[dict[str, Any]] = []
    with closing(SolverPool()) as pool:
        for number in range(given.seed, given.seed + given.count):
            if time.monotonic() - begun > 60 * given.minutes:
                break
            line = tried(number, pool)
            done += 1
            finds += [{**line, "find": find} for find in line["finds"]]
            if given.log:
                with given.log.open("a", encoding="utf-8") as log:
                    log.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{done} draws, {len(finds)} finds, {time.monotonic() - begun:.0f} s")
    for one in finds:
        print(f"{one['seed']:7} {one['draw']:6} {one['method']:7} {one['find'][:300]}")
    return int(bool(finds))


if __name__ == "__main__":
    sys.exit(main())
