"""``siting score``: a hand-made plan, judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    AsJson,
    Changes,
    Lang,
    Language,
    ScenarioPath,
    Untrusted,
    Variant,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.commands.named import names_of
from siting.commands.terminal import print_json, text_beside
from siting.texts.names import Names
from siting.texts.words import Words

if TYPE_CHECKING:
    from threading import Event

    from siting.analysis.score import Score
    from siting.problem import Problem
    from siting.result import Result


def score(
    scenario: ScenarioPath,
    plan: Annotated[
        Path,
        typer.Argument(metavar="PLAN.csv"),
    ],
    variant: Variant = None,
    change: Changes = None,
    untrusted: Untrusted = False,
    result: Annotated[Path | None, typer.Option(metavar="RESULT")] = None,
    best_within: Annotated[
        str,
        typer.Option(metavar="S"),
    ] = "60",
    lang: Language = Lang.en,
    as_json: AsJson = False,
) -> int:
    """Judge a hand-made plan: coverage, cost, rules broken, distance to the best."""
    tell = text_beside(as_json)
    limit = seconds(best_within)
    from siting.analysis.score import options_of
    from siting.analysis.score import score as judge
    from siting.commands.loading import load
    from siting.result import Result

    loaded = load(scenario, variant, change, untrusted)
    problem = loaded.problem()
    ids = loaded.standards.ids
    options_of(problem, plan, ids)  # faults in the table are told before anything is solved
    with interruptible() as interrupt:
        best = Result.load(result) if result is not None else _best(problem, limit, interrupt)
        found = judge(problem, plan, best, ids=ids)
        tell(_told(found, names_of(loaded, lang.value)))
        if as_json:
            print_json({**_figures(found), "coverage": found.coverage})
    return 0


def _figures(found: Score) -> dict[str, Any]:
    """What is said of the plan, without the plan, which the reader has."""
    names = ("objective", "feasible", "violations", "cost", "notes", "best", "bound", "distance")
    return {name: getattr(found, name) for name in (*names, "gap")}


def _best(problem: Problem, limit: float | None, interrupt: Event) -> Result | None:
    if limit == 0:
        return None
    from siting.commands.terminal import ProgressLine
    from siting.solving import solve

    with ProgressLine() as listener:
        return solve(problem, time_limit=limit, listener=listener, interrupt=interrupt)


def _told(score: Score, names: Names) -> str:
    from siting.commands.summary import plan_blocks
    from siting.notice import notices
    from siting.texts.numbers import percent, whole

    words = Words.of(names.lang, "score")
    head = [words["kept"]]
    if score.violations:
        head = [words["broken"].format(count=len(score.violations))]
        head += [
            f"  - {sentence}" for sentence in notices(score.violations, names.lang, names.sections)
        ]
    value = [words.titled(words["value"], whole(score.objective))]
    if score.best is not None:
        told = words["best"].format(best=whole(score.best), distance=percent(score.distance))
        value.append(told)
    if score.bound is not None:
        value.append(words["bound"].format(bound=whole(score.bound)))
    elif score.best is None:
        value.append(words["unknown"])
    blocks = [head, value, *plan_blocks(score.plan, names)]
    if score.notes:
        blocks.append(
            [
                words.titled(words["useless"]),
                *(f"  - {note}" for note in notices(score.notes, names.lang, names.sections)),
            ]
        )
    return "\n\n".join("\n".join(block) for block in blocks)
