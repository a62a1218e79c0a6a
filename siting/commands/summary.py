"""What a planner reads on the terminal after a solve: who gains, what it costs, what binds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.commands.named import names_in, names_of
from siting.models.traits import traits_of
from siting.notice import notices
from siting.problem import RuleKind
from siting.result import opened
from siting.result.accounting import people_weighed
from siting.result.binding import DECIDES, USED_UP
from siting.result.headline import gap_told, open_gaps, said_of
from siting.result.naming import rule_called, vehicles_bind
from siting.result.quantities import gained
from siting.texts.names import Names
from siting.texts.numbers import amount, columns, percent, share
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    from siting.result import Plan, Result, RuleLine
    from siting.scenario import Scenario


def summary(
    result: Result, scenario: Scenario | None = None, folder: Path | None = None, lang: Lang = "en"
) -> str:
    """Plain text, aligned for a terminal 100 columns wide."""
    names = names_in(lang, result) if scenario is None else names_of(scenario, lang)
    words = Words.of(lang, "solve")
    status = words[result.status]
    if scenario is not None:
        status = words.titled(scenario.name, status)
    blocks = [[status, *_objective(result, words, lang)]]
    if result.limit is not None:
        blocks[0].append(words["limit"].format(limit=words[f"limits.{result.limit}"]))
    if result.status == "no_solution":
        blocks[0] += notices(result.notes, lang, names.sections)
    if result.plan is not None:
        empty = "nothing" if result.status == "optimal" else "none_found"
        blocks += plan_blocks(result.plan, names, empty)
        if scenario is not None:
            blocks.append(_behind(result, scenario, names))
    told = (*(scenario.warnings if scenario is not None else ()), *result.warnings)
    warnings = notices(told, lang, names.sections)
    if warnings:
        blocks.append([words.titled(words["warnings"]), *(f"  - {text}" for text in warnings)])
    if folder is not None:
        blocks.append(
            [words.titled(words["folder"], str(folder)), f"  {words['open']}"][
                : 2 if (folder / "report.html").exists() else 1
            ]
        )
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _behind(result: Result, scenario: Scenario, names: Names) -> list[str]:
    """Groups that the plan leaves behind, and how to ask what mending it costs."""
    from siting.analysis.kpis.left_behind import fallen_behind

    words = Words.of(names.lang, "solve")
    problem = scenario.problem().under(result.spec)
    behind = fallen_behind(scenario, problem, result.options)
    if not behind:
        return []
    lines = [words.titled(words["behind"])]
    lines += [
        "  - "
        + words.tell(
            "behind_line",
            format=names.format(one.format),
            group=names.group(one.group),
            before=share(one.before, 1),
            after=share(one.after, 1),
            all_before=share(one.all_before, 1),
            all_after=share(one.all_after, 1),
        )
        for one in behind
    ]
    return [*lines, f"  {words.tell('behind_help', group=behind[0].group)}"]


def headline(result: Result, folder: Path) -> dict[str, Any]:
    """The figures of a result that a program asks for first; all are in its ``result.json``."""
    plan = result.plan
    return {
        "status": result.status,
        "limit": result.limit,
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "certified_gap": result.certified_gap,
        "outlets": None if plan is None else len(plan),
        "spent": None if plan is None else plan.budget["spent"],
        "result": str(folder),
    }


def plan_blocks(plan: Plan, names: Names, empty: str = "none_opens") -> list[list[str]]:
    """Money, coverage and binding rules of a plan, each a block of lines.

    Args:
        empty: the words for a plan that opens nothing.
    """
    words = Words.of(names.lang, "solve")
    return [_money(plan, words, empty), _coverage(plan, words, names), _binding(plan, words, names)]


def _objective(result: Result, words: Words, lang: Lang) -> list[str]:
    unit = words[f"unit.{result.model}"]
    traits = traits_of(result.model)
    if result.objective is None:
        return [words["bound_only"].format(bound=amount(result.bound))] if result.bound else []
    people = people_weighed(result)
    if people is not None:
        unit = words["weighted"].format(people=amount(people))
    if traits.priced and result.plan is not None:
        unit = unit if result.objective == len(result.plan) else words["money"]
    lines, gaps = [f"{amount(result.objective)} {unit}"], open_gaps(result)
    weighted = people is not None
    if len(gaps) > 1:  # the sum of tiers that cannot be had together says nothing
        tiers = Words.of(lang, "tier")
        for number, one in enumerate(gaps):
            tier = one.tier or ""
            line = words.titled(
                "  " + tiers.get(tier, tier), amount(result.tiers[tier]["objective"])
            )
            if not one.closed:
                line += words["and"] + said_of(one, number, weighted, lang)
            lines.append(line)
    elif result.bound is not None and result.status != "optimal":
        key = "bound_min" if traits.minimised else "bound_max"
        key = key if gaps[0].gap is not None else "bound_plain"
        bound = amount(result.bound)
        lines[0] += words["and"] + words[key].format(bound=bound, gap=percent(gaps[0].gap))
    if result.bound_proof == "solver" and result.certified_bound is not None:
        lines.append("  " + words.tell("certified", told=gap_told(result, lang, certified=True)))
    return lines


def _money(plan: Plan, words: Words, empty: str) -> list[str]:
    if not len(plan):
        return [words[empty]]
    total, openings = plan.budget["total"], plan.budget["opening_costs"]
    outlets, sites = len(plan.fixed), plan.fixed["site"].nunique()
    line = words["opens"].format(
        outlets=words.tell("outlets", n=outlets),
        sites=words.tell("sites", n=sites),
        spent=amount(plan.budget["spent"]),
        of="" if total is None else words["of"].format(total=amount(total)),
    )
    for name, n in plan.standing.items():
        line += words[name].format(n=amount(n))
    if plan.mobile:
        line += words["mobile"].format(**plan.mobile)
    return [line + (words["openings"].format(openings=amount(openings)) if openings else "")]


def _coverage(plan: Plan, words: Words, names: Names) -> list[str]:
    """One row a format and group; what opens is told once a format."""
    head = list(words.row("columns"))
    at = 2 if plan.mobile else None  # a further column, where there are stops
    rows = [head if at is None else [*head[:at], words["stops"], *head[at:]]]
    for name, groups in plan.coverage.items():
        mine = plan.table[plan.table["format"] == name]
        stops = int((mine["action"] == "stop").sum())
        head = [
            names.format(name),
            amount(opened(mine)["outlets"]),
            *([] if at is None else [str(stops)]),
            amount(gained(groups)),
            amount(mine["cost"].sum()),
        ]
        for group, people in groups.items():
            rows.append(
                [
                    *head,
                    names.group(group),
                    amount(people.people),
                    share(people.before, people.people),
                    share(people.after, people.people),
                ]
            )
            head = [""] * len(head)
    return columns(rows, left=(0, len(head)))


def _binding(plan: Plan, words: Words, names: Names) -> list[str]:
    """Rules that are used up, then those that decide."""
    lines = []
    for state in (USED_UP, DECIDES):
        mine = [
            rule
            for rule in plan.rules
            # Results of before there were three states tell only that a rule binds.
            if rule.binds and (rule.state or DECIDES) == state
        ]
        lines += [words.titled(words[f"state.{state}"])] if mine else []
        lines += [f"  - {_bound(rule, words, names)}" for rule in mine]
    return lines or [words["free"]]


def _bound(rule: RuleLine, words: Words, names: Names) -> str:
    of_vehicles = vehicles_bind(rule, names.lang)
    if of_vehicles is not None:
        return of_vehicles
    if rule.kind is RuleKind.FLOOR_SPACE:
        return words["floor"].format(count=rule.binding_rows)
    called = rule_called(rule.rule, rule.about, names, rule.row)
    if rule.rows is not None:
        return words["rows"].format(name=called, count=rule.binding_rows)
    if not rule.unit:
        return called
    told = words["least" if rule.sense == ">=" else "used"].format(
        used=_limit(rule.used, rule), limit=_limit(rule.limit, rule)
    )
    return words.titled(called, told)


def _limit(value: float, rule: RuleLine) -> str:
    return share(value, 1) if rule.unit == "share" else amount(value)
