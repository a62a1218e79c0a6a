"""A job's process: solves, tells news as JSON lines, and ends with its best plan when asked.

Run as ``python -m siting.service.worker FOLDER``. The parent holds the other end of standard input:
a line asks for the best plan so far, and so does its end, which comes whichever way the parent
ends, on every system. What is told goes to ``events.jsonl`` in the folder, where it outlives both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, cast

from siting.errors import SitingError
from siting.notice import Notice, in_every_language
from siting.progress import Progress
from siting.service.tail import Tail
from siting.system import children
from siting.texts.words import LANGS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

TASK, EVENTS, OUTCOME = "task.json", "events.jsonl", "outcome.json"
RESULT, FRONTIER, ANSWER = "result", "frontier.json", "answer.txt"
POINTS = 10
GRACE_SECONDS = 10.0
"""For a study that is asked to end."""
ORPHAN_SECONDS = 30.0
"""For a job whose service is gone."""
LEAST_APART_SECONDS = 0.2
"""News of one stage that only repeat figures are told so often."""


class News:
    """Appends progress to the file, each line with its number; goes on where an earlier process
    ended, which may have been in the middle of a line."""

    def __init__(self, file: Path):
        told = Tail(file).after(0)
        self._seq: int = told[-1]["seq"] if told else 0
        before: float = told[-1]["t"] if told else 0.0
        self._file = file
        self._cut = file.exists() and not file.read_bytes().endswith(b"\n")
        self._begun, self._last = time.monotonic() - before, ("", None, None)
        self._told = 0.0
        self._lock = threading.Lock()

    def __call__(self, progress: Progress) -> None:
        with self._lock:
            now = time.monotonic()
            same = (progress.stage, progress.objective, progress.bound)
            if same == self._last and now - self._told < LEAST_APART_SECONDS:
                return
            self._last, self._told = cast(Any, same), now
            self._seq += 1
            figures = {
                name: value if value is not None and isfinite(value) else None
                for name, value in (
                    ("objective", progress.objective),
                    ("bound", progress.bound),
                    ("gap", progress.gap),
                )
            }
            line = {
                "seq": self._seq,
                "t": round(now - self._begun, 2),
                "stage": progress.stage,
                **figures,
                "note": progress.note,
                "told": in_every_language(progress.note) if progress.note else None,
            }
            text = "\n" * self._cut + json.dumps(line, ensure_ascii=False) + "\n"
            # A full disk takes no news, and ends no solve.
            with suppress(OSError), self._file.open("a", encoding="utf-8") as file:
                file.write(text)
                self._cut = False


def main(folder: Path) -> int:
    """Do the folder's task; returns the exit code ``siting solve`` would."""
    asked = Event()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    task = json.loads((folder / TASK).read_text(encoding="utf-8"))
    try:
        from siting.service.studies import STUDIES

        known = {
            "solve": _solve,
            "replan": _solve,
            "frontier": _frontier,
            "words": _words,
            **STUDIES,
        }
        work = known["words" if task.get("in_words") else task["process"]]
        outcome, code = work(task, folder, News(folder / EVENTS), asked)
    except SitingError as error:
        faults = [asdict(f) | {"text": str(f)} for f in getattr(error, "faults", ())]
        told = {lang: error.in_language(lang) for lang in LANGS}
        outcome, code = {"error": str(error), "told": told, "faults": faults}, error.exit_code
    from siting.complete_files import complete_file

    with complete_file(folder / OUTCOME) as fresh:
        fresh.write_text(json.dumps(outcome | {"code": code}, ensure_ascii=False))
    return code


def _listen(asked: Event) -> None:
    """What the parent says is to end, and its own end is too; then nobody waits for this process,
    which has so long to store its best plan."""
    while os.read(0, 1):
        asked.set()
    asked.set()
    time.sleep(ORPHAN_SECONDS)
    children.end_all()


def failure(why: Notice) -> dict[str, Any]:
    """The outcome of a process that left none."""
    return {"error": str(why), "told": in_every_language(why)}


def _solve(
    task: dict[str, Any], folder: Path, news: News, asked: Event
) -> tuple[dict[str, Any], int]:
    import siting
    from siting.models.traits import traits_of
    from siting.problem.solution import Status
    from siting.report import folder as folders
    from siting.result.checkpoint import Checkpoint, place_of
    from siting.service import studies
    from siting.solving.arguments import objective_of

    replans = task["process"] == "replan"
    news(Progress(0.0, "reach"))
    scenario = studies.load(task)
    problem = scenario.problem()
    if replans and "result" in task:
        problem = problem.under(siting.Result.load(task["result"]).spec)
    inputs = dict(scenario.inputs)  # as they are read, not as they may be in the end
    place_of_plan = place_of(folder / RESULT)
    start, note = (None, "") if replans else _begin_with(place_of_plan, problem, scenario, task)
    if note:
        news(Progress(0.0, "reach", note=note))
    with folders.claim(folder / RESULT) as place:
        kept = Checkpoint(
            place_of_plan,
            problem,
            {"siting": siting.__version__, "scenario": scenario.name, "inputs": inputs},
            news,
            lambda fault: print(fault, file=sys.stderr),
            traits_of(objective_of(problem, task.get("model")).model).minimised,
        )
        result: Result = (
            studies.replanned(task, problem, scenario, news, asked)
            if replans
            else siting.solve(
                problem,
                task.get("model"),
                task.get("method") or "auto",
                time_limit=task["time_limit"],
                gap=task.get("gap") or 0.0,
                seed=task.get("seed") or 0,
                threads=task.get("threads"),
                memory_limit=task.get("memory_limit"),
                start=start,
                listener=kept,
                interrupt=asked,
            )
        )
        place.keep(result, scenario)
        kept.forget()
        news(Progress(0.0, "report", result.objective, result.bound, result.gap))
        place.add(problem, task.get("lang") or "en")
    codes: dict[Status, int] = {"optimal": 0, "feasible": 0, "infeasible": 3, "no_solution": 4}
    told = {
        "status": result.status,
        "limit": result.limit,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
    }
    return told, codes[result.status]


def _frontier(
    task: dict[str, Any], folder: Path, news: News, asked: Event
) -> tuple[dict[str, Any], int]:
    import siting
    from siting.complete_files import complete_file
    from siting.service import studies

    news(Progress(0.0, "reach"))
    scenario = studies.load(task)
    problem = scenario.problem()
    settings = studies.study(task, news, asked)
    found = siting.frontier(
        problem, task.get("limits"), task.get("points") or POINTS, study=settings
    )
    record = found.record()
    if task.get("curve") is not None:
        record = joined(task["curve"], record)
    with complete_file(folder / FRONTIER) as fresh:
        fresh.write_text(json.dumps(record), encoding="utf-8")
    planned = any(point["options"] is not None for point in record["points"])
    return {"status": "frontier", "points": len(record["points"])}, 0 if planned else 4


def joined(curve: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """A curve with further points in it, see :meth:`siting.analysis.studies.frontier.Frontier.
    record`: in ascending order of money; of two at one limit that with the better plan. The knees
    stay those of the curve, which few points more do not show better."""
    points = {point["limit"]: point for point in curve["points"]}
    for point in more["points"]:
        known = points.get(point["limit"], point)
        if known["objective"] is None or (point["objective"] or 0) >= known["objective"]:
            points[point["limit"]] = point
    return {**curve, "points": [points[limit] for limit in sorted(points)]}


def _words(
    task: dict[str, Any], folder: Path, news: News, asked: Event
) -> tuple[dict[str, Any], int]:
    """``siting explain`` of a stored result, in words: asked to end when this process is."""
    news(Progress(0.0, "explain"))
    options = ["--lang", task.get("lang") or "en", "--time-limit", str(task["time_limit"])]
    options += ["--threads", str(task["threads"])]
    options += ["--untrusted"] if task.get("confined") else []
    with (folder / ANSWER).open("wb") as answer:
        child = children.start(
            ["siting", "--with-parent", "explain", task["result"], *options],
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=sys.stderr,
        )
        while child.poll() is None:
            if asked.wait(0.2):
                children.ask_to_end(child)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(GRACE_SECONDS)
                children.kill(child)
    if child.stdin is not None:
        child.stdin.close()
    if child.returncode:
        why = Notice("service.study_failed", code=child.returncode)
        return failure(why) | {"faults": []}, child.returncode
    return {"status": "explained"}, 0


def _begin_with(
    place: Path, problem: Problem, scenario: Scenario, task: dict[str, Any]
) -> tuple[NDArray[np.int64] | None, str]:
    """The plan to begin with, and what is said of it: the one that an earlier process of this job
    had stored when it was ended, else the one that the task came with."""
    from siting.result.checkpoint import read
    from siting.service.studies import begin_of

    left = read(place)
    if left is None:
        start = task.get("start")
        return (None, "") if start is None else (begin_of(start, problem, scenario), "")
    import pandas as pd

    from siting.solving.warm_start import from_table
    from siting.texts.numbers import amount
    from siting.texts.words import Words

    options, lost = from_table(problem, pd.DataFrame(list(left.rows)))
    for sentence in lost:
        print(sentence, file=sys.stderr)
    words = Words.of(task.get("lang") or "en", "desk")
    return options, words.tell("goes_on", objective=amount(left.objective))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
