"""A study as a command runs it: its news on a line, and what is said where there is no plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

from siting.commands.why_none import print_why
from siting.texts.words import Lang

if TYPE_CHECKING:
    from siting.analysis.study import Study
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario

NO_PLAN = {True: 3, False: 4}
"""Exit codes, by whether it is proven that no plan keeps every rule."""


@contextmanager
def shown(
    interrupt: Event,
    method: str = "auto",
    time_limit: float | None = 300,
    gap: float = 0.0,
    seed: int = 0,
    threads: int | None = None,
) -> Iterator[Study]:
    """A study whose news are shown while it runs.

    Args:
        interrupt: ends its solves with what they have.
        time_limit: seconds, of all solves; None = no limit.
    """
    from siting.analysis.study import Study
    from siting.commands.terminal import ProgressLine

    with ProgressLine() as listener:
        yield Study(method, time_limit, gap, seed, threads, listener, interrupt)


def without_plan(
    proven: bool, sentence: str, problem: Problem, scenario: Scenario, lang: Lang, interrupt: Event
) -> int:
    """Say that there is no plan and, where that is proven, which rules are in conflict.

    Returns:
        The exit code.
    """
    print(sentence)
    if proven:
        print_why(problem, scenario, lang, interrupt)
    return NO_PLAN[proven]


def weighed(result: Result, lang: Lang) -> list[str]:
    """What a study's people stand for, where the objective weighs them; above its figures."""
    from siting.result.headline import weighed as told

    return told(result, lang)
