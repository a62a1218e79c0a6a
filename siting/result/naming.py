"""What planners call outlets, stops and vehicles, and the rules that tie them, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siting.problem import ACTIONS, About, Action, Key
from siting.result.lines import RuleLine
from siting.texts.numbers import figure
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.problem import Problem


def counted(count: Mapping[str, int], lang: str, *, more: bool = False) -> str:
    """``outlets``, ``stops``, ``vehicles`` in words; those that are missing or 0 are not told, but
    outlets are where there is nothing else. ``more``: beside those listed already."""
    words = Words.of(lang, "naming.more" if more else "naming.count")
    told = {key: n for key, n in count.items() if n} or {"outlets": 0}
    return words.listed(words.tell(key, n=n) for key, n in told.items())


def called(row: Mapping[Any, Any], lang: str) -> str:
    """A row of a plan (site, format, size, action, outlet, until) as planners say it."""
    action = Action(row["action"])
    leaves = action is Action.KEEP and isinstance(row["until"], str)
    return Words.of(lang, "naming.action").tell(
        "keep_through" if leaves else action,
        format=row["format"],
        site=row["site"],
        size=row["size"],
        phase=row["until"],
        outlet=row["outlet"],
    )


def option_called(problem: Problem, option: int, lang: str) -> str:
    """An option of a problem as planners say it."""
    return called(option_row(problem, option), lang)


def option_row(problem: Problem, option: int) -> dict[str, Any]:
    """Site, format, size, action, outlet and until of an option, as in a plan's table."""
    o, names = problem.options, problem.labels
    return {
        "site": problem.site_id(int(o.site[option])),
        "format": names.formats[o.format[option]],
        "size": names.sizes[o.size[option]],
        "action": str(ACTIONS[o.action[option]]),
        "outlet": problem.whose(option),
        "until": problem.until(option),
    }


def rule_called(name: str, about: About, lang: str) -> str:
    """A rule as planners say it: rules of vehicles in words, all others by the planner's name."""
    if about.key not in (Key.CALLS, Key.FLEET):
        return name
    return Words.of(lang, "naming.rule").tell(about.key, unit=about.unit)


def vehicles_bind(line: RuleLine, lang: str) -> str | None:
    """The sentence on a rule of vehicles that binds; None of all other rules."""
    if line.about.key not in (Key.CALLS, Key.FLEET):
        return None
    return Words.of(lang, "naming.rule").tell(
        f"{line.about.key}_binds",
        unit=line.about.unit,
        row=f" [{line.row}]" if line.row else "",
        used=line.used,
        limit=line.limit,
    )


def tiers_told(change: Mapping[str, float], lang: str) -> str:
    """What is gained or lost tier by tier: "basic formats -2,843, quality formats +4,296"."""
    tiers = Words.of(lang, "tier")
    told = {tiers.get(tier, tier): figure(more) for tier, more in change.items()}
    return tiers.listed(
        f"{tier} {'' if more.startswith('-') else '+'}{more}" for tier, more in told.items()
    )
