"""Why there is no plan, in the planner's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.analysis.infeasible.conflict import Diagnosis
from siting.analysis.infeasible.infeasibility import infeasibility
from siting.analysis.infeasible.relaxations import CAPACITY, FLOORS, Item, Relaxation
from siting.analysis.study import Study
from siting.problem import Problem, RuleKind
from siting.result.naming import rule_called
from siting.texts.numbers import amount

if TYPE_CHECKING:
    from siting.scenario import Scenario

WORDS = {
    "en": {
        "lang": "en",
        "conflict": "These rules cannot be kept together; without any one of them they can:",
        "conflict_maybe": "These rules cannot be kept together (time ran out before the list "
                          "could be shortened to the end):",
        "alone": "This rule cannot be kept, whatever else is given up:",
        "ways": "What frees a plan, each by itself:",
        "together": "No single change frees a plan, as several rules conflict apart from each "
                    "other; these changes together do:",
        "none": "No way out was found in time.",
        "unknown": "Neither a plan nor a proof that there is none was found in time.",
        "unreachable": "{name}{district}: asks for {share:.1%} of {people} people; at most "
                       "{best:.1%} could be reached if everything permitted opened",
        "floor_space": "floor space of the premises",
        "respect_capacity": "serving people within the outlets' capacity",
        "money": "{name}: {to} instead of {limit} ({more} more)",
        "supply": "{name} (a stop needs its vehicle)",
        "calls": "{name}: {more} more, at no further cost",
        "calls_where": "{name}: more, at no further cost: {places}",
        "outlets": "{name}: {to} instead of {limit} outlets",
        "formats": "{name}: {to} instead of {limit} formats",
        "m2": "{name}: {to} m2 instead of {limit} (short by {more} m2)",
        "m2_where": "{name}: {total} m2 more floor, at {places}",
        "money_where": "{name}: {total} more, at {places}",
        "outlets_where": "{name}: {total} more outlets, at {places}",
        "share": "{name}: a share of {to:.1%} instead of {limit:.1%}",
        "minutes": "{name}: a standard of {to:g} minutes instead of {limit:g}",
        "optional": "{hub}: the hub need not open (required: false)",
        "": "{name}: give the rule up",
        "reason": " (reason of the rule: {reason})",
        "place": "{place} {more}", "and": ", ",
    },
    "zh": {
        "lang": "zh",
        "conflict": "下列规则不能同时满足;去掉其中任何一条即可:",
        "conflict_maybe": "下列规则不能同时满足(时限内未能把名单缩到最短):",
        "alone": "这条规则无论放弃什么都不能满足:",
        "ways": "下列任一改动都能得到方案:",
        "together": "多组规则各自冲突,单独改动一条不够;下列改动合在一起可得到方案:",
        "none": "时限内没有找到出路。",
        "unknown": "时限内既未得到方案,也未证明无方案。",
        "unreachable": "{name}{district}:要求 {people} 人的 {share:.1%};即使许可的全部开设,"
                       "至多可达 {best:.1%}",
        "floor_space": "用房的建筑面积",
        "respect_capacity": "在网点容量之内服务",
        "money": "{name}:由 {limit} 改为 {to}(增加 {more})",
        "supply": "{name}(停靠点须有车辆)",
        "calls": "{name}:增加 {more} 次,费用不变",
        "calls_where": "{name}:增加次数(费用不变):{places}",
        "outlets": "{name}:网点数由 {limit} 改为 {to}",
        "formats": "{name}:业态数由 {limit} 改为 {to}",
        "m2": "{name}:由 {limit} 平方米改为 {to} 平方米(尚缺 {more} 平方米)",
        "m2_where": "{name}:增加 {total} 平方米,其中 {places}",
        "money_where": "{name}:增加 {total},其中 {places}",
        "outlets_where": "{name}:增加 {total} 个网点,其中 {places}",
        "share": "{name}:比例由 {limit:.1%} 降为 {to:.1%}",
        "minutes": "{name}:标准由 {limit:g} 分钟放宽到 {to:g} 分钟",
        "optional": "{hub}:不要求必须开设(required: false)",
        "": "{name}:放弃这条规则",
        "reason": "(规则的理由:{reason})",
        "place": "{place} {more}", "and": "、",
    },
}  # fmt: skip


def why_no_plan(
    problem: Problem,
    scenario: Scenario | None = None,
    lang: str = "en",
    study: Study | None = None,
) -> list[str]:
    """Lines that name the rules in conflict and what frees a plan; empty when there is a plan.

    Args:
        problem: as it was solved.
        scenario: lets standards in minutes be tried too.
        study: settings; default one minute.
    """
    return tell(infeasibility(problem, study, scenario=scenario), lang)


def tell(found: Diagnosis, lang: str) -> list[str]:
    """A diagnosis as lines."""
    words: dict[str, Any] = WORDS[lang]
    if found.feasible:
        return []
    if found.feasible is None:
        return [words["unknown"]]
    beyond = [
        words["unreachable"].format(
            name=u.name, district=f"[{u.district}]" if u.district else "", share=float(u.share),
            best=float(u.best), people=amount(u.people),
        )
        for u in found.unreachable
    ]  # fmt: skip
    if not found.irreducible:
        head = words["conflict_maybe"]
    else:
        head = words["conflict"] if len(found.conflict) > 1 else words["alone"]
    lines = [*beyond, head, *(f"  - {_named(item, words)}" for item in found.conflict)]
    ways = found.ways_out or found.together
    if not ways:
        return [*lines, words["none"]]
    lines.append(words["ways"] if found.ways_out else words["together"])
    return lines + [f"  - {_way(way, words)}" for way in ways]


def _named(item: Item, words: dict[str, Any]) -> str:
    return _name(item, words) + (words["reason"].format(reason=item.reason) if item.reason else "")


def _name(item: Item, words: dict[str, Any]) -> str:
    """As the planner calls it; what is no rule of its own key in words."""
    if item.name in (FLOORS, CAPACITY):
        return str(words[item.name])
    name = rule_called(item.name, item.about, words["lang"])
    return str(words["supply"].format(name=name)) if item.family == RuleKind.CALLS else name


def _way(way: Relaxation, words: dict[str, Any]) -> str:
    name = _name(way.item, words)
    if way.where:
        places = words["and"].join(
            words["place"].format(place=place, more=amount(more))
            for place, more in sorted(way.where.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        total = amount(way.amount)
        return str(words[f"{way.unit}_where"].format(name=name, total=total, places=places))
    if way.unit in ("share", "minutes"):
        return str(words[way.unit].format(name=name, limit=way.limit, to=way.to))
    return str(
        words[way.unit].format(
            name=name,
            hub=way.hub,
            limit=amount(way.limit),
            to=amount(way.to),
            more=amount(way.amount),
        )
    )
