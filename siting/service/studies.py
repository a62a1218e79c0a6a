"""Jobs that study a plan, each in the job's own process: what ``siting COMMAND --json`` tells goes
to ``found.json``, and what it writes to the job's ``result``."""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import siting
from siting.analysis.audit.reopen import Reopened, current
from siting.as_json import json_text, rows
from siting.complete_files import complete_file, make_folder
from siting.result import Result
from siting.service.worker import RESULT

if TYPE_CHECKING:
    from threading import Event

    import numpy as np
    from numpy.typing import NDArray

    from siting.problem import Problem
    from siting.scenario import Scenario
    from siting.service.worker import News

FOUND = "found.json"
Task = dict[str, Any]
Ended = tuple[dict[str, Any], int]
"""What the job tells of its end, and the exit code that the command would have."""


def load(task: Task) -> Scenario:
    """The task's scenario. Raises InputError with all its faults."""
    return siting.load(
        task["scenario"],
        task.get("variant"),
        tuple(task.get("set") or ()),
        confined=task.get("confined", False),
    )


def study(task: Task, news: News, asked: Event) -> siting.Study:
    """The settings of a search."""
    return siting.Study(
        task.get("method") or "auto",
        task["time_limit"],
        gap=task.get("gap") or 0.0,
        seed=task.get("seed") or 0,
        threads=task.get("threads"),
        listener=news,
        interrupt=asked,
    )


def explain(task: Task, folder: Path, news: News, asked: Event) -> Ended:
    """``siting explain``, as data."""
    opened = _reopened(task)
    settings = study(task, news, asked)
    site, format_, group = (task.get(name) for name in ("site", "format", "group"))
    if format_ is not None:
        format_ = opened.scenario.standards.id_of(format_)
    if group is not None:
        told = siting.explain_group(opened.scenario, opened.result, group, format_, settings)
        _keep(folder, told.record())
    elif site is None and format_ is None:
        _keep(folder, asdict(siting.explain(opened.problem, opened.result, settings)))
    else:
        place = siting.explain_site(opened.problem, opened.result, site, format_, settings)
        _keep(folder, place.record())
    return {"status": "explained"}, 0


def alternatives(task: Task, folder: Path, news: News, asked: Event) -> Ended:
    """``siting alternatives``."""
    found = siting.alternatives(
        load(task),
        Fraction(str(task.get("within", 0.02))),
        task.get("count", 5),
        task.get("least", 2),
        task.get("by", "sites"),
        prove=task.get("prove", False),
        study=study(task, news, asked),
    )
    sites = [asdict(use) for use in found.sites]
    _keep(folder, {"table": rows(found.table), "sites": sites, "complete": found.complete})
    if found.plans:
        return {"status": "feasible", "plans": len(found.plans)}, 0
    return ({"status": "infeasible"}, 3) if found.complete else ({"status": "no_solution"}, 4)


def compare(task: Task, folder: Path, news: News, asked: Event) -> Ended:
    """``siting compare`` of stored results."""
    results = {f"{at}": Result.load(place) for at, place in enumerate(task["results"], 1)}
    found = siting.compare(results)
    told = {name: rows(getattr(found, name)) for name in ("people", "differences")}
    _keep(folder, {"figures": rows(found.table), **told, "warnings": found.warnings})
    return {"status": "compared"}, 0


def report(task: Task, folder: Path, news: News, asked: Event) -> Ended:
    """``siting report``: files in the job's ``result``."""
    from siting.report import deliverables

    scenario, stored = load(task), Result.load(task["result"])
    make_folder(folder / RESULT)
    made = deliverables.write(
        stored,
        scenario.problem(),
        scenario,
        task.get("format") or ["html"],
        folder / RESULT,
        task.get("lang") or "en",
        beside=Path(task["result"]),
        unit=task.get("unit") or "",
        number=task.get("number") or "",
    )
    return {"status": "written", "files": [file.name for file in made]}, 0


def progress(task: Task, folder: Path, news: News, asked: Event) -> Ended:
    """``siting progress``: the quarterly report of a plan and its ledger."""
    from siting.execution.documents import wanted, write_progress
    from siting.execution.pages import Letter

    opened = _reopened(task)
    found = siting.progress(opened, task["ledger"], task["quarter"])
    letter = Letter((), task.get("unit") or "", task.get("number") or "")
    formats = wanted(",".join(task["format"]))
    made = write_progress(found, folder / RESULT, formats, task.get("lang") or "zh", letter)
    return {"status": "written", "files": [file.name for file in made]}, 0


def replanned(task: Task, problem: Problem, scenario: Scenario, news: News, asked: Event) -> Result:
    """``siting replan``: the best plan near the one of the task."""
    from siting.analysis.studies.replan import place_of

    ids = {problem.site_id(s) for s in range(problem.n_sites)}

    def places(name: str) -> list[tuple[str, str | None]]:
        found = (place_of(text, ids) for text in task.get(name) or ())
        return [(site, f if f is None else scenario.standards.id_of(f)) for site, f in found]

    return siting.replan(
        problem,
        near(task, problem),
        lock=places("lock"),
        forbid=places("forbid"),
        most_changes=task.get("changes"),
        study=study(task, news, asked),
    ).result


def near(task: Task, problem: Problem) -> siting.Plan:
    """The approved plan: of the stored result, or what lies on the desk."""
    from siting.result.accounting import plan_of
    from siting.verification.evaluation import evaluate

    if "start" in task:
        return plan_of(problem, evaluate(problem, positions(task["start"], problem.n_options)))
    plan = current(problem, Result.load(task["result"]), []).plan
    assert plan is not None  # or current had refused
    return plan


def begin_of(start: Any, problem: Problem, scenario: Scenario) -> NDArray[np.int64]:
    """Options of a plan to begin with: those of the desk, rows made by hand, or a result's folder.

    Raises:
        InputError: rows that name what is not there, options outside of the problem.
    """
    import pandas as pd

    from siting.analysis.score import options_of
    from siting.solving.warm_start import start_options

    if isinstance(start, str):
        found, _ = start_options(problem, start)
        return positions([], 0) if found is None else found
    if start and isinstance(start[0], dict):
        return options_of(problem, pd.DataFrame(start), scenario.standards.ids)[0]
    return positions(start, problem.n_options)


def positions(start: list[int], n_options: int) -> NDArray[np.int64]:
    """Options of the desk. Raises InputError outside of the problem."""
    import numpy as np

    from siting.errors import InputError
    from siting.notice import Notice

    found = np.array(sorted(set(start)), np.int64)
    if len(found) and not 0 <= found[0] <= found[-1] < n_options:
        raise InputError(Notice("service.start_inside"))
    return found


def _reopened(task: Task) -> Reopened:
    """The stored result in today's problem; its scenario as the service found it on its shelf."""
    from siting.analysis.audit.result import changed_inputs

    scenario, stored = load(task), Result.load(task["result"])
    problem = scenario.problem()
    return Reopened(current(problem, stored, changed_inputs(stored, scenario)), scenario, problem)


def _keep(folder: Path, found: Any) -> None:
    with complete_file(folder / FOUND) as fresh:
        fresh.write_text(json_text(found), encoding="utf-8")


def kept(folder: Path) -> Any:
    """What a study of this folder found."""
    return json.loads((folder / FOUND).read_text(encoding="utf-8"))


STUDIES = {
    "explain": explain,
    "alternatives": alternatives,
    "compare": compare,
    "report": report,
    "progress": progress,
}
