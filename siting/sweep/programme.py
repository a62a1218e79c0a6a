"""``--share-budget``: the solves behind a shared budget, as ordinary tasks of the sweep."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from siting.analysis.studies.bounds import WHOLE, Ceilings
from siting.complete_files import complete_file, write_table
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import Problem
from siting.problem.tiers import tiers_in_order
from siting.result import Result
from siting.scenario import Scenario, load
from siting.solving.arguments import objective_of
from siting.solving.exact import ceiling
from siting.sweep.ledger import Entry, Ledger
from siting.sweep.sharing import Choice, Circle, Programme, Straight, grid, share, wanted
from siting.sweep.task import Task, task_of

FIRST_POINTS, ROUNDS = 5, 2
RULE = "budget.total"
"""The row whose limit is the money."""

Run = Callable[[Sequence[Task]], list[Entry]]


@dataclass(frozen=True)
class Shared:
    """What came out: the money shared, and each circle's own task."""

    programme: Programme | None
    circles: tuple[Circle, ...]
    tasks: tuple[Task, ...]
    """The chosen one of each circle; where nothing could be chosen, the first."""
    entries: tuple[Entry, ...]
    every: tuple[tuple[Task, Entry], ...]
    """All that were solved on the way."""


def limits_of(told: Sequence[str], names: Sequence[str], option: str) -> dict[str, int]:
    """``[NAME=]N`` by circle; without a name, of every circle.

    Raises:
        ArgumentError: no such circle, or no whole number.
    """
    found: dict[str, int] = {}
    for text in told:
        name, _, number = text.rpartition("=")
        if not number.replace("_", "").isdigit() or (name and name not in names):
            known = ", ".join(names)
            raise ArgumentError(Notice("fault.circle_limit", option=option, text=text, names=known))
        found |= dict.fromkeys([name] if name else names, int(number.replace("_", "")))
    return found


def share_budget(
    tasks: Sequence[Task],
    ledger: Ledger,
    run: Run,
    total: int,
    least: Mapping[str, int],
    most: Mapping[str, int],
) -> Shared:
    """Solve each circle at several budgets, share, and solve again where it may help.

    Money goes where the weighted sum of people grows most: tiers do not come one after the other.

    Args:
        tasks: one a circle; their own budgets are not looked at.
        run: does tasks, those that are done already at once.
        least, most: money by the circle's label.
    """
    tasks = [_by_the_sum(task) for task in tasks]
    problems: dict[str, Problem] = {}
    circles = []
    for task in tasks:
        problem = _loaded(task).problem()
        spec = objective_of(problem, task.settings.model)
        problems[task.label] = problem = problem.under(spec)
        tiers = tuple(tiers_in_order(problem, spec)) or (WHOLE,)
        circle = Circle(
            task.label,
            least.get(task.label, 0),
            min(most.get(task.label, total), total),
            tiers=tiers,
            everybody=ceiling(problem, None),
        )
        circles.append(circle)
    asked = {c.name: grid(max(1, c.most), FIRST_POINTS) for c in circles}
    ceilings = {c.name: Ceilings() for c in circles}
    every: dict[str, tuple[Task, Entry]] = {}
    programme = None
    by_label = {task.label: task for task in tasks}
    for number in range(ROUNDS + 1):
        more = [at_budget(by_label[name], b) for name, budgets in asked.items() for b in budgets]
        if not more:
            break
        entries = run(more)
        every |= {task.key: (task, entry) for task, entry in zip(more, entries, strict=True)}
        for task, entry in zip(more, entries, strict=True):
            circle = next(c for c in circles if c.name == task.label)
            _learn(circle, ceilings[task.label], problems[task.label], task, entry, ledger)
        programme = share(circles, total)
        if programme is None or number == ROUNDS:
            break
        asked = wanted(circles, programme)
    chosen = []
    for circle in circles:
        mine = [pair for pair in every.values() if pair[0].label == circle.name]
        key = None if programme is None else programme.chosen[circle.name].key
        chosen.append(every[key] if key in every else mine[0])
    return Shared(
        programme,
        tuple(circles),
        tuple(task for task, _ in chosen),
        tuple(entry for _, entry in chosen),
        tuple(every.values()),
    )


def _by_the_sum(task: Task) -> Task:
    """People of different circles are compared by their weighted sum: there tiers have weights, and
    do not come one after the other."""
    scenario = _loaded(task)
    if scenario.problem().objective.order != "tiers":
        return task
    changed = load(task.scenario, task.variant, (*task.changes, "objective.order=weighted"))
    return task_of(changed, task.name, task.settings)


def at_budget(task: Task, budget: int) -> Task:
    """The same circle with so much money."""
    scenario = _loaded(task)
    settings = scenario.settings.budget
    plain = settings is None or set(settings.model_fields_set) <= {"total"}
    change = f"budget={budget}" if plain else f"budget.total={budget}"
    changed = load(task.scenario, task.variant, (*task.changes, change))
    return task_of(changed, task.name, task.settings)


def _loaded(task: Task) -> Scenario:
    return load(task.scenario, task.variant, task.changes)


def budget_of(task: Task) -> int:
    """The money of a task that :func:`at_budget` made."""
    return int(task.changes[-1].rpartition("=")[2])


def _learn(
    circle: Circle,
    ceilings: Ceilings,
    problem: Problem,
    task: Task,
    entry: Entry,
    ledger: Ledger,
) -> None:
    """A result's plan, and what it proves."""
    if entry.state != "done" or entry.status not in ("optimal", "feasible"):
        return
    budget = budget_of(task)
    result = Result.load(ledger.result_of(task))
    if result.plan is None or result.objective is None:
        return
    circle.choices.append(Choice(int(result.plan.budget["spent"]), result.objective, task.key))
    # A bound of several tiers holds for plans that are best tier by tier, not for all.
    alone = len(result.tiers) < 2
    if alone and result.certified_bound is not None:
        known = circle.certified.get(budget, circle.everybody)
        circle.certified[budget] = min(result.certified_bound, known)
    if alone and result.bound is not None:
        circle.steps[budget] = min(result.bound, circle.steps.get(budget, float("inf")))
    else:
        circle.steps.setdefault(budget, circle.everybody)
    ceilings.learn(problem.replace(budget=budget), result, RULE, budget)
    unit = problem.unit
    circle.lines = [
        Straight(
            line.tier if line.tier in circle.tiers else circle.tiers[0],
            (line.value - line.slope * line.at + line.held_slope * line.held) * Fraction(unit),
            line.slope * Fraction(unit),
        )
        for line in ceilings.lines
        if line.tier in circle.tiers or len(circle.tiers) == 1
    ]


def write(shared: Shared, out: Path) -> None:
    """``shares.csv``, a row a circle; ``frontier.csv``, a row a solve; ``programme.json``."""
    import pandas as pd

    programme = shared.programme
    rows = [
        {
            "circle": circle.name,
            "budget": budget_of(task),
            "spent": choice.spent if choice else None,
            "least": circle.least,
            "most": circle.most,
            "objective": choice.objective if choice else None,
            "result": entry.result or "",
        }
        for circle, task, entry in zip(shared.circles, shared.tasks, shared.entries, strict=True)
        for choice in [None if programme is None else programme.chosen.get(circle.name)]
    ]
    write_table(pd.DataFrame(rows), out / "shares.csv")
    points = [
        {
            "circle": task.label,
            "budget": budget_of(task),
            "status": entry.status or "",
            "objective": entry.objective,
            "bound": entry.bound,
            "result": entry.result or "",
        }
        for task, entry in shared.every
    ]
    frame = pd.DataFrame(points).sort_values(["circle", "budget"], kind="stable")
    write_table(frame, out / "frontier.csv")
    with complete_file(out / "programme.json") as fresh:
        fresh.write_text(json.dumps(record(shared), indent=1, ensure_ascii=False) + "\n", "utf-8")


def record(shared: Shared) -> dict[str, object]:
    """The whole in figures."""
    p = shared.programme
    if p is None:
        return {"status": "no_solution"}
    return {
        "status": "optimal" if p.gap == 0 else "feasible",
        "total": p.total,
        "spent": p.spent,
        "objective": p.objective,
        "bound": p.bound,
        "gap": p.gap,
        "certified_bound": p.certified_bound,
        "certified_gap": p.certified_gap,
        "people_per_million": p.price * 1e6,
        "circles": {name: choice.spent for name, choice in p.chosen.items()},
    }
