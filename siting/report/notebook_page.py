"""The report's page inside a notebook: one frame that holds all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from siting.report.html import page_of
from siting.report.plan_page import page_of_plan

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Plan, Result
    from siting.scenario import Scenario
    from siting.texts.words import Lang


@dataclass(frozen=True)
class PageFrame:
    """A page that notebooks show. It may run its own script and nothing else: no parent page, no
    storage, no network."""

    page: str = field(repr=False)
    """HTML, whole."""
    height_px: int = 640

    def _repr_html_(self) -> str:
        return (
            f'<iframe sandbox="allow-scripts" srcdoc="{escape(self.page)}" '
            f'style="width:100%;height:{int(self.height_px)}px;border:0"></iframe>'
        )


def framed(
    result: Result, problem: Problem, scenario: Scenario | None, lang: Lang, height_px: int
) -> PageFrame:
    """The page of :func:`siting.report.html.write`, in a frame."""
    return PageFrame(page_of(result, problem, scenario, lang), height_px)


def plan_framed(plan: Plan, lang: Lang, height_px: int) -> PageFrame:
    """The map of a plan alone, in a frame."""
    return PageFrame(page_of_plan(plan, lang), height_px)
