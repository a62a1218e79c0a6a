"""One budget over many cities: ``python -m benchmarks programme``.

    python -m benchmarks programme
    python -m benchmarks programme --cities 12 --case cities --again

*towns*: three synthetic towns so small that all their plans are counted, so the best way to share
a tenth of the money that all they could open costs is known. *cities*: the synthetic cities of
``python -m benchmarks sweep``, with half of the money that they would have alone. It is shared out
by ``siting sweep --share-budget``; beside it stand an equal share each and a share by residents,
each solved to the optimum with what it then has. A case is written to results/programme.json as
soon as it is done, and kept unless ``--again``.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import siting
from benchmarks.cases import CACHE
from benchmarks.commandline import parser
from benchmarks.ledger import Ledger, Record, in_words, replace_file
from benchmarks.pages import page, percent, rounded
from benchmarks.sweep import ASK, WORKERS, drawn
from benchmarks.sweep import siting as run
from siting.demo import make_city
from siting.problem import Problem
from siting.verification.evaluation import evaluate

CASES = ("towns", "cities")
TOWNS, TOWN = 3, (80, 6, 2)
"""How many, and their points, sites and formats."""
PART, PART_OF_ALL = 0.5, 0.1
"""Of the cities' own budgets together; of towns, of what all that they could open costs."""
BUDGET = "budget.total"
"""The row whose limit is the money."""
COLUMNS = (
    "case", "circles", "money", "spent", "people newly covered", "bound", "gap %",
    "best by counting", "equal shares", "by residents", "more than equal %", "solves", "s",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Measure what is missing, and write; 1 where a bound does not hold."""
    options = parser("programme", __doc__)
    options.add_argument("--cities", type=int, default=12)
    options.add_argument("--case", choices=CASES, action="append", help="default: both")
    given = options.parse_args(arguments)
    ledger = Ledger(
        "programme",
        COLUMNS,
        row,
        "python -m benchmarks programme",
        given.out,
        given.again,
        order=lambda record: CASES.index(record["case"]),
    )
    for case in given.case or CASES:
        if ledger.has(case):
            print(f"{case}: recorded already; --again measures it anew")
            continue
        print(f"{case} ...", file=sys.stderr, flush=True)
        folder = towns(given.seed) if case == "towns" else drawn(given.cities, given.seed)
        ledger.put(case, {"case": case, **measured(folder, counted=case == "towns")})
    write_page(ledger, given.out)
    print((given.out / "programme.md").read_text(encoding="utf-8"))
    return int(any(not holds(record) for record in ledger.records.values()))


def towns(seed: int) -> Path:
    """A folder of towns whose plans can be counted."""
    home = CACHE / f"programme-towns-{seed}"
    for number in range(TOWNS):
        if not (home / f"town-{number}" / "scenario.yaml").exists():
            make_city(*TOWN, out=home / f"town-{number}", seed=1000 * seed + number)
    return home


def measured(folder: Path, *, counted: bool) -> dict[str, Any]:
    """A programme beside what is known of it.

    Args:
        counted: whether all plans are counted.
    """
    scenarios = [siting.load(city) for city in sorted(folder.iterdir()) if city.is_dir()]
    problems = [scenario.problem() for scenario in scenarios]
    money = [next(r for r in problem.rules if r.name == BUDGET) for problem in problems]
    own = [int(rule.options.sum() if counted else rule.rhs[0]) for rule in money]
    total = int((PART_OF_ALL if counted else PART) * sum(own))
    out = CACHE / "programme-out"
    shutil.rmtree(out, ignore_errors=True)
    begun = time.monotonic()
    run(
        "sweep", folder, *ASK, "--workers", WORKERS, "--share-budget", total, "--out", out,
    )  # fmt: skip
    seconds = time.monotonic() - begun
    told = json.loads((out / "programme.json").read_text(encoding="utf-8"))
    solves = len(pd.read_csv(out / "frontier.csv"))
    shutil.rmtree(out)
    residents = [int(problem.persons.max(axis=0).sum()) for problem in problems]
    people = sum(residents)
    return {
        "circles": len(problems),
        "solves": solves,
        "seconds": seconds,
        "programme": told,
        "counted": best_by_counting(problems, total) if counted else None,
        "equal": alone(problems, [total // len(problems)] * len(problems)),
        "by_residents": alone(problems, [total * one // people for one in residents]),
    }


def alone(problems: list[Problem], budgets: list[int]) -> float:
    """What cities gain by themselves, each with so much money."""
    found = 0.0
    for problem, budget in zip(problems, budgets, strict=True):
        result = siting.solve(problem.replace(budget=budget), method="highs", threads=1)
        assert result.status == "optimal"
        found += result.objective or 0.0
    return found


def best_by_counting(problems: list[Problem], total: int) -> float:
    """The most people that any plan of each town together can cover for the money."""
    best = {0: 0.0}
    for problem in problems:
        plans = frontier(problem.replace(budget=total))
        joint: dict[int, float] = {}
        for money, people in best.items():
            for more, further in plans.items():
                if money + more <= total:
                    at = money + more
                    joint[at] = max(joint.get(at, 0.0), people + further)
        best = undominated(joint)
    return max(best.values())


def frontier(problem: Problem) -> dict[int, float]:
    """Money and people of every plan that keeps all rules and that no other is better than."""
    found: dict[int, float] = {}
    budget = next(k for k, rule in enumerate(problem.rules) if rule.name == BUDGET)
    for size in range(problem.n_options + 1):
        for options in combinations(range(problem.n_options), size):
            judged = evaluate(problem, np.array(options, np.int64))
            if judged.feasible:
                spent = int(judged.rules[budget].used)
                found[spent] = max(found.get(spent, 0.0), judged.objective)
    return undominated(found)


def undominated(found: dict[int, float]) -> dict[int, float]:
    """Those that nothing cheaper reaches."""
    kept: dict[int, float] = {}
    for money in sorted(found):
        if not kept or found[money] > max(kept.values()):
            kept[money] = found[money]
    return kept


def holds(record: Record) -> bool:
    """No sharing that is known beats the bound."""
    known = [record["programme"]["objective"], record["equal"], record["by_residents"]]
    known += [record["counted"]] if record["counted"] is not None else []
    return bool(record["programme"]["bound"] >= max(known) * (1 - 1e-9))


def row(record: Record) -> tuple[Any, ...]:
    """A row of the page."""
    told = record["programme"]
    more = told["objective"] / record["equal"] - 1 if record["equal"] else None
    return (
        record["case"],
        record["circles"],
        told["total"],
        told["spent"],
        told["objective"],
        rounded(told["bound"], 1),
        rounded(percent(told["gap"]), 3),
        record["counted"],
        record["equal"],
        record["by_residents"],
        rounded(percent(more), 2),
        record["solves"],
        rounded(record["seconds"], 1),
    )


def write_page(ledger: Ledger, folder: Path) -> None:
    """programme.md beside programme.json."""
    if not ledger.records:
        return
    said = (
        "Synthetic towns (a tenth of the money that all they could open costs) and cities (half of",
        "the money that they would have alone; `siting demo`, synthetic data), by `siting sweep",
        "--share-budget`. The bound holds for every way to share the money and every plan. *Best",
        "by counting*: of all plans of all towns. *Equal shares*, *by residents*: each city at its",
        "optimum with its part.",
    )
    machine = in_words(list(ledger.records.values())[-1]["machine"])
    text = page(
        "One budget over many circles", said, ledger.columns, ledger.rows(), ledger.command, machine
    )
    replace_file(folder / "programme.md", text)
