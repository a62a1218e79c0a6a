"""What formats and rules are called in what a command prints, as its scenario or results say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from siting.texts.names import Names
from siting.texts.words import Lang

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario


def names_of(scenario: Scenario, lang: Lang) -> Names:
    """Names of a scenario; its problem is made only where a rule is to be named."""
    return with_rules(Names(lang, scenario.standards.names(lang)), scenario.problem)


def names_in(lang: Lang, *results: Result) -> Names:
    """Names that stored results bring; the first that names a format says how."""
    formats: dict[str, str] = {}
    for result in results:
        for id, told in result.record.get("formats", {}).items():
            formats.setdefault(id, told[lang])
    return Names(lang, formats)


def with_rules(names: Names, problem: Callable[[], Problem]) -> Names:
    """Names that also know the rules of a problem."""
    from siting.result.naming import rules_called

    return replace(names, find_rules=lambda: rules_called(problem(), names))
