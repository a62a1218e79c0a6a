"""What planners call outlets, stops and vehicles, and the rules that tie them, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from siting.problem import ACTIONS, About, Action, Key
from siting.result.lines import RuleLine
from siting.texts.numbers import amount, figure

if TYPE_CHECKING:
    from siting.problem import Problem

TIERS = {
    "en": {"basic": "basic formats", "quality": "quality formats"},
    "zh": {"basic": "基本保障类", "quality": "品质提升类"},
}
"""What tiers are called."""
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "outlets": "outlets", "stops": "stops of vehicles", "vehicles": "vehicles",
        "kept": "outlets kept as they stand", "kept1": "outlet kept as it stands",
        "improved": "outlets enlarged or upgraded", "improved1": "outlet enlarged or upgraded",
        "outlets1": "outlet", "stops1": "stop of a vehicle", "vehicles1": "vehicle",
        "more": "{n} more {what}",
        "count": "{n} {what}", "and": ", ",
        "": "{format} at {site} ({size})",
        "keep": "{format} {site}, kept as it stands",
        "keep_through": "{format} {site}, kept through {phase}",
        "enlarge": "{format} {outlet}, enlarged", "upgrade": "{format} {site}, upgraded",
        "move": "{format} {outlet}, moved to {site}",
        "stop": "{format} at stop {site} of {size}",
        "vehicle": "vehicle {site} ({format})",
        "mobile": "calls a week of {unit}", "fleet": "vehicles of {unit}",
        "mobile_binds": "calls a week of {unit}{row}: its stops take {used} of the {limit} that "
                        "its vehicles make",
        "fleet_binds": "vehicles of {unit}: all {limit} that may be bought are in the plan",
    },
    "zh": {
        "outlets": "个网点", "stops": "处流动停靠点", "vehicles": "辆流动车",
        "kept": "个现有网点保留原状", "kept1": "个现有网点保留原状",
        "improved": "个现有网点扩建或提升", "improved1": "个现有网点扩建或提升",
        "outlets1": "个网点", "stops1": "处流动停靠点", "vehicles1": "辆流动车",
        "more": "{n} {what}",
        "count": "{n} {what}", "and": "、",
        "": "{site} 的 {format}({size})",
        "keep": "{site} 的 {format}(保留原状)",
        "keep_through": "{site} 的 {format}(保留至 {phase})",
        "enlarge": "{outlet} 的 {format}(扩建)", "upgrade": "{site} 的 {format}(提升改造)",
        "move": "{outlet} 的 {format}(迁至 {site})",
        "stop": "{size}停靠点 {site} 的 {format}",
        "vehicle": "流动车 {site}({format})",
        "mobile": "{unit}每周停靠次数", "fleet": "{unit}车辆数",
        "mobile_binds": "{unit}每周停靠次数{row}:车辆可停 {limit} 次,各停靠点共需 {used} 次",
        "fleet_binds": "{unit}车辆数:可购的 {limit} 辆都已在方案中",
    },
}  # fmt: skip


def counted(count: Mapping[str, int], lang: str, *, more: bool = False) -> str:
    """``outlets``, ``stops``, ``vehicles`` in words; those that are missing or 0 are not told, but
    outlets are where there is nothing else. ``more``: beside those listed already."""
    words = WORDS[lang]
    told = {key: n for key, n in count.items() if n} or {"outlets": 0}
    return words["and"].join(
        words["more" if more else "count"].format(n=amount(n), what=words[key + "1" * (n == 1)])
        for key, n in told.items()
    )


def called(row: Mapping[Any, Any], lang: str) -> str:
    """A row of a plan (site, format, size, action, outlet, until) as planners say it."""
    action, words = Action(row["action"]), WORDS[lang]
    leaves = action is Action.KEEP and isinstance(row["until"], str)
    told = words["keep_through" if leaves else "" if action is Action.OPEN else action]
    return told.format(
        format=row["format"], site=row["site"], size=row["size"], phase=row["until"],
        outlet=row["outlet"],
    )  # fmt: skip


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
    return WORDS[lang][about.key].format(unit=about.unit)


def vehicles_bind(line: RuleLine, lang: str) -> str | None:
    """The sentence on a rule of vehicles that binds; None of all other rules."""
    if line.about.key not in (Key.CALLS, Key.FLEET):
        return None
    return WORDS[lang][f"{line.about.key}_binds"].format(
        unit=line.about.unit, row=f" [{line.row}]" if line.row else "",
        used=amount(line.used), limit=amount(line.limit),
    )  # fmt: skip


def tiers_told(change: Mapping[str, float], lang: str) -> str:
    """What is gained or lost tier by tier: "basic formats -2,843, quality formats +4,296"."""
    told = {tier: figure(more) for tier, more in change.items()}
    parts = [f"{TIERS[lang].get(tier, tier)} {'' if more.startswith('-') else '+'}{more}"
             for tier, more in told.items()]  # fmt: skip
    return WORDS[lang]["and"].join(parts)
